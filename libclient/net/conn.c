/* net: a client's connection: one address after the other, handshake, then requests and answers in
 * order. */
#include "net/conn_state.h"
#include "net/tcp.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void conn_try_next(struct conn *conn, enum kc_err err, const char *cause);

void conn_enter(struct conn *conn)
{
    conn->depth++;
}

void conn_leave(struct conn *conn)
{
    conn->depth--;
    if (conn->depth > 0 || !conn->is_destroyed) {
        return;
    }
    conn_free_calls(conn);
    outgoing_finish(&conn->greeting);
    login_finish(&conn->login);
    frame_reader_finish(&conn->reader);
    loop_timer_finish(&conn->frames_timer);
    frame_pool_destroy(conn->frames);
    free(conn->client_id);
    free(conn);
}

/* Writes end with the stream: each releases its memory before the answers are failed. */
static void conn_drop_stream(struct conn *conn)
{
    struct stream *stream = conn->stream;
    conn->stream = NULL;
    stream_destroy(stream, false);
    conn_login_drop(conn);
    resolve_cancel(conn->resolve);
    conn->resolve = NULL;
    loop_timer_stop(&conn->timer);
}

void conn_close(struct conn *conn, enum kc_err err, const char *format, ...)
{
    char text[384];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (conn->state == CONN_CLOSED) {
        return;
    }
    conn->state = CONN_CLOSED;
    conn_enter(conn);
    trace_log(conn->options.trace, TRACE_DEBUG, "net", "%s", text);
    conn_drop_stream(conn);
    conn_fail_calls(conn, KC_ERR_DISCONNECTED, text);
    if (!conn->is_destroyed) {
        conn->handler->on_closed(conn->context, conn, err, text);
    }
    conn_leave(conn);
}

void conn_become_ready(struct conn *conn)
{
    conn->state = CONN_READY;
    conn->correlation_id = conn->handshake.correlation_id + 1 + LOGIN_ROUNDS_MAX;
    conn->active_us = loop_now_us(conn->options.loop);
    conn_login_done(conn);
    loop_timer_stop(&conn->timer);
    if (conn->options.idle_ms_max > 0) {
        loop_timer_start(&conn->timer, conn->options.idle_ms_max * 1000);
    }
    if (conn->options.credential) {
        trace_log(conn->options.trace, TRACE_DEBUG, "net", "logged in to %s by %s", conn->name,
                  conn->options.credential->mechanism->name);
    } else {
        trace_log(conn->options.trace, TRACE_DEBUG, "net", "connected to %s", conn->name);
    }
    conn->handler->on_ready(conn->context, conn);
}

static void conn_take_frame(struct conn *conn, struct frame_buffer *frame)
{
    if (conn->state == CONN_HANDSHAKE) {
        conn_take_greeting(conn, frame);
    } else if (conn->state == CONN_READY && conn_login_expects(conn)) {
        conn_login_take(conn, frame); /* no activity: it may be idle */
    } else if (conn->state == CONN_READY) {
        conn->active_us = loop_now_us(conn->options.loop);
        conn_take_answer(conn, frame);
    }
    frame_buffer_drop(frame);
}

static void on_space(void *context, uint8_t **ret_data, size_t *ret_size)
{
    struct conn *conn = context;
    conn->reads_frame = frame_reader_space(&conn->reader, ret_data, ret_size);
    if (!conn->reads_frame) {
        *ret_data = loop_scratch(conn->options.loop);
        *ret_size = LOOP_SCRATCH_SIZE;
    }
}

static void on_frames_timer(struct loop_timer *timer)
{
    struct conn *conn = timer->context;
    if (frame_pool_tick(conn->frames)) {
        loop_timer_start(timer, CONN_SPARES_US);
    }
}

/* The memory of a large frame comes back when the application has read it. */
static void conn_watch_frames(struct conn *conn)
{
    bool is_taken = conn->reader.frame && conn->reader.frame->home;
    if (is_taken && !conn->frames_timer.is_running && !conn->is_destroyed) {
        loop_timer_start(&conn->frames_timer, CONN_SPARES_US);
    }
}

