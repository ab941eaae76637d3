/* net: one accepted connection: frames in, one request in process. Its answers: session_answer.c.
 */
#include "net/session_state.h"
#include "net/tcp.h"

#include <stdlib.h>

/* Nothing shorter holds a request header: key, version, correlation id. */
enum { SESSION_FRAME_MIN = 8 };

void session_enter(struct session *session)
{
    session->depth++;
}

void session_leave(struct session *session)
{
    session->depth--;
    if (session->depth > 0 || session->stream || session->has_current) {
        return;
    }
    list_remove(&session->link);
    outgoing_finish(&session->gathered.outgoing);
    outgoing_finish(&session->single.outgoing);
    frame_reader_finish(&session->reader);
    frame_queue_finish(&session->queue);
    free(session);
}

static void session_recount(struct session *session)
{
    size_t before = session->held_bytes;
    session->held_bytes = session->queued_bytes + frame_reader_held(&session->reader);
    if (session->listener) {
        listener_count_bytes(session->listener, before, session->held_bytes);
    }
}

int64_t session_now_us(const struct session *session)
{
    return loop_now_us(session->listener->options.loop);
}

void session_finish_current(struct session *session)
{
    session->has_current = false;
    session->queued_bytes -= session_frame_cost(session->current.frame);
    frame_buffer_drop(session->current.frame);
    session->current = (struct session_request){ 0 };
    session_follow(session);
    session_recount(session);
}

void session_end(struct session *session, const char *reason)
{
    struct stream *stream = session->stream;
    struct listener *listener = session->listener;
    if (!stream) {
        return;
    }
    session_enter(session);
    session_flush(session); /* a bad request behind good ones takes no answer from these */
    session->stream = NULL;
    loop_timer_finish(&session->unmute);
    if (reason) {
        trace_log(listener->options.trace, TRACE_INFO, "net", "closed %s: %s", session->peer,
                  reason);
    }
    stream_destroy(stream, false);
    while (session->queue.count > 0) {
        struct frame_buffer *frame = frame_queue_pop(&session->queue);
        session->queued_bytes -= session_frame_cost(frame);
        frame_buffer_drop(frame);
    }
    frame_reader_finish(&session->reader);
    session_recount(session);
    listener_count_bytes(listener, session->held_bytes, 0);
    session->held_bytes = 0;
    listener_remove(listener, session);
    if (listener->handler->on_close) {
        listener->handler->on_close(listener->context, session);
    }
    session->listener = NULL;
    if (session->has_current) {
        list_append(&listener->orphans, &session->link);
    }
    session_leave(session);
}

void session_adjust_reading(struct session *session)
{
    if (!session->stream) {
        return;
    }
    /* What is in process does not count: the next arrives while that waits, for the disk say. */
    size_t waiting = session->queued_bytes - session_bytes_in_process(session);
    bool is_busy = session->has_current || session_is_sending(session) || session->queue.count > 0;
    bool should_read = !session->is_muted &&
                       waiting < session->listener->limits.session_bytes_max &&
                       !(is_busy && session->listener->buffered_bytes >=
                                        session->listener->limits.buffered_bytes_max);
    if (should_read == session->is_reading) {
        return;
    }
    session->is_reading = should_read;
    if (!should_read) {
        stream_read_stop(session->stream);
        return;
    }
    if (session->frame_started_us) {
        session->frame_started_us = session_now_us(session);
    }
    stream_read_start(session->stream);
}

static void session_start_request(struct session *session)
{
    struct session_request *current = &session->current;
    current->frame = frame_queue_pop(&session->queue);
    session->has_current = true;
    session->is_refused = false;
    reader_init(&current->body, frame_buffer_slice(current->frame));
    if (request_head_read(&current->body, &current->head) != KC_ERR_NONE) {
        session_finish_current(session);
        session_end(session, "a request header that cannot be read");
        return;
    }
    session->listener->handler->on_request(session->listener->context, session, current);
}

/* False: there is nothing that may go on. */
static bool session_go_on(struct session *session)
{
    if (session->is_turn) {
        session->is_turn = false;
        session->listener->handler->on_turn(session->listener->context, session);
        return true;
    }
    if (session->queue.count == 0 || session->is_muted) {
        return false;
    }
    if (session->has_current) {
        session_flush(session); /* answers do not wait for what is taken ahead */
        return session->stream && session_offer(session);
    }
    session_start_request(session);
    return true;
}

void session_pump(struct session *session)
{
    if (session->is_pumping) {
        return;
    }
    session_enter(session);
    session->is_pumping = true;
    while (session->stream && !session_is_sending(session) && session_go_on(session)) {
    }
    session_flush(session);
    session->is_pumping = false;
    session_adjust_reading(session);
    session_leave(session);
}

static void session_take_frame(struct session *session, struct frame_buffer *frame)
{
    session->has_spoken = true;
    session->frame_started_us = 0;
    if (frame->size < SESSION_FRAME_MIN) {
        frame_buffer_drop(frame);
        session_end(session, "a frame too short for a request");
    } else if (!frame_queue_push(&session->queue, frame)) {
        frame_buffer_drop(frame);
        session_end(session, "no memory for its requests");
    } else {
        session->queued_bytes += session_frame_cost(frame);
    }
}

