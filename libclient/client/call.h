/* client: a question that an application's thread puts to the I/O thread and waits for, with a
 * deadline. Two owners: who asks and who answers; whoever comes last frees it, so a caller whose
 * deadline passed just leaves. */
#ifndef CLIENT_CALL_H
#define CLIENT_CALL_H

#include "base/lock.h"
#include "client/thread.h"

/* First member of the caller's own struct, which holds arguments (copied: the caller may be gone)
 * and results. */
struct call {
    struct refs refs;
    struct lock lock;
    struct signal signal;
    struct thread_task task;
    struct thread *thread;           /* it was posted to */
    struct kc_error error;           /* the outcome; valid once done */
    bool done;                       /* under the lock */
    atomic_bool given_up;            /* the asker left: an answer interests nobody */
    void (*free)(struct call *call); /* frees the whole struct; never NULL */
};

/* Prepares a zeroed struct on the heap, owned once (by the asker). `run` is what call_wait posts;
 * its context is the call. `free` ends it (call_finish inside). */
void call_init(struct call *call, thread_function *run, void (*free)(struct call *call));
void call_finish(struct call *call);

/* Posts the call (taking the answerer's ownership) and waits until call_done or the deadline.
 * timeout_ms -1: no limit, 0: does not wait. Returns the outcome and fills `error` (may be NULL);
 * KC_ERR_TIMED_OUT with a text "WHAT: no answer within N ms" when it is too late; a cause that the
 * answerer left with call_explain is added to it. KC_ERR_WRONG_STATE on the I/O thread. The asker
 * still owns the call and drops it. */
enum kc_err call_wait(struct call *call, struct thread *thread, int timeout_ms, const char *what,
                      struct kc_error *error);

/* Posts without waiting; call_wait_more waits later as call_wait does. */
void call_post(struct call *call, struct thread *thread);
enum kc_err call_wait_more(struct call *call, int timeout_ms, const char *what,
                           struct kc_error *error);

/* I/O thread, exactly once: the outcome (text NULL: kc_err_text). Gives the answerer's ownership
 * back: the call must not be touched afterwards. Everything written to the struct before is
 * visible to the asker. */
void call_done(struct call *call, enum kc_err err, const char *text);

/* I/O thread: why it takes so long ("cannot connect to h:9092 (Connection refused)"), for the text
 * of a timeout. */
void call_explain(struct call *call, const char *text);

/* True when nobody waits any more; the answerer may stop early (it still calls call_done). */
bool call_is_given_up(const struct call *call);

void call_take(struct call *call);
void call_drop(struct call *call);

#endif
