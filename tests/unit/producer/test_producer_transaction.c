/* tests: a producer in transactions, against a scripted broker: which records go out, what becomes
 * of them, and what the commit is told. */
#include "unit/producer/rig.h"

#include "record/batch.h"

static struct rig *start(int16_t version)
{
    struct producer_settings settings = rig_defaults();
    return rig_start_transaction(&settings, version);
}

static void begin(struct rig *rig)
{
    struct kc_error error;
    assert_int_equal(transaction_begin(&rig->producer->transaction, &error), KC_ERR_NONE);
}

/* The batch of the request sent last-but-n. */
static struct batch sent_batch(const struct rig *rig, size_t place)
{
    struct batch batch;
    assert_true(place < rig->sent_count);
    assert_int_equal(batch_read(rig->sent[place]->items[0].bundle->wire, &batch), KC_ERR_NONE);
    return batch;
}

static void check_ended(struct rig *rig, enum kc_err err, enum kc_error_kind kind)
{
    assert_int_equal(rig->act_count, 1);
    assert_int_equal(rig->outcome.code, err);
    assert_int_equal(rig->outcome.kind, kind);
}

TEST(records_outside_a_transaction_are_refused_at_once)
{
    struct producer_settings settings = rig_defaults();
    settings.transactional_id = slice_text("x");
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_WRONG_STATE);
    rig_finish(rig);
    rig = start(2);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    assert_int_equal(rig_act(rig, TRANSACTION_COMMIT).code, KC_ERR_NONE);
    assert_int_equal(rig_put(rig, 1), KC_ERR_WRONG_STATE);
    rig_serve(rig, KC_ERR_NONE);
    rig_transacted(rig, KC_ERR_NONE, 1);
    check_ended(rig, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(rig_put(rig, 1), KC_ERR_WRONG_STATE);
    rig_finish(rig);
}

TEST(a_commit_sends_what_lingers_and_ends_when_all_is_acknowledged)
{
    struct rig *rig = start(2);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    producer_run(rig->producer);
    assert_int_equal(rig->sent_count, 0);
    assert_int_equal(rig_act(rig, TRANSACTION_COMMIT).code, KC_ERR_NONE);
    assert_int_equal(rig->sent_count, 1);
    assert_int_equal(rig->call, TRANSACTION_NO_CALL);
    struct batch batch = sent_batch(rig, 0);
    assert_true(batch_is_transactional(&batch));
    assert_int_equal(batch.producer_id, 9);
    assert_int_equal(batch.base_sequence, 0);
    assert_true(slice_equal(rig->sent[0]->request.transactional_id, slice_text("x")));
    assert_int_equal(rig->sent[0]->version_min, 12);
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(rig->call, TRANSACTION_CALL_END);
    assert_int_equal(rig->act_count, 0);
    rig_transacted(rig, KC_ERR_NONE, 1);
    check_ended(rig, KC_ERR_NONE, KC_KIND_PLAIN);
    /* The next transaction has an epoch of its own, and numbers from 0. */
    begin(rig);
    rig_put_batch(rig, 1, 1);
    batch = sent_batch(rig, 0);
    assert_int_equal(batch.producer_epoch, 1);
    assert_int_equal(batch.base_sequence, 0);
    rig_serve(rig, KC_ERR_NONE);
    rig_check_all_written(rig, 2);
    rig_finish(rig);
}

TEST(a_batch_that_its_sender_compressed_is_transactional_too)
{
    struct producer_settings settings = rig_defaults();
    settings.codec = COMPRESSION_LZ4;
    settings.level = COMPRESSION_LEVEL_DEFAULT;
    struct rig *rig = rig_start_transaction(&settings, 2);
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(rig_put(rig, i), KC_ERR_NONE);
    }
    assert_int_equal(rig_act(rig, TRANSACTION_COMMIT).code, KC_ERR_NONE);
    for (int next = 0; next < 2000;) {
        struct batch batch = sent_batch(rig, 0);
        assert_true(batch_is_transactional(&batch));
        assert_int_equal(batch.base_sequence, next);
        next += batch.record_count;
        rig_answer_with(rig, rig_take_sent(rig), KC_ERR_NONE, 0);
    }
    assert_int_equal(rig->call, TRANSACTION_CALL_END);
    rig_transacted(rig, KC_ERR_NONE, 1);
    rig_finish(rig);
}

