/* tests: the producer against a scripted broker on a fake clock: every record is reported exactly
 * once, in order within its partition, and the broker's log holds no duplicate and no gap. */
#include "unit/producer/rig.h"

TEST(records_wait_for_identity_and_linger)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_pass(rig, 4000);
    assert_int_equal(rig->sent_count, 0);
    rig_identify(rig);
    assert_int_equal(rig->sent_count, 0);
    assert_int_equal(rig->scheduled_us, 1000000 + 5000);
    rig_pass(rig, 1000);
    assert_int_equal(rig->sent_count, 1);
    rig_serve(rig, KC_ERR_NONE);
    rig_check_all_written(rig, 1);
    assert_int_equal(rig->last[0].offset, 0);
    assert_int_equal(rig->last[0].timestamp_ms, 1700000001000);
    rig_finish(rig);
}

TEST(a_full_batch_goes_at_once)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(rig_put(rig, i), KC_ERR_NONE);
    }
    rig_identify(rig);
    assert_true(rig->sent_count >= 1);
    rig_serve_all(rig);
    rig_check_all_written(rig, 200);
    rig_finish(rig);
}

TEST(the_first_batch_of_a_partition_travels_alone)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_identify(rig);
    rig_pass(rig, 5000);
    rig_put_batch(rig, 1, 1);
    rig_put_batch(rig, 2, 1);
    assert_int_equal(rig->sent_count, 1);
    rig_serve(rig, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(rig->sent_count, 0);
    rig_serve_all(rig);
    rig_check_all_written(rig, 3);
    assert_int_equal(rig->epoch, 0);
    rig_finish(rig);
}

TEST(five_in_flight_survive_a_failure_in_the_middle)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_identify(rig);
    rig_pass(rig, 5000);
    rig_serve(rig, KC_ERR_NONE);
    for (int i = 1; i < 7; i++) {
        rig_put_batch(rig, i, 1);
    }
    assert_int_equal(rig->sent_count, 5);
    rig_serve(rig, KC_ERR_NONE);
    rig_serve(rig, KC_ERR_NOT_LEADER_OR_FOLLOWER);
    assert_true(rig->refresh_count > 0);
    rig_serve(rig, KC_ERR_NONE); /* the broker says out of order by itself */
    rig_serve_all(rig);
    rig_check_all_written(rig, 7);
    assert_int_equal(rig->epoch, 0);
    rig_finish(rig);
}

TEST(a_lost_answer_gives_no_duplicate)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_identify(rig);
    rig_pass(rig, 5000);
    rig_serve(rig, KC_ERR_NONE);
    rig_put_batch(rig, 1, 1);
    rig_put_batch(rig, 2, 1);
    rig_put_batch(rig, 3, 1);
    rig_lose(rig, true);
    rig_lose(rig, false);
    rig_lose(rig, false);
    rig_serve_all(rig);
    rig_check_all_written(rig, 4);
    rig_finish(rig);
}

TEST(the_epoch_moves_on_where_numbers_are_lost)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_identify(rig);
    rig_pass(rig, 5000);
    rig_serve(rig, KC_ERR_NONE);
    rig_put_batch(rig, 1, 1);
    rig_put_batch(rig, 2, 1);
    rig_serve(rig, KC_ERR_UNKNOWN_PRODUCER_ID);
    rig_serve_all(rig);
    rig_check_all_written(rig, 3);
    assert_int_equal(rig->epoch, 1);
    rig_finish(rig);
}

TEST(a_refused_record_leaves_no_gap)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_identify(rig);
    rig_pass(rig, 5000);
    rig_serve(rig, KC_ERR_NONE);
    rig_put_batch(rig, 1, 1);
    rig_put_batch(rig, 2, 1);
    rig_serve(rig, KC_ERR_INVALID_RECORD);
    assert_int_equal(rig->last[1].err, KC_ERR_INVALID_RECORD);
    assert_int_equal(rig->last[1].status, KC_NOT_WRITTEN);
    rig_serve_all(rig);
    assert_int_equal(rig->log_end, 2);
    assert_int_equal(rig->log[1], 2);
    assert_int_equal(rig->report_count, 3);
    assert_int_equal(rig->last[2].status, KC_WRITTEN);
    rig_finish(rig);
}

