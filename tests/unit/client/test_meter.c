/* unit: what is counted of connections. */
#include "client/meter.h"

#include "support/test.h"

static const struct plug no_plug;

TEST(a_connection_that_ends_with_garbage_counts_as_that)
{
    struct meter *meter = meter_create(&no_plug, 1);
    void *memo = NULL;
    struct observer_place place = { .broker_id = 1, .host = "a", .port = 1, .memo = &memo };
    const struct observer *observer = &meter->observer;
    static const enum kc_err ends[] = { KC_ERR_NONE, KC_ERR_DISCONNECTED, KC_ERR_MALFORMED,
                                        KC_ERR_TOO_LARGE };
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        observer->on_connect(observer->context, &place, KC_ERR_NONE, 1);
        observer->on_disconnect(observer->context, &place, ends[i], "");
    }
    assert_int_equal(meter_find(meter, 1)->disconnects, 4);
    assert_int_equal(meter_find(meter, 1)->garbled, 2);
    meter_destroy(meter);
}

TEST(late_answers_are_counted_when_they_come)
{
    struct meter *meter = meter_create(&no_plug, 1);
    void *memo = NULL;
    struct observer_place place = { .broker_id = 1, .host = "a", .port = 1, .memo = &memo };
    const struct observer *observer = &meter->observer;
    struct conn_traffic lost = { .is_late = true, .err = KC_ERR_DISCONNECTED };
    struct conn_traffic late = { .is_late = true, .size = 40 };
    struct conn_traffic usual = { .size = 40 };
    observer->on_traffic(observer->context, &place, &lost);
    observer->on_traffic(observer->context, &place, &usual);
    assert_int_equal(meter_find(meter, 1)->late, 0);
    observer->on_traffic(observer->context, &place, &late);
    assert_int_equal(meter_find(meter, 1)->late, 1);
    assert_int_equal(meter_find(meter, 1)->answers, 2);
    meter_destroy(meter);
}
