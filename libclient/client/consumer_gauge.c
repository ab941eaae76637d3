/* client: what a consumer counts and knows for its statistics. I/O thread. */
#include "client/consumer_handle.h"
#include "client/statistics.h"

enum { GAUGE_END = -1, GAUGE_BEGINNING = -2, GAUGE_STORED = -1000 };

/* What a fetch brought, counted by the headers of its batches. */
void consumer_handle_count(struct kc_consumer *consumer, const struct list *items)
{
    LIST_EACH(node, items)
    {
        if (LIST_ITEM(node, const struct news, link)->kind != NEWS_FETCHED) {
            continue;
        }
        struct fetched *fetched = LIST_ITEM(node, struct fetched, news.link);
        struct slice rest = fetched->rest;
        struct batch batch;
        int64_t next_offset = -1;
        int64_t records = 0;
        while (rest.size > 0 && batch_read(rest, &batch) == KC_ERR_NONE) {
            records += MAX_OF(batch.record_count, 0);
            next_offset = batch_last_offset(&batch) + 1;
            rest = slice_of(rest.data + batch.bytes.size, rest.size - batch.bytes.size);
        }
        fetched_note_records(fetched, records);
        struct tally_partition *counted =
            tally_count(&consumer->handle.tally, claim_topic(fetched->claim),
                        fetched->claim->partition, records, (int64_t)fetched->rest.size);
        if (counted) {
            counted->high_watermark = fetched->high_watermark;
            counted->next_offset = next_offset;
        }
    }
}

void consumer_handle_committed(void *context, const struct kc_position *positions, size_t count)
{
    struct kc_consumer *consumer = context;

    for (size_t i = 0; i < count; i++) {
        struct tally_partition *counted = tally_place(
            &consumer->handle.tally, slice_text(positions[i].topic), positions[i].partition);
        if (counted) {
            counted->committed = positions[i].offset;
            counted->committed_epoch = positions[i].leader_epoch;
        }
    }
}

static const char *gauge_state(const struct position *position)
{
    switch (position->state) {
    case POSITION_NEEDS_COMMITTED:
    case POSITION_NEEDS_OFFSET:
        return position->is_asked ? "offset-wait" : "offset-query";
    case POSITION_READY:
        return "active";
    case POSITION_STUCK:
        return "stopped";
    }
    return "none";
}

/* librdkafka's logical offsets. */
static int64_t gauge_query(const struct position *position)
{
    switch (position->state) {
    case POSITION_NEEDS_COMMITTED:
        return GAUGE_STORED;
    case POSITION_NEEDS_OFFSET:
        return position->timestamp == POSITION_EARLIEST ? GAUGE_BEGINNING
               : position->timestamp == POSITION_LATEST ? GAUGE_END
                                                        : STATISTICS_NO_OFFSET;
    default:
        return STATISTICS_NO_OFFSET;
    }
}

static void gauge_position(void *context, const struct position *position, int32_t broker_id)
{
    struct kc_consumer *consumer = context;
    struct claim *claim = position->claim;
    struct tally_partition *counted =
        tally_place(&consumer->handle.tally, claim_topic(claim), claim->partition);

    if (!counted) {
        return;
    }
    counted->reading = (struct tally_reading){
        .is_assigned = true,
        .broker_id = broker_id,
        .state = gauge_state(position),
        .query_offset = gauge_query(position),
        .app_offset = atomic_load(&claim->offset),
        .stored_offset = atomic_load(consumer->keeps_stored ? &claim->stored : &claim->offset),
        .stored_epoch =
            atomic_load(consumer->keeps_stored ? &claim->stored_epoch : &claim->leader_epoch),
        .low_offset = position->log_start_offset,
        .stable_offset = position->last_stable_offset,
        .end_offset = atomic_load(&claim->end_offset),
        .queued_records = atomic_load(&claim->queued_records),
        .queued_bytes = (int64_t)atomic_load(&claim->queued_bytes),
    };
    counted->high_watermark = MAX_OF(counted->high_watermark, position->high_watermark);
    counted->next_offset = position->state == POSITION_READY ? position->offset : -1;
}

void consumer_handle_gauge(struct handle *handle, struct statistics_gauges *ret_gauges)
{
    struct kc_consumer *consumer = CONTAINER_OF(handle, struct kc_consumer, handle);

    ret_gauges->type = "consumer";
    ret_gauges->bytes_waiting = (int64_t)atomic_load(&consumer->budget->used);
    LIST_EACH(node, &handle->tally.order)
    {
        LIST_ITEM(node, struct tally_partition, link)->reading = (struct tally_reading){ 0 };
    }
    consumer_show(consumer->core, gauge_position, consumer);
    ret_gauges->is_member = config_string(handle->config, "group.id") != NULL;
    consumer_show_membership(consumer->core, &ret_gauges->membership);
    ret_gauges->loop_us = loop_now_us(thread_loop(handle->thread));
}
