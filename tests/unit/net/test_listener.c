/* tests: the accept side against peers that mean harm, and its limits. */
#include "support/stage.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct door {
    struct stage stage;
    struct listener *listener;
    int requests;
    int opened;
    int closed;
    bool holds;
    size_t raw_size; /* answers so many bytes; 0: ApiVersions */
    bool cuts;       /* and then closes */
    struct session *held;
    bool seen;
    int64_t mute_ms; /* with each answer */
    int64_t asked_us[8];
    int64_t early_ms; /* for each connection from the third on */
    int admitted;
};

static void on_open(void *context, struct session *session)
{
    struct door *door = context;
    door->opened++;
    session_set_context(session, door);
}

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct door *door = context;
    assert_ptr_equal(session_current(session), request);
    assert_ptr_equal(session_context(session), door);
    door->asked_us[door->requests++ & 7] = loop_now_us(door->stage.loop);
    if (door->mute_ms > 0) {
        session_mute(session, door->mute_ms);
        session_mute(session, door->mute_ms / 2); /* the longest holds */
    }
    if (door->holds) {
        door->held = session;
        return;
    }
    if (door->raw_size == 0) {
        assert_int_equal(stage_answer_versions(session), 0);
        return;
    }
    struct bytes raw;
    struct writer writer;
    bytes_init(&raw, SIZE_MAX);
    assert_true(bytes_reserve(&raw, door->raw_size));
    memset(raw.data, 'r', door->raw_size);
    raw.size = door->raw_size;
    writer_init(&writer, &raw);
    if (door->cuts) {
        session_reply_cut(session, &raw, "cut on purpose");
    } else {
        session_reply(session, &writer, NULL, NULL);
    }
}

static void on_close(void *context, struct session *session)
{
    struct door *door = context;
    assert_false(session_is_open(session));
    door->closed++;
}

static int64_t admit(void *context, const uint8_t *address)
{
    struct door *door = context;
    assert_int_equal(load_u32(address + 12), INADDR_LOOPBACK);
    return ++door->admitted > 2 ? door->early_ms : 0;
}

static const struct listener_handler door_calls = {
    .on_open = on_open,
    .on_request = on_request,
    .on_close = on_close,
    .admit = admit,
};

static void door_open(struct door *door, const struct listener_limits *limits)
{
    memset(door, 0, sizeof(*door));
    stage_init(&door->stage);
    struct listener_options options = { .loop = door->stage.loop,
                                        .trace = &door->stage.trace,
                                        .host = "127.0.0.1" };
    if (limits) {
        options.limits = *limits;
    }
    assert_int_equal(listener_open(&options, &door_calls, door, &door->listener, NULL), 0);
}

static void door_close(struct door *door)
{
    listener_destroy(door->listener);
    stage_finish(&door->stage);
    assert_int_equal(door->opened, door->closed);
}

static int dial(const struct door *door)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(listener_port(door->listener)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(descriptor >= 0);
    assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    return descriptor;
}

static void say(int descriptor, const void *data, size_t size)
{
    assert_int_equal(send(descriptor, data, size, MSG_NOSIGNAL), (ssize_t)size);
}

static bool has_closed(void *context)
{
    struct door *door = context;
    return door->closed > 0;
}

static bool has_requests(void *context)
{
    struct door *door = context;
    return door->requests > 0;
}

static size_t lines_with(const struct stage *stage, const char *text)
{
    size_t count = 0;
    for (const char *at = stage->lines; (at = strstr(at, text)); at++) {
        count++;
    }
    return count;
}

/* Appends ApiVersions requests to the buffer; gives its size. */
static size_t make_requests(uint8_t *out, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        struct api_versions_request request;
        struct bytes bytes;
        struct writer writer;
        message_defaults(&api_versions_request_type, &request);
        bytes_init(&bytes, 4096);
        writer_init(&writer, &bytes);
        assert_int_equal(request_write(&writer, api_find(API_API_VERSIONS), 0, (int32_t)i,
                                       slice_text("c"), &request),
                         0);
        memcpy(out + used, bytes.data, bytes.size);
        used += bytes.size;
        bytes_finish(&bytes);
    }
    return used;
}

static void check_refused(const void *data, size_t size, const char *reason)
{
    struct door door;
    door_open(&door, NULL);
    int descriptor = dial(&door);
    say(descriptor, data, size);
    stage_run(&door.stage, has_closed, &door);
    assert_int_equal(door.requests, 0);
    assert_int_equal(lines_with(&door.stage, "closed 127.0.0.1:"), 1);
    assert_int_equal(lines_with(&door.stage, reason), 1);
    assert_int_equal(listener_buffered_bytes(door.listener), 0);
    close(descriptor);
    door_close(&door);
}

