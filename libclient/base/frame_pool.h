/* base: memory of received frames that was given back, kept for the next ones: fresh pages cost
 * more than what is read into them. One thread takes and ticks; any thread gives. */
#ifndef BASE_FRAME_POOL_H
#define BASE_FRAME_POOL_H

#include "base/frame_buffer.h"

/* Smaller frames are the heap's: it does well with them. */
enum { FRAME_POOL_SIZE_MIN = 1 << 17, FRAME_POOL_SPARES_MAX = 8 };

struct frame_pool;

/* Keeps spares of at most so many bytes together. One owner; NULL when memory is out. */
struct frame_pool *frame_pool_create(size_t bytes_max);

/* The owner leaves: spares are freed, frames that are out when their last owner drops them. NULL is
 * fine. */
void frame_pool_destroy(struct frame_pool *pool);

/* Memory for a frame of `size` bytes, with one owner: a spare of at least that many and not much
 * more, else a new one of `start_size`. It comes back with frame_buffer_drop. NULL when memory is
 * out. */
struct frame_buffer *frame_pool_take(struct frame_pool *pool, size_t size, size_t start_size);

/* To be called at intervals after a take: frees what was not needed since the last tick. False when
 * nothing was taken since: no spare is kept then until the next take, and no tick is needed. */
bool frame_pool_tick(struct frame_pool *pool);

/* Bytes of spares now. */
size_t frame_pool_kept(struct frame_pool *pool);

/* For frame_buffer_drop: the last owner of a frame of the pool has left. */
void frame_pool_give(struct frame_pool *pool, struct frame_buffer *frame);

#endif
