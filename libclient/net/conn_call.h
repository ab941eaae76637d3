/* net: one request on a conn, from its encoding until both its answer came and its bytes are out.
 * Inside the room only. */
#ifndef NET_CONN_CALL_H
#define NET_CONN_CALL_H

#include "net/conn.h"
#include "net/outgoing.h"

struct conn_call {
    struct list link; /* of the conn's in-flight list, in the order of sending, or of its spares */
    struct conn *conn;
    const struct api *api;
    int16_t version;
    int32_t correlation_id;
    int64_t timeout_ms;
    int64_t queued_us;
    int64_t written_us; /* 0: not yet */
    int64_t stall_us;   /* unanswered until then: the connection is dead */
    struct loop_timer timer;
    struct outgoing outgoing;
    void (*done)(void *context, const struct conn_reply *reply);
    void (*release)(void *context);
    void *context;
    bool has_response;
    bool is_late;     /* its time ran out */
    bool is_written;  /* or will never be */
    bool is_answered; /* or will never be */
};

/* NULL when memory is out. */
struct conn_call *conn_call_create(struct conn *conn, struct loop *loop,
                                   void (*on_timer)(struct loop_timer *timer),
                                   void (*on_written)(struct stream_write *write, enum kc_err err));
void conn_call_destroy(struct conn_call *call);

/* Takes over the request's fields and encodes it. splices is scratch for `splice_capacity`. On
 * failure the call is as good as new. */
enum kc_err conn_call_encode(struct conn_call *call, const struct conn_request *request,
                             struct slice client_id, struct splice *splices,
                             size_t splice_capacity);

/* Tells done once; release once. */
void conn_call_done(struct conn_call *call, const struct conn_reply *reply);
void conn_call_fail(struct conn_call *call, enum kc_err err, const char *text);
void conn_call_release(struct conn_call *call);

#endif
