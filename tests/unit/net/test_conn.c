/* tests: a conn against a broker with a script in the same loop. */
#include "support/stage.h"

#include "net/conn_state.h"

enum { LARGE_SIZE = 300000 };

enum script {
    ANSWER,
    HOLD, /* ApiVersions is answered, the rest not */
    WRONG_ID,
    CUT, /* half an answer, then the end */
    GARBAGE_BODY,
    TLS_ALERT, /* on the first request, as are the next */
    HTTP,
    BANNER,
    HANG_UP, /* on the first request after the handshake */
    HUGE_ANSWER,
    LARGE_ANSWER,
    LATE, /* the first request after the handshake is answered when asked to */
};

struct pair {
    struct stage stage;
    struct listener *listener;
    struct conn *conn;
    enum script script;
    struct session *held;
    int requests; /* after the handshake */
    bool is_ready;
    bool is_closed;
    enum kc_err closed_err;
    char closed_text[400];
    bool is_spurned;
    int drains;
    bool destroys_in_callback;
};

struct asked {
    struct pair *pair;
    bool is_done;
    int done_count;
    int released;
    enum kc_err err;
    char text[400];
    int32_t controller_id;
    uintptr_t frame; /* where the answer was */
};

static void answer_metadata(struct session *session, int32_t controller_id)
{
    struct metadata_response response;
    message_defaults(&metadata_response_type, &response);
    response.controller_id = controller_id;
    assert_int_equal(session_answer(session, &response, NULL, NULL), 0);
}

static void reply_bytes(struct session *session, const void *data, size_t size)
{
    struct bytes out;
    struct writer writer;
    bytes_init(&out, 1 << 20);
    assert_true(bytes_append(&out, data, size));
    writer_init(&writer, &out);
    session_reply(session, &writer, NULL, NULL);
    bytes_finish(&out);
}

/* After the header there is nothing that could be decoded. */
static void reply_large(struct session *session, int32_t correlation_id)
{
    uint8_t *frame = calloc(1, LARGE_SIZE + 4);
    assert_non_null(frame);
    store_u32(frame, LARGE_SIZE);
    store_u32(frame + 4, (uint32_t)correlation_id);
    reply_bytes(session, frame, LARGE_SIZE + 4);
    free(frame);
}

static void misbehave(struct pair *pair, struct session *session,
                      const struct session_request *request)
{
    uint8_t frame[12] = { 0, 0, 0, 8 };
    store_u32(frame + 4, (uint32_t)request->head.correlation_id);
    switch (pair->script) {
    case WRONG_ID:
        store_u32(frame + 4, (uint32_t)request->head.correlation_id + 1);
        reply_bytes(session, frame, 12);
        break;
    case CUT:
        reply_bytes(session, frame, 9);
        session_close(session, "script");
        break;
    case GARBAGE_BODY:
        memset(frame + 9, 0xff, 3); /* after a header without tags */
        reply_bytes(session, frame, 12);
        break;
    case HUGE_ANSWER:
        store_u32(frame, 0x7fffffff);
        reply_bytes(session, frame, 12);
        break;
    case LARGE_ANSWER:
        reply_large(session, request->head.correlation_id);
        break;
    case TLS_ALERT:
        reply_bytes(session, "\x15\x03\x03\x00\x02\x02\x46", 7);
        break;
    case HTTP:
        reply_bytes(session, "HTTP/1.1 400 Bad Request\r\n", 26);
        break;
    case BANNER:
        reply_bytes(session, "SSH-2.0-x\r\n", 11);
        break;
    case HANG_UP:
        session_close(session, "script");
        break;
    default:
        fail();
    }
}

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct pair *pair = context;
    bool is_stranger = pair->script == TLS_ALERT || pair->script == HTTP || pair->script == BANNER;
    if (request->head.key == API_API_VERSIONS && !is_stranger) {
        assert_true(slice_is(request->head.client_id, "tester"));
        assert_int_equal(stage_answer_versions(session), 0);
        return;
    }
    pair->requests++;
    if (pair->script == HOLD || (pair->script == LATE && pair->requests == 1)) {
        pair->held = session;
    } else if (pair->script != ANSWER && pair->script != LATE) {
        misbehave(pair, session, request);
    } else if (request->head.key == API_PRODUCE) {
        session_no_reply(session);
    } else {
        answer_metadata(session, request->head.correlation_id);
    }
}

