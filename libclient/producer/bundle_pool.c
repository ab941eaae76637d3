/* producer: memory for bundles within buffer.memory, kept for reuse. */
#include "producer/bundle_pool.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>

/* Filling and sending a bundle whose bytes are in no cache takes twice the time. So a sender that
 * runs ahead of its brokers waits for one that comes back soon, at most as long as a gigabyte a
 * second would take: a share of the memory keeps the connections busy, and all of it is there when
 * the brokers pause. */
enum { AWAY_SHARE = 4, MOMENT_SIZE_MIN = 256 * 1024, MOMENT_BYTES_PER_US = 1024 };

/* A taker that waits; on its stack. */
struct waiter {
    struct list link;
    struct signal signal; /* it is the first now, memory came back, or the pool was closed */
};

void bundle_pool_init(struct bundle_pool *pool, size_t size_max, size_t size_base)
{
    *pool = (struct bundle_pool){ .size_max = size_max, .size_base = MAX_OF(size_base, 512) };
    lock_init(&pool->lock);
    signal_init(&pool->came);
    atomic_init(&pool->away, 0);
    pool->away_max = size_max / AWAY_SHARE;
    list_init(&pool->waiters);
    atomic_init(&pool->waiter_count, 0);
    atomic_init(&pool->kept, 0);
    for (size_t i = 0; i < BUNDLE_POOL_CLASSES; i++) {
        list_init(&pool->shelves[i]);
    }
}

static void bundle_free(struct bundle *bundle)
{
    bytes_finish(&bundle->compressed);
    audience_finish(&bundle->audience);
    free(bundle);
}

static size_t kept_of(const struct bundle_pool *pool)
{
    return atomic_load_explicit(&pool->kept, memory_order_relaxed);
}

/* Under the lock. */
static void set_kept(struct bundle_pool *pool, size_t kept)
{
    atomic_store_explicit(&pool->kept, kept, memory_order_relaxed);
    pool->kept_low = MIN_OF(pool->kept_low, kept);
}

/* Under the lock, or when nobody else is left. */
static void empty_shelves(struct bundle_pool *pool)
{
    for (size_t i = 0; i < BUNDLE_POOL_CLASSES; i++) {
        struct list *link;
        while ((link = list_first(&pool->shelves[i])) != NULL) {
            list_remove(link);
            bundle_free(LIST_ITEM(link, struct bundle, link));
        }
    }
    set_kept(pool, 0);
}

void bundle_pool_finish(struct bundle_pool *pool)
{
    if (pool->size_base == 0) {
        return;
    }
    assert(pool->used == 0);
    empty_shelves(pool);
    signal_finish(&pool->came);
    lock_finish(&pool->lock);
}

/* The class that holds capacity bytes; BUNDLE_POOL_CLASSES: none, it is allocated to size. */
static size_t class_of(const struct bundle_pool *pool, size_t capacity)
{
    size_t i = 0;
    while (i < BUNDLE_POOL_CLASSES && pool->size_base << i < capacity) {
        i++;
    }
    return i;
}

static struct bundle *bundle_create(struct bundle_pool *pool, size_t capacity)
{
    struct bundle *bundle = malloc(sizeof(*bundle) + capacity);
    if (bundle) {
        memset(bundle, 0, sizeof(*bundle));
        bundle->pool = pool;
        bundle->capacity = capacity;
        bytes_init(&bundle->compressed, (size_t)1 << 30);
    }
    return bundle;
}

static struct bundle *prepare(struct bundle *bundle)
{
    list_init(&bundle->link);
    batch_writer_init(&bundle->writer, bundle->data, bundle->capacity);
    bundle->timeline.count = 0;
    bundle->wire = SLICE_NULL;
    bundle->compressed.size = 0;
    audience_clear(&bundle->audience);
    bundle->ticket = 0;
    bundle->doom = NULL;
    bundle->retry_at_us = 0;
    bundle->failure_count = 0;
    bundle->is_packing = bundle->is_wire_stale = false;
    bundle->maybe_written = bundle->is_reported = false;
    bundle->borrow_count = 0;
    bundle_set_producer(bundle, BATCH_NO_PRODUCER_ID, -1, -1);
    return bundle;
}

