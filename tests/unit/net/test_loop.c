/* tests: timers, wake-ups from a thread, jobs. */
#include "support/stage.h"

#include "base/attr.h"

#include <pthread.h>

enum { TIMERS = 200 };

struct order {
    struct loop_timer timers[TIMERS];
    int fired[TIMERS];
    int count;
    int wanted;
};

static bool all_fired(void *context)
{
    struct order *order = context;
    return order->count == order->wanted;
}

static void on_ordered(struct loop_timer *timer)
{
    struct order *order = timer->context;
    order->fired[order->count++] = (int)(timer - order->timers);
}

TEST(timers_fire_in_order)
{
    struct stage stage;
    stage_init(&stage);
    struct order *order = calloc(1, sizeof(*order));
    int64_t start_us = loop_now_us(stage.loop);
    for (int i = 0; i < TIMERS; i++) {
        loop_timer_init(&order->timers[i], stage.loop, on_ordered, order);
        loop_timer_start_at(&order->timers[i], start_us + 1000 * ((i * 37) % TIMERS));
    }
    /* Stopped ones stay silent, moved ones fire once. */
    for (int i = 0; i < TIMERS; i += 2) {
        loop_timer_stop(&order->timers[i]);
        loop_timer_stop(&order->timers[i]);
    }
    loop_timer_start_at(&order->timers[1], start_us + 1000 * TIMERS);
    order->wanted = TIMERS / 2;
    stage_run(&stage, all_fired, order);
    for (int i = 1; i + 1 < order->wanted; i++) {
        assert_true((order->fired[i - 1] * 37) % TIMERS < (order->fired[i] * 37) % TIMERS);
    }
    assert_int_equal(order->fired[order->wanted - 1], 1);
    free(order);
    stage_finish(&stage);
}

struct chain {
    struct loop_timer timer;
    struct loop_wakeup wakeup;
    int links;
    bool is_woken;
};

static void on_link(struct loop_timer *timer)
{
    struct chain *chain = timer->context;
    if (!chain->is_woken) {
        chain->links++;
        loop_timer_start(timer, 0);
    }
}

static void on_chain_wake(struct loop_wakeup *wakeup)
{
    struct chain *chain = wakeup->context;
    chain->is_woken = true;
}

static void *wake_once(void *context)
{
    loop_wake(context);
    return NULL;
}

TEST(a_timer_of_nothing_lets_others_have_their_turn)
{
    struct stage stage;
    stage_init(&stage);
    struct chain chain = { 0 };
    loop_timer_init(&chain.timer, stage.loop, on_link, &chain);
    loop_wakeup_init(&chain.wakeup, stage.loop, on_chain_wake, &chain);
    loop_timer_start(&chain.timer, 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake_once, &chain.wakeup), 0);
    stage_run(&stage, stage_flag, &chain.is_woken);
    pthread_join(thread, NULL);
    assert_true(chain.links > 0);
    loop_timer_finish(&chain.timer);
    loop_wakeup_finish(&chain.wakeup);
    stage_finish(&stage);
}

enum { WAKES = 20000 };

struct counter {
    struct loop_wakeup wakeup;
    atomic_int given;
    int seen;
    int runs;
};

static void on_count(struct loop_wakeup *wakeup)
{
    struct counter *counter = wakeup->context;
    counter->runs++;
    counter->seen = atomic_load(&counter->given);
}

static void *wake_often(void *context)
{
    struct counter *counter = context;
    for (int i = 0; i < WAKES; i++) {
        atomic_fetch_add(&counter->given, 1);
        loop_wake(&counter->wakeup);
    }
    return NULL;
}

static bool all_seen(void *context)
{
    struct counter *counter = context;
    return counter->seen == 2 * WAKES;
}

TEST(no_wake_is_lost)
{
    struct stage stage;
    stage_init(&stage);
    struct counter counter = { 0 };
    loop_wakeup_init(&counter.wakeup, stage.loop, on_count, &counter);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, wake_often, &counter), 0);
    }
    stage_run(&stage, all_seen, &counter);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_true(counter.runs >= 1 && counter.runs <= 2 * WAKES);
    loop_wakeup_finish(&counter.wakeup);
    stage_finish(&stage);
}

struct sum {
    struct loop_job job;
    int value;
    bool is_done;
};

static void sum_work(struct loop_job *job)
{
    struct sum *sum = job->context;
    for (int i = 1; i <= 100; i++) {
        sum->value += i;
    }
}

static void sum_done(struct loop_job *job)
{
    struct sum *sum = job->context;
    sum->is_done = true;
}

TEST(jobs_come_back)
{
    struct stage stage;
    stage_init(&stage);
    struct sum sum = { .job = { .work = sum_work, .done = sum_done } };
    sum.job.context = &sum;
    loop_work(stage.loop, &sum.job);
    stage_run(&stage, stage_flag, &sum.is_done);
    assert_int_equal(sum.value, 5050);
    /* One that is under way when the loop ends still comes back. */
    sum.is_done = false;
    loop_work(stage.loop, &sum.job);
    stage_finish(&stage);
    assert_true(sum.is_done);
}
