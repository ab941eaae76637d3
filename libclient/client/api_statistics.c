/* client: a handle's numbers on demand. */
#include "client/consumer_handle.h"
#include "client/producer_handle.h"
#include "client/statistics.h"

static int64_t count_bundles(const struct list *bundles)
{
    int64_t count = 0;
    LIST_EACH(node, bundles)
    {
        const struct bundle *bundle = LIST_ITEM(node, struct bundle, link);
        count += bundle->is_reported ? 0 : bundle->writer.count;
    }
    return count;
}

static int64_t count_waiting(struct producer *core)
{
    int64_t count = 0;
    size_t position = 0;
    struct producer_topic *topic;
    while ((topic = topic_table_next(&core->topics, &position)) != NULL) {
        for (int32_t i = 0; i < topic->buffer_count; i++) {
            struct buffer *buffer = producer_topic_buffer(topic, i);
            lock_hold(&buffer->lock);
            count += buffer->open ? buffer->open->writer.count : 0;
            count += count_bundles(&buffer->queue);
            lock_release(&buffer->lock);
            count += count_bundles(&buffer->flights);
        }
    }
    return count;
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
    ret_gauges->records_waiting = count_waiting(producer->core);
    ret_gauges->bytes_max = (int64_t)producer->core->settings.memory_max;
    ret_gauges->is_idempotent = producer->core->settings.is_idempotent;
    ret_gauges->identity = identity_of(producer->core);
}

struct statistics_asking {
    struct handle *handle;
    struct kc_producer_statistics producer;
    struct kc_consumer_statistics consumer;
    char *json;
};

static void fill_producer(void *context)
{
    struct statistics_asking *asking = context;
    struct handle *handle = asking->handle;
    struct kc_producer_statistics *told = &asking->producer;
    struct statistics_gauges gauges = { 0 };
    struct meter_window sum;
    handle->gauge(handle, &gauges);
    meter_sum(handle->meter, &sum);
    statistics_traffic(handle->meter, &told->traffic);
    told->records_waiting = gauges.records_waiting;
    told->bytes_waiting = gauges.bytes_waiting;
    told->bytes_max = gauges.bytes_max;
    told->records_sent = handle->tally.records;
    told->bytes_sent = handle->tally.bytes;
    told->batches_sent = handle->tally.batches;
    told->records_written = handle->tally.written;
    told->records_failed = handle->tally.failed;
    told->batch_wait_us = statistics_distribution(&sum.internal_us);
    told->batch_bytes = statistics_distribution(&handle->tally.batch_bytes);
    told->batch_records = statistics_distribution(&handle->tally.batch_records);
}

enum kc_err kc_producer_statistics(struct kc_producer *producer,
                                   struct kc_producer_statistics *ret_statistics,
                                   struct kc_error *error)
{
    if (!producer || !ret_statistics) {
        return reason_set(error, KC_ERR_INVALID,
                          "a producer and a place for the result are needed");
    }
    struct statistics_asking asking = { .handle = &producer->handle };
    thread_call_sync(producer->handle.thread, fill_producer, &asking);
    *ret_statistics = asking.producer;
    return reason_clear(error);
}

static void fill_consumer(void *context)
{
    struct statistics_asking *asking = context;
    struct handle *handle = asking->handle;
    struct kc_consumer_statistics *told = &asking->consumer;
    struct statistics_gauges gauges = { 0 };
    handle->gauge(handle, &gauges);
    statistics_traffic(handle->meter, &told->traffic);
    told->records_fetched = handle->tally.records;
    told->bytes_fetched = handle->tally.bytes;
    told->bytes_waiting = gauges.bytes_waiting;
}

enum kc_err kc_consumer_statistics(struct kc_consumer *consumer,
                                   struct kc_consumer_statistics *ret_statistics,
                                   struct kc_error *error)
{
    if (!consumer || !ret_statistics) {
        return reason_set(error, KC_ERR_INVALID,
                          "a consumer and a place for the result are needed");
    }
    struct statistics_asking asking = { .handle = &consumer->handle };
    thread_call_sync(consumer->handle.thread, fill_consumer, &asking);
    *ret_statistics = asking.consumer;
    return reason_clear(error);
}

static void fill_json(void *context)
{
    struct statistics_asking *asking = context;
    struct statistics_gauges gauges = { 0 };
    asking->handle->gauge(asking->handle, &gauges);
    asking->json = statistics_json(asking->handle, &gauges);
}

char *kc_producer_statistics_json(struct kc_producer *producer)
{
    struct statistics_asking asking = { 0 };
    if (producer) {
        asking.handle = &producer->handle;
        thread_call_sync(producer->handle.thread, fill_json, &asking);
    }
    return asking.json;
}

char *kc_consumer_statistics_json(struct kc_consumer *consumer)
{
    struct statistics_asking asking = { 0 };
    if (consumer) {
        asking.handle = &consumer->handle;
        thread_call_sync(consumer->handle.thread, fill_json, &asking);
    }
    return asking.json;
}
