/* producer: the records that wait for one partition. */
#include "producer/buffer.h"

#include "producer/bundle_pool.h"

#include <assert.h>

void buffer_init(struct buffer *buffer, struct producer_topic *topic, int32_t partition,
                 size_t capacity, size_t capacity_max)
{
    *buffer = (struct buffer){ .topic = topic,
                               .partition = partition,
                               .capacity_next = capacity,
                               .capacity_max = capacity_max,
                               .fill_size = capacity,
                               .leader_epoch = -1 };
    lock_init(&buffer->lock);
    list_init(&buffer->queue);
    list_init(&buffer->news);
    list_init(&buffer->place);
    list_init(&buffer->active);
    list_init(&buffer->flights);
    list_init(&buffer->enlistment.link);
    sequence_init(&buffer->sequence);
}

/* Under the lock. */
static void change_load(struct buffer *buffer, unsigned change)
{
    unsigned load = atomic_load_explicit(&buffer->load, memory_order_relaxed);
    atomic_store_explicit(&buffer->load, load + change, memory_order_relaxed);
}

void buffer_finish(struct buffer *buffer)
{
    assert(!buffer->open && list_is_empty(&buffer->queue) && list_is_empty(&buffer->flights));
    lock_finish(&buffer->lock);
}

struct bundle *buffer_seal(struct buffer *buffer)
{
    struct bundle *bundle = buffer->open;
    if (bundle) {
        bundle_await_filled(bundle);
        buffer->open = NULL;
        list_append(&buffer->queue, &bundle->link);
        buffer->queue_count++;
        bundle_pool_let_go(bundle);
    }
    return bundle;
}

void buffer_open(struct buffer *buffer, struct bundle *bundle, int64_t now_us)
{
    assert(!buffer->open);
    bundle->buffer = buffer;
    bundle->order = buffer->order_next++;
    bundle->created_us = now_us;
    buffer->open = bundle;
    change_load(buffer, 1);
}

void buffer_unopen(struct buffer *buffer)
{
    assert(buffer->open && buffer->open->writer.count == 0);
    buffer->open = NULL;
    change_load(buffer, 0U - 1);
}

void buffer_remove(struct buffer *buffer, struct bundle *bundle)
{
    list_remove(&bundle->link);
    buffer->queue_count--;
    change_load(buffer, 0U - 1);
}

void buffer_requeue(struct buffer *buffer, struct bundle *bundle)
{
    lock_hold_patiently(&buffer->lock);
    struct list *place = &buffer->queue;
    LIST_EACH(link, &buffer->queue)
    {
        if (LIST_ITEM(link, struct bundle, link)->order > bundle->order) {
            break;
        }
        place = link;
    }
    list_insert_after(place, &bundle->link);
    buffer->queue_count++;
    change_load(buffer, 1);
    lock_release(&buffer->lock);
}

struct bundle *buffer_take(struct buffer *buffer)
{
    lock_hold_patiently(&buffer->lock);
    if (list_is_empty(&buffer->queue)) {
        (void)buffer_seal(buffer);
    }
    struct list *first = list_first(&buffer->queue);
    struct bundle *bundle = first ? LIST_ITEM(first, struct bundle, link) : NULL;
    if (bundle && bundle->is_packing) {
        bundle = NULL;
    }
    if (bundle) {
        buffer_remove(buffer, bundle);
    }
    lock_release(&buffer->lock);
    return bundle;
}

struct buffer_view buffer_look(struct buffer *buffer)
{
    struct buffer_view view = { .is_empty = true, .base_sequence = -1 };
    lock_hold_patiently(&buffer->lock);
    struct list *first = list_first(&buffer->queue);
    const struct bundle *bundle = first ? LIST_ITEM(first, struct bundle, link) : buffer->open;
    if (bundle) {
        view = (struct buffer_view){ .is_packing = bundle->is_packing,
                                     .is_doomed = bundle->doom != NULL,
                                     .is_open = bundle == buffer->open,
                                     .created_us = bundle->created_us,
                                     .retry_at_us = bundle->retry_at_us,
                                     .base_sequence = bundle->base_sequence,
                                     .order = bundle->order,
                                     .size = bundle->is_packing || slice_is_null(bundle->wire)
                                                 ? bundle->writer.size
                                                 : bundle->wire.size };
    }
    lock_release(&buffer->lock);
    return view;
}

bool buffer_know(struct buffer *buffer, enum buffer_known known)
{
    lock_hold_patiently(&buffer->lock);
    bool has_queue = !list_is_empty(&buffer->queue);
    bool is_true = known == BUFFER_KNOWN_QUEUED ||
                   (!has_queue && (known == BUFFER_KNOWN_LINGERING || !buffer->open));
    if (is_true) {
        buffer->known = known;
    }
    lock_release(&buffer->lock);
    return is_true;
}
