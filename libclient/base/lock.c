/* base: locks and conditions over pthread; the condition counts on the monotonic clock, so that a
 * jump of the wall clock wakes nobody. */
#include "base/lock.h"

#include <assert.h>
#include <errno.h>

enum { TRIES_MAX = 50, PAUSES = 3 }; /* some microseconds: falling asleep takes longer */

void lock_init(struct lock *lock)
{
    int result = pthread_mutex_init(&lock->mutex, NULL);
    assert(result == 0);
    (void)result;
}

void lock_finish(struct lock *lock)
{
    (void)pthread_mutex_destroy(&lock->mutex);
}

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void lock_hold_patiently(struct lock *lock)
{
    for (int try = 0; try < TRIES_MAX; try++) {
        if (pthread_mutex_trylock(&lock->mutex) == 0) {
            return;
        }
        for (int i = 0; i < PAUSES; i++) {
            pause_briefly();
        }
    }
    int result = pthread_mutex_lock(&lock->mutex);
    assert(result == 0);
    (void)result;
}

void signal_init(struct signal *signal)
{
    pthread_condattr_t attributes;
    int result = pthread_condattr_init(&attributes);
    assert(result == 0);
    result = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    assert(result == 0);
    result = pthread_cond_init(&signal->condition, &attributes);
    assert(result == 0);
    (void)result;
    (void)pthread_condattr_destroy(&attributes);
}

void signal_finish(struct signal *signal)
{
    (void)pthread_cond_destroy(&signal->condition);
}

bool signal_wait(struct signal *signal, struct lock *lock, int64_t monotonic_us)
{
    if (monotonic_us == INT64_MAX) {
        (void)pthread_cond_wait(&signal->condition, &lock->mutex);
        return true;
    }
    struct timespec until = {
        .tv_sec = monotonic_us / 1000000,
        .tv_nsec = (monotonic_us % 1000000) * 1000,
    };
    return pthread_cond_timedwait(&signal->condition, &lock->mutex, &until) != ETIMEDOUT;
}

void signal_wake_all(struct signal *signal)
{
    (void)pthread_cond_broadcast(&signal->condition);
}
