/* base: frames' memory that is used again. A stack, since what was dropped last may still be in the
 * processor's cache; the bottom goes first. */
#include "base/frame_pool.h"

#include "base/attr.h"

#include <stdlib.h>
#include <string.h>

struct frame_pool {
    struct refs refs; /* the owner, and each frame that is out */
    struct lock lock; /* of the rest */
    size_t bytes_max;
    size_t kept;                                        /* bytes of spares */
    struct frame_buffer *spares[FRAME_POOL_SPARES_MAX]; /* the last is the warmest */
    size_t count;
    size_t least;        /* spares since the last tick: so many nobody needed */
    bool is_in_use;      /* frames were taken since the last tick but one: spares are kept */
    bool was_taken_from; /* since the last tick */
};

struct frame_pool *frame_pool_create(size_t bytes_max)
{
    struct frame_pool *pool = calloc(1, sizeof(*pool));

    if (pool) {
        refs_init(&pool->refs);
        lock_init(&pool->lock);
        pool->bytes_max = bytes_max;
    }
    return pool;
}

static void frame_pool_leave(struct frame_pool *pool)
{
    if (refs_drop(&pool->refs)) {
        lock_finish(&pool->lock);
        free(pool);
    }
}

/* Under the lock, as are the next two. The memory of spare number `at`, to be freed or used. */
static struct frame_buffer *frame_pool_pull(struct frame_pool *pool, size_t at)
{
    struct frame_buffer *frame = pool->spares[at];

    pool->count--;
    memmove(&pool->spares[at], &pool->spares[at + 1], (pool->count - at) * sizeof(frame));
    pool->kept -= frame->capacity;
    pool->least = MIN_OF(pool->least, pool->count);
    return frame;
}

/* Frees the coldest until so many are left. */
static void frame_pool_shrink(struct frame_pool *pool, size_t count)
{
    while (pool->count > count) {
        free(frame_pool_pull(pool, 0));
    }
}

/* A much larger one would be more memory than the frame is said to take. */
static struct frame_buffer *frame_pool_find(struct frame_pool *pool, size_t size)
{
    for (size_t at = pool->count; at > 0; at--) {
        size_t capacity = pool->spares[at - 1]->capacity;
        if (capacity >= size && capacity - size <= size / 2) {
            return frame_pool_pull(pool, at - 1);
        }
    }
    return NULL;
}

void frame_pool_destroy(struct frame_pool *pool)
{
    if (!pool) {
        return;
    }
    lock_hold(&pool->lock);
    pool->is_in_use = false;
    frame_pool_shrink(pool, 0);
    lock_release(&pool->lock);
    frame_pool_leave(pool);
}

struct frame_buffer *frame_pool_take(struct frame_pool *pool, size_t size, size_t start_size)
{
    lock_hold(&pool->lock);
    pool->is_in_use = true;
    pool->was_taken_from = true;
    struct frame_buffer *frame = frame_pool_find(pool, size);
    lock_release(&pool->lock);
    if (frame) {
        refs_init(&frame->refs);
        frame->size = 0;
    } else {
        frame = frame_buffer_create(start_size);
    }
    if (frame) {
        frame->home = pool;
        refs_take(&pool->refs);
    }
    return frame;
}

bool frame_pool_tick(struct frame_pool *pool)
{
    lock_hold(&pool->lock);
    bool is_in_use = pool->was_taken_from;
    frame_pool_shrink(pool, is_in_use ? pool->count - pool->least : 0);
    pool->is_in_use = is_in_use;
    pool->was_taken_from = false;
    pool->least = pool->count;
    lock_release(&pool->lock);
    return is_in_use;
}

size_t frame_pool_kept(struct frame_pool *pool)
{
    lock_hold(&pool->lock);
    size_t kept = pool->kept;
    lock_release(&pool->lock);
    return kept;
}

void frame_pool_give(struct frame_pool *pool, struct frame_buffer *frame)
{
    lock_hold(&pool->lock);
    bool is_wanted = pool->is_in_use && frame->capacity <= pool->bytes_max;
    if (is_wanted) {
        while (pool->count == FRAME_POOL_SPARES_MAX ||
               pool->kept + frame->capacity > pool->bytes_max) {
            free(frame_pool_pull(pool, 0));
        }
        pool->spares[pool->count++] = frame;
        pool->kept += frame->capacity;
    }
    lock_release(&pool->lock);
    if (!is_wanted) {
        free(frame);
    }
    frame_pool_leave(pool);
}
