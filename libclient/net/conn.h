/* net: a client's connection to one broker: connecting, handshake, login, pipelined requests. Loop
 * thread only. It never reconnects: make a new one. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "base/frame_buffer.h"
#include "base/trace.h"
#include "net/stream.h"
#include "net/version.h"
#include "wire/frame.h"

struct conn;
struct credential; /* sasl/credential.h */

struct conn_options {
    struct loop *loop;
    const struct trace *trace;   /* NULL: silent */
    struct slice client_id;      /* copied */
    int64_t setup_timeout_ms;    /* for one address: TCP, TLS and handshake together; 0: 10 000 */
    int64_t idle_ms_max;         /* connections.max.idle.ms; 0 or less: never */
    int64_t stall_ms_max;        /* an unanswered request older than this and than its own timeout
                                    closes the connection (request.timeout.ms); 0: 30 000 */
    size_t response_size_max;    /* 0: 256 MiB */
    size_t in_flight_max;        /* conn_send refuses beyond; 0: 1000 */
    int send_buffer_size;        /* SO_SNDBUF; 0 or less: the system's */
    int receive_buffer_size;     /* SO_RCVBUF, likewise */
    struct stream_wrap security; /* wrap NULL: plaintext */
    const struct credential *credential; /* NULL: no login; must outlive the conn */
};

/* A request that was written, or that is over. */
struct conn_traffic {
    bool is_write;
    int16_t api_key;
    bool was_in_flight; /* it was written, and is not waited for any more */
    bool is_late;       /* it timed out, which was told, and ends now */
    enum kc_err err;    /* of the answer: 0, or why none comes */
    size_t size;        /* with the 4 bytes of length; 0: no answer */
    int64_t took_us;    /* from queue to kernel; from kernel to answer */
};

struct conn_handler {
    /* Handshake done: conn_send works from now on. */
    void (*on_ready)(void *context, struct conn *conn);
    /* The connection could not be made or is lost; all requests have been failed. Called once at
     * most, not after conn_destroy. text names host:port and cause. The owner destroys the conn, in
     * the callback or later. KC_ERR_RESOLVE, KC_ERR_CONNECT, KC_ERR_TIMED_OUT (setup),
     * KC_ERR_DISCONNECTED, KC_ERR_MALFORMED, KC_ERR_SSL, KC_ERR_UNSUPPORTED_VERSION,
     * KC_ERR_WRONG_PROTOCOL (its first bytes are TLS, HTTP or another text), those of net/login.h,
     * also when a login could not be renewed; ...; err 0: closed because it was idle.
     */
    void (*on_closed)(void *context, struct conn *conn, enum kc_err err, const char *text);
    /* May be NULL. A request was completed (after its done): conn_in_flight is smaller now. */
    void (*on_drain)(void *context, struct conn *conn);
    /* May be NULL. Told of each request when the kernel has taken it and when it is over (after a
     * time-out also of the answer that comes late); the handshake is left out. */
    void (*on_traffic)(void *context, struct conn *conn, const struct conn_traffic *traffic);
};

/* What a request ended with; all of it is borrowed for the call. */
struct conn_reply {
    enum kc_err err;            /* of the transport; errors inside the message are the caller's */
    const char *text;           /* one sentence when err is not 0 */
    struct frame_buffer *frame; /* take it to keep body's bytes; NULL on error and when no answer
                                   was expected */
    struct reader body;
    const struct api *api;
    int16_t version;
};

enum { CONN_NO_RESPONSE = 1 /* acks=0: done when written */ };

struct conn_request {
    int16_t api_key;
    int16_t version;
    const void *message; /* needed until conn_send returns, except bytes and records values of at
                            least CONN_SPLICE_MIN bytes: these are sent from where they are */
    int64_t timeout_ms;  /* from now; 0: stall_ms_max */
    unsigned flags;
    /* Called once: the answer, KC_ERR_TIMED_OUT, KC_ERR_DISCONNECTED, ... Never before conn_send
     * returns, except for CONN_NO_RESPONSE. NULL is fine. */
    void (*done)(void *context, const struct conn_reply *reply);
    /* Called once, before or after done: the connection does not use the message's bytes any more.
     * A request that timed out may still be in the socket's queue until then. NULL is fine. */
    void (*release)(void *context);
    void *context;
};

enum { CONN_SPLICE_MIN = 1024 };

/* NULL when memory is out. The handler is borrowed and must outlive the conn. */
struct conn *conn_create(const struct conn_options *options, const struct conn_handler *handler,
                         void *context);

/* Starts: resolves the host and tries each of its addresses in turn. Once per conn. */
enum kc_err conn_open(struct conn *conn, const char *host, uint16_t port);

/* Ends it: requests in flight are done with KC_ERR_CLOSED and released before this returns;
 * on_closed is not called. NULL is fine; allowed inside every callback. */
void conn_destroy(struct conn *conn);

/* Ends it as if it had been lost for the reason: requests fail with KC_ERR_DISCONNECTED, on_closed
 * is told. */
void conn_break(struct conn *conn, const char *reason);

bool conn_is_ready(const struct conn *conn);

/* The peer answered ApiVersions, and ended the connection at the first request: as a broker does
 * whose listener wants a login from who did not offer one. For on_closed. */
bool conn_is_spurned(const struct conn *conn);

/* Encodes and queues. On an error neither done nor release is called: KC_ERR_WRONG_STATE (not
 * ready), KC_ERR_WOULD_BLOCK (in_flight_max), KC_ERR_UNSUPPORTED_VERSION, KC_ERR_NO_MEMORY,
 * KC_ERR_TOO_LARGE. */
enum kc_err conn_send(struct conn *conn, const struct conn_request *request);

/* Requests sent and not yet answered (timed out ones count until the answer comes). */
size_t conn_in_flight(const struct conn *conn);

/* Of these, requests that the kernel has not taken yet; counts them. */
size_t conn_unwritten(const struct conn *conn);

/* Bytes that the kernel has not taken yet. */
size_t conn_queued_bytes(const struct conn *conn);

/* Forgets the callbacks of all requests with this context: done is not called for them; release
 * still is, when it was given. */
void conn_forget(struct conn *conn, void *context);

/* See version_pick; only when ready. */
enum kc_err conn_version(const struct conn *conn, int16_t api_key, int16_t floor, int16_t cap,
                         int16_t *ret_version);

/* The versions and features that the broker told; only when ready. */
const struct version_table *conn_versions(const struct conn *conn);

/* "host:port" as it was opened. */
const char *conn_name(const struct conn *conn);

/* Decodes the body into the struct of the response; lists come from the arena, bytes stay in the
 * frame; bytes behind the message are left alone, as Java does. KC_ERR_MALFORMED, KC_ERR_NO_MEMORY;
 * reply->err when the request failed. */
enum kc_err conn_reply_decode(const struct conn_reply *reply, struct arena *arena,
                              void *ret_message);

#endif
