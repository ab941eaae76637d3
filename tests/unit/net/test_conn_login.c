/* tests: a conn that logs in to a broker with a script, and renews that while requests are under
 * way (KIP-368). */
#include "support/stage.h"

#include "net/conn_state.h"

enum { ASKED_MAX = 8 };

struct pair {
    struct stage stage;
    struct listener *listener;
    struct conn *conn;
    struct credential *credential;
    int logins;           /* begun */
    int logins_good;      /* that many are, then they fail */
    int64_t lifetime_ms;  /* told at the end of each */
    bool is_logging_in;   /* what a broker refuses other requests in */
    int strays;           /* such requests */
    struct session *held; /* a request that waits for the end of the script */
    bool holds_next;
    bool is_ready;
    bool is_closed;
    enum kc_err closed_err;
    char closed_text[400];
    int asked_done;
    int released;
    int32_t answered[ASKED_MAX]; /* in order */
    int32_t served;
};

static void answer_authenticate(struct pair *pair, struct session *session)
{
    struct sasl_authenticate_response response;
    message_defaults(&sasl_authenticate_response_type, &response);
    response.session_lifetime_ms = pair->lifetime_ms;
    if (pair->logins > pair->logins_good) {
        response.error_code = KC_ERR_SASL_AUTHENTICATION_FAILED;
        response.error_message = slice_text("no entry");
    }
    pair->is_logging_in = false;
    assert_int_equal(session_answer(session, &response, NULL, NULL), 0);
}

static void answer_metadata(struct pair *pair, struct session *session)
{
    struct metadata_response response;
    message_defaults(&metadata_response_type, &response);
    response.controller_id = pair->served++;
    assert_int_equal(session_answer(session, &response, NULL, NULL), 0);
}

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct pair *pair = context;
    struct sasl_handshake_response handshake;
    switch (request->head.key) {
    case API_API_VERSIONS:
        assert_int_equal(stage_answer_versions(session), 0);
        return;
    case API_SASL_HANDSHAKE:
        pair->logins++;
        pair->is_logging_in = true;
        message_defaults(&sasl_handshake_response_type, &handshake);
        assert_int_equal(session_answer(session, &handshake, NULL, NULL), 0);
        return;
    case API_SASL_AUTHENTICATE:
        answer_authenticate(pair, session);
        return;
    default:
        pair->strays += pair->is_logging_in || pair->logins == 0;
        if (pair->holds_next) {
            pair->held = session;
            return;
        }
        answer_metadata(pair, session);
    }
}

static void on_ready(void *context, struct conn *conn)
{
    struct pair *pair = context;
    (void)conn;
    pair->is_ready = true;
}

static void on_closed(void *context, struct conn *conn, enum kc_err err, const char *text)
{
    struct pair *pair = context;
    pair->is_closed = true;
    pair->closed_err = err;
    snprintf(pair->closed_text, sizeof(pair->closed_text), "%s", text);
    conn_destroy(conn);
    pair->conn = NULL;
}

static const struct listener_handler broker_calls = { .on_request = on_request };
static const struct conn_handler conn_calls = { .on_ready = on_ready, .on_closed = on_closed };

static void pair_open(struct pair *pair, int64_t lifetime_ms, int logins_good)
{
    memset(pair, 0, sizeof(*pair));
    stage_init(&pair->stage);
    pair->lifetime_ms = lifetime_ms;
    pair->logins_good = logins_good;
    const struct listener_options options = { .loop = pair->stage.loop,
                                              .trace = &pair->stage.trace,
                                              .host = "127.0.0.1" };
    assert_int_equal(listener_open(&options, &broker_calls, pair, &pair->listener, NULL), 0);
    pair->credential = credential_create(mechanism_find(slice_text("PLAIN")), slice_text("alice"),
                                         slice_text("sesame"), false);
    const struct conn_options conn_options = { .loop = pair->stage.loop,
                                               .trace = &pair->stage.trace,
                                               .client_id = slice_text("tester"),
                                               .setup_timeout_ms = 300,
                                               .credential = pair->credential };
    pair->conn = conn_create(&conn_options, &conn_calls, pair);
    assert_int_equal(conn_open(pair->conn, "127.0.0.1", listener_port(pair->listener)), 0);
}

static void pair_close(struct pair *pair)
{
    assert_null(strstr(pair->stage.lines, "sesame"));
    conn_destroy(pair->conn);
    listener_destroy(pair->listener);
    credential_destroy(pair->credential);
    stage_finish(&pair->stage);
}

static void on_done(void *context, const struct conn_reply *reply)
{
    struct pair *pair = context;
    struct arena arena;
    struct metadata_response response = { .controller_id = -1 };
    arena_init(&arena, 1 << 20);
    if (reply->err == KC_ERR_NONE) {
        assert_int_equal(conn_reply_decode(reply, &arena, &response), 0);
    }
    pair->answered[pair->asked_done++] = response.controller_id;
    arena_finish(&arena);
}

