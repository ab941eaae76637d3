/* tests: memory for bundles stays within buffer.memory, comes to waiters in turn, and goes back. */
#include "producer/bundle_pool.h"
#include "support/test.h"

#include "base/clock.h"

#include <pthread.h>

static void not_hungry(void *context)
{
}

static struct bundle *take(struct bundle_pool *pool, size_t capacity)
{
    enum kc_err err = KC_ERR_NONE;
    return bundle_pool_take(pool, capacity, 0, not_hungry, NULL, &err);
}

TEST(keeps_to_the_limit)
{
    struct bundle_pool pool;
    enum kc_err err;
    bundle_pool_init(&pool, 4096, 1024);
    assert_null(bundle_pool_take(&pool, 4097, 0, not_hungry, NULL, &err));
    assert_int_equal(err, KC_ERR_TOO_LARGE);
    struct bundle *first = take(&pool, 1000);
    struct bundle *second = take(&pool, 1500);
    assert_int_equal(first->capacity, 1024);
    assert_int_equal(second->capacity, 2048);
    assert_null(bundle_pool_take(&pool, 1025, 0, not_hungry, NULL, &err));
    assert_int_equal(err, KC_ERR_QUEUE_FULL);
    struct bundle *third = take(&pool, 1024);
    assert_non_null(third);
    bundle_pool_give(first);
    assert_ptr_equal(take(&pool, 600), first);
    bundle_pool_give(first);
    bundle_pool_give(second);
    bundle_pool_give(third);
    assert_int_equal(pool.used, 0);
    assert_int_equal(atomic_load(&pool.kept), 4096);
    bundle_pool_finish(&pool);
}

TEST(kept_memory_goes_back_when_it_is_not_needed)
{
    struct bundle_pool pool;
    struct bundle *bundles[64];
    bundle_pool_init(&pool, 1 << 20, 1024);
    for (int i = 0; i < 64; i++) {
        bundles[i] = take(&pool, 1024);
    }
    for (int i = 0; i < 64; i++) {
        bundle_pool_give(bundles[i]);
    }
    assert_int_equal(atomic_load(&pool.kept), 65536);
    /* All of it was needed since the beginning. */
    bundle_pool_trim(&pool);
    assert_int_equal(atomic_load(&pool.kept), 65536);
    struct bundle *busy[2] = { take(&pool, 1), take(&pool, 1) };
    bundle_pool_give(busy[0]);
    bundle_pool_give(busy[1]);
    bundle_pool_trim(&pool);
    assert_int_equal(atomic_load(&pool.kept), 2048);
    assert_true(bundle_pool_is_keeping(&pool));
    bundle_pool_trim(&pool);
    assert_int_equal(atomic_load(&pool.kept), 0);
    assert_false(bundle_pool_is_keeping(&pool));
    bundle_pool_finish(&pool);
}

struct taker {
    struct bundle_pool *pool;
    size_t capacity;
    atomic_int *turn; /* counts those that were served */
    int served;
    enum kc_err err;
    pthread_t thread;
};

static void *take_and_give(void *context)
{
    struct taker *taker = context;
    struct bundle *bundle =
        bundle_pool_take(taker->pool, taker->capacity, INT64_MAX, not_hungry, NULL, &taker->err);
    if (bundle) {
        taker->served = ++*taker->turn;
        bundle_pool_give(bundle);
    }
    return NULL;
}

static void start(struct taker *taker, struct bundle_pool *pool, size_t capacity, atomic_int *turn)
{
    int before = atomic_load(&pool->waiter_count);
    *taker = (struct taker){ .pool = pool, .capacity = capacity, .turn = turn };
    assert_int_equal(pthread_create(&taker->thread, NULL, take_and_give, taker), 0);
    while (atomic_load(&pool->waiter_count) == before) {
        sched_yield();
    }
}

/* One that needs much is not passed by for ever by those that need little. */
TEST(waiters_are_served_in_turn)
{
    struct bundle_pool pool;
    struct taker takers[4];
    atomic_int turn = 0;
    enum kc_err err;
    bundle_pool_init(&pool, 4096, 1024);
    struct bundle *bundles[4] = { take(&pool, 1), take(&pool, 1), take(&pool, 1), take(&pool, 1) };
    start(&takers[0], &pool, 4096, &turn);
    for (int i = 1; i < 4; i++) {
        start(&takers[i], &pool, 1024, &turn);
    }
    bundle_pool_give(bundles[0]);
    bundle_pool_give(bundles[1]);
    /* There is room, but not for who comes last. */
    assert_null(bundle_pool_take(&pool, 1024, 0, not_hungry, NULL, &err));
    assert_int_equal(err, KC_ERR_QUEUE_FULL);
    assert_int_equal(atomic_load(&pool.waiter_count), 4);
    bundle_pool_give(bundles[2]);
    bundle_pool_give(bundles[3]);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(takers[i].thread, NULL), 0);
        assert_int_not_equal(takers[i].served, 0);
    }
    assert_int_equal(takers[0].served, 1);
    bundle_pool_finish(&pool);
}

