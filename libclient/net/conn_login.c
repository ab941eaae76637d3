/* net: what a connection says before requests: the handshake, and its login: behind that, and again
 * before the session that it opened ends (KIP-368). While it is renewed a broker takes nothing else
 * on the line: requests that were sent before are answered first, those that come meanwhile are
 * held. */
#include "net/conn_state.h"

#include "base/random.h"

enum {
    RENEWAL_PERCENT_MIN =
        85, /* of the session, as in Java: at random, so that not all come at once */
    RENEWAL_PERCENT_COUNT = 11,
    RENEWAL_MS_MIN = 100,
};
static const int64_t RENEWAL_MS_MAX = INT64_C(365) * 24 * 3600 * 1000;

enum kc_err conn_login_begin(struct conn *conn, int32_t first_correlation_id)
{
    uint8_t nonce[LOGIN_NONCE_SIZE];
    random_secret(nonce, sizeof(nonce));
    return login_start(&conn->login, conn->options.credential, slice_text(conn->client_id),
                       &conn->versions, first_correlation_id, nonce, &conn->greeting.bytes);
}

/* It may hold a password. A failure is told by on_end. */
static void on_greeted(struct stream_write *write, enum kc_err err)
{
    struct outgoing *greeting = CONTAINER_OF(write, struct outgoing, write);
    (void)err;
    bytes_wipe(&greeting->bytes);
}

void conn_greet(struct conn *conn)
{
    enum kc_err err = outgoing_seal(&conn->greeting, NULL, 0, NULL, 0);
    if (err != KC_ERR_NONE) {
        conn_close(conn, err, "cannot talk to %s (%s)", conn->name, kc_err_text(err));
        return;
    }
    stream_write(conn->stream, &conn->greeting.write);
}

static void renewal_failed(struct conn *conn, enum kc_err err)
{
    conn_close(conn, err, "connection to %s is lost (cannot renew the login; %s)", conn->name,
               conn->login.error.text);
}

static void on_renewal(struct loop_timer *timer)
{
    struct conn *conn = timer->context;
    if (conn->is_renewing) {
        conn_close(conn, KC_ERR_TIMED_OUT,
                   "connection to %s is lost (cannot renew the login; no answer within %lld ms)",
                   conn->name, (long long)conn->options.setup_timeout_ms);
        return;
    }
    int32_t first = conn->correlation_id > INT32_MAX - LOGIN_ROUNDS_MAX ? 0 : conn->correlation_id;
    conn->correlation_id = first + LOGIN_ROUNDS_MAX;
    conn->is_renewing = true;
    outgoing_reset(&conn->greeting);
    loop_timer_start(timer, conn->options.setup_timeout_ms * 1000);
    conn_enter(conn);
    enum kc_err err = conn_login_begin(conn, first);
    if (err != KC_ERR_NONE) {
        renewal_failed(conn, err);
    } else {
        conn_greet(conn);
    }
    conn_leave(conn);
}

void conn_login_init(struct conn *conn)
{
    outgoing_init(&conn->greeting, INT32_MAX);
    conn->greeting.write.done = on_greeted;
    list_init(&conn->held);
    loop_timer_init(&conn->renewal, conn->options.loop, on_renewal, conn);
}

void conn_login_done(struct conn *conn)
{
    int64_t lifetime_ms = MIN_OF(conn->login.lifetime_ms, RENEWAL_MS_MAX);
    login_finish(&conn->login);
    loop_timer_stop(&conn->renewal);
    if (lifetime_ms > 0) {
        int64_t percent =
            RENEWAL_PERCENT_MIN + (int64_t)(random_seed() % (uint64_t)RENEWAL_PERCENT_COUNT);
        int64_t delay_ms = MAX_OF(lifetime_ms * percent / 100, (int64_t)RENEWAL_MS_MIN);
        loop_timer_start(&conn->renewal, delay_ms * 1000);
    }
}

bool conn_login_expects(const struct conn *conn)
{
    LIST_EACH(node, &conn->in_flight)
    {
        if (LIST_ITEM(node, struct conn_call, link)->has_response) {
            return false;
        }
    }
    return conn->is_renewing;
}

