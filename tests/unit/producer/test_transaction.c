/* tests: the states of a transactional producer, told as stories: what the application calls, and
 * what becomes of its records. */
#include "deal.h"
#include "support/test.h"

TEST(without_a_transactional_id_every_call_is_refused)
{
    struct deal deal;
    const struct retry_policy retry = { 100, 1000 };
    deal_init(&deal, 2);
    transaction_init(&deal.transaction, false, &retry, 1);
    assert_int_equal(deal_start(&deal, TRANSACTION_INITIALIZE, false), KC_ERR_WRONG_STATE);
    assert_int_equal(deal_begin(&deal), KC_ERR_WRONG_STATE);
    assert_int_equal(transaction_send_offsets(&deal.transaction, &deal.offsets, &deal.refused),
                     KC_ERR_WRONG_STATE);
    assert_non_null(strstr(deal.refused.text, "transactional.id"));
    assert_int_equal(deal_next(&deal), TRANSACTION_NO_CALL);
    deal_check_state(&deal, KC_TRANSACTION_UNINITIALIZED, KC_ERR_NONE);
}

TEST(version_1_adds_partitions_and_offsets_before_they_are_used)
{
    struct deal deal;
    deal_make_ready(&deal, 1);
    deal_check_state(&deal, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
    assert_int_equal(deal_begin(&deal), KC_ERR_NONE);
    deal_check_state(&deal, KC_TRANSACTION_OPEN, KC_ERR_NONE);
    transaction_enlist(&deal.transaction, &deal.a);
    assert_false(transaction_has(&deal.transaction, &deal.a));
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_ADD_PARTITIONS);
    /* One that comes while the first is under way goes with the next request. */
    transaction_enlist(&deal.transaction, &deal.b);
    assert_int_equal(deal_next(&deal), TRANSACTION_NO_CALL);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    assert_true(transaction_has(&deal.transaction, &deal.a));
    assert_false(transaction_has(&deal.transaction, &deal.b));
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_ADD_PARTITIONS);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    assert_true(transaction_has(&deal.transaction, &deal.b));
    assert_int_equal(transaction_send_offsets(&deal.transaction, &deal.offsets, &deal.refused),
                     KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_ADD_OFFSETS);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_COMMIT_OFFSETS);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    assert_int_equal(deal.offsets_count, 1);
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    assert_int_equal(transaction_next(&deal.transaction, false, deal.now_us),
                     TRANSACTION_NO_CALL); /* records are under way */
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
    deal_check_state(&deal, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
    assert_int_equal(deal.transaction.identity.epoch, 0);
    /* In the next one it must be added anew. */
    assert_int_equal(deal_begin(&deal), KC_ERR_NONE);
    assert_false(transaction_has(&deal.transaction, &deal.a));
}

TEST(version_2_leaves_adding_to_the_brokers_and_moves_the_epoch)
{
    struct deal deal;
    deal_make_open(&deal, 2);
    assert_int_equal(deal_next(&deal), TRANSACTION_NO_CALL);
    assert_int_equal(transaction_send_offsets(&deal.transaction, &deal.offsets, &deal.refused),
                     KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_COMMIT_OFFSETS);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_NONE, 1);
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(deal.transaction.identity.epoch, 1);
}

TEST(an_empty_transaction_ends_without_a_word)
{
    struct deal deal;
    deal_make_ready(&deal, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(deal_begin(&deal), KC_ERR_NONE);
        assert_int_equal(deal_start(&deal, i ? TRANSACTION_ABORT : TRANSACTION_COMMIT, false),
                         KC_ERR_NONE);
        assert_int_equal(deal_next(&deal), TRANSACTION_NO_CALL);
        deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
        deal_check_state(&deal, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
    }
}

TEST(a_cluster_that_moves_to_version_2_gets_a_new_epoch_first)
{
    struct deal deal;
    deal_make_open(&deal, 1);
    deal.transaction.version_told = 2;
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    assert_int_equal(deal.waiter.count, 0);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_INIT);
    assert_true(deal.transaction.is_bumping);
    (void)deal_answer(&deal, KC_ERR_NONE, 1);
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(deal_begin(&deal), KC_ERR_NONE);
    assert_int_equal(deal.transaction.version, 2);
}

