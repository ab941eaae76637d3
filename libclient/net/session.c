/* net: one accepted connection: frames in, one request in process, answers out. */
#include "net/session_state.h"
#include "net/tcp.h"

#include <assert.h>
#include <stdlib.h>

/* Nothing shorter holds a request header: key, version, correlation id. */
enum { SESSION_FRAME_MIN = 8, SESSION_FRAME_OVERHEAD = 64, SESSION_QUEUE_START = 8 };

/* A frame is given its time, and on top of it what a line of this speed takes. */
enum { SESSION_SPEED_MIN = 64 /* bytes a millisecond */ };

static void session_enter(struct session *session)
{
    session->depth++;
}

static void session_leave(struct session *session)
{
    session->depth--;
    if (session->depth > 0 || session->stream || session->has_current) {
        return;
    }
    list_remove(&session->link);
    outgoing_finish(&session->outgoing);
    frame_reader_finish(&session->reader);
    free(session->queue);
    free(session);
}

static size_t frame_cost(const struct frame_buffer *frame)
{
    return frame->capacity + SESSION_FRAME_OVERHEAD;
}

static void session_recount(struct session *session)
{
    size_t before = session->held_bytes;
    session->held_bytes = session->queued_bytes + frame_reader_held(&session->reader);
    if (session->listener) {
        listener_count_bytes(session->listener, before, session->held_bytes);
    }
}

static int64_t session_now_us(const struct session *session)
{
    return loop_now_us(session->listener->options.loop);
}

static bool queue_push(struct session *session, struct frame_buffer *frame)
{
    if (session->queue_count == session->queue_capacity) {
        size_t capacity = MAX_OF(session->queue_capacity * 2, (size_t)SESSION_QUEUE_START);
        struct frame_buffer **queue = malloc(capacity * sizeof(*queue));
        if (!queue) {
            return false;
        }
        for (size_t i = 0; i < session->queue_count; i++) {
            queue[i] = session->queue[(session->queue_first + i) & (session->queue_capacity - 1)];
        }
        free(session->queue);
        session->queue = queue;
        session->queue_capacity = capacity;
        session->queue_first = 0;
    }
    size_t last = session->queue_first + session->queue_count++;
    session->queue[last & (session->queue_capacity - 1)] = frame;
    session->queued_bytes += frame_cost(frame);
    return true;
}

/* The bytes stay counted: the frame is in process now. */
static struct frame_buffer *queue_pop(struct session *session)
{
    struct frame_buffer *frame = session->queue[session->queue_first];
    session->queue_first = (session->queue_first + 1) & (session->queue_capacity - 1);
    session->queue_count--;
    return frame;
}

