/* client: a question to the I/O thread with a deadline and two owners. */
#include "client/ask.h"

#include "base/clock.h"
#include "client/reason.h"

#include <assert.h>
#include <string.h>

void ask_init(struct ask *ask, thread_function *run, void (*free)(struct ask *ask))
{
    assert(run && free);
    refs_init(&ask->refs);
    lock_init(&ask->lock);
    signal_init(&ask->signal);
    thread_task_init(&ask->task, run, ask);
    atomic_init(&ask->given_up, false);
    ask->free = free;
}

void ask_finish(struct ask *ask)
{
    signal_finish(&ask->signal);
    lock_finish(&ask->lock);
}

void ask_take(struct ask *ask)
{
    refs_take(&ask->refs);
}

void ask_drop(struct ask *ask)
{
    if (refs_drop(&ask->refs)) {
        ask->free(ask);
    }
}

void ask_post(struct ask *ask, struct thread *thread)
{
    ask_take(ask);
    ask->thread = thread;
    thread_post(thread, &ask->task);
}

enum kc_err ask_wait_more(struct ask *ask, int timeout_ms, const char *what, struct kc_error *error)
{
    struct kc_error outcome;
    if (thread_is_current(ask->thread)) {
        return reason_set(error, KC_ERR_WRONG_STATE, "%s: must not wait in a callback", what);
    }
    int64_t now_us = clock_now_us(&clock_system);
    int64_t deadline_us = timeout_ms < 0 ? INT64_MAX : now_us + (int64_t)timeout_ms * 1000;
    lock_hold(&ask->lock);
    while (!ask->done && signal_wait(&ask->signal, &ask->lock, deadline_us)) {
    }
    bool done = ask->done;
    outcome = ask->error;
    lock_release(&ask->lock);
    if (done) {
        if (error) {
            *error = outcome;
        }
        return outcome.code;
    }
    bool has_cause = outcome.text[0] != 0;
    return reason_set(error, KC_ERR_TIMED_OUT, "%s: no answer within %d ms%s%s%s", what, timeout_ms,
                      has_cause ? " (" : "", outcome.text, has_cause ? ")" : "");
}

enum kc_err ask_wait(struct ask *ask, struct thread *thread, int timeout_ms, const char *what,
                     struct kc_error *error)
{
    if (thread_is_current(thread)) {
        return reason_set(error, KC_ERR_WRONG_STATE, "%s: must not wait in a callback", what);
    }
    ask_post(ask, thread);
    enum kc_err err = ask_wait_more(ask, timeout_ms, what, error);
    if (err == KC_ERR_TIMED_OUT) {
        atomic_store_explicit(&ask->given_up, true, memory_order_relaxed);
    }
    return err;
}

void ask_done(struct ask *ask, enum kc_err err, const char *text)
{
    struct kc_error outcome;
    (void)reason_clear(&outcome);
    if (err != KC_ERR_NONE) {
        (void)reason_set(&outcome, err, "%s", text ? text : kc_err_text(err));
    }
    ask_end(ask, &outcome);
}

void ask_end(struct ask *ask, const struct kc_error *outcome)
{
    lock_hold(&ask->lock);
    assert(!ask->done);
    ask->error = *outcome;
    ask->done = true;
    lock_release(&ask->lock);
    /* After the lock: who wakes up would only wait for it again. */
    signal_wake_all(&ask->signal);
    ask_drop(ask);
}

void ask_explain(struct ask *ask, const char *text)
{
    lock_hold(&ask->lock);
    (void)reason_set(&ask->error, ask->error.code, "%s", text);
    lock_release(&ask->lock);
}

bool ask_is_given_up(const struct ask *ask)
{
    return atomic_load_explicit(&ask->given_up, memory_order_relaxed);
}