TEST(calls_out_of_place_change_nothing_and_say_what_is_missing)
{
    struct deal deal;
    deal_init(&deal, 2);
    assert_int_equal(deal_begin(&deal), KC_ERR_WRONG_STATE);
    assert_non_null(strstr(deal.refused.text, "kc_producer_init_transactions"));
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, false), KC_ERR_WRONG_STATE);
    deal_make_ready(&deal, 2);
    assert_int_equal(deal_start(&deal, TRANSACTION_INITIALIZE, false), KC_ERR_WRONG_STATE);
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, false), KC_ERR_WRONG_STATE);
    assert_int_equal(deal_start(&deal, TRANSACTION_ABORT, false), KC_ERR_WRONG_STATE);
    assert_int_equal(deal.refused.kind, KC_KIND_PLAIN);
    deal_make_open(&deal, 2);
    assert_int_equal(deal_begin(&deal), KC_ERR_WRONG_STATE);
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    struct deal_waiter other = { .wait.done = deal_waiter_done };
    assert_int_equal(
        transaction_start(&deal.transaction, TRANSACTION_ABORT, false, &other.wait, &deal.refused),
        KC_ERR_WRONG_STATE);
    deal_check_state(&deal, KC_TRANSACTION_COMMITTING, KC_ERR_WRONG_STATE);
    assert_int_equal(deal.waiter.count, 0);
}

TEST(a_failed_record_makes_the_commit_fail_with_the_first_cause)
{
    struct deal deal;
    deal_make_open(&deal, 2);
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    transaction_fail_records(&deal.transaction, KC_ERR_TIMED_OUT, "t-3: late", true);
    transaction_fail_records(&deal.transaction, KC_ERR_INVALID_RECORD, "t-4: other", true);
    deal_check_done(&deal, KC_ERR_TIMED_OUT, KC_KIND_ABORTABLE);
    assert_string_equal(deal.waiter.outcome.text, "t-3: late");
    deal_check_state(&deal, KC_TRANSACTION_ABORTABLE, KC_ERR_TIMED_OUT);
    assert_int_equal(deal_next(&deal), TRANSACTION_NO_CALL);
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, true), KC_ERR_TIMED_OUT);
    assert_int_equal(deal.refused.kind, KC_KIND_ABORTABLE);
    assert_int_equal(deal_start(&deal, TRANSACTION_ABORT, false), KC_ERR_NONE);
    /* What fails now belongs to what is being aborted anyway. */
    transaction_fail_records(&deal.transaction, KC_ERR_INVALID_RECORD, "t-5: late", true);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_NONE, 1);
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(deal_begin(&deal), KC_ERR_NONE);
}

TEST(version_1_moves_the_epoch_itself_after_records_of_unknown_fate)
{
    struct deal deal;
    deal_make_open(&deal, 1);
    transaction_fail_records(&deal.transaction, KC_ERR_TIMED_OUT, "late", true);
    assert_int_equal(deal_start(&deal, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    deal_check_state(&deal, KC_TRANSACTION_INITIALIZING, KC_ERR_WRONG_STATE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_INIT);
    assert_true(deal.transaction.is_bumping);
    assert_int_equal(deal.waiter.count, 0);
    (void)deal_answer(&deal, KC_ERR_NONE, 1);
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(deal.transaction.identity.epoch, 1);
    /* Records that never had numbers leave no doubt. */
    deal_make_open(&deal, 1);
    transaction_fail_records(&deal.transaction, KC_ERR_TIMED_OUT, "late", false);
    assert_int_equal(deal_start(&deal, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    deal_check_state(&deal, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
}

TEST(a_coordinator_that_cannot_move_the_epoch_makes_doubt_fatal)
{
    struct deal deal;
    deal_make_open(&deal, 1);
    deal.transaction.can_bump = false;
    transaction_fail_records(&deal.transaction, KC_ERR_TIMED_OUT, "late", true);
    deal_check_state(&deal, KC_TRANSACTION_FATAL, KC_ERR_TIMED_OUT);
}

TEST(offsets_that_an_abort_overtakes_are_told_so)
{
    struct deal deal;
    deal_make_open(&deal, 1);
    assert_int_equal(transaction_send_offsets(&deal.transaction, &deal.offsets, &deal.refused),
                     KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_ADD_OFFSETS);
    assert_int_equal(deal_start(&deal, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(deal.offsets_count, 1);
    assert_int_equal(deal.offsets_outcome.code, KC_ERR_TXN_ABORTED);
    (void)deal_answer(&deal, KC_ERR_NONE, -1); /* of offsets that are not ours any more */
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
}

TEST(closing_ends_whatever_waits)
{
    struct deal deal;
    deal_make_open(&deal, 2);
    assert_int_equal(transaction_send_offsets(&deal.transaction, &deal.offsets, &deal.refused),
                     KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_COMMIT_OFFSETS);
    transaction_close(&deal.transaction);
    assert_int_equal(deal.offsets_outcome.code, KC_ERR_CLOSED);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    deal_check_state(&deal, KC_TRANSACTION_FATAL, KC_ERR_CLOSED);
}
