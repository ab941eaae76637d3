/* tests: requests that are handed out before earlier ones are answered: how many, in which order,
 * and what becomes of them when the connection ends. */
#include "support/stage.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUESTS = 8 };

struct pier {
    struct stage stage;
    struct listener *listener;
    struct session *session;
    int descriptor;
    bool is_strict;     /* allows none ahead */
    bool takes;         /* what is offered */
    int offered;        /* in vain too */
    int32_t handed[16]; /* correlation ids, as they came */
    int32_t handed_count;
    int32_t turns[16];
    int32_t turn_count;
    int wanted; /* requests handed out, for is_handed */
    int closed;
    bool drops; /* on_close answers what is in process, as the broker does */
};

static void note(struct pier *pier, const struct session_request *request)
{
    pier->handed[pier->handed_count++] = request->head.correlation_id;
}

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct pier *pier = context;
    assert_ptr_equal(session_current(session), request);
    note(pier, request);
    pier->session = session;
    if (!pier->is_strict) {
        session_allow_ahead(session);
    }
}

static bool on_ahead(void *context, struct session *session, const struct session_request *request)
{
    struct pier *pier = context;
    pier->offered++;
    assert_true(session_current(session)->head.correlation_id < request->head.correlation_id);
    if (pier->takes) {
        note(pier, request);
    }
    return pier->takes;
}

static void on_turn(void *context, struct session *session)
{
    struct pier *pier = context;
    pier->turns[pier->turn_count++] = session_current(session)->head.correlation_id;
}

static void on_close(void *context, struct session *session)
{
    struct pier *pier = context;
    pier->closed++;
    while (pier->drops && session_current(session)) {
        session_no_reply(session);
    }
}

static const struct listener_handler pier_calls = {
    .on_request = on_request,
    .on_ahead = on_ahead,
    .on_turn = on_turn,
    .on_close = on_close,
};

