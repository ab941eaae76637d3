/* client: the one I/O thread of the process, shared by all handles. It runs the event loop that
 * owns every handle's state; applications' threads reach it by posting functions. */
#ifndef CLIENT_THREAD_H
#define CLIENT_THREAD_H

#include "base/list.h"

#include <libclient/error.h>
#include <stdint.h>

struct loop; /* net/loop.h */
struct thread;

typedef void thread_function(void *context);

/* An owner's claim on the thread: the first starts it, NULL with `error` filled when that fails.
 * In a child process after fork() the thread does not exist: handles made before the fork must not
 * be used there (nor destroyed); new ones get a thread of their own. */
struct thread *thread_take(struct kc_error *error);

/* Gives the claim back. The last one lets the loop run dry, ends and joins the thread; on the I/O
 * thread itself (a callback that destroys its handle) the join is left to the next take or to
 * the end of the process. NULL is fine. */
void thread_drop(struct thread *thread);

/* The loop; to be touched on the I/O thread only. */
struct loop *thread_loop(struct thread *thread);

/* 1, 2, 3 ... for the handles of this thread, to tell them apart in logs. Any thread. */
unsigned thread_next_number(struct thread *thread);

/* True when the caller runs on the I/O thread: it must not wait there. */
bool thread_is_current(const struct thread *thread);
/* The same for who has no thread at hand, or none that is sure to live. */
bool thread_is_io(void);

/* A posting that lives inside its owner: posting it cannot fail and never allocates. Zeroed, then
 * thread_task_init. It may be posted again as soon as its function runs. */
struct thread_task {
    struct list link; /* under the thread's lock */
    thread_function *function;
    void *context;
};

void thread_task_init(struct thread_task *task, thread_function *function, void *context);

/* Runs the task's function on the loop, in the order of the posts; a task that waits already stays
 * where it is (so many posts give one run). One wakeup of the loop for many posts. Any thread. */
void thread_post(struct thread *thread, struct thread_task *task);

/* I/O thread: takes a task that waits back, so that its owner may go. Harmless when it does not. */
void thread_unpost(struct thread *thread, struct thread_task *task);

/* The same as thread_post with a task of its own: KC_ERR_NO_MEMORY, or KC_ERR_QUEUE_FULL when
 * THREAD_CALLS_MAX of them wait already. The function runs exactly once after KC_ERR_NONE. */
enum { THREAD_CALLS_MAX = 65536 };
enum kc_err thread_call(struct thread *thread, thread_function *function, void *context);

/* Runs the function on the loop and returns when it has run; on the I/O thread: at once. For quick
 * functions (they never wait); what is finished later by an answer uses client/ask.h. */
void thread_call_sync(struct thread *thread, thread_function *function, void *context);

#endif