TEST(hostile_hellos_are_named)
{
    check_refused("\x16\x03\x01\x02\x00\x01\x00\x01", 8, "peer speaks TLS");
    check_refused("GET / HTTP/1.1\r\n", 16, "peer speaks HTTP");
    check_refused("POST /x HTTP/1.1\r\n", 18, "peer speaks HTTP");
    check_refused("\x7f\xff\xff\xff", 4, "larger than socket.request.max.bytes");
    check_refused("\xff\xff\xff\xff", 4, "negative size");
    check_refused("\0\0\0\0", 4, "too short");
    check_refused("\0\0\0\x07\0\x12\0\0\0\0\0", 11, "too short");
    /* A header whose client id runs past the frame. */
    check_refused("\0\0\0\x0a\0\x12\0\0\0\0\0\x01\x7f\xff", 14, "cannot be read");
}

TEST(slow_and_silent_peers_are_closed)
{
    const struct listener_limits slow = { .frame_ms_max = 20 };
    struct door door;
    door_open(&door, &slow);
    int descriptor = dial(&door);
    say(descriptor, "\0\0\x01", 3);
    stage_run(&door.stage, has_closed, &door);
    assert_int_equal(lines_with(&door.stage, "a frame that does not arrive"), 1);
    close(descriptor);
    door_close(&door);

    const struct listener_limits silent = { .silent_ms_max = 20 };
    door_open(&door, &silent);
    descriptor = dial(&door);
    stage_run(&door.stage, has_closed, &door);
    assert_int_equal(lines_with(&door.stage, "it says nothing"), 1);
    close(descriptor);
    door_close(&door);
}

TEST(connections_are_counted)
{
    const struct listener_limits limits = { .connections_per_ip_max = 2 };
    struct door door;
    door_open(&door, &limits);
    int descriptors[3];
    uint8_t request[64];
    size_t size = make_requests(request, 1);
    for (int i = 0; i < 3; i++) {
        descriptors[i] = dial(&door);
    }
    say(descriptors[0], request, size);
    stage_run(&door.stage, has_requests, &door);
    assert_int_equal(listener_session_count(door.listener), 2);
    assert_int_equal(lines_with(&door.stage, "max.connections.per.ip"), 1);
    const struct listener_totals *totals = listener_totals(door.listener);
    assert_int_equal(totals->accepted, 2);
    assert_int_equal(totals->refused, 1);
    assert_int_equal(totals->bytes_in, size);
    assert_true(totals->bytes_out > 4);
    for (int i = 0; i < 3; i++) {
        close(descriptors[i]);
    }
    stage_run(&door.stage, has_closed, &door);
    door_close(&door);
}

static bool many_requests(void *context)
{
    struct door *door = context;
    return door->requests == 1000;
}