TEST(a_record_in_flight_too_long_is_maybe_written_and_keeps_its_memory)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_identify(rig);
    rig_pass(rig, 5000);
    struct exchange *exchange = rig_take_sent(rig);
    struct bundle *bundle = exchange->items[0].bundle;
    size_t used = rig->producer->pool.used;
    rig_pass(rig, 120000000);
    assert_int_equal(rig->reports[0], 1);
    assert_int_equal(rig->last[0].err, KC_ERR_TIMED_OUT);
    assert_int_equal(rig->last[0].status, KC_MAYBE_WRITTEN);
    assert_int_equal(rig->producer->pool.used, used);
    assert_int_equal(bundle->borrow_count, 1);
    int64_t offset;
    assert_int_equal(rig_broker_append(rig, bundle->wire, &offset), KC_ERR_NONE);
    /* New records wait until the late answer says that the numbers fit. */
    rig_put_batch(rig, 1, 1);
    assert_int_equal(rig->sent_count, 0);
    rig_answer_with(rig, exchange, KC_ERR_NONE, offset);
    rig_serve_all(rig);
    assert_int_equal(rig->epoch, 0);
    assert_int_equal(rig->log_end, 2);
    assert_int_equal(rig->reports[0], 1);
    assert_int_equal(rig->last[1].status, KC_WRITTEN);
    assert_int_equal(rig->producer->pool.used, 0);
    rig_finish(rig);
}

TEST(a_record_never_sent_in_time_is_not_written)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    producer_run(rig->producer);
    assert_int_equal(rig->scheduled_us, 1005000);
    rig_pass(rig, 5000);
    assert_int_equal(rig->scheduled_us, 121000000);
    rig_pass(rig, 120000000);
    assert_int_equal(rig->last[0].err, KC_ERR_TIMED_OUT);
    assert_int_equal(rig->last[0].status, KC_NOT_WRITTEN);
    rig_finish(rig);
}

TEST(a_record_that_waited_for_a_login_fails_by_that)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    rig_put_batch(rig, 0, 1);
    rig_identify(rig);
    rig_lose(rig, true);
    rig->refuses = INT32_MAX;
    rig->refusal = KC_ERR_SASL_AUTHENTICATION_FAILED;
    rig_pass(rig, 60000000);
    assert_int_equal(rig->report_count, 0); /* a login may come back */
    assert_int_equal(rig_put(rig, 1), KC_ERR_NONE);
    rig_pass(rig, 60000000);
    assert_int_equal(rig->last[0].err, KC_ERR_SASL_AUTHENTICATION_FAILED);
    assert_int_equal(rig->last[0].status, KC_MAYBE_WRITTEN);
    assert_int_equal(rig->report_count, 1);
    rig->refusal = KC_ERR_NONE;
    rig->refuses = 0;
    rig_serve_all(rig); /* let in again: it goes on by itself */
    assert_int_equal(rig->last[1].err, KC_ERR_NONE);
    rig_finish(rig);
}

TEST(too_large_for_the_broker_is_split_down)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(rig_put(rig, i), KC_ERR_NONE);
    }
    rig_identify(rig);
    rig_pass(rig, 5000);
    rig_serve(rig, KC_ERR_MESSAGE_TOO_LARGE);
    rig_serve_all(rig);
    rig_check_all_written(rig, 40);
    rig_finish(rig);
}

TEST(a_changed_leader_gets_the_rest)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_identify(rig);
    rig_pass(rig, 5000);
    rig->leader = 2;
    rig_serve(rig, KC_ERR_NOT_LEADER_OR_FOLLOWER);
    rig_pass(rig, 200000);
    assert_int_equal(rig->sent_count, 0);
    rig_tell_metadata(rig);
    producer_run(rig->producer);
    rig_serve_all(rig);
    rig_check_all_written(rig, 1);
    rig_finish(rig);
}

