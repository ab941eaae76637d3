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

TEST(out_of_order_behind_a_failed_batch_is_tried_again)
{
    struct sequence sequence = made();
    (void)sequence_take(&sequence, 10);
    (void)sequence_take(&sequence, 10);
    assert_int_equal(sequence_judge(&sequence, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, first, 10),
                     SEQUENCE_RETRY);
    assert_false(sequence.wants_restart);
}

TEST(out_of_order_of_the_next_batch_starts_a_new_epoch)
{
    struct sequence sequence = made();
    (void)sequence_take(&sequence, 10);
    sequence_acked(&sequence, first, 0, 10);
    (void)sequence_take(&sequence, 10);
    assert_int_equal(sequence_judge(&sequence, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, first, 10),
                     SEQUENCE_RESTART);
    assert_true(sequence.wants_restart);
}

TEST(duplicate_is_success_and_other_errors_are_not_ours)
{
    struct sequence sequence = made();
    assert_int_equal(sequence_judge(&sequence, KC_ERR_DUPLICATE_SEQUENCE_NUMBER, first, 0),
                     SEQUENCE_WRITTEN);
    assert_int_equal(sequence_judge(&sequence, KC_ERR_NOT_LEADER_OR_FOLLOWER, first, 0),
                     SEQUENCE_OTHER);
    assert_int_equal(sequence_judge(&sequence, KC_ERR_UNKNOWN_PRODUCER_ID, first, 0),
                     SEQUENCE_RESTART);
}

TEST(answers_of_an_old_epoch_change_nothing)
{
    struct sequence sequence = made();
    sequence_restart(&sequence, second);
    sequence_acked(&sequence, first, 0, 10);
    assert_int_equal(sequence.acked, -1);
    assert_int_equal(sequence_judge(&sequence, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, first, 0),
                     SEQUENCE_RETRY);
    (void)sequence_judge(&sequence, KC_ERR_UNKNOWN_PRODUCER_ID, first, 0);
    assert_false(sequence.wants_restart);
}

TEST(a_doubt_is_settled_by_a_late_answer_or_a_new_epoch)
{
    struct sequence sequence = made();
    (void)sequence_take(&sequence, 10);
    sequence.is_unresolved = true;
    sequence_acked(&sequence, first, 0, 10);
    sequence_settle(&sequence);
    assert_false(sequence.is_unresolved || sequence.wants_restart);
    (void)sequence_take(&sequence, 1);
    sequence.is_unresolved = true;
    sequence_settle(&sequence);
    assert_false(sequence.is_unresolved);
    assert_true(sequence.wants_restart);
}

TEST(late_answers_do_not_set_back)
{
    struct sequence sequence = made();
    sequence_acked(&sequence, first, 10, 10);
    sequence_acked(&sequence, first, 0, 10);
    assert_int_equal(sequence.acked, 19);
    sequence.acked = INT32_MAX - 1;
    sequence_acked(&sequence, first, INT32_MAX, 3);
    assert_int_equal(sequence.acked, 1);
}
