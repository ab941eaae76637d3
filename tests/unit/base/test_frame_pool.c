/* tests: frame_pool: memory that comes back, what of it is kept, and for how long. */
#include "base/frame_pool.h"
#include "support/test.h"

#include <pthread.h>

enum { LARGE = FRAME_POOL_SIZE_MIN };

/* The capacity of a spare that fits, taken and given back; 0: there is none. */
static size_t spare_for(struct frame_pool *pool, size_t size)
{
    size_t kept = frame_pool_kept(pool);
    struct frame_buffer *frame = frame_pool_take(pool, size, 1);
    size_t capacity = frame->capacity;
    assert_int_equal(frame->size, 0);
    if (frame_pool_kept(pool) == kept) {
        capacity = 0;
    }
    frame_buffer_drop(frame);
    return capacity;
}

TEST(uses_what_was_dropped_last_first)
{
    struct frame_pool *pool = frame_pool_create(10 * LARGE);
    struct frame_buffer *a = frame_pool_take(pool, LARGE, LARGE);
    struct frame_buffer *b = frame_pool_take(pool, LARGE, LARGE);

    assert_ptr_not_equal(a, b);
    a->size = 5;
    frame_buffer_take(a);
    frame_buffer_drop(a);
    assert_int_equal(frame_pool_kept(pool), 0); /* it has an owner still */
    frame_buffer_drop(b);
    frame_buffer_drop(a);
    assert_int_equal(frame_pool_kept(pool), 2 * LARGE);
    struct frame_buffer *again = frame_pool_take(pool, LARGE, 1);
    assert_ptr_equal(again, a);
    assert_int_equal(again->size, 0);
    assert_int_equal(again->capacity, LARGE);
    frame_buffer_drop(again);
    frame_pool_destroy(pool);
}

TEST(gives_what_fits_and_is_not_much_larger)
{
    struct frame_pool *pool = frame_pool_create(10 * LARGE);

    frame_buffer_drop(frame_pool_take(pool, 3 * LARGE, 3 * LARGE));
    assert_int_equal(spare_for(pool, 3 * LARGE), 3 * LARGE);
    assert_int_equal(spare_for(pool, 2 * LARGE), 3 * LARGE);
    assert_int_equal(spare_for(pool, 2 * LARGE - 1), 0);
    assert_int_equal(spare_for(pool, 3 * LARGE + 1), 0);
    frame_pool_destroy(pool);
}

TEST(keeps_no_more_than_it_may)
{
    struct frame_pool *pool = frame_pool_create(4 * LARGE);
    struct frame_buffer *frames[FRAME_POOL_SPARES_MAX + 1];

    frame_buffer_drop(frame_pool_take(pool, 5 * LARGE, 5 * LARGE));
    assert_int_equal(frame_pool_kept(pool), 0);
    struct frame_buffer *wide = frame_pool_take(pool, 3 * LARGE, 3 * LARGE);
    struct frame_buffer *other = frame_pool_take(pool, 2 * LARGE, 2 * LARGE);
    frame_buffer_drop(wide);
    frame_buffer_drop(other); /* the colder one goes */
    assert_int_equal(frame_pool_kept(pool), 2 * LARGE);
    frame_pool_destroy(pool);

    pool = frame_pool_create(SIZE_MAX);
    for (size_t i = 0; i <= FRAME_POOL_SPARES_MAX; i++) {
        frames[i] = frame_pool_take(pool, LARGE, LARGE);
    }
    for (size_t i = 0; i <= FRAME_POOL_SPARES_MAX; i++) {
        frame_buffer_drop(frames[i]);
    }
    assert_int_equal(frame_pool_kept(pool), FRAME_POOL_SPARES_MAX * LARGE);
    frame_pool_destroy(pool);
}