struct ended {
    int count;
};
static void on_ended(struct producer_ticket *ticket)
{
    ((struct ended *)ticket->context)->count++;
}

TEST(flush_waits_for_what_was_taken_before)
{
    struct producer_settings settings = rig_defaults();
    settings.linger_us = 1000000;
    struct rig *rig = rig_start(&settings);
    struct ended ended = { 0 };
    struct producer_ticket first = { .done = on_ended, .context = &ended };
    struct producer_ticket second = { .done = on_ended, .context = &ended };
    producer_flush(rig->producer, &first);
    assert_int_equal(ended.count, 1);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_identify(rig);
    producer_flush(rig->producer, &second);
    assert_int_equal(rig->sent_count, 1);
    assert_int_equal(rig_put(rig, 1), KC_ERR_NONE);
    assert_int_equal(ended.count, 1);
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(ended.count, 2);
    assert_int_equal(rig->report_count, 1);
    rig_finish(rig);
}

TEST(abort_reports_what_is_left_once)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_identify(rig);
    rig_pass(rig, 5000);
    assert_int_equal(rig_put(rig, 1), KC_ERR_NONE);
    producer_refuse(rig->producer);
    producer_seal(rig->producer);
    assert_int_equal(rig_put(rig, 2), KC_ERR_CLOSED);
    assert_int_equal(producer_abort(rig->producer), 2);
    assert_int_equal(rig->last[0].err, KC_ERR_MAYBE_WRITTEN);
    assert_int_equal(rig->last[0].status, KC_MAYBE_WRITTEN);
    assert_int_equal(rig->last[1].err, KC_ERR_PURGED);
    assert_int_equal(rig->last[1].status, KC_NOT_WRITTEN);
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(rig->reports[0] + rig->reports[1], 2);
    rig_finish(rig);
}

TEST(memory_is_bounded)
{
    struct producer_settings settings = rig_defaults();
    settings.memory_max = 4096;
    struct rig *rig = rig_start(&settings);
    int taken = 0;
    while (rig_put(rig, taken) == KC_ERR_NONE) {
        taken++;
    }
    assert_in_range(taken, 100, 500);
    assert_int_equal(rig_put(rig, taken), KC_ERR_QUEUE_FULL);
    rig_identify(rig);
    rig_pass(rig, 5000);
    rig_serve_all(rig);
    rig_check_all_written(rig, taken);
    assert_int_equal(rig_put(rig, taken), KC_ERR_NONE);
    rig_finish(rig);
}

TEST(random_faults_lose_and_double_nothing)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct producer_settings settings = rig_defaults();
        struct rig *rig = rig_start(&settings);
        struct random random;
        random_init(&random, seed);
        assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
        rig_identify(rig);
        int next = 1;
        for (int step = 0; step < 400; step++) {
            switch (random_below(&random, 8)) {
            case 0:
            case 1:
            case 2:
                assert_int_equal(rig_put(rig, next++), KC_ERR_NONE);
                break;
            case 3:
                rig_pass(rig, (int64_t)random_below(&random, 300000));
                break;
            case 4:
                if (rig->sent_count > 0) {
                    rig_serve(rig, KC_ERR_NOT_LEADER_OR_FOLLOWER);
                }
                break;
            case 5:
                /* A cut connection loses all that is on it, a prefix of which arrived. */
                for (uint64_t arrived = random_below(&random, 6); rig->sent_count > 0;) {
                    rig_lose(rig, arrived > 0);
                    arrived -= arrived > 0;
                }
                break;
            case 6:
                rig->refuses = (int)random_below(&random, 2);
                break;
            default:
                if (rig->sent_count > 0) {
                    rig_serve(rig, KC_ERR_NONE);
                }
            }
        }
        rig_serve_all(rig);
        rig_check_all_written(rig, next);
        rig_finish(rig);
    }
}