static void on_ready(void *context, struct conn *conn)
{
    struct pair *pair = context;
    pair->is_ready = true;
    if (pair->destroys_in_callback) {
        conn_destroy(conn);
        pair->conn = NULL;
    }
}

static void on_closed(void *context, struct conn *conn, enum kc_err err, const char *text)
{
    struct pair *pair = context;
    pair->is_closed = true;
    pair->closed_err = err;
    pair->is_spurned = conn_is_spurned(conn);
    snprintf(pair->closed_text, sizeof(pair->closed_text), "%s", text);
    conn_destroy(conn);
    pair->conn = NULL;
}

static void on_drain(void *context, struct conn *conn)
{
    struct pair *pair = context;
    (void)conn;
    pair->drains++;
}

static const struct listener_handler broker_calls = { .on_request = on_request };
static const struct conn_handler conn_calls = { on_ready, on_closed, on_drain };

static void pair_open(struct pair *pair, enum script script, const struct conn_options *more)
{
    memset(pair, 0, sizeof(*pair));
    stage_init(&pair->stage);
    pair->script = script;
    const struct listener_options options = { .loop = pair->stage.loop,
                                              .trace = &pair->stage.trace,
                                              .host = "127.0.0.1" };
    assert_int_equal(listener_open(&options, &broker_calls, pair, &pair->listener, NULL), 0);
    struct conn_options conn_options = more ? *more : (struct conn_options){ 0 };
    conn_options.loop = pair->stage.loop;
    conn_options.trace = &pair->stage.trace;
    conn_options.client_id = slice_text("tester");
    pair->conn = conn_create(&conn_options, &conn_calls, pair);
    assert_int_equal(conn_open(pair->conn, "127.0.0.1", listener_port(pair->listener)), 0);
    assert_int_equal(conn_open(pair->conn, "127.0.0.1", 1), KC_ERR_WRONG_STATE);
}

static void pair_ready(struct pair *pair, enum script script, const struct conn_options *more)
{
    pair_open(pair, script, more);
    stage_run(&pair->stage, stage_flag, &pair->is_ready);
}

static void pair_close(struct pair *pair)
{
    conn_destroy(pair->conn);
    listener_destroy(pair->listener);
    stage_finish(&pair->stage);
}

static void on_done(void *context, const struct conn_reply *reply)
{
    struct asked *asked = context;
    asked->done_count++;
    asked->is_done = true;
    asked->err = reply->err;
    asked->frame = (uintptr_t)reply->frame;
    snprintf(asked->text, sizeof(asked->text), "%s", reply->text ? reply->text : "");
    if (reply->err == KC_ERR_NONE && reply->frame) {
        struct arena arena;
        struct metadata_response response;
        arena_init(&arena, 1 << 20);
        asked->err = conn_reply_decode(reply, &arena, &response);
        asked->controller_id = response.controller_id;
        arena_finish(&arena);
    }
    if (asked->pair->destroys_in_callback) {
        conn_destroy(asked->pair->conn);
        asked->pair->conn = NULL;
    }
}

static void on_release(void *context)
{
    struct asked *asked = context;
    asked->released++;
}

static void ask(struct pair *pair, struct asked *asked, int64_t timeout_ms)
{
    struct metadata_request request;
    memset(asked, 0, sizeof(*asked));
    asked->pair = pair;
    message_defaults(&metadata_request_type, &request);
    const struct conn_request sending = { .api_key = API_METADATA,
                                          .version = 12,
                                          .message = &request,
                                          .timeout_ms = timeout_ms,
                                          .done = on_done,
                                          .release = on_release,
                                          .context = asked };
    assert_int_equal(conn_send(pair->conn, &sending), 0);
    assert_false(asked->is_done);
}

