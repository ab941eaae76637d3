/* tests/fuzz: a connection to a whole broker: requests of chance, many in flight at once, cut where
 * it pleases. The broker must live, answer in the order of the requests, and none twice. Input: one
 * byte (how much is sent at a time), then requests: key, version above the least, int16 size, body;
 * a key of 255: the bytes go out without a header. */
#include "base/bytes.h"
#include "broker-lite/broker.h"
#include "wire/frame.h"

#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FUZZ_OUT_MAX = 1 << 22,
    FUZZ_LIFE = 512,   /* inputs that one broker meets, so that its topics stay few */
    FUZZ_QUIET_MS = 5, /* no more answers come of themselves: the rest waits for something */
    FUZZ_STALL_MS = 30000,
    FUZZ_RAW = 255,
    FUZZ_FLEXIBLE_HEADER = 2,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The broker of this process: a child that was forked starts its own. */
static struct {
    struct bl_broker *broker;
    pid_t owner;
    unsigned inputs;
} fuzzed;

static void stop_broker(void)
{
    struct kc_error error;
    if (fuzzed.broker && fuzzed.owner == getpid()) {
        enum kc_err err = bl_stop(fuzzed.broker, &error);
        assert(err == KC_ERR_NONE && "a clean stop");
        fuzzed.broker = NULL;
    }
}

static void need_broker(void)
{
    static const char *const settings[] = { "auto.create.topics.enable",
                                            "false",
                                            "log.segment.bytes",
                                            "1048576",
                                            "group.min.session.timeout.ms",
                                            "10",
                                            NULL };
    struct kc_error error;
    if (fuzzed.broker && fuzzed.owner == getpid() && fuzzed.inputs++ < FUZZ_LIFE) {
        return;
    }
    stop_broker();
    if (fuzzed.owner == 0) {
        (void)atexit(stop_broker); /* children inherit it */
    }
    if (access("/dev/shm", W_OK) == 0) {
        (void)setenv("TMPDIR", "/dev/shm", 0);
    }
    fuzzed.broker = bl_start(&(struct bl_config){ .settings = settings }, &error);
    fuzzed.owner = getpid();
    fuzzed.inputs = 0;
    assert(fuzzed.broker && "the broker starts");
}

/* Size prefix, header and body as they are told, right or wrong. Returns how much was used. */
static size_t put_request(const uint8_t *data, size_t size, int32_t correlation_id,
                          struct bytes *out)
{
    uint8_t head[16];
    size_t length = load_u16(data + 2);
    length = length > size - 4 ? size - 4 : length;
    if (data[0] != FUZZ_RAW) {
        const struct api *api = api_find(data[0]);
        int16_t version = (int16_t)((api ? api->version_min : 0) + data[1]);
        bool is_flexible = api && version <= api->version_max &&
                           api_request_header_version(api, version) >= FUZZ_FLEXIBLE_HEADER;
        size_t head_size = is_flexible ? 12 : 11;
        store_u16(head, data[0]);
        store_u16(head + 2, (uint16_t)version);
        store_u32(head + 4, (uint32_t)correlation_id);
        store_u16(head + 8, 1); /* client id "f" */
        head[10] = 'f';
        head[11] = 0;
        uint8_t prefix[4];
        store_u32(prefix, (uint32_t)(head_size + length));
        (void)bytes_append(out, prefix, sizeof(prefix));
        (void)bytes_append(out, head, head_size);
    }
    (void)bytes_append(out, data + 4, length);
    return 4 + length;
}

static int connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(line >= 0 && "a socket");
    int failure = connect(line, (struct sockaddr *)&address, sizeof(address));
    assert(failure == 0 && "the broker lives");
    return line;
}

/* Reads what has come; false at the end. */
static bool receive(int line, struct bytes *in)
{
    uint8_t chunk[65536];
    ssize_t got = recv(line, chunk, sizeof(chunk), 0);
    if (got > 0 && in->size < FUZZ_OUT_MAX - sizeof(chunk)) {
        (void)bytes_append(in, chunk, (size_t)got);
    }
    return got > 0;
}

static void converse(int line, struct slice out, size_t step, struct bytes *in)
{
    size_t sent = 0;
    bool is_open = true;
    bool is_shut = false;
    while (is_open) {
        struct pollfd wait = { .fd = line, .events = POLLIN };
        if (sent < out.size) {
            wait.events |= POLLOUT;
        }
        int ready = poll(&wait, 1, is_shut ? FUZZ_STALL_MS : FUZZ_QUIET_MS);
        assert((ready != 0 || !is_shut) && "a closed line is closed by the broker");
        if (wait.revents & (POLLIN | POLLERR | POLLHUP)) {
            is_open = receive(line, in);
        } else if (wait.revents & POLLOUT) {
            size_t chunk = out.size - sent < step ? out.size - sent : step;
            ssize_t done = send(line, out.data + sent, chunk, MSG_NOSIGNAL | MSG_DONTWAIT);
            sent = done < 0 ? out.size : sent + (size_t)done; /* refused: the broker has closed */
        } else if (ready == 0) {
            (void)shutdown(line, SHUT_WR);
            is_shut = true;
        }
    }
}

/* Each answer is whole but the last, and of a later request than the one before. */
static void check_answers(struct slice in, int32_t count)
{
    int32_t last = -1;
    while (in.size >= 8) {
        size_t size = load_u32(in.data);
        int32_t correlation_id = (int32_t)load_u32(in.data + 4);
        assert(size >= 4 && "an answer has a correlation id");
        assert(correlation_id > last && correlation_id < count && "answers come in order");
        last = correlation_id;
        if (size > in.size - 4) {
            return;
        }
        in = slice_of(in.data + 4 + size, in.size - 4 - size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes out;
    struct bytes in;
    int32_t count = 0;
    bool is_raw = false;
    if (size == 0) {
        return 0;
    }
    need_broker();
    bytes_init(&out, FUZZ_OUT_MAX);
    bytes_init(&in, FUZZ_OUT_MAX);
    for (size_t used = 1; size - used >= 4; count++) {
        is_raw = is_raw || data[used] == FUZZ_RAW;
        used += put_request(data + used, size - used, count, &out);
    }
    int line = connect_to(bl_port(fuzzed.broker));
    converse(line, bytes_slice(&out), 1 + 16 * (size_t)data[0], &in);
    (void)close(line);
    if (!is_raw) { /* else it may have said any correlation id itself */
        check_answers(bytes_slice(&in), count);
    }
    bytes_finish(&in);
    bytes_finish(&out);
    return 0;
}
