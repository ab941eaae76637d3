/* tests: answers of a session on their way out: which leave together, and what none waits for. The
 * writes are seen, and held, by a filter over the socket. */
#include "support/stage.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_SIZE = 20, WRITES_MAX = 4096 };

/* One listener, one peer. */
struct desk {
    struct stage stage;
    struct listener *listener;
    int peer;
    int requests;
    int hold_at; /* this request waits; -1: none does */
    struct session *held;
    int closed;
    /* the filter */
    int writes;
    bool is_stuck; /* writes stay in the filter */
    struct stream_write *stuck[2];
    int stuck_count;
    struct stream *filter;
};

struct sieve {
    struct stream stream;
    struct desk *desk;
};

static void sieve_write(struct stream *stream, struct stream_write *write)
{
    struct desk *desk = CONTAINER_OF(stream, struct sieve, stream)->desk;
    desk->writes++;
    if (desk->is_stuck) {
        assert_true(desk->stuck_count < 2);
        desk->stuck[desk->stuck_count++] = write;
    } else {
        stream_write(stream->below, write);
    }
}

static void sieve_read_start(struct stream *stream)
{
    stream_read_start(stream->below);
}

static void sieve_read_stop(struct stream *stream)
{
    stream_read_stop(stream->below);
}

static void sieve_half_close(struct stream *stream)
{
    stream_half_close(stream->below);
}

static void sieve_destroy(struct stream *stream, bool reset)
{
    struct sieve *sieve = CONTAINER_OF(stream, struct sieve, stream);
    struct desk *desk = sieve->desk;
    stream_destroy(stream->below, reset);
    while (desk->stuck_count > 0) {
        struct stream_write *write = desk->stuck[--desk->stuck_count];
        write->done(write, KC_ERR_CLOSED);
    }
    desk->filter = NULL;
    free(sieve);
}

static const struct stream_filter sieve_filter = {
    .name = "sieve",
    .write = sieve_write,
    .read_start = sieve_read_start,
    .read_stop = sieve_read_stop,
    .half_close = sieve_half_close,
    .destroy = sieve_destroy,
};

static void on_sieve_open(void *context)
{
    struct sieve *sieve = context;
    sieve->stream.handler->on_open(sieve->stream.context);
}

static void on_sieve_space(void *context, uint8_t **ret_data, size_t *ret_size)
{
    struct sieve *sieve = context;
    sieve->stream.handler->on_space(sieve->stream.context, ret_data, ret_size);
}

static void on_sieve_read(void *context, size_t size)
{
    struct sieve *sieve = context;
    sieve->stream.handler->on_read(sieve->stream.context, size);
}

static void on_sieve_end(void *context, enum kc_err err, const char *text)
{
    struct sieve *sieve = context;
    sieve->stream.handler->on_end(sieve->stream.context, err, text);
}

static const struct stream_handler sieve_handler = { on_sieve_open, on_sieve_space, on_sieve_read,
                                                     on_sieve_end };

static struct stream *wrap(void *context, struct stream *below, const char *host)
{
    struct sieve *sieve = calloc(1, sizeof(*sieve));
    assert_non_null(sieve);
    assert_null(host);
    sieve->desk = context;
    sieve->desk->filter = &sieve->stream;
    sieve->stream.filter = &sieve_filter;
    sieve->stream.below = below;
    stream_listen(below, &sieve_handler, sieve);
    return &sieve->stream;
}

/* ---- the broker ---- */

/* ANSWER_SIZE bytes: a frame with the number of the request. */
static void desk_answer(struct desk *desk, struct session *session, int number)
{
    struct api_versions_response response;
    struct api_versions_response_api_version key = { .api_key = (int16_t)number };
    message_defaults(&api_versions_response_type, &response);
    response.api_keys.items = &key;
    response.api_keys.count = 1;
    (void)desk;
    assert_int_equal(session_answer(session, &response, NULL, NULL), 0);
}

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct desk *desk = context;
    int number = desk->requests++;
    assert_int_equal(request->head.correlation_id, number);
    if (number == desk->hold_at) {
        desk->held = session;
    } else {
        desk_answer(desk, session, number);
    }
}

static void on_close(void *context, struct session *session)
{
    struct desk *desk = context;
    (void)session;
    desk->closed++;
}

static const struct listener_handler desk_calls = { .on_request = on_request,
                                                    .on_close = on_close };