TEST(pipelined_requests_are_answered_in_order)
{
    enum { COUNT = 1000 };
    struct door door;
    door_open(&door, NULL);
    uint8_t *data = malloc(COUNT * 64);
    size_t size = make_requests(data, COUNT);
    int descriptor = dial(&door);
    int buffer = 4 << 20;
    (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
    say(descriptor, data, size);
    /* The peer reads nothing yet: the broker may stop, but not fail. */
    size_t received = 0;
    int32_t next = 0;
    uint8_t answers[4096];
    size_t have = 0;
    while (next < COUNT) {
        door.seen = true;
        stage_run(&door.stage, stage_flag, &door.seen);
        ssize_t got = recv(descriptor, answers + have, sizeof(answers) - have, MSG_DONTWAIT);
        if (got <= 0) {
            assert_true(got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
            continue;
        }
        have += (size_t)got;
        received += (size_t)got;
        while (have >= 8 && have >= 4 + load_u32(answers)) {
            assert_int_equal((int32_t)load_u32(answers + 4), next);
            next++;
            size_t whole = 4 + load_u32(answers);
            memmove(answers, answers + whole, have - whole);
            have -= whole;
        }
    }
    assert_true(many_requests(&door));
    assert_true(received > 0);
    close(descriptor);
    stage_run(&door.stage, has_closed, &door);
    free(data);
    door_close(&door);
}

struct flood {
    struct door *door;
    int descriptor;
    const uint8_t *data;
    size_t size;
    size_t sent;
    int stuck;
};

/* Sends as long as the socket takes it; over when it has been full for a while. */
static bool is_stuck(void *context)
{
    struct flood *flood = context;
    ssize_t sent = send(flood->descriptor, flood->data, flood->size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
        flood->sent += (size_t)sent;
        flood->stuck = 0;
        return false;
    }
    return ++flood->stuck > 50;
}

/* S14 */
TEST(a_flood_of_requests_stops_at_the_cap)
{
    struct door door;
    const struct listener_limits limits = { .session_bytes_max = 100000 };
    door_open(&door, &limits);
    door.holds = true;
    uint8_t *data = malloc(1000 * 64);
    struct flood flood = { .door = &door, .descriptor = dial(&door), .data = data };
    flood.size = make_requests(data, 1000);
    stage_run(&door.stage, is_stuck, &flood);
    assert_int_equal(door.requests, 1);
    assert_true(flood.sent > 100000);
    /* One read may land on top of the cap. */
    assert_true(listener_buffered_bytes(door.listener) < 100000 + 5 * 65536);
    close(flood.descriptor);
    free(data);
    listener_destroy(door.listener);
    stage_finish(&door.stage);
}

enum { LARGE_REQUEST = 200000 };

/* Sends what the socket takes; over when it has taken nothing for a while. */
static bool is_full(void *context)
{
    struct flood *flood = context;
    ssize_t sent = send(flood->descriptor, flood->data + flood->sent, flood->size - flood->sent,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    flood->sent += sent > 0 ? (size_t)sent : 0;
    flood->stuck = sent > 0 ? 0 : flood->stuck + 1;
    return flood->stuck > 50;
}

/* While one waits, for the disk say, the next one is on its way. */
TEST(the_next_request_arrives_while_a_large_one_is_in_process)
{
    struct door door;
    const struct listener_limits limits = { .session_bytes_max = LARGE_REQUEST / 2 };
    door_open(&door, &limits);
    door.holds = true;
    uint8_t *data = calloc(4, LARGE_REQUEST);
    struct flood flood = { .door = &door, .descriptor = dial(&door), .data = data };
    flood.size = 4 * (size_t)LARGE_REQUEST;
    for (size_t i = 0; i < 4; i++) {
        (void)make_requests(data + i * LARGE_REQUEST, 1);
        store_u32(data + i * LARGE_REQUEST, LARGE_REQUEST - 4);
    }
    stage_run(&door.stage, is_full, &flood);
    assert_int_equal(door.requests, 1);
    assert_true(listener_buffered_bytes(door.listener) >= 2 * (size_t)LARGE_REQUEST);
    /* One read may land on top. */
    assert_true(listener_buffered_bytes(door.listener) < 2 * (size_t)LARGE_REQUEST + 5 * 65536);
    close(flood.descriptor);
    free(data);
    listener_destroy(door.listener);
    stage_finish(&door.stage);
}

TEST(the_answer_outlives_the_peer)
{
    struct door door;
    door_open(&door, NULL);
    door.holds = true;
    uint8_t request[64];
    size_t size = make_requests(request, 1);
    int descriptor = dial(&door);
    say(descriptor, request, size);
    stage_run(&door.stage, has_requests, &door);
    close(descriptor);
    stage_run(&door.stage, has_closed, &door);
    assert_false(session_is_open(door.held));
    assert_int_equal(stage_answer_versions(door.held), 0);
    assert_int_equal(listener_session_count(door.listener), 0);
    door_close(&door);
}

TEST(closing_names_the_reason)
{
    struct door door;
    door_open(&door, NULL);
    door.holds = true;
    uint8_t request[64];
    size_t size = make_requests(request, 1);
    int descriptor = dial(&door);
    say(descriptor, request, size);
    stage_run(&door.stage, has_requests, &door);
    session_close(door.held, "illegal sasl state");
    assert_int_equal(lines_with(&door.stage, "illegal sasl state"), 1);
    assert_int_equal(door.closed, 1);
    close(descriptor);
    door_close(&door);
}

TEST(a_taken_port_is_an_error)
{
    struct door door;
    door_open(&door, NULL);
    const struct listener_options options = { .loop = door.stage.loop,
                                              .host = "127.0.0.1",
                                              .port = listener_port(door.listener) };
    struct listener *second = NULL;
    struct kc_error error;
    assert_int_equal(listener_open(&options, &door_calls, &door, &second, &error), KC_ERR_CONNECT);
    assert_non_null(strstr(error.text, "(Address already in use)"));
    assert_null(second);
    door_close(&door);
}

static size_t drain(int descriptor)
{
    uint8_t data[65536];
    size_t total = 0;
    ssize_t got;
    while ((got = recv(descriptor, data, sizeof(data), 0)) > 0) {
        total += (size_t)got;
    }
    return total;
}

TEST(an_answer_may_be_cut)
{
    for (size_t size = 0; size <= 7; size += 7) {
        struct door door;
        uint8_t requests[128];
        door_open(&door, NULL);
        door.raw_size = size + 1;
        door.cuts = true;
        int descriptor = dial(&door);
        say(descriptor, requests, make_requests(requests, 2));
        stage_run(&door.stage, has_closed, &door);
        assert_int_equal(door.requests, 1);
        assert_int_equal(lines_with(&door.stage, "cut on purpose"), 1);
        assert_int_equal(drain(descriptor), size + 1);
        close(descriptor);
        door_close(&door);
    }
}

struct slow_reader {
    struct door *door;
    int descriptor;
    size_t got;
};

static bool has_read_to_the_end(void *context)
{
    struct slow_reader *reader = context;
    uint8_t data[65536];
    ssize_t got = recv(reader->descriptor, data, sizeof(data), MSG_DONTWAIT);
    reader->got += got > 0 ? (size_t)got : 0;
    return reader->door->closed > 0;
}

/* The session ends while its stream tells that the answer before is written: the next request,
 * which came long before, has no header that can be read. */
TEST(a_bad_request_behind_a_slow_answer)
{
    static const uint8_t bad[] = { 0, 0, 0, 10, 0, 18, 0, 1, 0, 0, 0, 1, 0, 99 };
    enum { ANSWER_SIZE = 32 << 20 };
    struct door door;
    uint8_t requests[128];
    door_open(&door, NULL);
    door.raw_size = ANSWER_SIZE;
    struct slow_reader reader = { .door = &door, .descriptor = dial(&door) };
    size_t size = make_requests(requests, 1);
    memcpy(requests + size, bad, sizeof(bad));
    say(reader.descriptor, requests, size + sizeof(bad));
    stage_run(&door.stage, has_read_to_the_end, &reader);
    assert_int_equal(door.requests, 1);
    assert_int_equal(lines_with(&door.stage, "header"), 1);
    close(reader.descriptor);
    door_close(&door);
}

/* ---- quotas ---- */

static bool has_all_requests(void *context)
{
    struct door *door = context;
    return door->requests == 4;
}

/* Nobody else waits, answers go out at once, and what has come meanwhile is not lost. */
TEST(a_muted_session_hands_out_nothing_for_a_while)
{
    struct door door;
    uint8_t data[3 * 64];
    uint8_t answer[4096];
    door_open(&door, NULL);
    size_t size = make_requests(data, 3);
    int descriptor = dial(&door);
    door.mute_ms = 60;
    say(descriptor, data, size);
    stage_run(&door.stage, has_requests, &door);
    door.seen = true;
    stage_run(&door.stage, stage_flag, &door.seen);
    assert_int_equal(door.requests, 1);
    assert_true(recv(descriptor, answer, sizeof(answer), 0) > 8);
    door.mute_ms = 0;
    int other = dial(&door);
    say(other, data, make_requests(data, 1));
    stage_run(&door.stage, has_all_requests, &door);
    assert_true(door.asked_us[3] - door.asked_us[0] >= 60000);
    assert_true(door.asked_us[2] - door.asked_us[0] >= 60000); /* but for the other's */
    close(descriptor);
    close(other);
    stage_run(&door.stage, has_closed, &door);
    door_close(&door);
}

TEST(a_muted_session_may_be_lost_or_destroyed)
{
    struct door door;
    uint8_t data[64];
    door_open(&door, NULL);
    size_t size = make_requests(data, 1);
    int descriptor = dial(&door);
    door.mute_ms = 3600000;
    say(descriptor, data, size);
    stage_run(&door.stage, has_requests, &door);
    close(descriptor);
    door_close(&door); /* does not wait for the hour */
}

/* The longest a test waits for its own: the peers' sockets see the end. */
TEST(a_connection_that_comes_too_early_is_closed_later)
{
    struct door door;
    int descriptors[5];
    uint8_t byte;
    door_open(&door, NULL);
    door.early_ms = 50;
    int64_t begun_us = loop_now_us(door.stage.loop);
    for (int i = 0; i < 5; i++) {
        descriptors[i] = dial(&door);
    }
    const struct listener_totals *totals = listener_totals(door.listener);
    for (int i = 2; i < 5; i++) {
        while (recv(descriptors[i], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN) {
            door.seen = true;
            stage_run(&door.stage, stage_flag, &door.seen);
        }
    }
    assert_true(loop_now_us(door.stage.loop) - begun_us >= 50000);
    assert_int_equal(totals->refused, 3);
    assert_int_equal(door.opened, 2);
    door.early_ms = 3600000;
    int late = dial(&door);
    while (totals->refused < 4) {
        door.seen = true;
        stage_run(&door.stage, stage_flag, &door.seen);
    }
    door_close(&door); /* and does not wait for the hour */
    for (int i = 0; i < 5; i++) {
        close(descriptors[i]);
    }
    close(late);
}
