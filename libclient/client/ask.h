/* client: a question that an application's thread puts to the I/O thread and waits for, with a
 * deadline. Two owners: who asks and who answers; whoever comes last frees it, so a caller whose
 * deadline passed just leaves. */
#ifndef CLIENT_ASK_H
#define CLIENT_ASK_H

#include "base/lock.h"
#include "client/thread.h"

/* First member of the caller's own struct, which holds arguments (copied: the caller may be gone)
 * and results. */
struct ask {
    struct refs refs;
    struct lock lock;
    struct signal signal;
    struct thread_task task;
    struct thread *thread;         /* it was posted to */
    struct kc_error error;         /* the outcome; valid once done */
    bool done;                     /* under the lock */
    atomic_bool given_up;          /* the asker left: an answer interests nobody */
    void (*free)(struct ask *ask); /* frees the whole struct; never NULL */
};

/* Prepares a zeroed struct on the heap, owned once (by the asker). `run` is what ask_wait posts;
 * its context is the call. `free` ends it (ask_finish inside). */
void ask_init(struct ask *ask, thread_function *run, void (*free)(struct ask *ask));
void ask_finish(struct ask *ask);

/* Posts the call (taking the answerer's ownership) and waits until ask_done or the deadline.
 * timeout_ms -1: no limit, 0: does not wait. Returns the outcome and fills `error` (may be NULL);
 * KC_ERR_TIMED_OUT with a text "WHAT: no answer within N ms" when it is too late; a cause that the
 * answerer left with ask_explain is added to it. KC_ERR_WRONG_STATE on the I/O thread. The asker
 * still owns the call and drops it. */
enum kc_err ask_wait(struct ask *ask, struct thread *thread, int timeout_ms, const char *what,
                     struct kc_error *error);

/* Posts without waiting; ask_wait_more waits later as ask_wait does. */
void ask_post(struct ask *ask, struct thread *thread);
enum kc_err ask_wait_more(struct ask *ask, int timeout_ms, const char *what,
                          struct kc_error *error);

/* I/O thread, exactly once: the outcome (text NULL: kc_err_text). Gives the answerer's ownership
 * back: the call must not be touched afterwards. Everything written to the struct before is
 * visible to the asker. */
void ask_done(struct ask *ask, enum kc_err err, const char *text);

/* The same with an outcome that has a kind of its own (KC_KIND_ABORTABLE, KC_KIND_FATAL). */
void ask_end(struct ask *ask, const struct kc_error *outcome);

/* I/O thread: why it takes so long ("cannot connect to h:9092 (Connection refused)"), for the text
 * of a timeout. */
void ask_explain(struct ask *ask, const char *text);

/* True when nobody waits any more; the answerer may stop early (it still calls ask_done). */
bool ask_is_given_up(const struct ask *ask);

void ask_take(struct ask *ask);
void ask_drop(struct ask *ask);

#endif
