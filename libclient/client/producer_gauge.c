/* client: what a producer knows for its statistics. I/O thread. */
#include "client/producer_handle.h"
#include "client/statistics.h"
#include "producer/sink.h"

static void gauge_bundle(const struct bundle *bundle, int64_t *records, int64_t *bytes)
{
    if (!bundle->is_reported) {
        *records += bundle->writer.count;
        *bytes += (int64_t)(bundle->wire.size > 0 ? bundle->wire.size : bundle->writer.size);
    }
}

static void gauge_bundles(const struct list *bundles, int64_t *records, int64_t *bytes)
{
    LIST_EACH(node, bundles)
    {
        gauge_bundle(LIST_ITEM(node, struct bundle, link), records, bytes);
    }
}

static struct tally_writing gauge_buffer(struct buffer *buffer)
{
    struct tally_writing writing = { .next_acked = sequence_add(buffer->sequence.acked, 1) };
    int64_t flight_bytes = 0;

    lock_hold(&buffer->lock);
    if (buffer->open && buffer->open->writer.count > 0) {
        gauge_bundle(buffer->open, &writing.open_records, &writing.open_bytes);
    }
    gauge_bundles(&buffer->queue, &writing.queued_records, &writing.queued_bytes);
    lock_release(&buffer->lock);
    gauge_bundles(&buffer->flights, &writing.flight_records, &flight_bytes);
    return writing;
}

/* Notes each partition that records came to; the number of records whose fate is open. */
static int64_t gauge_buffers(struct kc_producer *producer)
{
    int64_t count = 0;
    size_t position = 0;
    struct producer_topic *topic;

    while ((topic = topic_table_next(&producer->core->topics, &position)) != NULL) {
        for (int32_t i = 0; i < topic->buffer_count; i++) {
            struct tally_writing writing = gauge_buffer(producer_topic_buffer(topic, i));
            int64_t waiting =
                writing.open_records + writing.queued_records + writing.flight_records;
            struct tally_partition *counted =
                waiting > 0 ? tally_place(&producer->handle.tally, topic->name, i)
                            : tally_find(&producer->handle.tally, topic->name, i);
            if (counted) {
                counted->writing = writing;
            }
            count += waiting;
        }
    }
    return count;
}

/* A request whose bytes are released has been written. */
static void gauge_sinks(struct kc_producer *producer)
{
    LIST_EACH(node, &producer->handle.meter->brokers)
    {
        struct meter_broker *broker = LIST_ITEM(node, struct meter_broker, link);
        broker->outbox_records = broker->flight_records = 0;
    }
    LIST_EACH(node, &producer->core->sinks)
    {
        const struct sink *sink = LIST_ITEM(node, struct sink, link);
        struct meter_broker *broker = meter_find(producer->handle.meter, sink->broker_id);
        LIST_EACH(place, &sink->exchanges)
        {
            const struct exchange *exchange = LIST_ITEM(place, struct exchange, link);
            for (size_t i = 0; i < exchange->count && broker; i++) {
                *(exchange->is_released ? &broker->flight_records : &broker->outbox_records) +=
                    exchange->items[i].is_concluded ? 0 : exchange->items[i].bundle->writer.count;
            }
        }
    }
}

/* In librdkafka's words. */
static struct statistics_identity identity_of(const struct producer *core)
{
    static const char *const states[] = {
        [KC_TRANSACTION_UNINITIALIZED] = "Init",
        [KC_TRANSACTION_INITIALIZING] = "WaitPID",
        [KC_TRANSACTION_READY] = "Ready",
        [KC_TRANSACTION_OPEN] = "InTransaction",
        [KC_TRANSACTION_COMMITTING] = "CommittingTransaction",
        [KC_TRANSACTION_ABORTING] = "AbortingTransaction",
        [KC_TRANSACTION_ABORTABLE] = "AbortableError",
        [KC_TRANSACTION_FATAL] = "FatalError",
    };
    bool is_fatal =
        atomic_load(&core->fatal) != KC_ERR_NONE || core->transaction.state == KC_TRANSACTION_FATAL;
    bool is_asked =
        core->is_identity_asked || core->transaction.state == KC_TRANSACTION_INITIALIZING;

    return (struct statistics_identity){
        .state = is_fatal                 ? "FatalError"
                 : core->identity.id >= 0 ? "Assigned"
                 : is_asked               ? "WaitPID"
                                          : "Init",
        .transaction_state = states[core->transaction.state],
        .may_send = core->transaction.state == KC_TRANSACTION_OPEN,
        .id = core->identity.id,
        .epoch = core->identity.epoch,
        .count = core->identity_count,
    };
}

void producer_handle_gauge(struct handle *handle, struct statistics_gauges *ret_gauges)
{
    struct kc_producer *producer = CONTAINER_OF(handle, struct kc_producer, handle);
    struct bundle_pool *pool = &producer->core->pool;
    lock_hold(&pool->lock);
    ret_gauges->bytes_waiting = (int64_t)pool->used;
    lock_release(&pool->lock);
    ret_gauges->type = "producer";
    ret_gauges->records_waiting = gauge_buffers(producer);
    gauge_sinks(producer);
    ret_gauges->bytes_max = (int64_t)producer->core->settings.memory_max;
    ret_gauges->is_idempotent = producer->core->settings.is_idempotent;
    ret_gauges->identity = identity_of(producer->core);
}
