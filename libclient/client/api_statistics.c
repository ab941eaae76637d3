/* client: a handle's numbers on demand. */
#include "client/consumer_handle.h"
#include "client/producer_handle.h"
#include "client/statistics.h"

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
