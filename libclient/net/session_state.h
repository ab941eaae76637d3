/* net: the inside of a session and of the listener that made it. Inside the room only. */
#ifndef NET_SESSION_STATE_H
#define NET_SESSION_STATE_H

#include "base/attr.h"
#include "base/map.h"
#include "net/frame_queue.h"
#include "net/frame_reader.h"
#include "net/listener.h"
#include "net/outgoing.h"

/* Sessions of one remote address. */
struct listener_origin {
    uint8_t address[16];
    size_t count;
};

struct listener {
    struct listener_options options;
    struct listener_limits limits; /* without zeros */
    const struct listener_handler *handler;
    void *context;
    int listening; /* -1: stopped */
    uint16_t port;
    uv_poll_t *poll;
    struct loop_timer accept_timer; /* after descriptors ran out */
    struct loop_timer sweep_timer;  /* looks for sessions past a deadline */
    struct loop_timer resume_timer; /* lets waiting sessions read again */
    struct list sessions;
    struct list delayed; /* refused, to be closed later */
    size_t delayed_count;
    struct list orphans; /* lost, but a request is in process still */
    struct map origins;
    size_t session_count;
    size_t buffered_bytes;
    struct listener_totals totals;
    bool is_over_budget;
    struct splice splices[WRITER_SPLICES_MAX];
};

/* One write of answers. */
struct session_sending {
    struct session *session;
    struct outgoing outgoing;
    void (*release)(void *context); /* of the last answer in it; those before need nothing */
    void *release_context;
    const char *end_reason; /* static; the connection ends when this is written; NULL: it stays */
    bool is_writing;
};

struct session {
    struct list link;
    struct listener *listener; /* NULL: orphan whose request is still in process */
    struct stream *stream;     /* NULL: lost */
    struct listener_origin *origin;
    void *context;
    char peer[64];
    struct frame_reader reader;
    bool reads_frame;
    bool is_reading;
    bool has_spoken;
    bool is_pumping;
    bool has_current;
    bool is_muted;
    struct loop_timer unmute;
    int depth;                /* callbacks on the stack: memory stays until they have returned */
    struct frame_queue queue; /* complete frames that wait */
    size_t queued_bytes;      /* of the queue and of the requests in process */
    size_t held_bytes;        /* these and the unfinished frame, as counted by the listener */
    struct session_request current;
    struct session_request ahead[SESSION_AHEAD_MAX]; /* handed out early, in order */
    size_t ahead_count;
    bool allows_ahead;
    bool is_refused; /* the first of the queue was offered in vain */
    bool is_turn;    /* current was ahead until now, and is to be told so */
    /* Answers given one right after the other leave together. One that comes while they are on
     * their way (its request waited) goes alone, behind them; no request is handed out before all
     * are out. */
    struct session_sending gathered;
    struct session_sending single;
    int64_t gathered_us;      /* when the first of them was given */
    int64_t active_us;        /* bytes or answers moved last */
    int64_t frame_started_us; /* the first byte of the unfinished frame; 0: none */
    size_t write_left;        /* as the last sweep saw it */
    int64_t write_moved_us;
};

/* Takes over the stream; NULL when memory is out (the stream is destroyed). */
struct session *session_create(struct listener *listener, struct stream *stream);

/* Around whatever may end the session: its memory stays meanwhile. */
void session_enter(struct session *session);
void session_leave(struct session *session);

int64_t session_now_us(const struct session *session);

/* The request in process is over. */
void session_finish_current(struct session *session);

/* Hands out request after request as long as they are answered at once, or are allowed ahead. */
void session_pump(struct session *session);

/* session_ahead.c: requests handed out before earlier ones are answered. */
/* What a complete frame counts for. */
size_t session_frame_cost(const struct frame_buffer *frame);
size_t session_bytes_in_process(const struct session *session);
/* Offers the first frame of the queue. False: it stays there. */
bool session_offer(struct session *session);
/* The current request is gone: what was handed out after it follows. */
void session_follow(struct session *session);

/* session_answer.c: answers on their way out. */
/* False when memory is out. */
bool session_sending_init(struct session_sending *sending, struct session *session);
bool session_is_sending(const struct session *session);
size_t session_unsent(const struct session *session);
/* Sends what was gathered, if anything. */
void session_flush(struct session *session);

/* Reads when limits allow, stops when not. */
void session_adjust_reading(struct session *session);

/* session_time.c: the reason to close it now because time is up, or NULL. */
const char *session_overdue(struct session *session, int64_t now_us);

/* Ends the connection; reason NULL: the peer did, nothing to trace. */
void session_end(struct session *session, const char *reason);

/* Ends the connection without a word, and the request in process with it. */
void session_abandon(struct session *session);

/* The listener forgets a session that ended. */
void listener_remove(struct listener *listener, struct session *session);
/* Closes a connection unserved, now or (listener_delay.c) after so many ms. */
void listener_refuse(struct listener *listener, struct stream *stream, const char *peer,
                     const char *reason);
void listener_refuse_later(struct listener *listener, struct stream *stream, const char *peer,
                           int64_t ms);
void listener_end_delays(struct listener *listener);

void listener_count_bytes(struct listener *listener, size_t before, size_t after);

#endif
