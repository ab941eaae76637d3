/* net: the inside of a conn, shared by the file that connects and the one that keeps the requests.
 */
#ifndef NET_CONN_STATE_H
#define NET_CONN_STATE_H

#include "net/address.h"
#include "net/conn_call.h"
#include "net/frame_reader.h"
#include "net/handshake.h"
#include "net/login.h"
#include "net/resolve.h"

#include "base/attr.h"

enum conn_state {
    CONN_IDLE,
    CONN_RESOLVING,
    CONN_CONNECTING,
    CONN_HANDSHAKE,
    CONN_READY,
    CONN_CLOSED
};

/* Memory taken on a broker's word: what a fetch of one partition brings. */
enum { CONN_FRAME_START_SIZE = (1 << 20) + (1 << 16), CONN_RESPONSE_MAX = 256 << 20 };
enum { CONN_IN_FLIGHT_MAX = 1000 };

/* Memory of answers that is kept for the next ones, and how long for nothing. */
enum { CONN_SPARES_BYTES_MAX = 64 << 20, CONN_SPARES_US = 1000000 };

struct conn {
    struct conn_options options;
    const struct conn_handler *handler;
    void *context;
    enum conn_state state;
    int depth; /* callbacks on the stack: memory stays until they have returned */
    bool is_destroyed;
    char *client_id;
    char host[ADDRESS_HOST_MAX + 1];
    char name[ADDRESS_TEXT_MAX];
    struct resolve *resolve;
    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX];
    size_t address_count;
    size_t address_next;
    struct stream *stream;
    struct frame_pool *frames;
    struct loop_timer frames_timer; /* runs while memory is kept there */
    struct frame_reader reader;
    bool reads_frame; /* the memory given last was the frame's own */
    bool is_served;   /* a request was answered */
    bool is_spurned;  /* see conn_is_spurned */
    struct handshake handshake;
    struct version_table versions;
    struct outgoing greeting;
    struct loop_timer timer; /* setup, then idleness */
    int64_t active_us;
    struct list in_flight;
    struct list spares;
    size_t spare_count;
    size_t in_flight_count;
    size_t queued_bytes;
    int32_t correlation_id;
    struct login login;     /* idle but for while it is under way */
    struct conn_work *work; /* of the login, on a thread of the pool; NULL: none */
    bool is_renewing;
    struct list held;          /* calls that wait for the end of that, not written */
    struct loop_timer renewal; /* its beginning, then its end */
    struct splice splices[WRITER_SPLICES_MAX];
};

/* Between these a conn's memory stays, whatever callbacks do. */
void conn_enter(struct conn *conn);
void conn_leave(struct conn *conn);

/* Ends the connection: requests are failed, on_closed is told. */
void conn_close(struct conn *conn, enum kc_err err, const char *format, ...) BASE_PRINTF(3, 4);

/* conn_end.c. Closes, and says what the other end seems to be when it does not talk as a broker
 * does: on bytes that are no frame; on the end of the stream after it was connected. */
void conn_end_frame(struct conn *conn, enum kc_err err);
void conn_end_stream(struct conn *conn, enum kc_err err, const char *text);

/* Ends all requests, whose bytes are out or dropped already; then frees what was kept for more. */
void conn_fail_calls(struct conn *conn, enum kc_err err, const char *text);
void conn_free_calls(struct conn *conn);

/* Handshake and login are done. */
void conn_become_ready(struct conn *conn);

/* conn_login.c. Sends what is in greeting.bytes; takes the answer, borrowed. */
void conn_greet(struct conn *conn);
void conn_take_greeting(struct conn *conn, struct frame_buffer *frame);

/* The first request of a login goes into the greeting. */
void conn_login_init(struct conn *conn);
enum kc_err conn_login_begin(struct conn *conn, int32_t first_correlation_id);
/* The login went well: forgets its state, and plans its renewal when the session ends. */
void conn_login_done(struct conn *conn);
/* The next frame belongs to a renewal, which takes it. */
bool conn_login_expects(const struct conn *conn);
void conn_login_take(struct conn *conn, struct frame_buffer *frame);
/* conn_work.c. Has the login's chore done elsewhere; conn_login_resume takes it, unless the
 * connection has ended. False when memory is out. */
bool conn_work_start(struct conn *conn);
/* Nobody waits for it any more. */
void conn_work_leave(struct conn *conn);
void conn_login_resume(struct conn *conn, const struct mechanism_chore *chore);
/* With the stream gone: calls that were held are as those whose bytes were dropped. */
void conn_login_drop(struct conn *conn);

/* A frame came after the handshake; borrowed. */
void conn_take_answer(struct conn *conn, struct frame_buffer *frame);

#endif
