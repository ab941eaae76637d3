/* net: the accept side of the broker: one listening port and its sessions, within limits. Loop
 * thread only. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "base/trace.h"
#include "net/session.h"

struct listener;

/* 0 stands for the default in the comment. */
struct listener_limits {
    size_t frame_size_max;         /* socket.request.max.bytes: 100 MiB */
    size_t connections_max;        /* max.connections: 1 000 000 */
    size_t connections_per_ip_max; /* max.connections.per.ip: 1 000 000 */
    size_t session_bytes_max;      /* received and waiting for the request in process, in one
                                      session: 1 MiB (a single frame may be larger) */
    size_t buffered_bytes_max;     /* in all sessions together: 512 MiB (queued.max.bytes) */
    int64_t frame_ms_max;          /* for a frame to arrive once its first byte came: 30 000 */
    int64_t silent_ms_max;         /* for a new connection to send its first frame: 30 000 */
    int64_t idle_ms_max;           /* connections.max.idle.ms: 600 000 */
    int64_t write_ms_max;          /* for the peer to take an answer's next bytes: 120 000 */
};

struct listener_handler {
    /* May be NULL. A connection was accepted. */
    void (*on_open)(void *context, struct session *session);
    /* A frame came. The session gives no more until this one is answered (see session.h), which may
     * happen inside the callback. */
    void (*on_request)(void *context, struct session *session,
                       const struct session_request *request);
    /* May be NULL: never. After session_allow_ahead: a frame came while others are in process.
     * False when it is not taken: it comes with on_request when they are answered. */
    bool (*on_ahead)(void *context, struct session *session, const struct session_request *request);
    /* Those before one that was taken ahead are answered and sent: it is session_current now, and
     * only from here on may it be answered. */
    void (*on_turn)(void *context, struct session *session);
    /* May be NULL. The connection is gone; called once. The session stays valid until
     * those in process are answered, in order, else until this returns. */
    void (*on_close)(void *context, struct session *session);
    /* May be NULL. A connection has come from an address (16 bytes, IPv4 mapped into IPv6). 0: it
     * is taken; else it is closed unserved, but after so many ms only, lest the peer come again at
     * once. */
    int64_t (*admit)(void *context, const uint8_t *address);
};

struct listener_options {
    struct loop *loop;
    const struct trace *trace;
    const char *host; /* NULL or "": all interfaces; names are resolved, waiting for the answer */
    uint16_t port;    /* 0: any free one */
    int backlog;      /* socket.listen.backlog.size; 0: 511 */
    struct listener_limits limits;
    struct stream_wrap security; /* wrap NULL: plaintext; a TLS hello is then named and refused */
};

/* Listens when it returns. KC_ERR_RESOLVE, KC_ERR_CONNECT (address in use, ...), KC_ERR_NO_MEMORY;
 * error (may be NULL) has the text. The handler is borrowed. */
enum kc_err listener_open(const struct listener_options *options,
                          const struct listener_handler *handler, void *context,
                          struct listener **ret_listener, struct kc_error *error);

/* Other limits for connections to come; 0 stands for the default, as in listener_limits. Those that
 * are open stay. */
void listener_set_connections_max(struct listener *listener, size_t connections_max,
                                  size_t connections_per_ip_max);

/* No new connections; the sessions stay. */
void listener_stop(struct listener *listener);

/* Closes all sessions (on_close for each) and the port. Requests in process are dropped: their
 * sessions must not be used afterwards. Not inside a callback of the listener or of its sessions.
 * NULL is fine. */
void listener_destroy(struct listener *listener);

/* What went through the port since it was opened. */
struct listener_totals {
    int64_t accepted;  /* connections taken */
    int64_t refused;   /* connections closed at once, for a limit */
    int64_t bytes_in;  /* frames, with their size prefix, as they came off the line */
    int64_t bytes_out; /* answers handed to the line */
};
const struct listener_totals *listener_totals(const struct listener *listener);

uint16_t listener_port(const struct listener *listener);
size_t listener_session_count(const struct listener *listener);
size_t listener_buffered_bytes(const struct listener *listener);

#endif