TEST(answers_come_in_order)
{
    struct pair pair;
    struct asked asked[5];
    pair_ready(&pair, ANSWER, NULL);
    for (int i = 0; i < 5; i++) {
        ask(&pair, &asked[i], 0);
    }
    assert_int_equal(conn_in_flight(pair.conn), 5);
    stage_run(&pair.stage, stage_flag, &asked[4].is_done);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(asked[i].err, 0);
        assert_int_equal(asked[i].done_count, 1);
        assert_int_equal(asked[i].released, 1);
        assert_int_equal(asked[i].controller_id, asked[0].controller_id + i);
    }
    assert_int_equal(conn_in_flight(pair.conn), 0);
    assert_int_equal(pair.drains, 5);
    int16_t version = 0;
    assert_int_equal(conn_version(pair.conn, API_METADATA, 0, 3, &version), 0);
    assert_int_equal(version, 3);
    pair_close(&pair);
}

static bool keeps_nothing(void *context)
{
    const struct pair *pair = context;
    return frame_pool_kept(pair->conn->frames) == 0;
}

TEST(large_answers_use_memory_again)
{
    struct pair pair;
    struct asked asked[2];
    pair_ready(&pair, LARGE_ANSWER, NULL);
    for (int i = 0; i < 2; i++) {
        ask(&pair, &asked[i], 0);
        stage_run(&pair.stage, stage_flag, &asked[i].is_done);
        assert_true(frame_pool_kept(pair.conn->frames) >= LARGE_SIZE);
    }
    assert_int_equal(asked[0].frame, asked[1].frame);
    stage_run(&pair.stage, keeps_nothing, &pair); /* a second or two */
    pair_close(&pair);
}

TEST(refused_connections_say_so)
{
    struct pair pair;
    pair_open(&pair, ANSWER, NULL);
    uint16_t port = listener_port(pair.listener);
    listener_stop(pair.listener);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    char text[128];
    snprintf(text, sizeof(text), "cannot connect to 127.0.0.1:%u (Connection refused)",
             (unsigned)port);
    assert_string_equal(pair.closed_text, text);
    assert_int_equal(pair.closed_err, KC_ERR_CONNECT);
    pair_close(&pair);
}

TEST(unknown_hosts_say_so)
{
    struct pair pair;
    memset(&pair, 0, sizeof(pair));
    stage_init(&pair.stage);
    const struct conn_options options = { .loop = pair.stage.loop };
    pair.conn = conn_create(&options, &conn_calls, &pair);
    assert_int_equal(conn_open(pair.conn, "no-such-host.invalid", 9092), 0);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    assert_int_equal(pair.closed_err, KC_ERR_RESOLVE);
    assert_non_null(strstr(pair.closed_text, "cannot resolve 'no-such-host.invalid' ("));
    stage_finish(&pair.stage);
}

static void check_broken(enum script script, enum kc_err err, const char *text)
{
    struct pair pair;
    struct asked asked[2];
    const struct conn_options options = { .response_size_max = 100000 };
    pair_ready(&pair, script, &options);
    ask(&pair, &asked[0], 0);
    ask(&pair, &asked[1], 0);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    assert_int_equal(pair.closed_err, err);
    assert_non_null(strstr(pair.closed_text, text));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(asked[i].err, KC_ERR_DISCONNECTED);
        assert_string_equal(asked[i].text, pair.closed_text);
        assert_int_equal(asked[i].done_count, 1);
        assert_int_equal(asked[i].released, 1);
    }
    pair_close(&pair);
}

TEST(hostile_answers_end_the_connection)
{
    check_broken(WRONG_ID, KC_ERR_MALFORMED, "another correlation id");
    check_broken(HUGE_ANSWER, KC_ERR_TOO_LARGE, "larger than the limit");
    check_broken(CUT, KC_ERR_DISCONNECTED, "is lost (");
}

