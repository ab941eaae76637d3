/* base: a mutual exclusion lock, a condition to wait for, and reference counts. The few places
 * where an application's thread and the I/O thread meet use these; threads themselves are started
 * in client/ only. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct lock {
    pthread_mutex_t mutex;
};

struct signal {
    pthread_cond_t condition; /* on the monotonic clock */
};

void lock_init(struct lock *lock);
void lock_finish(struct lock *lock);

static inline void lock_hold(struct lock *lock)
{
    int result = pthread_mutex_lock(&lock->mutex);
    assert(result == 0);
    (void)result;
}

static inline void lock_release(struct lock *lock)
{
    int result = pthread_mutex_unlock(&lock->mutex);
    assert(result == 0);
    (void)result;
}

/* As lock_hold, for locks that others hold for less than the time it takes to fall asleep and to be
 * woken: looks again a few times before it does. */
void lock_hold_patiently(struct lock *lock);

void signal_init(struct signal *signal);
void signal_finish(struct signal *signal);

/* Waits, the lock held, until woken or until monotonic_us on clock_system passes (INT64_MAX: no
 * limit); false when the time passed. Wakes may be spurious: test the condition in a loop. */
bool signal_wait(struct signal *signal, struct lock *lock, int64_t monotonic_us);
void signal_wake_all(struct signal *signal);

/* A count of owners that any thread may change. */
struct refs {
    atomic_int count;
};

static inline void refs_init(struct refs *refs)
{
    atomic_init(&refs->count, 1);
}

static inline void refs_take(struct refs *refs)
{
    (void)atomic_fetch_add_explicit(&refs->count, 1, memory_order_relaxed);
}

/* True when this was the last owner: the caller then frees. */
static inline bool refs_drop(struct refs *refs)
{
    return atomic_fetch_sub_explicit(&refs->count, 1, memory_order_acq_rel) == 1;
}

#endif