TEST(version_1_sends_nothing_before_the_coordinator_has_the_partition)
{
    struct rig *rig = start(1);
    rig_put_batch(rig, 0, 1);
    assert_int_equal(rig->call, TRANSACTION_CALL_ADD_PARTITIONS);
    assert_int_equal(rig->sent_count, 0);
    rig_transacted(rig, KC_ERR_CONCURRENT_TRANSACTIONS, -1);
    assert_int_equal(rig->sent_count, 0);
    assert_true(rig->scheduled_us <= rig->now_us + 20000);
    rig_pass(rig, rig->scheduled_us - rig->now_us);
    assert_int_equal(rig->call, TRANSACTION_CALL_ADD_PARTITIONS);
    rig_transacted(rig, KC_ERR_NONE, -1);
    assert_int_equal(rig->sent_count, 1);
    assert_int_equal(rig->sent[0]->version_max, 11);
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(rig_act(rig, TRANSACTION_COMMIT).code, KC_ERR_NONE);
    assert_int_equal(rig->call, TRANSACTION_CALL_END);
    rig_transacted(rig, KC_ERR_NONE, -1);
    /* The same epoch: numbers go on. */
    begin(rig);
    rig_put_batch(rig, 1, 1);
    rig_transacted(rig, KC_ERR_NONE, -1);
    assert_int_equal(sent_batch(rig, 0).base_sequence, 1);
    rig_serve(rig, KC_ERR_NONE);
    rig_check_all_written(rig, 2);
    rig_finish(rig);
}