static void session_finish_current(struct session *session)
{
    session->has_current = false;
    session->queued_bytes -= frame_cost(session->current.frame);
    frame_buffer_drop(session->current.frame);
    session->current = (struct session_request){ 0 };
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
    session->stream = NULL;
    loop_timer_finish(&session->unmute);
    if (reason) {
        trace_log(listener->options.trace, TRACE_INFO, "net", "closed %s: %s", session->peer,
                  reason);
    }
    stream_destroy(stream, false);
    while (session->queue_count > 0) {
        struct frame_buffer *frame = queue_pop(session);
        session->queued_bytes -= frame_cost(frame);
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

/* The request in process does not count: the next one arrives while it waits, for the disk say. */
static size_t session_waiting(const struct session *session)
{
    return session->queued_bytes - (session->has_current ? frame_cost(session->current.frame) : 0);
}

void session_adjust_reading(struct session *session)
{
    if (!session->stream) {
        return;
    }
    bool is_busy = session->has_current || session->is_writing || session->queue_count > 0;
    bool should_read = !session->is_muted &&
                       session_waiting(session) < session->listener->limits.session_bytes_max &&
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
    current->frame = queue_pop(session);
    session->has_current = true;
    reader_init(&current->body, frame_buffer_slice(current->frame));
    if (request_head_read(&current->body, &current->head) != KC_ERR_NONE) {
        session_finish_current(session);
        session_end(session, "a request header that cannot be read");
        return;
    }
    session->listener->handler->on_request(session->listener->context, session, current);
}

/* Hands out request after request as long as they are answered at once. */
static void session_pump(struct session *session)
{
    if (session->is_pumping) {
        return;
    }
    session_enter(session);
    session->is_pumping = true;
    while (session->stream && !session->has_current && !session->is_writing && !session->is_muted &&
           session->queue_count > 0) {
        session_start_request(session);
    }
    session->is_pumping = false;
    session_adjust_reading(session);
    session_leave(session);
}

static void on_unmute(struct loop_timer *timer)
{
    struct session *session = timer->context;
    session_enter(session);
    session->is_muted = false;
    session->active_us = session_now_us(session); /* its silence was ours */
    session_pump(session);
    session_leave(session);
}

void session_mute(struct session *session, int64_t ms)
{
    if (!session->stream) {
        return;
    }
    int64_t until_us = session_now_us(session) + ms * 1000;
    if (!session->is_muted) {
        loop_timer_init(&session->unmute, session->listener->options.loop, on_unmute, session);
    } else if (until_us <= session->unmute.deadline_us) {
        return;
    }
    session->is_muted = true;
    loop_timer_start_at(&session->unmute, until_us);
    session_adjust_reading(session);
}

static void session_take_frame(struct session *session, struct frame_buffer *frame)
{
    session->has_spoken = true;
    session->frame_started_us = 0;
    if (frame->size < SESSION_FRAME_MIN) {
        frame_buffer_drop(frame);
        session_end(session, "a frame too short for a request");
    } else if (!queue_push(session, frame)) {
        frame_buffer_drop(frame);
        session_end(session, "no memory for its requests");
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

static void on_written(struct stream_write *write, enum kc_err err)
{
    struct session *session = CONTAINER_OF(write, struct session, outgoing.write);
    void (*release)(void *context) = session->release;
    session_enter(session);
    session->is_writing = false;
    session->release = NULL;
    outgoing_reset(&session->outgoing);
    if (release) {
        release(session->release_context);
    }
    if (err == KC_ERR_NONE && session->stream) {
        session->active_us = session_now_us(session);
        if (session->end_reason) {
            session_end(session, session->end_reason);
        } else {
            session_pump(session);
        }
    }
    session_leave(session);
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
    outgoing_init(&session->outgoing, INT32_MAX);
    session->outgoing.write.done = on_written;
    stream_listen(stream, &stream_calls, session);
    return session;
}

static size_t session_unsent(const struct session *session)
{
    const struct stream_write *write = &session->outgoing.write;
    size_t left = 0;
    for (size_t i = write->next; i < write->count; i++) {
        left += write->slices[i].size;
    }
    return left - write->skip;
}

const char *session_overdue(struct session *session, int64_t now_us)
{
    const struct listener_limits *limits = &session->listener->limits;
    if (session->is_writing) {
        size_t left = session_unsent(session);
        if (left != session->write_left) {
            session->write_left = left;
            session->write_moved_us = now_us;
        }
        return now_us - session->write_moved_us >= limits->write_ms_max * 1000
                   ? "it does not read its answers"
                   : NULL;
    }
    if (session->is_reading && session->frame_started_us) {
        size_t received = session->reader.frame ? session->reader.frame->size : 0;
        int64_t allowed_ms = limits->frame_ms_max + (int64_t)(received / SESSION_SPEED_MIN);
        return now_us - session->frame_started_us >= allowed_ms * 1000
                   ? "a frame that does not arrive"
                   : NULL;
    }
    if (session->has_current || session->queue_count > 0) {
        return NULL;
    }
    int64_t quiet_ms = (now_us - session->active_us) / 1000;
    if (!session->has_spoken) {
        return quiet_ms >= limits->silent_ms_max ? "it says nothing" : NULL;
    }
    return quiet_ms >= limits->idle_ms_max ? "it is idle" : NULL;
}

/* The outgoing frame is sealed; the request in process ends here. */
static void session_send(struct session *session, void (*release)(void *context), void *context)
{
    session_finish_current(session);
    session->is_writing = true;
    session->release = release;
    session->release_context = context;
    session->write_left = session->outgoing.size;
    session->listener->totals.bytes_out += (int64_t)session->outgoing.size;
    session->write_moved_us = session_now_us(session);
    stream_write(session->stream, &session->outgoing.write);
}

/* Nothing will be sent; reason NULL: the connection is lost already. */
static void session_give_up(struct session *session, void (*release)(void *context), void *context,
                            const char *reason)
{
    if (release) {
        release(context);
    }
    if (session->has_current) {
        session_finish_current(session);
    }
    if (reason) {
        session_end(session, reason);
    }
}

void session_reply(struct session *session, struct writer *writer, void (*release)(void *context),
                   void *context)
{
    assert(session->has_current && !session->is_writing);
    session_enter(session);
    struct bytes *out = writer->out;
    bytes_finish(&session->outgoing.bytes);
    session->outgoing.bytes = *out;
    bytes_init(out, out->size_max);
    enum kc_err err = writer->err;
    if (err == KC_ERR_NONE) {
        err = outgoing_seal(&session->outgoing, writer->splices, writer->splice_count, NULL, 0);
    }
    if (!session->stream) {
        session_give_up(session, release, context, NULL);
    } else if (err != KC_ERR_NONE) {
        session_give_up(session, release, context, "an answer that cannot be encoded");
    } else {
        session_send(session, release, context);
    }
    session_leave(session);
}

void session_reply_cut(struct session *session, struct bytes *bytes, const char *reason)
{
    assert(session->has_current && !session->is_writing);
    session->end_reason = reason;
    if (bytes->size == 0) {
        bytes_finish(bytes);
        session_close(session, reason);
        return;
    }
    struct writer writer;
    writer_init(&writer, bytes);
    session_reply(session, &writer, NULL, NULL);
}

static enum kc_err answer(struct session *session, int16_t version, const void *message,
                          const struct outgoing_file *files, size_t file_count,
                          void (*release)(void *context), void *context)
{
    assert(session->has_current && !session->is_writing);
    if (!session->stream) {
        session_enter(session);
        session_give_up(session, release, context, NULL);
        session_leave(session);
        return KC_ERR_NONE;
    }
    session_enter(session);
    const struct request_head *head = &session->current.head;
    struct splice *splices = session->listener->splices;
    struct writer writer;
    outgoing_reset(&session->outgoing);
    writer_init(&writer, &session->outgoing.bytes);
    /* With files only what is as large as they are: each of them must find a place. */
    writer_allow_splices(&writer, splices, WRITER_SPLICES_MAX,
                         file_count > 0 ? SESSION_FILE_MIN : SESSION_SPLICE_MIN);
    enum kc_err err =
        head->api ? response_write(&writer, head->api, version, head->correlation_id, message)
                  : KC_ERR_INVALID;
    if (err == KC_ERR_NONE) {
        err = outgoing_seal(&session->outgoing, splices, writer.splice_count, files, file_count);
    }
    if (err == KC_ERR_NONE) {
        session_send(session, release, context);
    } else {
        session_give_up(session, release, context, "an answer that cannot be encoded");
    }
    session_leave(session);
    return err;
}

enum kc_err session_answer_in(struct session *session, int16_t version, const void *message,
                              void (*release)(void *context), void *context)
{
    return answer(session, version, message, NULL, 0, release, context);
}

enum kc_err session_answer(struct session *session, const void *message,
                           void (*release)(void *context), void *context)
{
    return session_answer_in(session, session->current.head.version, message, release, context);
}

enum kc_err session_answer_files(struct session *session, const void *message,
                                 const struct outgoing_file *files, size_t count,
                                 void (*release)(void *context), void *context)
{
    assert(count <= SESSION_FILES_MAX);
    return answer(session, session->current.head.version, message, files, count, release, context);
}

void session_no_reply(struct session *session)
{
    assert(session->has_current);
    session_enter(session);
    session_finish_current(session);
    if (session->stream) {
        session_pump(session);
    }
    session_leave(session);
}

void session_close(struct session *session, const char *reason)
{
    session_enter(session);
    session_give_up(session, NULL, NULL, reason ? reason : "closed");
    session_leave(session);
}

void session_abandon(struct session *session)
{
    session_enter(session);
    session_end(session, NULL);
    session_give_up(session, NULL, NULL, NULL);
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
