/* net: the answers of a session. Small ones that are given while the next request is at hand are
 * gathered, so that a peer that sends many at once costs one system call for many, and is woken
 * once. */
#include "net/session_state.h"

#include <assert.h>

enum {
    SESSION_GATHER_MAX = 65536,
    /* No answer waits longer for others: a peer with few requests in flight sends the next one when
     * it has it. */
    SESSION_GATHER_US = 50
};

static void on_written(struct stream_write *write, enum kc_err err)
{
    struct session_sending *sending = CONTAINER_OF(write, struct session_sending, outgoing.write);
    struct session *session = sending->session;
    void (*release)(void *context) = sending->release;
    session_enter(session);
    sending->is_writing = false;
    sending->release = NULL;
    outgoing_reset(&sending->outgoing);
    if (release) {
        release(sending->release_context);
    }
    if (err == KC_ERR_NONE && session->stream) {
        session->active_us = session_now_us(session);
        if (sending->end_reason) {
            session_end(session, sending->end_reason);
        } else {
            session_pump(session);
        }
    }
    session_leave(session);
}

bool session_sending_init(struct session_sending *sending, struct session *session)
{
    sending->session = session;
    outgoing_init(&sending->outgoing, INT32_MAX);
    sending->outgoing.write.done = on_written;
    return outgoing_reserve(&sending->outgoing, 1);
}

bool session_is_sending(const struct session *session)
{
    return session->gathered.is_writing || session->single.is_writing;
}

static size_t sending_left(const struct session_sending *sending)
{
    const struct stream_write *write = &sending->outgoing.write;
    size_t left = 0;
    if (!sending->is_writing) {
        return 0;
    }
    for (size_t i = write->next; i < write->count; i++) {
        left += write->slices[i].size;
    }
    return left - write->skip;
}

size_t session_unsent(const struct session *session)
{
    return sending_left(&session->gathered) + sending_left(&session->single);
}

/* Where the next answer goes. */
static struct session_sending *session_place(struct session *session)
{
    struct session_sending *sending =
        session->gathered.is_writing ? &session->single : &session->gathered;
    assert(!sending->is_writing);
    return sending;
}

/* It is sealed. */
static void session_send(struct session *session, struct session_sending *sending)
{
    sending->is_writing = true;
    session->listener->totals.bytes_out += (int64_t)sending->outgoing.size;
    session->write_left = session_unsent(session);
    session->write_moved_us = session_now_us(session);
    stream_write(session->stream, &sending->outgoing.write);
}

void session_flush(struct session *session)
{
    struct session_sending *sending = &session->gathered;
    if (!session->stream || sending->is_writing || sending->outgoing.bytes.size == 0) {
        return;
    }
    enum kc_err err = outgoing_seal(&sending->outgoing, NULL, 0, NULL, 0);
    assert(err == KC_ERR_NONE);
    session_send(session, sending);
}

/* Nothing will be sent; reason NULL: the connection is lost already. */
static void session_give_up(struct session *session, void (*release)(void *context), void *context,
                            const char *reason)
{
    if (release) {
        release(context);
    }
    session_finish_current(session);
    if (reason) {
        session_end(session, reason);
    }
}

/* The next request is at hand, and none of the answers would wait for long. */
static bool session_may_gather(struct session *session, const struct session_sending *sending,
                               size_t size_before)
{
    int64_t now_us = session_now_us(session);
    if (size_before == 0) {
        session->gathered_us = now_us;
    }
    return session->is_pumping && session->queue.count > 0 && !session->is_muted &&
           sending == &session->gathered && sending->outgoing.bytes.size < SESSION_GATHER_MAX &&
           now_us - session->gathered_us < SESSION_GATHER_US;
}

static void session_dispatch(struct session *session, struct session_sending *sending,
                             void (*release)(void *context), void *context)
{
    session_finish_current(session);
    sending->release = release;
    sending->release_context = context;
    session_send(session, sending);
}

void session_reply(struct session *session, struct writer *writer, void (*release)(void *context),
                   void *context)
{
    assert(session->has_current);
    session_enter(session);
    session_flush(session);
    struct session_sending *sending = session_place(session);
    struct bytes *out = writer->out;
    bytes_finish(&sending->outgoing.bytes);
    sending->outgoing.bytes = *out;
    bytes_init(out, out->size_max);
    enum kc_err err = writer->err;
    if (err == KC_ERR_NONE) {
        err = outgoing_seal(&sending->outgoing, writer->splices, writer->splice_count, NULL, 0);
    }
    if (!session->stream) {
        session_give_up(session, release, context, NULL);
    } else if (err != KC_ERR_NONE) {
        sending->outgoing.bytes.size = 0;
        session_give_up(session, release, context, "an answer that cannot be encoded");
    } else {
        session_dispatch(session, sending, release, context);
    }
    session_leave(session);
}

void session_reply_cut(struct session *session, struct bytes *bytes, const char *reason)
{
    assert(session->has_current);
    if (bytes->size == 0) {
        bytes_finish(bytes);
        session_close(session, reason);
        return;
    }
    session_enter(session);
    session_flush(session);
    struct writer writer;
    writer_init(&writer, bytes);
    session_place(session)->end_reason = reason;
    session_reply(session, &writer, NULL, NULL);
    session_leave(session);
}

/* Behind the answers that are gathered already. */
static enum kc_err encode(struct session *session, struct session_sending *sending, int16_t version,
                          const void *message, size_t file_count, struct writer *ret_writer)
{
    const struct request_head *head = &session->current.head;
    writer_init(ret_writer, &sending->outgoing.bytes);
    /* With files only what is as large as they are: each of them must find a place. */
    writer_allow_splices(ret_writer, session->listener->splices, WRITER_SPLICES_MAX,
                         file_count > 0 ? SESSION_FILE_MIN : SESSION_SPLICE_MIN);
    return head->api ? response_write(ret_writer, head->api, version, head->correlation_id, message)
                     : KC_ERR_INVALID;
}

static enum kc_err answer(struct session *session, int16_t version, const void *message,
                          const struct outgoing_file *files, size_t file_count,
                          void (*release)(void *context), void *context)
{
    assert(session->has_current);
    session_enter(session);
    if (!session->stream) {
        session_give_up(session, release, context, NULL);
        session_leave(session);
        return KC_ERR_NONE;
    }
    struct session_sending *sending = session_place(session);
    size_t size_before = sending->outgoing.bytes.size;
    struct writer writer;
    enum kc_err err = encode(session, sending, version, message, file_count, &writer);
    bool is_gathered = err == KC_ERR_NONE && writer.splice_count == 0 &&
                       session_may_gather(session, sending, size_before);
    if (err == KC_ERR_NONE && !is_gathered) {
        err = outgoing_seal(&sending->outgoing, writer.splices, writer.splice_count, files,
                            file_count);
    }
    if (err != KC_ERR_NONE) {
        sending->outgoing.bytes.size = size_before;
        session_give_up(session, release, context, "an answer that cannot be encoded");
    } else if (is_gathered) {
        session_finish_current(session);
        if (release) {
            release(context);
        }
    } else {
        session_dispatch(session, sending, release, context);
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
