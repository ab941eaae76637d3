/* net: the event loop of one thread: timers, wake-ups from other threads, work on the pool,
 * signals. Everything here runs on the loop's thread, except loop_wake and a job's work. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/list.h"
#include "base/slice.h"

#include <libclient/error.h>
#include <stdatomic.h>
#include <uv.h>

struct loop;

/* NULL when memory or file descriptors are out. Any thread may create; the one that runs it owns
 * it from then on. */
struct loop *loop_create(void);

/* Every timer, wake-up, stream, listener and conn of the loop must be finished before. Waits for
 * running jobs (their done is called) and for handles that are closing. NULL is fine. */
void loop_destroy(struct loop *loop);

/* Runs until loop_stop. May be called again afterwards. */
void loop_run(struct loop *loop);

/* Makes loop_run return soon; from the loop's thread (a callback), or before loop_run. */
void loop_stop(struct loop *loop);

/* Monotonic microseconds, on the same scale as clock_system. */
int64_t loop_now_us(const struct loop *loop);

/* A timer that the caller owns; intrusive, never fails, and stopping takes effect at once. */
struct loop_timer {
    void (*callback)(struct loop_timer *timer);
    void *context;
    struct loop *loop;
    int64_t deadline_us;
    struct loop_timer *child; /* the loop's own, as are the following */
    struct loop_timer *next;
    struct loop_timer *previous;
    bool is_running;
};

void loop_timer_init(struct loop_timer *timer, struct loop *loop,
                     void (*callback)(struct loop_timer *timer), void *context);
/* Stops it. Zeroed is fine. */
void loop_timer_finish(struct loop_timer *timer);

/* Fires once after the delay (rounded up to a millisecond; 0: in the next round of the loop, after
 * callbacks that are due now). Starting a running timer moves it. */
void loop_timer_start(struct loop_timer *timer, int64_t delay_us);
void loop_timer_start_at(struct loop_timer *timer, int64_t monotonic_us);
void loop_timer_stop(struct loop_timer *timer);

/* Lets any thread have a callback run on the loop. Wakes between two runs are one run. */
struct loop_wakeup {
    void (*callback)(struct loop_wakeup *wakeup);
    void *context;
    struct loop *loop;
    struct list link; /* the loop's own */
    atomic_bool is_pending;
};

/* On the loop's thread, or before it runs. */
void loop_wakeup_init(struct loop_wakeup *wakeup, struct loop *loop,
                      void (*callback)(struct loop_wakeup *wakeup), void *context);
/* On the loop's thread; other threads must have stopped waking it. The callback does not run
 * afterwards. Zeroed is fine. */
void loop_wakeup_finish(struct loop_wakeup *wakeup);
/* Any thread; cheap when it is pending already. What was written before the wake is seen by the
 * callback. */
void loop_wake(struct loop_wakeup *wakeup);

/* A piece of work for a thread of the pool, owned by the caller until done ran. */
struct loop_job {
    void (*work)(struct loop_job *job); /* on a pool thread: pure, touches only what it was given */
    void (*done)(struct loop_job *job); /* on the loop; always called once */
    void *context;
    struct loop *loop;
    uv_work_t request; /* the loop's own */
};

void loop_work(struct loop *loop, struct loop_job *job);

/* Calls back on the loop whenever the process gets the signal. NULL when it cannot be watched. */
struct loop_signal;
struct loop_signal *loop_signal_create(struct loop *loop, int number,
                                       void (*callback)(void *context, int number), void *context);
void loop_signal_destroy(struct loop_signal *signal);

/* For this room: the libuv loop, and one block of memory that any read callback may use until it
 * returns. */
enum { LOOP_SCRATCH_SIZE = 65536 };
uv_loop_t *loop_uv(struct loop *loop);
uint8_t *loop_scratch(struct loop *loop);

#endif