static const char *frame_failure(const struct frame_reader *reader, enum kc_err err)
{
    const char *const verbs[] = { "GET ", "POST", "PUT ", "HEAD", "OPTI",
                                  "DELE", "PATC", "CONN", "PRI " };
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++) {
        if (memcmp(reader->prefix, verbs[i], 4) == 0) {
            return "peer speaks HTTP";
        }
    }
    if (reader->prefix[0] == 0x16 && reader->prefix[1] == 0x03) {
        return "peer speaks TLS";
    }
    return err == KC_ERR_TOO_LARGE   ? "a frame larger than socket.request.max.bytes"
           : err == KC_ERR_MALFORMED ? "a frame of negative size"
                                     : "no memory for its frame";
}

static void session_after_read(struct session *session)
{
    if (!session->stream) {
        return;
    }
    if (frame_reader_is_partial(&session->reader) && !session->frame_started_us) {
        session->frame_started_us = session->active_us;
    }
    session_recount(session);
    const struct listener *listener = session->listener;
    if (listener->buffered_bytes / 2 > listener->limits.buffered_bytes_max &&
        frame_reader_held(&session->reader) > FRAME_READER_START_MIN) {
        session_end(session, "no buffer left for its frame");
        return;
    }
    session_pump(session);
}

static void on_space(void *context, uint8_t **ret_data, size_t *ret_size)
{
    struct session *session = context;
    session->reads_frame = frame_reader_space(&session->reader, ret_data, ret_size);
    if (!session->reads_frame) {
        *ret_data = loop_scratch(session->listener->options.loop);
        *ret_size = LOOP_SCRATCH_SIZE;
    }
}

static void on_read(void *context, size_t size)
{
    struct session *session = context;
    struct frame_buffer *frame = NULL;
    session_enter(session);
    session->active_us = session_now_us(session);
    session->listener->totals.bytes_in += (int64_t)size;
    if (session->reads_frame) {
        (void)frame_reader_advance(&session->reader, size, &frame);
        if (frame) {
            session_take_frame(session, frame);
        }
    } else {
        struct slice bytes = slice_of(loop_scratch(session->listener->options.loop), size);
        while (bytes.size > 0 && session->stream) {
            enum kc_err err = frame_reader_feed(&session->reader, &bytes, &frame);
            if (err != KC_ERR_NONE) {
                session_end(session, frame_failure(&session->reader, err));
            } else if (frame) {
                session_take_frame(session, frame);
            }
        }
    }
    session_after_read(session);
    session_leave(session);
}

static void on_open(void *context)
{
    (void)context; /* secured: reading goes on as before */
}

static void on_end(void *context, enum kc_err err, const char *text)
{
    struct session *session = context;
    /* A peer that leaves between frames is no news. */
    bool is_cut = frame_reader_is_partial(&session->reader);
    session_end(session, err == KC_ERR_SSL ? text : is_cut ? "cut within a frame" : NULL);
}

static const struct stream_handler stream_calls = {
    .on_open = on_open,
    .on_space = on_space,
    .on_read = on_read,
    .on_end = on_end,
};

struct session *session_create(struct listener *listener, struct stream *stream)
{
    struct session *session = calloc(1, sizeof(*session));
    if (!session) {
        stream_destroy(stream, true);
        return NULL;
    }
    list_init(&session->link);
    session->listener = listener;
    session->stream = stream;
    session->active_us = session_now_us(session);
    frame_reader_init(&session->reader, listener->limits.frame_size_max, FRAME_READER_START_MIN);
    if (!session_sending_init(&session->gathered, session) ||
        !session_sending_init(&session->single, session)) {
        session->stream = NULL;
        stream_destroy(stream, true);
        session_enter(session);
        session_leave(session);
        return NULL;
    }
    stream_listen(stream, &stream_calls, session);
    return session;
}

/* Ends the request in process without an answer, and the connection; reason NULL: it is lost. */
static void session_stop(struct session *session, const char *reason)
{
    if (session->has_current) {
        session_finish_current(session);
    }
    if (reason) {
        session_end(session, reason);
    }
}

void session_close(struct session *session, const char *reason)
{
    session_enter(session);
    session_stop(session, reason ? reason : "closed");
    session_leave(session);
}

void session_abandon(struct session *session)
{
    session_enter(session);
    session_end(session, NULL);
    while (session->has_current) {
        session_finish_current(session);
    }
    session_leave(session);
}

bool session_is_open(const struct session *session)
{
    return session->stream != NULL;
}

const struct session_request *session_current(const struct session *session)
{
    return session->has_current ? &session->current : NULL;
}

const char *session_peer(const struct session *session)
{
    return session->peer;
}

void session_set_context(struct session *session, void *context)
{
    session->context = context;
}

void *session_context(const struct session *session)
{
    return session->context;
}
