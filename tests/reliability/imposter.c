/* tests: a broker that lies: its connections. */
#include "imposter.h"

#include "base/attr.h"
#include "record/batch_writer.h"
#include "support/test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINES_MAX = 64, KEYS_MAX = 128, FRAME_MAX = 1 << 28, FETCH_WAIT_MS = 10, TICK_MS = 5 };

/* One client's connection. */
struct line {
    int socket;
    struct bytes in;
    struct bytes parked; /* an answer that is to wait */
    int64_t parked_ms;
};

struct imposter {
    const struct imposter_lie *lies;
    size_t lie_count;
    struct imposter_state state;
    uint8_t batch[256];
    int listener;
    struct line lines[LINES_MAX];
    size_t line_count;
    pthread_t thread;
    _Atomic bool is_over;
    _Atomic unsigned asked[KEYS_MAX];
    _Atomic unsigned lied;
};

void imposter_need(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "imposter: %s is needed\n", what);
        abort();
    }
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void line_end(struct imposter *imposter, struct line *line)
{
    close(line->socket);
    bytes_finish(&line->in);
    bytes_finish(&line->parked);
    *line = imposter->lines[--imposter->line_count];
}

static bool line_write(struct line *line, struct slice bytes)
{
    while (bytes.size > 0) {
        ssize_t sent = send(line->socket, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes = slice_of(bytes.data + sent, bytes.size - (size_t)sent);
    }
    return true;
}

/* The lie that this answer becomes, or NULL. */
static const struct imposter_lie *lie_of(const struct imposter *imposter, int16_t key,
                                         unsigned number)
{
    for (size_t i = 0; i < imposter->lie_count; i++) {
        const struct imposter_lie *lie = &imposter->lies[i];
        if (lie->api_key == key && number >= lie->skip &&
            (lie->count == 0 || number < lie->skip + lie->count)) {
            return lie;
        }
    }
    return NULL;
}

static void compose(struct imposter *imposter, const struct request_head *head,
                    struct reader *reader, struct bytes *ret_frame)
{
    unsigned number = atomic_fetch_add(&imposter->asked[head->key], 1);
    const struct imposter_lie *lie = lie_of(imposter, head->key, number);
    struct arena arena;
    struct writer writer;

    arena_init(&arena, 0);
    void *request = arena_alloc(&arena, message_struct_size(head->api->request));
    void *response = arena_alloc(&arena, message_struct_size(head->api->response));
    imposter_need(!message_decode(head->api->request, head->version, reader, &arena, request),
                  "a request that can be read");
    imposter_answer(&imposter->state, head, request, response, &arena);
    if (lie && lie->twist) {
        lie->twist(response, &arena, lie);
    }
    writer_init(&writer, ret_frame);
    imposter_need(
        !response_write(&writer, head->api, head->version, head->correlation_id, response),
        "an answer that can be written");
    if (lie && lie->bend) {
        lie->bend(ret_frame, lie);
    }
    atomic_fetch_add(&imposter->lied, lie != NULL);
    arena_finish(&arena);
}

/* False when the connection is over. */
static bool serve(struct imposter *imposter, struct line *line, struct slice payload)
{
    struct request_head head;
    struct reader reader;
    struct bytes frame;
    bool goes_on = true;

    reader_init(&reader, payload);
    imposter_need(!request_head_read(&reader, &head) && head.api && head.key < KEYS_MAX,
                  "a request's head");
    bytes_init(&frame, FRAME_MAX);
    compose(imposter, &head, &reader, &frame);
    if (imposter->state.must_wait) {
        line->parked = frame;
        line->parked_ms = now_ms() + FETCH_WAIT_MS;
        return true;
    }
    goes_on = line_write(line, bytes_slice(&frame));
    bytes_finish(&frame);
    return goes_on;
}

static bool line_step(struct imposter *imposter, struct line *line)
{
    if (line->parked.size > 0 && now_ms() >= line->parked_ms) {
        bool goes_on = line_write(line, bytes_slice(&line->parked));
        bytes_finish(&line->parked);
        bytes_init(&line->parked, FRAME_MAX);
        if (!goes_on) {
            return false;
        }
    }
    while (line->parked.size == 0 && line->in.size >= 4) {
        size_t size = load_u32(line->in.data);
        if (line->in.size < size + 4) {
            break;
        }
        if (!serve(imposter, line, slice_of(line->in.data + 4, size))) {
            return false;
        }
        memmove(line->in.data, line->in.data + size + 4, line->in.size - size - 4);
        line->in.size -= size + 4;
    }
    return true;
}

static bool line_read(struct line *line)
{
    uint8_t buffer[65536];
    ssize_t got = recv(line->socket, buffer, sizeof(buffer), MSG_DONTWAIT);
    return got > 0 && bytes_append(&line->in, buffer, (size_t)got);
}

static void accept_one(struct imposter *imposter)
{
    int socket = accept(imposter->listener, NULL, NULL);
    if (socket < 0) {
        return;
    }
    if (imposter->line_count == LINES_MAX) {
        close(socket);
        return;
    }
    struct line *line = &imposter->lines[imposter->line_count++];
    *line = (struct line){ .socket = socket };
    bytes_init(&line->in, FRAME_MAX);
    bytes_init(&line->parked, FRAME_MAX);
}

static void *run(void *context)
{
    struct imposter *imposter = context;
    struct pollfd watched[LINES_MAX + 1];

    while (!atomic_load(&imposter->is_over)) {
        size_t count = imposter->line_count;
        watched[count] = (struct pollfd){ .fd = imposter->listener, .events = POLLIN };
        for (size_t i = 0; i < count; i++) {
            watched[i] = (struct pollfd){ .fd = imposter->lines[i].socket, .events = POLLIN };
        }
        (void)poll(watched, count + 1, TICK_MS);
        /* From the end, as the last takes the place of one that ends. */
        for (size_t i = count; i-- > 0;) {
            struct line *line = &imposter->lines[i];
            if ((watched[i].revents && !line_read(line)) || !line_step(imposter, line)) {
                line_end(imposter, line);
            }
        }
        if (watched[count].revents) {
            accept_one(imposter);
        }
    }
    return NULL;
}

static void make_batch(struct imposter *imposter)
{
    struct batch_writer writer;
    struct batch_close close = { .partition_leader_epoch = IMPOSTER_EPOCH,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    batch_writer_init(&writer, imposter->batch, sizeof(imposter->batch));
    for (int i = 0; i < IMPOSTER_RECORDS; i++) {
        imposter_need(batch_writer_append(&writer, 1, SLICE_NULL, slice_text("value"), NULL, 0),
                      "room for a record");
    }
    imposter_need(!batch_writer_close(&writer, &close, NULL, NULL, &imposter->state.batch),
                  "a batch");
}

struct imposter *imposter_start(const struct imposter_lie *lies, size_t count)
{
    struct imposter *imposter = calloc(1, sizeof(*imposter));
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);

    imposter_need(imposter, "memory");
    imposter->lies = lies;
    imposter->lie_count = count;
    make_batch(imposter);
    imposter->listener = socket(AF_INET, SOCK_STREAM, 0);
    imposter_need(!bind(imposter->listener, (struct sockaddr *)&address, size), "an address");
    imposter_need(!listen(imposter->listener, LINES_MAX), "a listener");
    imposter_need(!getsockname(imposter->listener, (struct sockaddr *)&address, &size), "a port");
    imposter->state.port = ntohs(address.sin_port);
    imposter_need(!pthread_create(&imposter->thread, NULL, run, imposter), "a thread");
    return imposter;
}

void imposter_stop(struct imposter *imposter)
{
    atomic_store(&imposter->is_over, true);
    imposter_need(!pthread_join(imposter->thread, NULL), "its end");
    while (imposter->line_count > 0) {
        line_end(imposter, imposter->lines);
    }
    close(imposter->listener);
    free(imposter);
}

int imposter_port(const struct imposter *imposter)
{
    return imposter->state.port;
}

unsigned imposter_asked(const struct imposter *imposter, int16_t api_key)
{
    return atomic_load(&imposter->asked[api_key]);
}

unsigned imposter_lied(const struct imposter *imposter)
{
    return atomic_load(&imposter->lied);
}
