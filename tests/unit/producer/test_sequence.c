/* tests: sequence numbers, and what error answers mean for them. */
#include "producer/sequence.h"
#include "support/test.h"

static const struct sequence_identity first = { 7, 0 };
static const struct sequence_identity second = { 7, 1 };

static struct sequence made(void)
{
    struct sequence sequence;
    sequence_init(&sequence);
    sequence_restart(&sequence, first);
    return sequence;
}

TEST(numbers_follow_each_other_and_wrap_as_in_kafka)
{
    struct sequence sequence = made();
    assert_int_equal(sequence_take(&sequence, 10), 0);
    assert_int_equal(sequence_take(&sequence, 5), 10);
    assert_int_equal(sequence_add(INT32_MAX, 1), 0);
    assert_int_equal(sequence_add(INT32_MAX - 2, 5), 2);
    sequence.next = INT32_MAX;
    assert_int_equal(sequence_take(&sequence, 2), INT32_MAX);
    assert_int_equal(sequence.next, 1);
}

static struct sequence_answer answer(enum kc_err err, struct sequence_identity identity,
                                     int32_t base)
{
    return (struct sequence_answer){
        .err = err, .identity = identity, .base = base, .log_start_offset = 0
    };
}

static enum sequence_verdict judge(struct sequence *sequence, enum kc_err err,
                                   struct sequence_identity identity, int32_t base)
{
    struct sequence_answer told = answer(err, identity, base);
    return sequence_judge(sequence, &told);
}

static enum sequence_verdict judge_in_transaction(struct sequence *sequence, enum kc_err err,
                                                  int32_t base, int64_t log_start_offset)
{
    struct sequence_answer told = answer(err, first, base);
    told.is_transactional = true;
    told.log_start_offset = log_start_offset;
    return sequence_judge(sequence, &told);
}

TEST(out_of_order_behind_a_failed_batch_is_tried_again)
{
    struct sequence sequence = made();
    (void)sequence_take(&sequence, 10);
    (void)sequence_take(&sequence, 10);
    assert_int_equal(judge(&sequence, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, first, 10),
                     SEQUENCE_RETRY);
    assert_false(sequence.wants_restart);
}

TEST(out_of_order_of_the_next_batch_starts_a_new_epoch)
{
    struct sequence sequence = made();
    (void)sequence_take(&sequence, 10);
    sequence_acked(&sequence, first, 0, 10, -1);
    (void)sequence_take(&sequence, 10);
    assert_int_equal(judge(&sequence, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, first, 10),
                     SEQUENCE_RESTART);
    assert_true(sequence.wants_restart);
}

TEST(duplicate_is_success_and_other_errors_are_not_ours)
{
    struct sequence sequence = made();
    assert_int_equal(judge(&sequence, KC_ERR_DUPLICATE_SEQUENCE_NUMBER, first, 0),
                     SEQUENCE_WRITTEN);
    assert_int_equal(judge(&sequence, KC_ERR_NOT_LEADER_OR_FOLLOWER, first, 0), SEQUENCE_OTHER);
    assert_int_equal(judge(&sequence, KC_ERR_UNKNOWN_PRODUCER_ID, first, 0), SEQUENCE_RESTART);
}

TEST(answers_of_an_old_epoch_change_nothing)
{
    struct sequence sequence = made();
    sequence_restart(&sequence, second);
    sequence_acked(&sequence, first, 0, 10, -1);
    assert_int_equal(sequence.acked, -1);
    assert_int_equal(judge(&sequence, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, first, 0),
                     SEQUENCE_RETRY);
    (void)judge(&sequence, KC_ERR_UNKNOWN_PRODUCER_ID, first, 0);
    assert_false(sequence.wants_restart);
}

TEST(a_doubt_is_settled_by_a_late_answer_or_a_new_epoch)
{
    struct sequence sequence = made();
    (void)sequence_take(&sequence, 10);
    sequence_doubt(&sequence, 0, 10);
    sequence_acked(&sequence, first, 0, 10, -1);
    sequence_settle(&sequence);
    assert_false(sequence.is_unresolved || sequence.wants_restart);
    (void)sequence_take(&sequence, 1);
    sequence_doubt(&sequence, 10, 1);
    sequence_settle(&sequence);
    assert_false(sequence.is_unresolved);
    assert_true(sequence.wants_restart);
}

