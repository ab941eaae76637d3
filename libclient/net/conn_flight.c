/* net: the requests of a connection: sent in order, answered in order. */
#include "net/conn_state.h"

#include <assert.h>
#include <stdio.h>

enum { CONN_SPARES_MAX = 8 };

static void conn_recycle(struct conn *conn, struct conn_call *call)
{
    list_remove(&call->link);
    loop_timer_stop(&call->timer);
    if (conn->spare_count >= CONN_SPARES_MAX) {
        conn_call_destroy(call);
        return;
    }
    conn->spare_count++;
    list_prepend(&conn->spares, &call->link);
}

static void conn_tell_written(struct conn *conn, struct conn_call *call)
{
    if (conn->handler->on_traffic) {
        call->written_us = loop_now_us(conn->options.loop);
        struct conn_traffic traffic = { .is_write = true,
                                        .api_key = call->api->key,
                                        .size = call->outgoing.size,
                                        .took_us = call->written_us - call->queued_us };
        conn->handler->on_traffic(conn->context, conn, &traffic);
    }
}

/* The answer, or why none comes (frame NULL). */
static void conn_tell_over(struct conn *conn, const struct conn_call *call, enum kc_err err,
                           const struct frame_buffer *frame)
{
    if (conn->handler->on_traffic) {
        int64_t start_us = call->written_us > 0 ? call->written_us : call->queued_us;
        struct conn_traffic traffic = { .api_key = call->api->key,
                                        .was_in_flight = call->written_us > 0 && call->is_answered,
                                        .is_late = call->is_late,
                                        .err = err,
                                        .size = frame ? frame->size + 4 : 0,
                                        .took_us = loop_now_us(conn->options.loop) - start_us };
        conn->handler->on_traffic(conn->context, conn, &traffic);
    }
}

void conn_fail_calls(struct conn *conn, enum kc_err err, const char *text)
{
    struct list *node;
    while ((node = list_first(&conn->in_flight))) {
        struct conn_call *call = LIST_ITEM(node, struct conn_call, link);
        assert(call->is_written);
        conn->in_flight_count--;
        call->is_answered = true;
        list_remove(&call->link);
        loop_timer_stop(&call->timer);
        conn_tell_over(conn, call, err, NULL);
        conn_call_fail(call, err, text);
        conn_recycle(conn, call);
    }
}

void conn_free_calls(struct conn *conn)
{
    struct list *node;
    while ((node = list_first(&conn->spares))) {
        list_remove(node);
        conn_call_destroy(LIST_ITEM(node, struct conn_call, link));
    }
}

static void conn_complete(struct conn *conn, struct conn_call *call, const struct conn_reply *reply)
{
    conn->in_flight_count--;
    list_remove(&call->link);
    loop_timer_stop(&call->timer);
    call->is_answered = true;
    conn_tell_over(conn, call, reply->err, reply->frame);
    conn_call_done(call, reply);
    conn_recycle(conn, call);
    if (!conn->is_destroyed && conn->state == CONN_READY && conn->handler->on_drain) {
        conn->handler->on_drain(conn->context, conn);
    }
}

static void on_call_timer(struct loop_timer *timer)
{
    struct conn_call *call = timer->context;
    struct conn *conn = call->conn;
    int64_t now_us = loop_now_us(conn->options.loop);
    if (now_us >= call->stall_us) {
        conn_close(conn, KC_ERR_TIMED_OUT, "%s gave no answer to %s within %lld ms", conn->name,
                   call->api->name,
                   (long long)MAX_OF(call->timeout_ms, conn->options.stall_ms_max));
        return;
    }
    conn_enter(conn);
    loop_timer_start_at(&call->timer, call->stall_us);
    char text[384];
    snprintf(text, sizeof(text), "%s gave no answer to %s within %lld ms", conn->name,
             call->api->name, (long long)call->timeout_ms);
    conn_tell_over(conn, call, KC_ERR_TIMED_OUT, NULL);
    call->is_late = true;
    conn_call_fail(call, KC_ERR_TIMED_OUT, text);
    conn_leave(conn);
}

static void on_call_written(struct stream_write *write, enum kc_err err)
{
    struct conn_call *call = CONTAINER_OF(write, struct conn_call, outgoing.write);
    struct conn *conn = call->conn;
    conn_enter(conn);
    call->is_written = true;
    conn->queued_bytes -= call->outgoing.size;
    if (err == KC_ERR_NONE) {
        conn_tell_written(conn, call);
    }
    conn_call_release(call);
    /* The release may have ended the connection, and the call with it. */
    if (conn->state == CONN_READY && !call->has_response && err == KC_ERR_NONE) {
        struct conn_reply reply = { .api = call->api, .version = call->version };
        reader_init(&reply.body, SLICE_EMPTY);
        conn_complete(conn, call, &reply);
    }
    conn_leave(conn);
}

