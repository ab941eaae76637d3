/* chaos: one frame over a connection of its own. */
#include "caller.h"

#include "wire/frame.h"

#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SERVED_MAX = 1 << 20 };

static int dial(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line < 0 || connect(line, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror("connect");
        exit(1);
    }
    return line;
}

/* The broker may end the connection before it has all. */
static void put(int line, struct slice frame)
{
    for (size_t sent = 0; sent < frame.size;) {
        ssize_t done = send(line, frame.data + sent, frame.size - sent, MSG_NOSIGNAL);
        if (done <= 0) {
            return;
        }
        sent += (size_t)done;
    }
}

bool caller_send(int port, struct slice frame, long patience_ms, struct bytes *answer)
{
    int line = dial(port);
    bool is_ended = false;
    answer->size = 0;
    put(line, frame);
    (void)shutdown(line, SHUT_WR);
    while (!is_ended) {
        struct pollfd wait = { .fd = line, .events = POLLIN };
        uint8_t chunk[65536];
        if (poll(&wait, 1, (int)patience_ms) != 1) {
            break;
        }
        ssize_t got = recv(line, chunk, sizeof(chunk), 0);
        if (got > 0 && !bytes_append(answer, chunk, (size_t)got)) {
            break;
        }
        is_ended = got <= 0;
    }
    (void)close(line);
    return is_ended;
}

void caller_ask_served(int port, long patience_ms, struct arena *arena,
                       struct api_versions_response *ret_served)
{
    const struct api *api = api_find(API_API_VERSIONS);
    struct api_versions_request request;
    struct bytes frame;
    struct bytes answer;
    struct writer writer;
    struct reader reader;
    int32_t correlation_id;
    bytes_init(&frame, SERVED_MAX);
    bytes_init(&answer, SERVED_MAX);
    writer_init(&writer, &frame);
    message_defaults(&api_versions_request_type, &request);
    enum kc_err err = request_write(&writer, api, 0, 1, slice_text("chaos"), &request);
    assert(!err);
    bool is_ended = caller_send(port, bytes_slice(&frame), patience_ms, &answer);
    assert(is_ended && answer.size > 4);
    struct slice body = slice_of(arena_copy(arena, bytes_slice(&answer)).data + 4, answer.size - 4);
    reader_init(&reader, body);
    err = response_head_read(&reader, api, 0, &correlation_id);
    err = err ? err : message_decode(&api_versions_response_type, 0, &reader, arena, ret_served);
    assert(!err && ret_served->error_code == 0);
    bytes_finish(&frame);
    bytes_finish(&answer);
}