/* Under the lock: a kept bundle or NULL; accounts for the memory, within the limit. */
static struct bundle *take_kept(struct bundle_pool *pool, size_t class, size_t capacity,
                                bool *ret_fits)
{
    *ret_fits = pool->used + capacity <= pool->size_max;
    if (!*ret_fits) {
        return NULL;
    }
    struct list *link = class < BUNDLE_POOL_CLASSES ? list_first(&pool->shelves[class]) : NULL;
    pool->used += capacity;
    if (link) {
        list_remove(link);
        set_kept(pool, kept_of(pool) - capacity);
        return LIST_ITEM(link, struct bundle, link);
    }
    if (pool->used + kept_of(pool) > pool->size_max) {
        empty_shelves(pool);
    }
    return NULL;
}

/* Under the lock. */
static void wake_first(struct bundle_pool *pool)
{
    struct list *first = list_first(&pool->waiters);
    if (first) {
        signal_wake_all(&LIST_ITEM(first, struct waiter, link)->signal);
    }
}

static bool is_far_ahead(const struct bundle_pool *pool, size_t capacity)
{
    return atomic_load_explicit(&pool->away, memory_order_relaxed) + capacity > pool->away_max;
}

/* Under the lock, which it leaves while it waits, until deadline_us at the latest. */
static void wait_a_moment(struct bundle_pool *pool, size_t capacity, int64_t deadline_us)
{
    int64_t now_us = clock_now_us(&clock_system);
    int64_t until_us = MIN_OF(deadline_us, now_us + (int64_t)(capacity / MOMENT_BYTES_PER_US));
    bool is_in_time = true;
    pool->moment_count++;
    while (is_in_time && !pool->is_closed && is_far_ahead(pool, capacity)) {
        is_in_time = signal_wait(&pool->came, &pool->lock, until_us);
    }
    pool->moment_count--;
    pool->is_moving = is_in_time;
}

/* Under the lock, which it leaves while it waits: as take_kept, when it is this taker's turn. */
static struct bundle *take_in_turn(struct bundle_pool *pool, size_t class, size_t capacity,
                                   int64_t deadline_us, void (*hungry)(void *context),
                                   void *context, bool *ret_fits)
{
    struct bundle *bundle = NULL;
    struct waiter waiter;
    bool is_in_time = true;
    signal_init(&waiter.signal);
    list_append(&pool->waiters, &waiter.link);
    /* Counted as waiting before the loop is told, or it would let the batches linger. */
    (void)atomic_fetch_add(&pool->waiter_count, 1);
    lock_release(&pool->lock);
    hungry(context);
    lock_hold(&pool->lock);
    *ret_fits = false;
    while (!pool->is_closed) {
        if (list_first(&pool->waiters) == &waiter.link) {
            bundle = take_kept(pool, class, capacity, ret_fits);
        }
        if (*ret_fits || !is_in_time) {
            break;
        }
        is_in_time = signal_wait(&waiter.signal, &pool->lock, deadline_us);
    }
    (void)atomic_fetch_sub(&pool->waiter_count, 1);
    list_remove(&waiter.link);
    wake_first(pool);
    signal_finish(&waiter.signal);
    return bundle;
}

