/* producer: memory for bundles within buffer.memory, kept for reuse; who waits for memory gets it
 * in the order of coming. Any thread. */
#ifndef PRODUCER_BUNDLE_POOL_H
#define PRODUCER_BUNDLE_POOL_H

#include "base/lock.h"
#include "producer/bundle.h"

enum { BUNDLE_POOL_CLASSES = 12 };

struct bundle_pool {
    struct lock lock;
    struct list waiters; /* under the lock; the first takes what comes back */
    size_t size_max;     /* buffer.memory */
    size_t size_base;    /* batch.size; class i holds size_base << i bytes */
    size_t used;         /* under the lock; capacities handed out */
    atomic_size_t kept;  /* changed under the lock; capacities in the shelves */
    size_t kept_low;     /* under the lock; the least kept since the last trim */
    atomic_size_t away;  /* capacities of bundles that were closed and are not back */
    size_t away_max;     /* beyond it a large bundle is worth a moment's wait: bundle_pool_take */
    bool is_moving;      /* under the lock; memory came back since such a wait was in vain */
    int moment_count;    /* under the lock; of those who wait so */
    struct signal came;  /* for them */
    bool is_closed;      /* under the lock; nobody waits any more */
    atomic_int waiter_count;
    struct list shelves[BUNDLE_POOL_CLASSES]; /* under the lock */
};

void bundle_pool_init(struct bundle_pool *pool, size_t size_max, size_t size_base);
/* Every bundle must be back. Zeroed is fine. */
void bundle_pool_finish(struct bundle_pool *pool);

/* A bundle with room for at least `capacity` bytes. Waits for memory until deadline_us (0: not at
 * all), behind those that wait already; `hungry` is called once, without the lock, before the first
 * wait. For a large one, while much is away and comes back quickly, it waits a moment even if
 * memory is there: for one whose bytes the processor's caches still hold. NULL with
 * KC_ERR_QUEUE_FULL, KC_ERR_TOO_LARGE (more than buffer.memory), KC_ERR_CLOSED or KC_ERR_NO_MEMORY
 * in *ret_err. */
struct bundle *bundle_pool_take(struct bundle_pool *pool, size_t capacity, int64_t deadline_us,
                                void (*hungry)(void *context), void *context, enum kc_err *ret_err);

/* The same past the limit, for what is taken already and must be split. NULL: out of memory. */
struct bundle *bundle_pool_force(struct bundle_pool *pool, size_t capacity);

/* The bundle is closed and on its way to the broker, until it is given back. Once, any lock held.
 */
void bundle_pool_let_go(struct bundle *bundle);

void bundle_pool_give(struct bundle *bundle);

/* Frees what was kept and not needed since the last trim. */
void bundle_pool_trim(struct bundle_pool *pool);

static inline bool bundle_pool_is_keeping(struct bundle_pool *pool)
{
    return atomic_load_explicit(&pool->kept, memory_order_relaxed) > 0;
}

/* Waiting takers return KC_ERR_CLOSED, later ones at once. */
void bundle_pool_close(struct bundle_pool *pool);

static inline bool bundle_pool_is_wanted(struct bundle_pool *pool)
{
    return atomic_load(&pool->waiter_count) > 0;
}

#endif