TEST(frees_what_was_not_needed_since_the_last_tick)
{
    struct frame_pool *pool = frame_pool_create(10 * LARGE);
    struct frame_buffer *a = frame_pool_take(pool, LARGE, LARGE);
    struct frame_buffer *b = frame_pool_take(pool, LARGE, LARGE);

    frame_buffer_drop(a);
    frame_buffer_drop(b);
    assert_true(frame_pool_tick(pool)); /* both were in use */
    assert_int_equal(frame_pool_kept(pool), 2 * LARGE);
    frame_buffer_drop(frame_pool_take(pool, LARGE, LARGE));
    assert_true(frame_pool_tick(pool)); /* one was enough */
    assert_int_equal(frame_pool_kept(pool), LARGE);
    assert_false(frame_pool_tick(pool)); /* nobody wanted any */
    assert_int_equal(frame_pool_kept(pool), 0);
    frame_pool_destroy(pool);
}

TEST(keeps_nothing_while_nobody_takes)
{
    struct frame_pool *pool = frame_pool_create(10 * LARGE);
    struct frame_buffer *late = frame_pool_take(pool, LARGE, LARGE);

    assert_true(frame_pool_tick(pool));
    assert_false(frame_pool_tick(pool));
    frame_buffer_drop(late); /* the application held it for long */
    assert_int_equal(frame_pool_kept(pool), 0);
    frame_buffer_drop(frame_pool_take(pool, LARGE, LARGE));
    assert_int_equal(frame_pool_kept(pool), LARGE);
    frame_pool_destroy(pool);
}

TEST(frames_outlive_the_owner)
{
    struct frame_pool *pool = frame_pool_create(10 * LARGE);
    struct frame_buffer *frame = frame_pool_take(pool, LARGE, LARGE);

    frame_buffer_drop(frame_pool_take(pool, LARGE, LARGE));
    frame_pool_destroy(pool);
    memset(frame->data, 1, LARGE);
    frame_buffer_drop(frame);
    frame_pool_destroy(NULL);
}

TEST(grown_frames_come_back_as_they_are)
{
    struct frame_pool *pool = frame_pool_create(10 * LARGE);
    struct frame_buffer *frame = frame_pool_take(pool, 3 * LARGE, LARGE);

    assert_int_equal(frame->capacity, LARGE);
    frame = frame_buffer_grow(frame, 3 * LARGE);
    frame_buffer_drop(frame);
    assert_int_equal(frame_pool_kept(pool), 3 * LARGE);
    assert_int_equal(spare_for(pool, 3 * LARGE), 3 * LARGE);
    frame_pool_destroy(pool);
}

enum { ROUNDS = 20000 };

struct relay {
    struct lock lock;
    struct frame_buffer *frame;
    atomic_int left; /* frames that nobody dropped yet */
};

static struct frame_buffer *relay_pass(struct relay *relay, struct frame_buffer *frame)
{
    lock_hold(&relay->lock);
    struct frame_buffer *before = relay->frame;
    relay->frame = frame;
    lock_release(&relay->lock);
    (void)atomic_fetch_sub(&relay->left, before ? 1 : 0);
    return before;
}

/* What the application does: drops frames on a thread of its own. */
static void *drop_frames(void *context)
{
    struct relay *relay = context;
    while (atomic_load(&relay->left) > 0) {
        frame_buffer_drop(relay_pass(relay, NULL));
    }
    return NULL;
}

TEST(another_thread_gives_back)
{
    struct relay relay = { .left = ROUNDS };
    struct frame_pool *pool = frame_pool_create(10 * LARGE);
    pthread_t thread;

    lock_init(&relay.lock);
    assert_int_equal(pthread_create(&thread, NULL, drop_frames, &relay), 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct frame_buffer *frame = frame_pool_take(pool, LARGE, LARGE);
        frame->data[i % LARGE] = 1;
        frame_buffer_drop(relay_pass(&relay, frame));
        if (i % 100 == 0) {
            (void)frame_pool_tick(pool);
        }
    }
    frame_pool_destroy(pool);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_null(relay.frame);
    lock_finish(&relay.lock);
}
