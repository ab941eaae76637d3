/* base: one received frame in one block of memory, with owners counted: consumers keep it while
 * records point into it. Any thread may take and drop. */
#ifndef BASE_FRAME_BUFFER_H
#define BASE_FRAME_BUFFER_H

#include "base/lock.h"
#include "base/slice.h"

struct frame_pool; /* base/frame_pool.h */

struct frame_buffer {
    struct refs refs;
    struct frame_pool *home; /* takes the memory back; NULL: the heap does */
    size_t size;             /* bytes valid */
    size_t capacity;
    uint8_t data[];
};

/* One owner; NULL when memory is out. */
struct frame_buffer *frame_buffer_create(size_t capacity);
void frame_buffer_take(struct frame_buffer *frame);

/* Frees with the last owner, or gives it back to its pool; NULL is fine. */
void frame_buffer_drop(struct frame_buffer *frame);

/* More room in place or elsewhere, the contents kept; only for the sole owner. NULL when memory is
 * out: the old one is then as before. */
struct frame_buffer *frame_buffer_grow(struct frame_buffer *frame, size_t capacity);

static inline struct slice frame_buffer_slice(const struct frame_buffer *frame)
{
    return (struct slice){ frame->data, frame->size };
}

#endif
