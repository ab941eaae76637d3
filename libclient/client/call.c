/* client: a question to the I/O thread with a deadline and two owners. */
#include "client/call.h"

#include "base/clock.h"
#include "client/reason.h"

#include <assert.h>
#include <string.h>

void call_init(struct call *call, thread_function *run, void (*free)(struct call *call))
{
    assert(run && free);
    refs_init(&call->refs);
    lock_init(&call->lock);
    signal_init(&call->signal);
    thread_task_init(&call->task, run, call);
    atomic_init(&call->given_up, false);
    call->free = free;
}

void call_finish(struct call *call)
{
    signal_finish(&call->signal);
    lock_finish(&call->lock);
}

void call_take(struct call *call)
{
    refs_take(&call->refs);
}

void call_drop(struct call *call)
{
    if (refs_drop(&call->refs)) {
        call->free(call);
    }
}

void call_post(struct call *call, struct thread *thread)
{
    call_take(call);
    call->thread = thread;
    thread_post(thread, &call->task);
}

enum kc_err call_wait_more(struct call *call, int timeout_ms, const char *what,
                           struct kc_error *error)
{
    struct kc_error outcome;
    if (thread_is_current(call->thread)) {
        return reason_set(error, KC_ERR_WRONG_STATE, "%s: must not wait in a callback", what);
    }
    int64_t now_us = clock_now_us(&clock_system);
    int64_t deadline_us = timeout_ms < 0 ? INT64_MAX : now_us + (int64_t)timeout_ms * 1000;
    lock_hold(&call->lock);
    while (!call->done && signal_wait(&call->signal, &call->lock, deadline_us)) {
    }
    bool done = call->done;
    outcome = call->error;
    lock_release(&call->lock);
    if (done) {
        return outcome.code == KC_ERR_NONE ? reason_clear(error)
                                           : reason_set(error, outcome.code, "%s", outcome.text);
    }
    bool has_cause = outcome.text[0] != 0;
    return reason_set(error, KC_ERR_TIMED_OUT, "%s: no answer within %d ms%s%s%s", what, timeout_ms,
                      has_cause ? " (" : "", outcome.text, has_cause ? ")" : "");
}

enum kc_err call_wait(struct call *call, struct thread *thread, int timeout_ms, const char *what,
                      struct kc_error *error)
{
    if (thread_is_current(thread)) {
        return reason_set(error, KC_ERR_WRONG_STATE, "%s: must not wait in a callback", what);
    }
    call_post(call, thread);
    enum kc_err err = call_wait_more(call, timeout_ms, what, error);
    if (err == KC_ERR_TIMED_OUT) {
        atomic_store_explicit(&call->given_up, true, memory_order_relaxed);
    }
    return err;
}

void call_done(struct call *call, enum kc_err err, const char *text)
{
    lock_hold(&call->lock);
    assert(!call->done);
    (void)reason_set(&call->error, err, "%s",
                     err == KC_ERR_NONE ? ""
                     : text             ? text
                                        : kc_err_text(err));
    call->done = true;
    signal_wake_all(&call->signal);
    lock_release(&call->lock);
    call_drop(call);
}

void call_explain(struct call *call, const char *text)
{
    lock_hold(&call->lock);
    (void)reason_set(&call->error, call->error.code, "%s", text);
    lock_release(&call->lock);
}

bool call_is_given_up(const struct call *call)
{
    return atomic_load_explicit(&call->given_up, memory_order_relaxed);
}
