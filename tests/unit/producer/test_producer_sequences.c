/* tests: a producer's numbers at their limits and where brokers lose them: nothing is lost or
 * doubled, and the producer goes on. */
#include "unit/producer/rig.h"

TEST(numbers_go_on_after_the_largest)
{
    struct rig *rig = rig_start_settled();
    rig_buffer(rig, 0)->sequence.next = rig->next = INT32_MAX - 2;
    rig_buffer(rig, 0)->sequence.acked = INT32_MAX - 3;
    rig_put_batch(rig, 1, 2);
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(rig->next, INT32_MAX);
    rig_put_batch(rig, 3, 3); /* INT32_MAX, 0, 1 */
    rig_put_batch(rig, 6, 1);
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(rig->next, 2);
    rig_serve(rig, KC_ERR_NONE);
    rig_check_all_written(rig, 7);
    assert_int_equal(rig_buffer(rig, 0)->sequence.acked, 2);
    assert_int_equal(rig->producer->identity.epoch, 0);
    rig_finish(rig);
}

TEST(a_new_producer_id_follows_the_largest_epoch)
{
    struct rig *rig = rig_start_settled();
    rig->producer->identity.epoch = INT16_MAX;
    rig_put_batch(rig, 1, 1);
    rig_serve(rig, KC_ERR_NONE);
    rig_put_batch(rig, 2, 1);
    rig_serve(rig, KC_ERR_UNKNOWN_PRODUCER_ID);
    rig_pass(rig, 200000);
    assert_int_equal(rig->identity_count, 2);
    rig->epoch = -1;
    producer_identify(rig->producer, KC_ERR_NONE, (struct sequence_identity){ 10, 0 });
    rig_serve_all(rig);
    rig_check_all_written(rig, 3);
    assert_int_equal(rig->producer->identity.id, 10);
    rig_finish(rig);
}

TEST(metadata_that_forgets_the_topic_for_a_while_loses_nothing)
{
    struct rig *rig = rig_start_settled();
    struct metadata_topic unknown = { .name = slice_text("t"),
                                      .err = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION };
    rig_put_batch(rig, 1, 1);
    rig_put_batch(rig, 2, 1);
    for (int i = 0; i < 50; i++) { /* 5 s (R27) */
        unknown.heard_us = rig->now_us;
        producer_learn(rig->producer, &unknown);
        if (rig->sent_count > 0) {
            rig_serve(rig, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
        }
        rig_pass(rig, 100000);
    }
    assert_int_equal(rig->report_count, 1);
    rig_tell_metadata(rig);
    rig_serve_all(rig);
    rig_check_all_written(rig, 3);
    assert_int_equal(rig->epoch, 0);
    rig_finish(rig);
}

TEST(a_topic_made_anew_starts_over)
{
    struct rig *rig = rig_start_settled();
    rig->topic_id = 2;
    rig_tell_metadata(rig);
    rig->epoch = -1;
    rig_put_batch(rig, 1, 1);
    rig_serve(rig, KC_ERR_NONE);
    rig_check_all_written(rig, 2);
    assert_int_equal(rig->next, 1);
    rig_finish(rig);
}

TEST(an_old_epoch_without_a_transaction_is_left_behind)
{
    struct rig *rig = rig_start_settled();
    rig_put_batch(rig, 1, 1);
    rig_serve(rig, KC_ERR_INVALID_PRODUCER_EPOCH);
    rig_serve_all(rig);
    rig_check_all_written(rig, 2);
    assert_int_equal(rig->epoch, 1);
    /* A record that may stand in the log already is not written again under another epoch. */
    rig_put_batch(rig, 2, 1);
    rig_lose(rig, true);
    rig_pass(rig, 200000);
    rig_serve(rig, KC_ERR_INVALID_PRODUCER_EPOCH);
    assert_int_equal(rig->last[2].err, KC_ERR_INVALID_PRODUCER_EPOCH);
    assert_int_equal(rig->last[2].status, KC_MAYBE_WRITTEN);
    rig_put_batch(rig, 3, 1);
    rig_serve_all(rig);
    assert_int_equal(rig->last[3].err, KC_ERR_NONE);
    assert_int_equal(rig->log_end, 4);
    rig_finish(rig);
}

TEST(a_lost_tail_at_the_broker_is_followed_under_a_new_epoch)
{
    struct rig *rig = rig_start_settled();
    rig_put_batch(rig, 1, 1);
    rig_put_batch(rig, 2, 1);
    rig_serve(rig, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER); /* what it acknowledged is gone */
    rig_serve(rig, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    rig_serve_all(rig);
    rig_check_all_written(rig, 3);
    assert_int_equal(rig->epoch, 1);
    rig_finish(rig);
}
