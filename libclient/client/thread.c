/* client: the one I/O thread of the process and its mailbox. The mailbox's lock is held for a few
 * instructions only; whoever finds the wakeup pending does not wake again. */
#include "client/thread.h"

#include "base/lock.h"
#include "client/reason.h"
#include "net/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct thread {
    struct loop *loop;
    struct loop_wakeup wakeup;
    struct lock lock;
    struct list tasks; /* under the lock; oldest first */
    size_t call_count; /* under the lock; thread_call's that wait */
    unsigned number;   /* under the lock; the last one given out */
    struct thread_task stop;
    pthread_t id;
    pid_t pid;       /* a forked child sees the parent's thread here, which it does not have */
    int owner_count; /* under the process's lock */
};

/* The design's one global: what makes the thread one per process. */
static struct {
    pthread_mutex_t mutex;
    struct thread *current;
} process = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void run_tasks(struct loop_wakeup *wakeup)
{
    struct thread *thread = wakeup->context;
    struct list batch;
    list_init(&batch);
    lock_hold(&thread->lock);
    list_splice(&batch, &thread->tasks);
    while (!list_is_empty(&batch)) {
        struct thread_task *task = LIST_ITEM(list_first(&batch), struct thread_task, link);
        list_remove(&task->link);
        thread_function *function = task->function;
        void *context = task->context;
        lock_release(&thread->lock);
        function(context);
        lock_hold(&thread->lock);
    }
    lock_release(&thread->lock);
}

static void thread_free(struct thread *thread)
{
    assert(list_is_empty(&thread->tasks));
    loop_wakeup_finish(&thread->wakeup);
    loop_destroy(thread->loop);
    lock_finish(&thread->lock);
    free(thread);
}

static _Thread_local bool is_io;

static void *thread_main(void *context)
{
    struct thread *thread = context;
    is_io = true;
    loop_run(thread->loop);
    return NULL;
}

static void stop_loop(void *context)
{
    struct thread *thread = context;
    loop_stop(thread->loop);
}

static void *orphan_main(void *context)
{
    struct thread *thread = context;
    (void)pthread_join(thread->id, NULL);
    thread_free(thread);
    return NULL;
}

static enum kc_err thread_start(struct thread *thread, struct kc_error *error)
{
    thread->loop = loop_create();
    if (!thread->loop) {
        return reason_set(error, KC_ERR_NO_MEMORY, "the event loop cannot be made");
    }
    loop_wakeup_init(&thread->wakeup, thread->loop, run_tasks, thread);
    int code = pthread_create(&thread->id, NULL, thread_main, thread);
    if (code != 0) {
        return reason_set(error, KC_ERR_NO_MEMORY, "the I/O thread cannot be started (%s)",
                          strerror(code));
    }
    (void)pthread_setname_np(thread->id, "libclient");
    return KC_ERR_NONE;
}

static struct thread *thread_create(struct kc_error *error)
{
    struct thread *thread = calloc(1, sizeof(*thread));
    if (!thread) {
        (void)reason_plain(error, KC_ERR_NO_MEMORY);
        return NULL;
    }
    lock_init(&thread->lock);
    list_init(&thread->tasks);
    thread_task_init(&thread->stop, stop_loop, thread);
    thread->pid = getpid();
    if (thread_start(thread, error) != KC_ERR_NONE) {
        loop_wakeup_finish(&thread->wakeup);
        loop_destroy(thread->loop);
        lock_finish(&thread->lock);
        free(thread);
        return NULL;
    }
    return thread;
}

unsigned thread_next_number(struct thread *thread)
{
    lock_hold(&thread->lock);
    unsigned number = ++thread->number;
    lock_release(&thread->lock);
    return number;
}

struct thread *thread_take(struct kc_error *error)
{
    (void)pthread_mutex_lock(&process.mutex);
    if (process.current && process.current->pid != getpid()) {
        process.current = NULL;
    }
    if (!process.current) {
        process.current = thread_create(error);
    }
    struct thread *thread = process.current;
    if (thread) {
        thread->owner_count++;
    }
    (void)pthread_mutex_unlock(&process.mutex);
    return thread;
}