TEST(a_body_of_garbage_is_the_callers_error)
{
    struct pair pair;
    struct asked asked;
    pair_ready(&pair, GARBAGE_BODY, NULL);
    ask(&pair, &asked, 0);
    stage_run(&pair.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, KC_ERR_MALFORMED);
    pair_close(&pair);
}

static void check_stranger(enum script script, const char *text)
{
    struct pair pair;
    pair_open(&pair, script, NULL);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    assert_non_null(strstr(pair.closed_text, text));
    assert_int_equal(pair.closed_err, KC_ERR_WRONG_PROTOCOL);
    assert_false(pair.is_spurned);
    pair_close(&pair);
}

TEST(a_peer_that_is_no_broker_is_named)
{
    check_stranger(TLS_ALERT, "(it speaks TLS, and security.protocol is PLAINTEXT)");
    check_stranger(HTTP, "(it speaks HTTP, as no broker does)");
    check_stranger(BANNER, "(it is no broker: its answer begins with 'SSH-')");
}

/* So does a listener that wants a login. */
TEST(an_end_at_the_first_request_is_told_apart)
{
    struct pair pair;
    struct asked asked;
    pair_ready(&pair, HANG_UP, NULL);
    ask(&pair, &asked, 0);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    assert_true(pair.is_spurned);
    assert_int_equal(pair.closed_err, KC_ERR_DISCONNECTED);
    assert_non_null(strstr(pair.closed_text, "at the first request, Metadata); does that listener "
                                             "want a login? security.protocol is PLAINTEXT"));
    pair_close(&pair);
}

TEST(an_end_after_an_answer_is_not)
{
    struct pair pair;
    struct asked first;
    struct asked second;
    pair_ready(&pair, ANSWER, NULL);
    ask(&pair, &first, 0);
    stage_run(&pair.stage, stage_flag, &first.is_done);
    pair.script = HANG_UP;
    ask(&pair, &second, 0);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    assert_false(pair.is_spurned);
    assert_null(strstr(pair.closed_text, "login"));
    pair_close(&pair);
}

TEST(a_timed_out_request_leaves_the_rest_alone)
{
    struct pair pair;
    struct asked slow;
    struct asked next;
    pair_ready(&pair, LATE, NULL);
    ask(&pair, &slow, 20);
    stage_run(&pair.stage, stage_flag, &slow.is_done);
    assert_int_equal(slow.err, KC_ERR_TIMED_OUT);
    assert_int_equal(conn_in_flight(pair.conn), 1);
    ask(&pair, &next, 5000);
    answer_metadata(pair.held, 1);
    stage_run(&pair.stage, stage_flag, &next.is_done);
    assert_int_equal(next.err, 0);
    assert_int_equal(slow.done_count, 1);
    assert_int_equal(slow.released, 1);
    pair_close(&pair);
}

TEST(a_stalled_connection_is_closed)
{
    struct pair pair;
    struct asked asked;
    const struct conn_options options = { .stall_ms_max = 60 };
    pair_ready(&pair, HOLD, &options);
    ask(&pair, &asked, 20);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    assert_int_equal(asked.err, KC_ERR_TIMED_OUT);
    assert_int_equal(asked.done_count, 1);
    assert_int_equal(pair.closed_err, KC_ERR_TIMED_OUT);
    pair_close(&pair);
}

TEST(an_idle_connection_is_closed)
{
    struct pair pair;
    const struct conn_options options = { .idle_ms_max = 30 };
    pair_ready(&pair, ANSWER, &options);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    assert_int_equal(pair.closed_err, KC_ERR_NONE);
    pair_close(&pair);
}

TEST(destroying_inside_callbacks)
{
    struct pair pair;
    struct asked asked[3];
    pair_open(&pair, ANSWER, NULL);
    pair.destroys_in_callback = true;
    stage_run(&pair.stage, stage_flag, &pair.is_ready);
    pair_close(&pair);

    pair_ready(&pair, ANSWER, NULL);
    pair.destroys_in_callback = true;
    for (int i = 0; i < 3; i++) {
        ask(&pair, &asked[i], 0);
    }
    stage_run(&pair.stage, stage_flag, &asked[2].is_done);
    assert_int_equal(asked[0].err, 0);
    assert_int_equal(asked[1].err, KC_ERR_CLOSED);
    assert_int_equal(asked[2].err, KC_ERR_CLOSED);
    pair_close(&pair);
}

