/* net: frames that wait. */
#include "net/frame_queue.h"

#include <assert.h>
#include <stdlib.h>

enum { FRAME_QUEUE_START = 8 };

void frame_queue_finish(struct frame_queue *queue)
{
    while (queue->count > 0) {
        frame_buffer_drop(frame_queue_pop(queue));
    }
    free(queue->items);
    *queue = (struct frame_queue){ 0 };
}

static bool frame_queue_grow(struct frame_queue *queue)
{
    size_t capacity = queue->capacity > 0 ? queue->capacity * 2 : FRAME_QUEUE_START;
    struct frame_buffer **items = malloc(capacity * sizeof(*items));
    if (!items) {
        return false;
    }
    for (size_t i = 0; i < queue->count; i++) {
        items[i] = queue->items[(queue->first + i) & (queue->capacity - 1)];
    }
    free(queue->items);
    queue->items = items;
    queue->capacity = capacity;
    queue->first = 0;
    return true;
}

bool frame_queue_push(struct frame_queue *queue, struct frame_buffer *frame)
{
    if (queue->count == queue->capacity && !frame_queue_grow(queue)) {
        return false;
    }
    queue->items[(queue->first + queue->count++) & (queue->capacity - 1)] = frame;
    return true;
}

struct frame_buffer *frame_queue_pop(struct frame_queue *queue)
{
    assert(queue->count > 0);
    struct frame_buffer *frame = queue->items[queue->first];
    queue->first = (queue->first + 1) & (queue->capacity - 1);
    queue->count--;
    return frame;
}