static void on_release(void *context)
{
    ((struct pair *)context)->released++;
}

static void ask(struct pair *pair)
{
    struct metadata_request request;
    message_defaults(&metadata_request_type, &request);
    const struct conn_request sending = { .api_key = API_METADATA,
                                          .version = 12,
                                          .message = &request,
                                          .done = on_done,
                                          .release = on_release,
                                          .context = pair };
    assert_int_equal(conn_send(pair->conn, &sending), 0);
}

static bool has_renewed(void *context)
{
    const struct pair *pair = context;
    return pair->logins >= 3 && !pair->is_logging_in;
}

static bool is_renewing(void *context)
{
    return ((const struct pair *)context)->conn->is_renewing;
}

static bool has_all(void *context)
{
    return ((const struct pair *)context)->asked_done == ASKED_MAX;
}

TEST(a_login_comes_before_all_requests)
{
    struct pair pair;
    pair_open(&pair, 0, 9);
    stage_run(&pair.stage, stage_flag, &pair.is_ready);
    for (int i = 0; i < ASKED_MAX; i++) {
        ask(&pair);
    }
    stage_run(&pair.stage, has_all, &pair);
    assert_int_equal(pair.logins, 1);
    assert_int_equal(pair.strays, 0);
    pair_close(&pair);
}

TEST(a_refusal_ends_the_connection)
{
    struct pair pair;
    pair_open(&pair, 0, 0);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    assert_false(pair.is_ready);
    assert_int_equal(pair.closed_err, KC_ERR_SASL_AUTHENTICATION_FAILED);
    assert_non_null(strstr(pair.closed_text, "cannot log in to 127.0.0.1:"));
    assert_non_null(strstr(pair.closed_text, "(PLAIN: no entry)"));
    pair_close(&pair);
}

TEST(a_session_is_renewed_by_itself)
{
    struct pair pair;
    pair_open(&pair, 120, 99);
    stage_run(&pair.stage, has_renewed, &pair);
    assert_true(conn_is_ready(pair.conn));
    assert_false(pair.is_closed);
    pair_close(&pair);
}

/* Asks twice, the first of which the broker keeps until the renewal has begun; then the rest. */
static void ask_around_renewal(struct pair *pair)
{
    stage_run(&pair->stage, stage_flag, &pair->is_ready);
    pair->holds_next = true;
    ask(pair);
    ask(pair);
    stage_run(&pair->stage, is_renewing, pair);
    for (int i = 2; i < ASKED_MAX; i++) {
        ask(pair);
    }
    assert_int_equal(conn_in_flight(pair->conn), ASKED_MAX);
    pair->holds_next = false;
}

TEST(requests_wait_for_a_renewal_and_keep_their_order)
{
    struct pair pair;
    pair_open(&pair, 150, 99);
    ask_around_renewal(&pair);
    assert_non_null(pair.held);
    answer_metadata(&pair, pair.held);
    stage_run(&pair.stage, has_all, &pair);
    for (int i = 0; i < ASKED_MAX; i++) {
        assert_int_equal(pair.answered[i], i);
    }
    assert_true(pair.logins >= 2);
    assert_int_equal(pair.strays, 0);
    assert_int_equal(conn_queued_bytes(pair.conn), 0);
    pair_close(&pair);
}

static void check_all_failed(struct pair *pair)
{
    assert_int_equal(pair->asked_done, ASKED_MAX);
    assert_int_equal(pair->released, ASKED_MAX);
    for (int i = 0; i < ASKED_MAX; i++) {
        assert_int_equal(pair->answered[i], -1);
    }
}

TEST(an_end_in_a_renewal_fails_what_waits)
{
    struct pair pair;
    pair_open(&pair, 150, 99);
    ask_around_renewal(&pair);
    conn_destroy(pair.conn);
    pair.conn = NULL;
    check_all_failed(&pair);
    pair_close(&pair);
}

TEST(a_renewal_without_an_answer_ends_the_connection)
{
    struct pair pair;
    pair_open(&pair, 150, 99);
    ask_around_renewal(&pair);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    assert_int_equal(pair.closed_err, KC_ERR_TIMED_OUT);
    assert_non_null(strstr(pair.closed_text, "cannot renew the login; no answer"));
    check_all_failed(&pair);
    pair_close(&pair);
}

TEST(a_renewal_that_is_refused_ends_the_connection)
{
    struct pair pair;
    pair_open(&pair, 120, 1);
    stage_run(&pair.stage, stage_flag, &pair.is_closed);
    assert_true(pair.is_ready);
    assert_int_equal(pair.logins, 2);
    assert_int_equal(pair.closed_err, KC_ERR_SASL_AUTHENTICATION_FAILED);
    assert_non_null(strstr(pair.closed_text, "(cannot renew the login; PLAIN: no entry)"));
    pair_close(&pair);
}
