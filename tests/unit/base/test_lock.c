/* tests: lock, signal and refs. */
#include "base/lock.h"

#include "base/clock.h"
#include "support/test.h"

#include <sched.h>
#include <unistd.h>

enum { TURNS = 1000 };

/* Two threads that hand a turn to and fro. */
struct court {
    struct lock lock;
    struct signal signal;
    int turn;
    int shared;
};

static void *play(void *context)
{
    struct court *court = context;

    for (int i = 0; i < TURNS; i++) {
        lock_hold(&court->lock);
        while (court->turn != 1) {
            assert_true(signal_wait(&court->signal, &court->lock, INT64_MAX));
        }
        court->shared++;
        court->turn = 0;
        signal_wake_all(&court->signal);
        lock_release(&court->lock);
    }
    return NULL;
}

TEST(threads_take_turns)
{
    struct court court = { .turn = 0 };
    pthread_t thread;

    lock_init(&court.lock);
    signal_init(&court.signal);
    assert_int_equal(pthread_create(&thread, NULL, play, &court), 0);
    for (int i = 0; i < TURNS; i++) {
        lock_hold(&court.lock);
        while (court.turn != 0) {
            assert_true(signal_wait(&court.signal, &court.lock, INT64_MAX));
        }
        assert_int_equal(court.shared, i);
        court.turn = 1;
        signal_wake_all(&court.signal);
        lock_release(&court.lock);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(court.shared, TURNS);
    signal_finish(&court.signal);
    lock_finish(&court.lock);
}

/* One that holds the lock for a moment at a time, or (slow) for long. */
struct holder {
    struct lock lock;
    atomic_bool is_held;
    bool is_slow;
    int shared;
};

static void *hold(void *context)
{
    struct holder *holder = context;
    for (int i = 0; i < (holder->is_slow ? 1 : TURNS); i++) {
        lock_hold(&holder->lock);
        atomic_store(&holder->is_held, true);
        if (holder->is_slow) {
            (void)usleep(20000);
        }
        holder->shared++;
        lock_release(&holder->lock);
    }
    return NULL;
}

static void be_patient(bool is_slow, int turns)
{
    struct holder holder = { .is_slow = is_slow };
    pthread_t thread;
    lock_init(&holder.lock);
    atomic_init(&holder.is_held, false);
    assert_int_equal(pthread_create(&thread, NULL, hold, &holder), 0);
    while (!atomic_load(&holder.is_held)) {
        (void)sched_yield();
    }
    for (int i = 0; i < turns; i++) {
        lock_hold_patiently(&holder.lock);
        holder.shared++;
        assert_int_not_equal(pthread_mutex_trylock(&holder.lock.mutex), 0);
        lock_release(&holder.lock);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(holder.shared, turns + (is_slow ? 1 : TURNS));
    lock_finish(&holder.lock);
}

TEST(patient_ones_hold_it_alone)
{
    be_patient(false, TURNS);
}

TEST(patient_ones_sleep_in_the_end)
{
    be_patient(true, 1);
}

TEST(waiting_ends_at_its_deadline)
{
    struct lock lock;
    struct signal signal;

    lock_init(&lock);
    signal_init(&signal);
    lock_hold(&lock);
    int64_t deadline_us = clock_now_us(&clock_system) + 2000;
    while (signal_wait(&signal, &lock, deadline_us)) {
        /* Woken for no reason. */
    }
    assert_true(clock_now_us(&clock_system) >= deadline_us);
    /* A deadline that is over does not wait. */
    assert_false(signal_wait(&signal, &lock, deadline_us));
    lock_release(&lock);
    signal_finish(&signal);
    lock_finish(&lock);
}

TEST(the_last_owner_is_told)
{
    struct refs refs;

    refs_init(&refs);
    refs_take(&refs);
    assert_false(refs_drop(&refs));
    assert_true(refs_drop(&refs));
}
