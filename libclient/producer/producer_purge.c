/* producer: giving records up on request, while everything else goes on. */
#include "producer/producer.h"

/* Under the lock: a doomed bundle that is not being packed, out of the queue; NULL: none. */
static struct bundle *take_doomed(struct buffer *buffer)
{
    struct bundle *found = NULL;
    lock_hold(&buffer->lock);
    LIST_EACH(link, &buffer->queue)
    {
        struct bundle *bundle = LIST_ITEM(link, struct bundle, link);
        if (bundle->doom && !bundle->is_packing) {
            found = bundle;
            break;
        }
    }
    if (found) {
        buffer_remove(buffer, found);
    }
    lock_release(&buffer->lock);
    return found;
}

void producer_drop_doomed(struct producer *producer, struct buffer *buffer)
{
    struct bundle *bundle;
    while (buffer->doomed_count > 0 && (bundle = take_doomed(buffer)) != NULL) {
        producer_report_late(producer, bundle, KC_ERR_PURGED);
    }
}

/* All that waits in the buffer now. A bundle that its sender is still packing goes a little later.
 */
static void doom_queue(struct buffer *buffer, struct producer_purge *purge)
{
    lock_hold(&buffer->lock);
    (void)buffer_seal(buffer);
    LIST_EACH(link, &buffer->queue)
    {
        struct bundle *bundle = LIST_ITEM(link, struct bundle, link);
        if (!bundle->doom) {
            bundle->doom = purge;
            buffer->doomed_count++;
            purge->open_count++;
            purge->record_count += (size_t)bundle->writer.count;
        }
    }
    lock_release(&buffer->lock);
}

void producer_purge_release(struct producer_purge *purge)
{
    if (--purge->open_count == 0) {
        purge->done(purge);
    }
}

void producer_purge(struct producer *producer, unsigned what, struct producer_purge *purge)
{
    int64_t now_us = producer->port.now_us(producer->port.context);
    producer_hear_news(producer, now_us);
    /* One for ourselves: done runs when all is counted. */
    purge->open_count = 1;
    purge->record_count = 0;
    LIST_EACH_SAFE(link, &producer->active)
    {
        struct buffer *buffer = LIST_ITEM(link, struct buffer, active);
        if (what & KC_PURGE_QUEUED) {
            doom_queue(buffer, purge);
        }
        if (what & KC_PURGE_IN_FLIGHT) {
            purge->record_count +=
                producer_report_flights(producer, buffer, INT64_MAX, KC_ERR_PURGED);
        }
        producer_settle(producer, buffer, now_us);
    }
    producer_purge_release(purge);
    producer_run(producer);
}