TEST(a_record_that_fails_takes_the_transaction_with_it)
{
    struct rig *rig = start(2);
    rig_put_batch(rig, 0, 1);
    rig_serve(rig, KC_ERR_NONE);
    rig_put_batch(rig, 1, 2);
    assert_int_equal(rig_put(rig, 3), KC_ERR_NONE);
    assert_int_equal(rig_act(rig, TRANSACTION_COMMIT).code, KC_ERR_NONE);
    rig_serve(rig, KC_ERR_INVALID_RECORD);
    check_ended(rig, KC_ERR_INVALID_RECORD, KC_KIND_ABORTABLE);
    assert_non_null(strstr(rig->outcome.text, "t-0: 2 records (sequence 1 to 2, after offset 0)"));
    /* What was in flight behind it ends when its answer is here. */
    while (rig->sent_count > 0) {
        rig_serve(rig, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
    for (int i = 1; i < 4; i++) {
        assert_int_equal(rig->reports[i], 1);
        assert_int_not_equal(rig->last[i].err, KC_ERR_NONE);
    }
    assert_int_equal(rig_put(rig, 4), KC_ERR_INVALID_RECORD);
    assert_int_equal(rig_act(rig, TRANSACTION_ABORT).code, KC_ERR_NONE);
    assert_int_equal(rig->call, TRANSACTION_CALL_END);
    rig_transacted(rig, KC_ERR_NONE, 1);
    check_ended(rig, KC_ERR_NONE, KC_KIND_PLAIN);
    begin(rig);
    rig_put_batch(rig, 5, 1);
    assert_int_equal(sent_batch(rig, 0).base_sequence, 0);
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(rig->last[5].err, KC_ERR_NONE);
    rig_finish(rig);
}

TEST(an_abort_reports_what_was_not_sent_and_waits_for_what_was)
{
    struct rig *rig = start(2);
    rig_put_batch(rig, 0, 1);
    assert_int_equal(rig->sent_count, 1);
    assert_int_equal(rig_put(rig, 1), KC_ERR_NONE);
    assert_int_equal(rig_act(rig, TRANSACTION_ABORT).code, KC_ERR_NONE);
    assert_int_equal(rig->reports[1], 1);
    assert_int_equal(rig->last[1].err, KC_ERR_TXN_ABORTED);
    assert_int_equal(rig->last[1].status, KC_NOT_WRITTEN);
    assert_int_equal(rig->call, TRANSACTION_NO_CALL);
    rig_lose(rig, true); /* not sent again */
    assert_int_equal(rig->sent_count, 0);
    assert_int_equal(rig->reports[0], 1);
    assert_int_equal(rig->last[0].status, KC_MAYBE_WRITTEN);
    assert_int_equal(rig->call, TRANSACTION_CALL_END);
    rig_transacted(rig, KC_ERR_NONE, 1);
    check_ended(rig, KC_ERR_NONE, KC_KIND_PLAIN);
    rig_finish(rig);
}

TEST(a_lost_answer_is_asked_for_again_within_the_transaction)
{
    struct rig *rig = start(2);
    rig_put_batch(rig, 0, 2);
    rig_lose(rig, true);
    rig_pass(rig, 200000);
    rig_serve(rig, KC_ERR_NONE); /* a duplicate to the broker */
    rig_check_all_written(rig, 2);
    assert_int_equal(rig_act(rig, TRANSACTION_COMMIT).code, KC_ERR_NONE);
    rig_transacted(rig, KC_ERR_NONE, 1);
    check_ended(rig, KC_ERR_NONE, KC_KIND_PLAIN);
    rig_finish(rig);
}

TEST(a_gap_is_abortable_and_never_healed_by_a_new_epoch)
{
    struct rig *rig = start(2);
    rig_put_batch(rig, 0, 1);
    rig_serve(rig, KC_ERR_NONE);
    rig_put_batch(rig, 1, 3);
    rig_serve(rig, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_int_equal(rig->last[1].err, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_int_equal(rig->producer->transaction.state, KC_TRANSACTION_ABORTABLE);
    assert_int_equal(rig->producer->identity.epoch, 0);
    assert_non_null(strstr(rig->producer->transaction.error.text,
                           "t-0: 3 records (sequence 1 to 3, after offset 0)"));
    rig_finish(rig);
}

TEST(a_batch_too_large_goes_in_halves_with_their_numbers)
{
    struct rig *rig = start(2);
    rig_put_batch(rig, 0, 4);
    rig_serve(rig, KC_ERR_MESSAGE_TOO_LARGE);
    rig_serve_all(rig);
    rig_check_all_written(rig, 4);
    assert_int_equal(rig->epoch, 0);
    assert_int_equal(rig_act(rig, TRANSACTION_COMMIT).code, KC_ERR_NONE);
    rig_transacted(rig, KC_ERR_NONE, 1);
    check_ended(rig, KC_ERR_NONE, KC_KIND_PLAIN);
    rig_finish(rig);
}

TEST(a_topic_made_anew_starts_over_within_the_transaction)
{
    struct rig *rig = start(2);
    rig_put_batch(rig, 0, 2);
    rig_serve(rig, KC_ERR_NONE);
    rig->topic_id = 2;
    rig_tell_metadata(rig);
    rig->epoch = -1; /* the new log knows nobody */
    rig_put_batch(rig, 2, 1);
    struct batch batch = sent_batch(rig, 0);
    assert_int_equal(batch.base_sequence, 0);
    assert_int_equal(batch.producer_epoch, 0);
    rig_serve(rig, KC_ERR_NONE);
    rig_check_all_written(rig, 3);
    rig_finish(rig);
}

TEST(retention_that_forgot_the_producer_does_not_end_the_transaction)
{
    struct rig *rig = start(2);
    rig_put_batch(rig, 0, 2);
    rig_serve(rig, KC_ERR_NONE);
    rig_put_batch(rig, 2, 1);
    rig->log_start = 2;
    rig_serve(rig, KC_ERR_UNKNOWN_PRODUCER_ID);
    rig->epoch = -1;
    rig_serve_all(rig);
    rig_check_all_written(rig, 3);
    assert_int_equal(rig->producer->transaction.state, KC_TRANSACTION_OPEN);
    rig_finish(rig);
}

TEST(records_too_old_fail_the_commit)
{
    struct rig *rig = start(2);
    rig->leader = 2; /* nobody takes anything */
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    assert_int_equal(rig_act(rig, TRANSACTION_COMMIT).code, KC_ERR_NONE);
    rig_pass(rig, 121000000);
    check_ended(rig, KC_ERR_TIMED_OUT, KC_KIND_ABORTABLE);
    assert_int_equal(rig->last[0].status, KC_NOT_WRITTEN);
    assert_int_equal(rig_act(rig, TRANSACTION_ABORT).code, KC_ERR_NONE);
    rig_transacted(rig, KC_ERR_NONE, 1);
    rig->leader = 1;
    begin(rig);
    rig_put_batch(rig, 1, 1);
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(rig->last[1].err, KC_ERR_NONE);
    rig_finish(rig);
}

TEST(a_fenced_producer_reports_everything_and_takes_nothing)
{
    struct rig *rig = start(2);
    rig_put_batch(rig, 0, 1);
    assert_int_equal(rig_put(rig, 1), KC_ERR_NONE);
    rig_serve(rig, KC_ERR_PRODUCER_FENCED);
    assert_int_equal(rig->reports[0], 1);
    assert_int_equal(rig->reports[1], 1);
    assert_int_equal(rig->last[1].err, KC_ERR_PRODUCER_FENCED);
    assert_int_equal(rig_put(rig, 2), KC_ERR_PRODUCER_FENCED);
    assert_int_equal(rig_act(rig, TRANSACTION_ABORT).kind, KC_KIND_FATAL);
    rig_finish(rig);
}

TEST(an_old_epoch_is_the_coordinators_word)
{
    struct rig *rig = start(2);
    rig_put_batch(rig, 0, 1);
    rig_serve(rig, KC_ERR_INVALID_PRODUCER_EPOCH);
    assert_int_equal(rig->producer->transaction.state, KC_TRANSACTION_ABORTABLE);
    assert_int_equal(rig_act(rig, TRANSACTION_ABORT).code, KC_ERR_NONE);
    assert_int_equal(rig->call, TRANSACTION_CALL_END);
    rig_transacted(rig, KC_ERR_PRODUCER_FENCED, -1);
    check_ended(rig, KC_ERR_PRODUCER_FENCED, KC_KIND_FATAL);
    rig_finish(rig);
}

TEST(version_1_gets_a_new_epoch_after_a_record_of_unknown_fate)
{
    struct rig *rig = start(1);
    rig_put_batch(rig, 0, 1);
    rig_transacted(rig, KC_ERR_NONE, -1);
    rig_pass(rig, 121000000); /* in flight all the time */
    assert_int_equal(rig->last[0].status, KC_MAYBE_WRITTEN);
    rig_lose(rig, true);
    assert_int_equal(rig_act(rig, TRANSACTION_ABORT).code, KC_ERR_NONE);
    assert_int_equal(rig->call, TRANSACTION_CALL_END);
    rig_transacted(rig, KC_ERR_NONE, -1);
    assert_int_equal(rig->call, TRANSACTION_CALL_INIT);
    rig_transacted(rig, KC_ERR_NONE, 1);
    check_ended(rig, KC_ERR_NONE, KC_KIND_PLAIN);
    begin(rig);
    rig_put_batch(rig, 1, 1);
    rig_transacted(rig, KC_ERR_NONE, -1);
    assert_int_equal(sent_batch(rig, 0).base_sequence, 0);
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(rig->last[1].err, KC_ERR_NONE);
    rig_finish(rig);
}