static void desk_open(struct desk *desk)
{
    memset(desk, 0, sizeof(*desk));
    desk->hold_at = -1;
    stage_init(&desk->stage);
    struct listener_options options = { .loop = desk->stage.loop,
                                        .trace = &desk->stage.trace,
                                        .host = "127.0.0.1",
                                        .security = { wrap, desk } };
    assert_int_equal(listener_open(&options, &desk_calls, desk, &desk->listener, NULL), 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(listener_port(desk->listener)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    desk->peer = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(desk->peer >= 0);
    assert_int_equal(connect(desk->peer, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void desk_close(struct desk *desk)
{
    (void)close(desk->peer);
    listener_destroy(desk->listener);
    stage_finish(&desk->stage);
    assert_int_equal(desk->closed, 1);
}

/* ---- the peer ---- */

/* Requests 0 to count - 1, and behind them `tail`, in one go. */
static void desk_ask(struct desk *desk, int count, struct slice tail)
{
    struct bytes out;
    struct writer writer;
    struct api_versions_request request;
    message_defaults(&api_versions_request_type, &request);
    bytes_init(&out, 1 << 20);
    writer_init(&writer, &out);
    for (int i = 0; i < count; i++) {
        assert_int_equal(
            request_write(&writer, api_find(API_API_VERSIONS), 0, i, slice_text("c"), &request), 0);
    }
    write_raw(&writer, tail);
    assert_int_equal(send(desk->peer, out.data, out.size, MSG_NOSIGNAL), (ssize_t)out.size);
    bytes_finish(&out);
}

struct wish {
    struct desk *desk;
    size_t size;
};

static bool has_come(void *context)
{
    const struct wish *wish = context;
    uint8_t data[65536];
    assert_true(wish->size <= sizeof(data));
    ssize_t got = recv(wish->desk->peer, data, wish->size, MSG_PEEK | MSG_DONTWAIT);
    return got == (ssize_t)wish->size;
}

/* Waits for the answers to so many requests, and finds the right ones. */
static void desk_expect(struct desk *desk, int first, int count)
{
    uint8_t data[ANSWER_SIZE];
    struct wish wish = { desk, (size_t)count * ANSWER_SIZE };
    stage_run(&desk->stage, has_come, &wish);
    for (int i = first; i < first + count; i++) {
        assert_int_equal(recv(desk->peer, data, sizeof(data), MSG_WAITALL), ANSWER_SIZE);
        assert_int_equal(load_u32(data), ANSWER_SIZE - 4);
        assert_int_equal(load_u32(data + 4), i);
        assert_int_equal(load_u16(data + 14), i);
    }
}

static bool has_held(void *context)
{
    struct desk *desk = context;
    return desk->held != NULL;
}

static bool has_closed(void *context)
{
    struct desk *desk = context;
    return desk->closed > 0;
}

TEST(what_is_asked_at_once_is_answered_together)
{
    struct desk desk;
    desk_open(&desk);
    desk_ask(&desk, 1000, SLICE_EMPTY);
    desk_expect(&desk, 0, 1000);
    assert_true(desk.writes < 500);
    desk_close(&desk);
}

TEST(one_request_is_answered_by_one_write)
{
    struct desk desk;
    desk_open(&desk);
    desk_ask(&desk, 1, SLICE_EMPTY);
    desk_expect(&desk, 0, 1);
    assert_int_equal(desk.writes, 1);
    desk_close(&desk);
}

TEST(no_answer_waits_for_a_request_that_waits)
{
    struct desk desk;
    desk_open(&desk);
    desk.hold_at = 3;
    desk_ask(&desk, 6, SLICE_EMPTY);
    desk_expect(&desk, 0, 3);
    assert_int_equal(desk.requests, 4);
    desk_answer(&desk, desk.held, 3);
    desk_expect(&desk, 3, 3);
    desk_close(&desk);
}

TEST(answers_before_a_bad_frame_leave)
{
    struct desk desk;
    desk_open(&desk);
    desk_ask(&desk, 5, slice_of("\0\0\0\x0a\0\x12\0\0\0\0\0\x01\x7f\xff", 14));
    stage_run(&desk.stage, has_closed, &desk);
    desk_expect(&desk, 0, 5);
    desk_close(&desk);
}

/* The third is answered while the first two are still on their way; the fourth is not looked at
 * before. */
TEST(an_answer_goes_behind_those_that_are_being_written)
{
    struct desk desk;
    desk_open(&desk);
    desk.hold_at = 2;
    desk.is_stuck = true;
    desk_ask(&desk, 5, SLICE_EMPTY);
    stage_run(&desk.stage, has_held, &desk);
    assert_int_equal(desk.stuck_count, 1);
    desk_answer(&desk, desk.held, 2);
    assert_int_equal(desk.stuck_count, 2);
    assert_int_equal(desk.requests, 3);
    desk.is_stuck = false;
    desk.stuck_count = 0;
    stream_write(desk.filter->below, desk.stuck[0]);
    assert_int_equal(desk.requests, 3);
    stream_write(desk.filter->below, desk.stuck[1]);
    desk_expect(&desk, 0, 5);
    desk_close(&desk);
}

TEST(answers_that_are_being_written_end_with_the_listener)
{
    struct desk desk;
    desk_open(&desk);
    desk.hold_at = 2;
    desk.is_stuck = true;
    desk_ask(&desk, 5, SLICE_EMPTY);
    stage_run(&desk.stage, has_held, &desk);
    desk_answer(&desk, desk.held, 2);
    assert_int_equal(desk.stuck_count, 2);
    desk_close(&desk);
}