void thread_drop(struct thread *thread)
{
    if (!thread) {
        return;
    }
    (void)pthread_mutex_lock(&process.mutex);
    bool is_last = --thread->owner_count == 0;
    if (is_last && process.current == thread) {
        process.current = NULL;
    }
    (void)pthread_mutex_unlock(&process.mutex);
    if (!is_last) {
        return;
    }
    bool is_self = thread_is_current(thread);
    thread_post(thread, &thread->stop);
    pthread_t helper;
    if (!is_self) {
        (void)orphan_main(thread);
    } else if (pthread_create(&helper, NULL, orphan_main, thread) == 0) {
        /* A thread cannot join itself: someone else waits for its end. */
        (void)pthread_detach(helper);
    }
}

struct loop *thread_loop(struct thread *thread)
{
    return thread->loop;
}

bool thread_is_current(const struct thread *thread)
{
    return pthread_equal(thread->id, pthread_self()) != 0;
}

bool thread_is_io(void)
{
    return is_io;
}

void thread_task_init(struct thread_task *task, thread_function *function, void *context)
{
    list_init(&task->link);
    task->function = function;
    task->context = context;
}

void thread_post(struct thread *thread, struct thread_task *task)
{
    lock_hold(&thread->lock);
    bool is_new = !list_is_linked(&task->link);
    if (is_new) {
        list_append(&thread->tasks, &task->link);
    }
    lock_release(&thread->lock);
    if (is_new) {
        loop_wake(&thread->wakeup);
    }
}

void thread_unpost(struct thread *thread, struct thread_task *task)
{
    lock_hold(&thread->lock);
    list_remove(&task->link);
    lock_release(&thread->lock);
}

struct thread_errand {
    struct thread_task task;
    struct thread *thread;
    thread_function *function;
    void *context;
};

static void run_errand(void *context)
{
    struct thread_errand *errand = context;
    thread_function *function = errand->function;
    void *argument = errand->context;
    lock_hold(&errand->thread->lock);
    errand->thread->call_count--;
    lock_release(&errand->thread->lock);
    free(errand);
    function(argument);
}

enum kc_err thread_call(struct thread *thread, thread_function *function, void *context)
{
    lock_hold(&thread->lock);
    bool is_full = thread->call_count >= THREAD_CALLS_MAX;
    thread->call_count += !is_full;
    lock_release(&thread->lock);
    if (is_full) {
        return KC_ERR_QUEUE_FULL;
    }
    struct thread_errand *errand = calloc(1, sizeof(*errand));
    if (!errand) {
        lock_hold(&thread->lock);
        thread->call_count--;
        lock_release(&thread->lock);
        return KC_ERR_NO_MEMORY;
    }
    thread_task_init(&errand->task, run_errand, errand);
    errand->thread = thread;
    errand->function = function;
    errand->context = context;
    thread_post(thread, &errand->task);
    return KC_ERR_NONE;
}

struct thread_visit {
    struct lock lock;
    struct signal signal;
    bool done; /* under the lock */
    thread_function *function;
    void *context;
};

static void run_visit(void *context)
{
    struct thread_visit *visit = context;
    visit->function(visit->context);
    /* Woken under the lock: the waiter frees both right after. */
    lock_hold(&visit->lock);
    visit->done = true;
    signal_wake_all(&visit->signal);
    lock_release(&visit->lock);
}

void thread_call_sync(struct thread *thread, thread_function *function, void *context)
{
    if (thread_is_current(thread)) {
        function(context);
        return;
    }
    struct thread_visit visit = { .function = function, .context = context };
    struct thread_task task;
    lock_init(&visit.lock);
    signal_init(&visit.signal);
    thread_task_init(&task, run_visit, &visit);
    thread_post(thread, &task);
    lock_hold(&visit.lock);
    while (!visit.done) {
        (void)signal_wait(&visit.signal, &visit.lock, INT64_MAX);
    }
    lock_release(&visit.lock);
    signal_finish(&visit.signal);
    lock_finish(&visit.lock);
}