static void on_read(void *context, size_t size)
{
    struct conn *conn = context;
    struct frame_buffer *frame = NULL;
    conn_enter(conn);
    if (conn->reads_frame) {
        (void)frame_reader_advance(&conn->reader, size, &frame);
        if (frame) {
            conn_take_frame(conn, frame);
        }
        conn_leave(conn);
        return;
    }
    struct slice bytes = slice_of(loop_scratch(conn->options.loop), size);
    while (bytes.size > 0 && !conn->is_destroyed && conn->state != CONN_CLOSED) {
        enum kc_err err = frame_reader_feed(&conn->reader, &bytes, &frame);
        if (err != KC_ERR_NONE) {
            conn_end_frame(conn, err);
        } else if (frame) {
            conn_take_frame(conn, frame);
        }
    }
    conn_watch_frames(conn);
    conn_leave(conn);
}

static void on_open(void *context)
{
    struct conn *conn = context;
    conn_enter(conn);
    conn->state = CONN_HANDSHAKE;
    login_finish(&conn->login);
    handshake_init(&conn->handshake, slice_text(conn->client_id), "libclient", LIBCLIENT_VERSION,
                   &conn->versions);
    outgoing_reset(&conn->greeting);
    stream_read_start(conn->stream);
    enum kc_err err = handshake_start(&conn->handshake, &conn->greeting.bytes);
    if (err == KC_ERR_NONE) {
        conn_greet(conn);
    } else {
        conn_close(conn, err, "cannot talk to %s (%s)", conn->name, conn->handshake.error.text);
    }
    conn_leave(conn);
}

static void on_end(void *context, enum kc_err err, const char *text)
{
    struct conn *conn = context;
    conn_enter(conn);
    if (conn->state == CONN_CONNECTING) {
        conn_try_next(conn, err == KC_ERR_NONE ? KC_ERR_CONNECT : err, text);
    } else {
        conn_end_stream(conn, err, text);
    }
    conn_leave(conn);
}

static const struct stream_handler stream_calls = {
    .on_open = on_open,
    .on_space = on_space,
    .on_read = on_read,
    .on_end = on_end,
};

static void conn_connect(struct conn *conn)
{
    const struct sockaddr_storage *address = &conn->addresses[conn->address_next++];
    conn->stream = tcp_connect(conn->options.loop, (const struct sockaddr *)address,
                               conn->options.send_buffer_size, conn->options.receive_buffer_size);
    if (conn->stream && conn->options.security.wrap) {
        conn->stream =
            conn->options.security.wrap(conn->options.security.context, conn->stream, conn->host);
    }
    if (!conn->stream) {
        conn_close(conn, KC_ERR_NO_MEMORY, "cannot connect to %s (no memory or descriptors)",
                   conn->name);
        return;
    }
    frame_reader_finish(&conn->reader);
    frame_reader_init(&conn->reader, conn->options.response_size_max, CONN_FRAME_START_SIZE);
    conn->reader.pool = conn->frames;
    stream_listen(conn->stream, &stream_calls, conn);
    loop_timer_start(&conn->timer, conn->options.setup_timeout_ms * 1000);
}

/* use_all_dns_ips: the next address before giving up. */
static void conn_try_next(struct conn *conn, enum kc_err err, const char *cause)
{
    if (conn->address_next >= conn->address_count) {
        conn_close(conn, err, "cannot connect to %s (%s)", conn->name, cause);
        return;
    }
    conn_drop_stream(conn);
    conn->state = CONN_CONNECTING;
    conn_connect(conn);
}

static void on_resolved(void *context, const struct resolve_result *result)
{
    struct conn *conn = context;
    conn_enter(conn);
    conn->resolve = NULL;
    if (result->err != KC_ERR_NONE) {
        conn_close(conn, result->err, "%s", result->text);
    } else {
        memcpy(conn->addresses, result->addresses, result->count * sizeof(*result->addresses));
        conn->address_count = result->count;
        conn->state = CONN_CONNECTING;
        conn_connect(conn);
    }
    conn_leave(conn);
}

static void on_timer(struct loop_timer *timer)
{
    struct conn *conn = timer->context;
    conn_enter(conn);
    if (conn->state == CONN_READY) {
        int64_t idle_us = conn->options.idle_ms_max * 1000;
        int64_t quiet_us = loop_now_us(conn->options.loop) - conn->active_us;
        if (conn->in_flight_count > 0 || quiet_us < idle_us) {
            bool is_busy = conn->in_flight_count > 0;
            loop_timer_start(&conn->timer, is_busy ? idle_us : idle_us - quiet_us);
        } else {
            conn_close(conn, KC_ERR_NONE, "connection to %s was idle", conn->name);
        }
    } else {
        char cause[64];
        snprintf(cause, sizeof(cause), "no answer within %lld ms",
                 (long long)conn->options.setup_timeout_ms);
        conn_try_next(conn, KC_ERR_TIMED_OUT, cause);
    }
    conn_leave(conn);
}