static void pier_open(struct pier *pier)
{
    memset(pier, 0, sizeof(*pier));
    pier->takes = true;
    pier->drops = true;
    stage_init(&pier->stage);
    struct listener_options options = { .loop = pier->stage.loop,
                                        .trace = &pier->stage.trace,
                                        .host = "127.0.0.1" };
    assert_int_equal(listener_open(&options, &pier_calls, pier, &pier->listener, NULL), 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(listener_port(pier->listener)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    pier->descriptor = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(pier->descriptor >= 0);
    assert_int_equal(connect(pier->descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void pier_close(struct pier *pier)
{
    close(pier->descriptor);
    listener_destroy(pier->listener);
    stage_finish(&pier->stage);
}

/* Requests with correlation ids from 0 on, each padded to so many bytes (0: as it is). */
static void say_requests(const struct pier *pier, int32_t count, size_t size)
{
    for (int32_t i = 0; i < count; i++) {
        struct api_versions_request request;
        struct bytes bytes;
        struct writer writer;
        message_defaults(&api_versions_request_type, &request);
        bytes_init(&bytes, SIZE_MAX);
        writer_init(&writer, &bytes);
        assert_int_equal(
            request_write(&writer, api_find(API_API_VERSIONS), 0, i, slice_text("c"), &request), 0);
        size_t used = bytes.size;
        size_t padded = MAX_OF(size, used);
        assert_true(bytes_reserve(&bytes, padded - used));
        memset(bytes.data + used, 0, padded - used);
        store_u32(bytes.data, (uint32_t)padded - 4);
        assert_int_equal(send(pier->descriptor, bytes.data, padded, MSG_NOSIGNAL), (ssize_t)padded);
        bytes_finish(&bytes);
    }
}

static bool is_handed(void *context)
{
    const struct pier *pier = context;
    return pier->handed_count >= pier->wanted;
}

static void await_handed(struct pier *pier, int count)
{
    pier->wanted = count;
    stage_run(&pier->stage, is_handed, pier);
}

/* The loop has nothing more to do at once. */
static bool is_second_look(void *context)
{
    int *looks = context;
    return ++*looks > 5;
}

static void settle(struct pier *pier)
{
    int looks = 0;
    stage_run(&pier->stage, is_second_look, &looks);
}

static int32_t read_correlation_id(const struct pier *pier)
{
    uint8_t data[65536];
    assert_int_equal(recv(pier->descriptor, data, 4, MSG_WAITALL), 4);
    size_t size = load_u32(data);
    assert_true(size >= 4 && size <= sizeof(data));
    assert_int_equal(recv(pier->descriptor, data, size, MSG_WAITALL), (ssize_t)size);
    return (int32_t)load_u32(data);
}

TEST(some_are_handed_out_ahead_and_answered_in_order)
{
    struct pier pier;
    pier_open(&pier);
    say_requests(&pier, REQUESTS, 0);
    await_handed(&pier, 1 + SESSION_AHEAD_MAX);
    settle(&pier);
    assert_int_equal(pier.handed_count, 1 + SESSION_AHEAD_MAX);
    assert_int_equal(pier.turn_count, 0);
    for (int i = 0; i < REQUESTS; i++) {
        assert_int_equal(pier.handed[i], i);
        assert_int_equal(session_current(pier.session)->head.correlation_id, i);
        assert_int_equal(stage_answer_versions(pier.session), 0);
        assert_int_equal(read_correlation_id(&pier), i);
        assert_int_equal(pier.turn_count, MIN_OF(i + 1, REQUESTS - 1));
        assert_int_equal(pier.handed_count, MIN_OF(i + 2 + SESSION_AHEAD_MAX, REQUESTS));
    }
    for (int i = 0; i < pier.turn_count; i++) {
        assert_int_equal(pier.turns[i], i + 1);
    }
    assert_null(session_current(pier.session));
    assert_int_equal(listener_buffered_bytes(pier.listener), 0);
    pier_close(&pier);
}

TEST(what_is_not_taken_waits_for_its_turn)
{
    struct pier pier;
    pier_open(&pier);
    pier.takes = false;
    say_requests(&pier, 3, 0);
    await_handed(&pier, 1);
    settle(&pier);
    assert_int_equal(pier.handed_count, 1);
    assert_int_equal(pier.offered, 1); /* not again and again */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pier.handed[i], i);
        assert_int_equal(stage_answer_versions(pier.session), 0);
        assert_int_equal(read_correlation_id(&pier), i);
    }
    assert_int_equal(pier.turn_count, 0);
    pier_close(&pier);
}

TEST(none_is_offered_unless_it_is_allowed)
{
    struct pier pier;
    pier_open(&pier);
    pier.is_strict = true;
    say_requests(&pier, 3, 0);
    await_handed(&pier, 1);
    settle(&pier);
    assert_int_equal(pier.handed_count, 1);
    assert_int_equal(pier.offered, 0);
    pier_close(&pier);
}

static bool has_arrived(void *context)
{
    const struct pier *pier = context;
    return listener_buffered_bytes(pier->listener) > SESSION_AHEAD_BYTES_MAX;
}

static void *say_large(void *context)
{
    say_requests(context, 3, SESSION_AHEAD_BYTES_MAX / 2);
    return NULL;
}

/* Two fill the bound by themselves: with what a frame costs besides, the second does not fit. */
TEST(no_more_bytes_are_in_process_than_fit)
{
    struct pier pier;
    pthread_t speaker;
    pier_open(&pier);
    assert_int_equal(pthread_create(&speaker, NULL, say_large, &pier), 0);
    stage_run(&pier.stage, has_arrived, &pier);
    settle(&pier);
    assert_int_equal(pier.handed_count, 1);
    assert_int_equal(pier.offered, 0);
    assert_int_equal(stage_answer_versions(pier.session), 0);
    await_handed(&pier, 2);
    assert_int_equal(stage_answer_versions(pier.session), 0);
    await_handed(&pier, 3);
    assert_int_equal(pthread_join(speaker, NULL), 0);
    assert_int_equal(pier.offered, 0);
    pier_close(&pier);
}

TEST(a_connection_ends_with_requests_ahead)
{
    struct pier pier;
    for (int i = 0; i < 3; i++) {
        pier_open(&pier);
        say_requests(&pier, REQUESTS, 0);
        await_handed(&pier, 1 + SESSION_AHEAD_MAX);
        if (i == 0) {
            session_close(pier.session, "the first one is not to its liking");
            assert_int_equal(pier.closed, 1);
        }
        pier.drops = i < 2; /* the last time the listener goes with all of it in process */
        if (i == 1) {
            shutdown(pier.descriptor, SHUT_RDWR);
            settle(&pier);
            assert_int_equal(pier.closed, 1);
        }
        assert_int_equal(pier.turn_count, 0);
        pier_close(&pier);
        assert_int_equal(pier.closed, 1);
    }
}

TEST(answers_of_a_lost_connection_are_dropped_in_order)
{
    struct pier pier;
    pier_open(&pier);
    pier.drops = false;
    say_requests(&pier, 1 + SESSION_AHEAD_MAX, 0);
    await_handed(&pier, 1 + SESSION_AHEAD_MAX);
    shutdown(pier.descriptor, SHUT_RDWR);
    settle(&pier);
    assert_int_equal(pier.closed, 1);
    for (int i = 0; i <= SESSION_AHEAD_MAX; i++) {
        assert_int_equal(session_current(pier.session)->head.correlation_id, i);
        assert_int_equal(stage_answer_versions(pier.session), 0);
    }
    assert_int_equal(listener_session_count(pier.listener), 0);
    pier_close(&pier);
}
