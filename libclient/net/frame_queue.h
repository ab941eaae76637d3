/* net: complete frames that wait for their turn: a ring that grows as needed. Inside the room
 * only. */
#ifndef NET_FRAME_QUEUE_H
#define NET_FRAME_QUEUE_H

#include "base/frame_buffer.h"

/* Zeroed: empty. */
struct frame_queue {
    struct frame_buffer **items;
    size_t capacity; /* a power of two, or 0 */
    size_t first;
    size_t count;
};

/* Drops the frames. */
void frame_queue_finish(struct frame_queue *queue);

/* Takes over the frame; false when memory is out (it is the caller's still). */
bool frame_queue_push(struct frame_queue *queue, struct frame_buffer *frame);

/* The oldest; the queue is not empty. */
struct frame_buffer *frame_queue_pop(struct frame_queue *queue);

#endif