TEST(late_answers_do_not_set_back)
{
    struct sequence sequence = made();
    sequence_acked(&sequence, first, 10, 10, -1);
    sequence_acked(&sequence, first, 0, 10, -1);
    assert_int_equal(sequence.acked, 19);
    sequence.acked = INT32_MAX - 1;
    sequence_acked(&sequence, first, INT32_MAX, 3, -1);
    assert_int_equal(sequence.acked, 1);
}

TEST(a_gap_in_a_transaction_is_never_healed_by_itself)
{
    struct sequence sequence = made();
    (void)sequence_take(&sequence, 20);
    sequence_acked(&sequence, first, 0, 10, 100);
    assert_int_equal(judge_in_transaction(&sequence, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 10, 0),
                     SEQUENCE_GAP);
    assert_int_equal(judge_in_transaction(&sequence, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 15, 0),
                     SEQUENCE_RETRY);
    assert_int_equal(judge_in_transaction(&sequence, KC_ERR_INVALID_PRODUCER_EPOCH, 10, 0),
                     SEQUENCE_GAP);
    assert_false(sequence.wants_restart);
}

TEST(a_producer_that_retention_forgot_starts_over)
{
    struct sequence sequence = made();
    (void)sequence_take(&sequence, 20);
    sequence_acked(&sequence, first, 0, 10, 100);
    assert_int_equal(sequence.acked_offset, 109);
    /* The broker does not tell where its log starts. */
    assert_int_equal(judge_in_transaction(&sequence, KC_ERR_UNKNOWN_PRODUCER_ID, 10, -1),
                     SEQUENCE_RETRY);
    /* What was acknowledged should still be there. */
    assert_int_equal(judge_in_transaction(&sequence, KC_ERR_UNKNOWN_PRODUCER_ID, 10, 109),
                     SEQUENCE_GAP);
    assert_false(sequence.wants_restart);
    assert_int_equal(judge_in_transaction(&sequence, KC_ERR_UNKNOWN_PRODUCER_ID, 10, 110),
                     SEQUENCE_RESTART);
    assert_true(sequence.wants_restart);
    sequence_restart(&sequence, second);
    assert_int_equal(sequence.acked_offset, 109);
}

TEST(behind_a_batch_in_doubt_only_the_next_one_tells_of_a_gap)
{
    struct sequence sequence = made();
    (void)sequence_take(&sequence, 30);
    sequence_doubt(&sequence, 0, 10);
    assert_int_equal(judge(&sequence, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, first, 20),
                     SEQUENCE_RETRY);
    assert_false(sequence.wants_restart);
    assert_int_equal(judge(&sequence, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, first, 10),
                     SEQUENCE_RESTART);
    /* The last batch in doubt counts, also when the numbers wrap. */
    sequence = made();
    sequence_doubt(&sequence, INT32_MAX - 1, 1);
    sequence_doubt(&sequence, INT32_MAX, 3);
    assert_int_equal(sequence.unresolved_next, 2);
    sequence_doubt(&sequence, INT32_MAX - 1, 1);
    assert_int_equal(sequence.unresolved_next, 2);
}

TEST(an_old_epoch_is_no_excuse_to_write_twice)
{
    struct sequence sequence = made();
    struct sequence_answer told = answer(KC_ERR_INVALID_PRODUCER_EPOCH, first, 0);
    told.maybe_written = true;
    assert_int_equal(sequence_judge(&sequence, &told), SEQUENCE_GAP);
    told.maybe_written = false;
    assert_int_equal(sequence_judge(&sequence, &told), SEQUENCE_RESTART);
}

TEST(offsets_of_acknowledged_records_only_grow)
{
    struct sequence sequence = made();
    sequence_acked(&sequence, first, 10, 10, 50);
    sequence_acked(&sequence, first, 0, 10, 40);
    assert_int_equal(sequence.acked_offset, 59);
    sequence_acked(&sequence, first, 20, 10, -1);
    assert_int_equal(sequence.acked_offset, 59);
}