enum kc_err conn_send(struct conn *conn, const struct conn_request *request)
{
    const struct api *api = api_find(request->api_key);
    if (conn->state != CONN_READY || conn->is_destroyed) {
        return KC_ERR_WRONG_STATE;
    }
    if (conn->in_flight_count >= conn->options.in_flight_max) {
        return KC_ERR_WOULD_BLOCK;
    }
    if (!api) {
        return KC_ERR_UNSUPPORTED_VERSION;
    }
    struct list *spare = list_first(&conn->spares);
    struct conn_call *call =
        spare ? LIST_ITEM(spare, struct conn_call, link)
              : conn_call_create(conn, conn->options.loop, on_call_timer, on_call_written);
    if (!call) {
        return KC_ERR_NO_MEMORY;
    }
    conn->spare_count -= spare ? 1 : 0;
    list_remove(&call->link);
    call->api = api;
    call->correlation_id = conn->correlation_id;
    enum kc_err err = conn_call_encode(call, request, slice_text(conn->client_id), conn->splices,
                                       WRITER_SPLICES_MAX);
    if (err != KC_ERR_NONE) {
        conn_recycle(conn, call);
        return err;
    }
    conn->correlation_id = conn->correlation_id == INT32_MAX ? 0 : conn->correlation_id + 1;
    call->timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : conn->options.stall_ms_max;
    int64_t now_us = loop_now_us(conn->options.loop);
    int64_t stall_ms = MAX_OF(call->timeout_ms, conn->options.stall_ms_max);
    call->stall_us = now_us + stall_ms * 1000;
    call->queued_us = now_us;
    loop_timer_start_at(&call->timer, now_us + call->timeout_ms * 1000);
    conn->active_us = now_us;
    conn->in_flight_count++;
    conn->queued_bytes += call->outgoing.size;
    if (conn->is_renewing) {
        list_append(&conn->held, &call->link);
        return KC_ERR_NONE;
    }
    list_append(&conn->in_flight, &call->link);
    conn_enter(conn);
    stream_write(conn->stream, &call->outgoing.write);
    conn_leave(conn);
    return KC_ERR_NONE;
}

void conn_take_answer(struct conn *conn, struct frame_buffer *frame)
{
    struct conn_call *call = NULL;
    LIST_EACH(node, &conn->in_flight)
    {
        call = LIST_ITEM(node, struct conn_call, link);
        if (call->has_response) {
            break;
        }
        call = NULL;
    }
    if (!call || !call->is_written) {
        conn_close(conn, KC_ERR_MALFORMED, "%s sent an answer that nothing asked for", conn->name);
        return;
    }
    struct conn_reply reply = { .frame = frame, .api = call->api, .version = call->version };
    reader_init(&reply.body, frame_buffer_slice(frame));
    int32_t correlation_id = 0;
    enum kc_err err = response_head_read(&reply.body, call->api, call->version, &correlation_id);
    if (err != KC_ERR_NONE || correlation_id != call->correlation_id) {
        conn_close(conn, KC_ERR_MALFORMED, "%s answered %s with %s", conn->name, call->api->name,
                   err != KC_ERR_NONE ? "a broken header" : "another correlation id");
        return;
    }
    conn->is_served = true;
    conn_complete(conn, call, &reply);
}

size_t conn_in_flight(const struct conn *conn)
{
    return conn->in_flight_count;
}

size_t conn_unwritten(const struct conn *conn)
{
    size_t count = 0;
    LIST_EACH(node, &conn->in_flight)
    {
        count += !LIST_ITEM(node, struct conn_call, link)->is_written;
    }
    LIST_EACH(node, &conn->held)
    {
        count++;
    }
    return count;
}

size_t conn_queued_bytes(const struct conn *conn)
{
    return conn->queued_bytes;
}

static void forget(struct list *calls, const void *context)
{
    LIST_EACH(node, calls)
    {
        struct conn_call *call = LIST_ITEM(node, struct conn_call, link);
        if (call->context == context) {
            call->done = NULL;
        }
    }
}

void conn_forget(struct conn *conn, void *context)
{
    forget(&conn->in_flight, context);
    forget(&conn->held, context);
}
