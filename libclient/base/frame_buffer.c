/* base: counted frame memory. */
#include "base/frame_pool.h"

#include <stdlib.h>

struct frame_buffer *frame_buffer_create(size_t capacity)
{
    if (capacity > SIZE_MAX - sizeof(struct frame_buffer)) {
        return NULL;
    }
    struct frame_buffer *frame = malloc(sizeof(*frame) + capacity);
    if (!frame) {
        return NULL;
    }
    refs_init(&frame->refs);
    frame->home = NULL;
    frame->size = 0;
    frame->capacity = capacity;
    return frame;
}

void frame_buffer_take(struct frame_buffer *frame)
{
    refs_take(&frame->refs);
}

void frame_buffer_drop(struct frame_buffer *frame)
{
    if (!frame || !refs_drop(&frame->refs)) {
        return;
    }
    if (frame->home) {
        frame_pool_give(frame->home, frame);
    } else {
        free(frame);
    }
}

struct frame_buffer *frame_buffer_grow(struct frame_buffer *frame, size_t capacity)
{
    if (capacity > SIZE_MAX - sizeof(struct frame_buffer)) {
        return NULL;
    }
    struct frame_buffer *larger = realloc(frame, sizeof(*frame) + capacity);
    if (larger) {
        larger->capacity = capacity;
    }
    return larger;
}
