/* coordinator: blocks of producer ids. */
#include "coordinator/producer_ids.h"

#include "base/attr.h"
#include "controller/metadata_batch.h"
#include "wire/messages.h"

void producer_ids_init(struct producer_ids *ids, int32_t node_id, const struct image *image,
                       const struct clock *clock)
{
    *ids = (struct producer_ids){ .node_id = node_id, .image = image, .clock = clock };
    list_init(&ids->waits);
}

static void serve_waits(struct producer_ids *ids, enum kc_err err)
{
    struct list served;
    list_init(&served);
    list_splice(&served, &ids->waits);
    while (!list_is_empty(&served)) {
        struct producer_ids_wait *wait =
            LIST_ITEM(list_first(&served), struct producer_ids_wait, link);
        list_remove(&wait->link);
        if (err || ids->next < ids->end) {
            wait->done(wait, err, err ? -1 : ids->next++);
        } else {
            producer_ids_ask(ids, wait); /* more waited than a block has */
        }
    }
}

static void block_committed(void *context, enum kc_err err)
{
    struct producer_ids *ids = context;
    ids->is_asking = false;
    if (!err) {
        ids->next = ids->asked_first;
        ids->end = ids->asked_first + PRODUCER_IDS_BLOCK;
    }
    serve_waits(ids, err);
}

static void ask_block(struct producer_ids *ids)
{
    struct metadata_batch batch;
    struct producer_ids_record record;
    struct bytes closed;
    if (ids->is_asking) {
        return;
    }
    ids->is_asking = true;
    ids->asked_first = ids->image->next_producer_id;
    message_defaults(&producer_ids_record_type, &record);
    record.broker_id = ids->node_id;
    record.broker_epoch = ids->broker_epoch;
    record.next_producer_id = ids->asked_first + PRODUCER_IDS_BLOCK;
    metadata_batch_init(&batch);
    bytes_init(&closed, METADATA_BATCH_BYTES_MAX);
    metadata_batch_add(&batch, &producer_ids_record_type, 0, &record);
    enum kc_err err = metadata_batch_close(&batch, clock_wall_ms(ids->clock), &closed);
    metadata_batch_finish(&batch);
    if (err) {
        block_committed(ids, err);
    } else {
        quorum_propose(ids->quorum, bytes_slice(&closed), block_committed, ids);
    }
    bytes_finish(&closed);
}

int64_t producer_ids_take(struct producer_ids *ids)
{
    if (ids->next < ids->end) {
        return ids->next++;
    }
    ask_block(ids);
    return ids->next < ids->end ? ids->next++ : -1;
}

void producer_ids_ask(struct producer_ids *ids, struct producer_ids_wait *wait)
{
    list_init(&wait->link);
    wait->has_waited = false;
    if (ids->next < ids->end) {
        wait->done(wait, KC_ERR_NONE, ids->next++);
        return;
    }
    wait->has_waited = true;
    list_append(&ids->waits, &wait->link);
    ask_block(ids);
}

void producer_ids_wait_end(struct producer_ids_wait *wait)
{
    if (wait->link.next) {
        list_remove(&wait->link);
    }
}
