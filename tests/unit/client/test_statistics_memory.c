/* tests: counting and telling when memory runs out: what cannot be counted by partition is counted
 * all the same, and no text comes out cut. */
#include "client/json_text.h"
#include "client/message_scratch.h"
#include "client/meter.h"
#include "client/tally.h"
#include "support/heap.h"
#include "support/test.h"

#include <stdlib.h>

static enum kc_err tally_body(void *context)
{
    struct tally tally;
    (void)context;
    tally_init(&tally, 1);
    for (int32_t i = 0; i < 20; i++) {
        (void)tally_count(&tally, slice_text("topic"), i % 10, 3, 100);
    }
    assert_int_equal(tally.records, 60);
    assert_int_equal(tally.bytes, 2000);
    assert_int_equal(tally.batches, 20);
    assert_int_equal(tally.batch_bytes.count, 20);
    int64_t records = 0;
    LIST_EACH(node, &tally.order)
    {
        records += LIST_ITEM(node, struct tally_partition, link)->records;
    }
    assert_int_equal(records + 3 * tally.lost, 60);
    tally_finish(&tally);
    return KC_ERR_NONE;
}

TEST(batches_are_counted)
{
    heap_each(tally_body, NULL);
}

static enum kc_err meter_body(void *context)
{
    void *memo = NULL;
    struct plug plug = { 0 };
    struct observer_place place = { 7, "host", 9092, &memo };
    struct conn_traffic traffic = { .is_write = true, .size = 50, .took_us = 5 };
    struct meter_window sum;
    struct meter *meter = meter_create(&plug, 0);
    (void)context;
    if (!meter) {
        return KC_ERR_NO_MEMORY;
    }
    const struct observer *observer = &meter->observer;
    observer->on_connect(meter, &place, KC_ERR_NONE, 10);
    observer->on_traffic(meter, &place, &traffic);
    traffic = (struct conn_traffic){ .was_in_flight = true, .size = 20, .took_us = 40 };
    observer->on_traffic(meter, &place, &traffic);
    observer->on_throttle(meter, &place, 3);
    observer->on_retry(meter, &place);
    const struct meter_broker *broker = meter_find(meter, 7);
    assert_non_null(broker); /* the one that failed at first is there at the second event */
    assert_int_equal(broker->requests, 1);
    assert_int_equal(broker->answers, 1);
    assert_int_equal(broker->in_flight, 0);
    assert_int_equal(broker->retries, 1);
    meter_turn(meter);
    assert_int_equal(broker->window.round_trip_us.count, 0);
    meter_sum(meter, &sum);
    assert_int_equal(sum.round_trip_us.max, 40);
    assert_int_equal(sum.outbuf_us.max, 5);
    assert_int_equal(sum.throttle_ms.max, 3);
    meter_destroy(meter);
    return KC_ERR_NONE;
}

TEST(brokers_are_counted)
{
    heap_each(meter_body, NULL);
}

static enum kc_err json_body(void *context)
{
    struct json_text text;
    (void)context;
    json_text_init(&text);
    json_text_open(&text, NULL);
    for (int i = 0; i < 100; i++) {
        json_text_number(&text, "some name", i);
    }
    json_text_close(&text);
    char *json = json_text_take(&text);
    json_text_finish(&text);
    if (!json) {
        return KC_ERR_NO_MEMORY;
    }
    assert_int_equal(json[strlen(json) - 1], '}');
    free(json);
    return KC_ERR_NONE;
}

TEST(json_is_whole_or_not_there)
{
    heap_each(json_body, NULL);
}

static enum kc_err scratch_body(void *context)
{
    struct kc_scratch *scratch = kc_scratch_create();
    (void)context;
    if (!scratch) {
        return KC_ERR_NO_MEMORY;
    }
    bool is_good = kc_scratch_alloc(scratch, 10) && kc_scratch_alloc(scratch, 100000);
    kc_scratch_reset(scratch);
    kc_scratch_destroy(scratch);
    return is_good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

TEST(scratch_memory)
{
    assert_null(kc_scratch_alloc(NULL, 1));
    heap_each(scratch_body, NULL);
}