struct conn *conn_create(const struct conn_options *options, const struct conn_handler *handler,
                         void *context)
{
    struct conn *conn = calloc(1, sizeof(*conn));
    if (!conn) {
        return NULL;
    }
    conn->options = *options;
    conn->options.setup_timeout_ms =
        options->setup_timeout_ms > 0 ? options->setup_timeout_ms : 10000;
    conn->options.stall_ms_max = options->stall_ms_max > 0 ? options->stall_ms_max : 30000;
    conn->options.response_size_max =
        options->response_size_max > 0 ? options->response_size_max : CONN_RESPONSE_MAX;
    conn->options.in_flight_max =
        options->in_flight_max > 0 ? options->in_flight_max : CONN_IN_FLIGHT_MAX;
    conn->options.client_id = SLICE_NULL;
    conn->handler = handler;
    conn->context = context;
    conn->client_id = slice_dup_text(options->client_id);
    list_init(&conn->in_flight);
    list_init(&conn->spares);
    loop_timer_init(&conn->timer, options->loop, on_timer, conn);
    loop_timer_init(&conn->frames_timer, options->loop, on_frames_timer, conn);
    conn_login_init(conn);
    conn->frames = frame_pool_create(CONN_SPARES_BYTES_MAX);
    if (!conn->frames || (!conn->client_id && options->client_id.data)) {
        conn_destroy(conn);
        return NULL;
    }
    return conn;
}

enum kc_err conn_open(struct conn *conn, const char *host, uint16_t port)
{
    if (conn->state != CONN_IDLE || !host || strlen(host) > ADDRESS_HOST_MAX) {
        return conn->state != CONN_IDLE ? KC_ERR_WRONG_STATE : KC_ERR_INVALID;
    }
    snprintf(conn->host, sizeof(conn->host), "%s", host);
    address_text(host, port, conn->name);
    conn->resolve = resolve_start(conn->options.loop, host, port, on_resolved, conn);
    if (!conn->resolve) {
        return KC_ERR_NO_MEMORY;
    }
    conn->state = CONN_RESOLVING;
    loop_timer_start(&conn->timer, conn->options.setup_timeout_ms * 1000);
    return KC_ERR_NONE;
}

void conn_destroy(struct conn *conn)
{
    if (!conn || conn->is_destroyed) {
        return;
    }
    conn_enter(conn);
    conn->is_destroyed = true;
    conn->state = CONN_CLOSED;
    conn_drop_stream(conn);
    char text[ADDRESS_TEXT_MAX + 32];
    snprintf(text, sizeof(text), "connection to %s was closed", conn->name);
    conn_fail_calls(conn, KC_ERR_CLOSED, text);
    conn_leave(conn);
}

void conn_break(struct conn *conn, const char *reason)
{
    conn_close(conn, KC_ERR_DISCONNECTED, "connection to %s is given up (%s)", conn->name, reason);
}

bool conn_is_ready(const struct conn *conn)
{
    return conn->state == CONN_READY;
}

bool conn_is_spurned(const struct conn *conn)
{
    return conn->is_spurned;
}

const struct version_table *conn_versions(const struct conn *conn)
{
    return &conn->versions;
}

enum kc_err conn_version(const struct conn *conn, int16_t api_key, int16_t floor, int16_t cap,
                         int16_t *ret_version)
{
    if (conn->state != CONN_READY) {
        return KC_ERR_WRONG_STATE;
    }
    return version_pick(&conn->versions, api_key, floor, cap, ret_version);
}

const char *conn_name(const struct conn *conn)
{
    return conn->name;
}

enum kc_err conn_reply_decode(const struct conn_reply *reply, struct arena *arena,
                              void *ret_message)
{
    if (reply->err != KC_ERR_NONE) {
        return reply->err;
    }
    if (!reply->frame) {
        return KC_ERR_INVALID;
    }
    /* As Java reads it: what follows the message is left alone. */
    struct reader body = reply->body;
    return message_decode(reply->api->response, reply->version, &body, arena, ret_message);
}
