/* net: the server's end of one accepted connection: one request at a time (more where that is
 * allowed), answers in order. Made by a listener. Loop thread only. */
#ifndef NET_SESSION_H
#define NET_SESSION_H

#include "base/frame_buffer.h"
#include "net/stream.h"
#include "wire/frame.h"

struct session;

/* A request in process. The frame is the session's until it is answered; take it to keep it
 * longer. */
struct session_request {
    struct frame_buffer *frame;
    struct request_head head; /* head.api NULL: unknown key; check head.version too */
    struct reader body;       /* at the body (at the end when the header could not be read on) */
};

/* Each request that was handed out ends with exactly one of session_reply, session_answer,
 * session_no_reply or session_close; then the next is handed out, possibly before the call
 * returns. Also when the connection was lost meanwhile: the answer is then dropped, and the session
 * is freed by it. */

/* Sends a whole response frame that the writer made (size prefix included): takes over the memory
 * of writer->out (left empty); splices are sent from where they are until release(context) is
 * called, which happens exactly once, also on errors. release may be NULL. */
void session_reply(struct session *session, struct writer *writer, void (*release)(void *context),
                   void *context);

/* As all answers it leaves at once, but behind and together with those that were given just before,
 * or with those to requests that are at hand already, which it does not wait for. */

/* Encodes the response message of the request in process, in the request's version (or the given
 * one: ApiVersions answers an unknown version in version 0), and sends it like session_reply: bytes
 * and records values of at least SESSION_SPLICE_MIN bytes are not copied. When the message cannot
 * be encoded the session is closed, and the error returned. */
enum { SESSION_SPLICE_MIN = 1024 };
enum kc_err session_answer(struct session *session, const void *message,
                           void (*release)(void *context), void *context);
enum kc_err session_answer_in(struct session *session, int16_t version, const void *message,
                              void (*release)(void *context), void *context);

/* The same with records values that are not in memory: the data of such a value is the tag of one
 * of the files, which stand in the order of the message, and its size, at least SESSION_FILE_MIN,
 * is what is sent from there. The descriptors stay open until release. Whoever uses it keeps
 * SIGPIPE from its thread: the system has no other way to send a file. */
enum { SESSION_FILE_MIN = 16384, SESSION_FILES_MAX = 512 };
struct outgoing_file; /* net/outgoing.h */
enum kc_err session_answer_files(struct session *session, const void *message,
                                 const struct outgoing_file *files, size_t count,
                                 void (*release)(void *context), void *context);

/* Ends the request in process with bytes that need not be a whole frame, sent as they are, and then
 * closes, with the reason in the trace. Takes over the memory (left empty). For brokers that
 * misbehave on purpose. */
void session_reply_cut(struct session *session, struct bytes *bytes, const char *reason);

/* The request has no answer (acks=0). */
void session_no_reply(struct session *session);

/* Closes at once: unsent bytes are dropped. One trace line names peer and
 * reason. Ends the request in process. The session is gone afterwards, on_close has been called. */
void session_close(struct session *session, const char *reason);

/* Hands out no further request, and reads nothing, until so many ms are over: a client that is held
 * to its quota (KIP-219). The request in process is answered as usual. Of several the longest
 * holds.
 */
void session_mute(struct session *session, int64_t ms);

/* While requests are in process the next ones are offered to on_ahead, up to bounds of number and
 * bytes; over when none is in process. For those that wait for something that the next may wait for
 * together with them: the disk. */
enum { SESSION_AHEAD_MAX = 4, SESSION_AHEAD_BYTES_MAX = 4 << 20 /* with the first */ };
void session_allow_ahead(struct session *session);

/* False when the connection is lost (only while a request is in process). */
bool session_is_open(const struct session *session);

/* The request in process, of several the one to be answered next; NULL: none. */
const struct session_request *session_current(const struct session *session);

/* "127.0.0.1:51234", and a pointer of the user's own. */
const char *session_peer(const struct session *session);
void session_set_context(struct session *session, void *context);
void *session_context(const struct session *session);

#endif