struct bundle *bundle_pool_take(struct bundle_pool *pool, size_t capacity, int64_t deadline_us,
                                void (*hungry)(void *context), void *context, enum kc_err *ret_err)
{
    size_t class = class_of(pool, capacity);
    struct bundle *bundle = NULL;
    bool fits = false;
    if (class < BUNDLE_POOL_CLASSES && pool->size_base << class <= pool->size_max) {
        capacity = pool->size_base << class;
    } else {
        class = BUNDLE_POOL_CLASSES;
    }
    if (capacity > pool->size_max) {
        *ret_err = KC_ERR_TOO_LARGE;
        return NULL;
    }
    lock_hold(&pool->lock);
    if (capacity >= MOMENT_SIZE_MIN && deadline_us != 0 && pool->is_moving &&
        is_far_ahead(pool, capacity)) {
        wait_a_moment(pool, capacity, deadline_us);
    }
    if (list_is_empty(&pool->waiters)) {
        bundle = take_kept(pool, class, capacity, &fits);
    }
    if (!fits && !pool->is_closed && deadline_us != 0) {
        bundle = take_in_turn(pool, class, capacity, deadline_us, hungry, context, &fits);
    }
    *ret_err = pool->is_closed ? KC_ERR_CLOSED : KC_ERR_QUEUE_FULL;
    lock_release(&pool->lock);
    if (!fits) {
        return NULL;
    }
    bundle = bundle ? bundle : bundle_create(pool, capacity);
    if (!bundle) {
        *ret_err = KC_ERR_NO_MEMORY;
        lock_hold(&pool->lock);
        pool->used -= capacity;
        lock_release(&pool->lock);
        return NULL;
    }
    return prepare(bundle);
}

struct bundle *bundle_pool_force(struct bundle_pool *pool, size_t capacity)
{
    struct bundle *bundle = bundle_create(pool, capacity);
    if (!bundle) {
        return NULL;
    }
    lock_hold(&pool->lock);
    pool->used += capacity;
    lock_release(&pool->lock);
    return prepare(bundle);
}

void bundle_pool_let_go(struct bundle *bundle)
{
    assert(!bundle->is_away);
    bundle->is_away = true;
    (void)atomic_fetch_add_explicit(&bundle->pool->away, bundle->capacity, memory_order_relaxed);
}

void bundle_pool_give(struct bundle *bundle)
{
    struct bundle_pool *pool = bundle->pool;
    if (bundle->is_away) {
        bundle->is_away = false;
        (void)atomic_fetch_sub_explicit(&pool->away, bundle->capacity, memory_order_relaxed);
    }
    assert(bundle->borrow_count == 0 && !list_is_linked(&bundle->link));
    lock_hold(&pool->lock);
    size_t class = class_of(pool, bundle->capacity);
    bool keep = class < BUNDLE_POOL_CLASSES && pool->size_base << class == bundle->capacity &&
                pool->used + kept_of(pool) <= pool->size_max;
    pool->used -= bundle->capacity;
    if (keep) {
        set_kept(pool, kept_of(pool) + bundle->capacity);
        list_prepend(&pool->shelves[class], &bundle->link);
    }
    pool->is_moving = true;
    if (pool->moment_count > 0) {
        signal_wake_all(&pool->came);
    }
    wake_first(pool);
    lock_release(&pool->lock);
    if (!keep) {
        bundle_free(bundle);
    }
}

void bundle_pool_trim(struct bundle_pool *pool)
{
    struct list idle;
    list_init(&idle);
    lock_hold(&pool->lock);
    size_t left = pool->kept_low;
    /* The large ones first. */
    for (size_t i = BUNDLE_POOL_CLASSES; i-- > 0;) {
        while (!list_is_empty(&pool->shelves[i]) && pool->size_base << i <= left) {
            struct list *link = list_first(&pool->shelves[i]);
            list_remove(link);
            list_append(&idle, link);
            left -= pool->size_base << i;
        }
    }
    set_kept(pool, kept_of(pool) - (pool->kept_low - left));
    pool->kept_low = kept_of(pool);
    lock_release(&pool->lock);
    while (!list_is_empty(&idle)) {
        struct list *link = list_first(&idle);
        list_remove(link);
        bundle_free(LIST_ITEM(link, struct bundle, link));
    }
}

void bundle_pool_close(struct bundle_pool *pool)
{
    lock_hold(&pool->lock);
    pool->is_closed = true;
    signal_wake_all(&pool->came);
    LIST_EACH(link, &pool->waiters)
    {
        signal_wake_all(&LIST_ITEM(link, struct waiter, link)->signal);
    }
    lock_release(&pool->lock);
}
