/* net: requests in flight. */
#include "net/conn_call.h"

#include <stdlib.h>

struct conn_call *conn_call_create(struct conn *conn, struct loop *loop,
                                   void (*on_timer)(struct loop_timer *timer),
                                   void (*on_written)(struct stream_write *write, enum kc_err err))
{
    struct conn_call *call = calloc(1, sizeof(*call));
    if (!call) {
        return NULL;
    }
    list_init(&call->link);
    call->conn = conn;
    loop_timer_init(&call->timer, loop, on_timer, call);
    outgoing_init(&call->outgoing, INT32_MAX);
    call->outgoing.write.done = on_written;
    return call;
}

void conn_call_destroy(struct conn_call *call)
{
    if (call) {
        loop_timer_finish(&call->timer);
        outgoing_finish(&call->outgoing);
        free(call);
    }
}

enum kc_err conn_call_encode(struct conn_call *call, const struct conn_request *request,
                             struct slice client_id, struct splice *splices, size_t splice_capacity)
{
    outgoing_reset(&call->outgoing);
    struct writer writer;
    writer_init(&writer, &call->outgoing.bytes);
    writer_allow_splices(&writer, splices, splice_capacity, CONN_SPLICE_MIN);
    enum kc_err err = request_write(&writer, call->api, request->version, call->correlation_id,
                                    client_id, request->message);
    if (err == KC_ERR_NONE) {
        err = outgoing_seal(&call->outgoing, splices, writer.splice_count, NULL, 0);
    }
    if (err != KC_ERR_NONE) {
        return err;
    }
    call->version = request->version;
    call->done = request->done;
    call->release = request->release;
    call->context = request->context;
    call->has_response = !(request->flags & CONN_NO_RESPONSE);
    call->is_written = false;
    call->written_us = 0;
    call->is_late = false;
    call->is_answered = false;
    return KC_ERR_NONE;
}

void conn_call_done(struct conn_call *call, const struct conn_reply *reply)
{
    void (*done)(void *context, const struct conn_reply *reply) = call->done;
    call->done = NULL;
    if (done) {
        done(call->context, reply);
    }
}

void conn_call_fail(struct conn_call *call, enum kc_err err, const char *text)
{
    struct conn_reply reply = {
        .err = err, .text = text, .api = call->api, .version = call->version
    };
    reader_init(&reply.body, SLICE_EMPTY);
    conn_call_done(call, &reply);
}

void conn_call_release(struct conn_call *call)
{
    void (*release)(void *context) = call->release;
    call->release = NULL;
    if (release) {
        release(call->context);
    }
}
