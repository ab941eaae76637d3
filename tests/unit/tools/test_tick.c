/* producer-perf-test: a tick lives until its sender and all its deliveries are done with it. What
 * is freed too early or never is found by the address sanitizer. */
#include "producer-perf-test/tick.h"
#include "support/test.h"

TEST(deliveries_before_and_after_the_sender_is_done)
{
    struct tick *tick = tick_create(NULL, 5, 100, true);
    assert_int_equal(tick->start_ms, 5);
    assert_int_equal(tick->bytes, 100);
    assert_true(tick->steady);
    tick->sent = 3;
    tick_deliver(tick);
    assert_int_equal(atomic_load(&tick->balance), -1);
    tick_retire(tick);
    assert_int_equal(atomic_load(&tick->balance), 2);
    tick_deliver(tick);
    assert_int_equal(atomic_load(&tick->balance), 1);
    tick_deliver(tick);
}

TEST(all_delivered_before_the_sender_is_done)
{
    struct tick *tick = tick_create(NULL, 5, 100, false);
    tick->sent = 2;
    tick_deliver(tick);
    tick_deliver(tick);
    assert_int_equal(atomic_load(&tick->balance), -2);
    tick_retire(tick);
}

TEST(nothing_sent)
{
    struct tick *tick = tick_create(NULL, 5, 100, false);
    assert_int_equal(tick->sent, 0);
    tick_retire(tick);
    tick_retire(NULL);
}