TEST(who_gives_up_lets_the_next_one_in)
{
    struct bundle_pool pool;
    struct taker taker;
    atomic_int turn = 0;
    enum kc_err err;
    bundle_pool_init(&pool, 2048, 1024);
    struct bundle *bundle = take(&pool, 1);
    int64_t soon_us = clock_now_us(&clock_system) + 20000;
    assert_null(bundle_pool_take(&pool, 2048, soon_us, not_hungry, NULL, &err));
    assert_int_equal(err, KC_ERR_QUEUE_FULL);
    assert_int_equal(atomic_load(&pool.waiter_count), 0);
    struct bundle *second = take(&pool, 1);
    start(&taker, &pool, 1024, &turn);
    bundle_pool_close(&pool);
    assert_int_equal(pthread_join(taker.thread, NULL), 0);
    assert_int_equal(taker.err, KC_ERR_CLOSED);
    bundle_pool_give(bundle);
    bundle_pool_give(second);
    bundle_pool_finish(&pool);
}

enum { LARGE = 1 << 20, WAIT_US = 60 * 1000 * 1000 };

static struct bundle *take_large(struct bundle_pool *pool, bool may_wait)
{
    enum kc_err err = KC_ERR_NONE;
    int64_t deadline_us = may_wait ? clock_now_us(&clock_system) + WAIT_US : 0;
    struct bundle *bundle = bundle_pool_take(pool, LARGE, deadline_us, not_hungry, NULL, &err);
    assert_non_null(bundle);
    return bundle;
}

/* Of 16 a quarter may be away before a taker waits a moment. */
static void let_go(struct bundle_pool *pool, struct bundle **bundles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bundles[i] = take_large(pool, false);
        bundle_pool_let_go(bundles[i]);
    }
}

static void give_all(struct bundle **bundles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bundle_pool_give(bundles[i]);
    }
}

TEST(the_moment_passes_and_is_not_waited_for_again_until_memory_moves)
{
    struct bundle_pool pool;
    struct bundle *bundles[4];
    bundle_pool_init(&pool, 16 * LARGE, LARGE);
    let_go(&pool, bundles, 4);
    /* Nothing ever came back: there is nothing to hope for. */
    bundle_pool_give(take_large(&pool, true));
    assert_true(pool.is_moving);
    int64_t start_us = clock_now_us(&clock_system);
    struct bundle *waited = take_large(&pool, true);
    assert_true(clock_now_us(&clock_system) - start_us >= LARGE / 1024);
    assert_false(pool.is_moving);
    struct bundle *at_once = take_large(&pool, true);
    assert_false(pool.is_moving);
    bundle_pool_give(waited);
    assert_true(pool.is_moving);
    /* Who may not wait does not. */
    struct bundle *impatient = take_large(&pool, false);
    assert_true(pool.is_moving);
    bundle_pool_give(impatient);
    bundle_pool_give(at_once);
    give_all(bundles, 4);
    assert_int_equal(atomic_load(&pool.away), 0);
    bundle_pool_finish(&pool);
}

static void *take_many(void *context)
{
    for (int i = 0; i < 50; i++) {
        bundle_pool_give(take_large(context, true));
    }
    return NULL;
}

/* The waits of a moment race with what comes back. */
TEST(those_who_run_far_ahead_all_get_theirs)
{
    struct bundle_pool pool;
    struct bundle *bundles[4];
    pthread_t threads[3];
    bundle_pool_init(&pool, 16 * LARGE, LARGE);
    let_go(&pool, bundles, 4);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &pool), 0);
    }
    for (int round = 0; round < 50; round++) {
        give_all(bundles, 4);
        let_go(&pool, bundles, 4);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    give_all(bundles, 4);
    assert_int_equal(pool.used, 0);
    assert_int_equal(atomic_load(&pool.away), 0);
    assert_int_equal(pool.moment_count, 0);
    bundle_pool_finish(&pool);
}