static void send_records(struct pair *pair, struct asked *asked, struct slice records,
                         int64_t timeout_ms, unsigned flags)
{
    struct produce_request request;
    struct produce_request_topic_produce_data topic;
    struct produce_request_partition_produce_data partition;
    memset(asked, 0, sizeof(*asked));
    asked->pair = pair;
    message_defaults(&produce_request_type, &request);
    message_defaults(&produce_request_topic_produce_data_type, &topic);
    message_defaults(&produce_request_partition_produce_data_type, &partition);
    partition.records = records;
    topic.name = slice_text("t");
    topic.partition_data.items = &partition;
    topic.partition_data.count = 1;
    request.topic_data.items = &topic;
    request.topic_data.count = 1;
    const struct conn_request sending = { .api_key = API_PRODUCE,
                                          .version = 9,
                                          .message = &request,
                                          .timeout_ms = timeout_ms,
                                          .flags = flags,
                                          .done = on_done,
                                          .release = on_release,
                                          .context = asked };
    assert_int_equal(conn_send(pair->conn, &sending), 0);
}

static bool is_released(void *context)
{
    struct asked *asked = context;
    return asked->released == 1 && asked->is_done;
}

TEST(a_request_without_answer_ends_when_written)
{
    struct pair pair;
    struct asked asked;
    struct asked after;
    pair_ready(&pair, ANSWER, NULL);
    send_records(&pair, &asked, slice_text("small"), 0, CONN_NO_RESPONSE);
    ask(&pair, &after, 0);
    stage_run(&pair.stage, stage_flag, &after.is_done);
    assert_int_equal(asked.err, 0);
    assert_int_equal(asked.done_count, 1);
    assert_int_equal(after.err, 0);
    assert_int_equal(pair.requests, 2);
    pair_close(&pair);
}

/* R37: the answer to the caller is "timed out" while the socket still holds half of the payload:
 * the memory is free only when release says so. */
TEST(payload_stays_ours_until_released)
{
    enum { SIZE = 32 << 20 };
    struct pair pair;
    struct asked asked;
    struct asked blocker;
    uint8_t *payload = malloc(SIZE);
    memset(payload, 0x5a, SIZE);
    pair_ready(&pair, HOLD, NULL);
    /* One request in process and a megabyte behind it: then the broker stops reading. */
    ask(&pair, &blocker, 0);
    send_records(&pair, &asked, slice_of(payload, SIZE), 30, 0);
    stage_run(&pair.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, KC_ERR_TIMED_OUT);
    pair.script = ANSWER;
    if (asked.released == 0) {
        assert_true(conn_queued_bytes(pair.conn) > 0);
    }
    stage_run(&pair.stage, is_released, &asked);
    assert_int_equal(conn_queued_bytes(pair.conn), 0);
    memset(payload, 0, SIZE);
    free(payload);
    assert_int_equal(asked.done_count, 1);
    pair_close(&pair);
    assert_int_equal(asked.released, 1);
}

TEST(many_large_requests_arrive_whole)
{
    enum { SIZE = 3 << 20, COUNT = 8 };
    struct pair pair;
    struct asked asked[COUNT];
    uint8_t *payload = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        payload[i] = (uint8_t)(i * 31);
    }
    pair_ready(&pair, ANSWER, NULL);
    for (int i = 0; i < COUNT; i++) {
        send_records(&pair, &asked[i], slice_of(payload, SIZE), 0, CONN_NO_RESPONSE);
    }
    struct asked after;
    ask(&pair, &after, 0);
    stage_run(&pair.stage, stage_flag, &after.is_done);
    assert_int_equal(after.err, 0);
    assert_int_equal(pair.requests, COUNT + 1);
    free(payload);
    pair_close(&pair);
}