/* What a step of a renewal came to. */
static void go_on_renewing(struct conn *conn, enum kc_err err)
{
    if (err == KC_ERR_NONE && conn->login.state == LOGIN_CHORE && !conn_work_start(conn)) {
        err = KC_ERR_NO_MEMORY;
    }
    if (err != KC_ERR_NONE) {
        renewal_failed(conn, err);
        return;
    }
    if (conn->login.state == LOGIN_CHORE) {
        return;
    }
    if (conn->login.state != LOGIN_DONE) {
        conn_greet(conn);
        return;
    }
    conn_login_done(conn);
    trace_log(conn->options.trace, TRACE_DEBUG, "net", "renewed the login at %s", conn->name);
    /* What comes while these are written is held behind them. */
    struct list *node;
    while (conn->state == CONN_READY && (node = list_first(&conn->held))) {
        struct conn_call *call = LIST_ITEM(node, struct conn_call, link);
        list_remove(node);
        list_append(&conn->in_flight, node);
        stream_write(conn->stream, &call->outgoing.write);
    }
    conn->is_renewing = false;
}

void conn_login_take(struct conn *conn, struct frame_buffer *frame)
{
    if (list_is_linked(&conn->greeting.write.link)) {
        conn_close(conn, KC_ERR_MALFORMED, "%s sent an answer that nothing asked for", conn->name);
        return;
    }
    outgoing_reset(&conn->greeting);
    go_on_renewing(conn,
                   login_step(&conn->login, frame_buffer_slice(frame), &conn->greeting.bytes));
}

void conn_login_drop(struct conn *conn)
{
    struct list *node;
    loop_timer_stop(&conn->renewal);
    conn_work_leave(conn);
    while ((node = list_first(&conn->held))) {
        struct conn_call *call = LIST_ITEM(node, struct conn_call, link);
        list_remove(node);
        list_append(&conn->in_flight, node);
        call->outgoing.write.done(&call->outgoing.write, KC_ERR_CLOSED);
    }
}

/* ApiVersions, then the login if there is one; the next request goes into the greeting. */
static enum kc_err step_greeting(struct conn *conn, struct slice frame)
{
    struct bytes *out = &conn->greeting.bytes;
    if (conn->login.state != LOGIN_IDLE) {
        return login_step(&conn->login, frame, out);
    }
    enum kc_err err = handshake_step(&conn->handshake, frame, out);
    if (err == KC_ERR_NONE && conn->handshake.state == HANDSHAKE_DONE && conn->options.credential) {
        err = conn_login_begin(conn, conn->handshake.correlation_id + 1);
    }
    return err;
}

/* What a step of the greeting came to. */
static void go_on_greeting(struct conn *conn, enum kc_err err)
{
    if (err == KC_ERR_NONE && conn->login.state == LOGIN_CHORE && !conn_work_start(conn)) {
        err = KC_ERR_NO_MEMORY;
    }
    if (err != KC_ERR_NONE && conn->login.state == LOGIN_FAILED) {
        conn_close(conn, err, "cannot log in to %s (%s)", conn->name, conn->login.error.text);
    } else if (err != KC_ERR_NONE) {
        conn_close(conn, err, "cannot talk to %s (%s)", conn->name,
                   conn->handshake.error.code ? conn->handshake.error.text : kc_err_text(err));
    } else if (conn->login.state == LOGIN_CHORE) {
        return;
    } else if (conn->handshake.state != HANDSHAKE_DONE ||
               (conn->options.credential && conn->login.state != LOGIN_DONE)) {
        conn_greet(conn);
    } else {
        conn_become_ready(conn);
    }
}

void conn_take_greeting(struct conn *conn, struct frame_buffer *frame)
{
    bool is_early = list_is_linked(&conn->greeting.write.link);
    if (!is_early) {
        outgoing_reset(&conn->greeting);
    }
    go_on_greeting(conn,
                   is_early ? KC_ERR_MALFORMED : step_greeting(conn, frame_buffer_slice(frame)));
}

void conn_login_resume(struct conn *conn, const struct mechanism_chore *chore)
{
    conn_enter(conn);
    enum kc_err err = login_resume(&conn->login, chore, &conn->greeting.bytes);
    if (conn->is_renewing) {
        go_on_renewing(conn, err);
    } else {
        go_on_greeting(conn, err);
    }
    conn_leave(conn);
}
