/* tests: what the answers of coordinators do to a transaction, and that none came. */
#include "deal.h"
#include "support/test.h"

TEST(a_moved_or_loading_coordinator_is_asked_again_until_it_tells)
{
    static const enum kc_err elsewhere[] = { KC_ERR_NOT_COORDINATOR,
                                             KC_ERR_COORDINATOR_NOT_AVAILABLE };
    static const enum kc_err same[] = { KC_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                                        KC_ERR_CONCURRENT_TRANSACTIONS };
    struct deal deal;
    deal_init(&deal, 1);
    assert_int_equal(deal_start(&deal, TRANSACTION_INITIALIZE, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_INIT);
    for (size_t i = 0; i < ARRAY_COUNT(same); i++) {
        assert_false(deal_answer(&deal, same[i], -1));
        deal_check_again(&deal, TRANSACTION_CALL_INIT,
                         same[i] == KC_ERR_CONCURRENT_TRANSACTIONS ? 120 : 1200);
        assert_true(deal_answer(&deal, elsewhere[i], -1));
        deal_check_again(&deal, TRANSACTION_CALL_INIT, 1200);
    }
    assert_true(deal_lose(&deal, KC_ERR_DISCONNECTED));
    assert_non_null(strstr(deal.transaction.cause.text, "InitProducerId: DISCONNECTED: cut"));
    deal_check_again(&deal, TRANSACTION_CALL_INIT, 1200);
    assert_int_equal(deal.waiter.count, 0);
    (void)deal_answer(&deal, KC_ERR_NONE, 0);
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(deal.transaction.cause.code, KC_ERR_NONE);
}

TEST(the_first_partition_waits_only_shortly_for_the_last_transaction)
{
    struct deal deal;
    deal_make_ready(&deal, 1);
    assert_int_equal(deal_begin(&deal), KC_ERR_NONE);
    transaction_enlist(&deal.transaction, &deal.a);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_ADD_PARTITIONS);
    for (int i = 0; i < 10; i++) {
        (void)deal_answer(&deal, KC_ERR_CONCURRENT_TRANSACTIONS, -1);
        deal_check_again(&deal, TRANSACTION_CALL_ADD_PARTITIONS, 20);
    }
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    assert_true(transaction_has(&deal.transaction, &deal.a));
}

TEST(another_producer_of_the_same_name_is_fatal)
{
    static const enum kc_err errs[] = { KC_ERR_PRODUCER_FENCED, KC_ERR_INVALID_PRODUCER_EPOCH };
    for (size_t i = 0; i < ARRAY_COUNT(errs); i++) {
        struct deal deal;
        deal_make_open(&deal, 1);
        assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, false), KC_ERR_NONE);
        assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
        (void)deal_answer(&deal, errs[i], -1);
        deal_check_done(&deal, KC_ERR_PRODUCER_FENCED, KC_KIND_FATAL);
        deal_check_state(&deal, KC_TRANSACTION_FATAL, KC_ERR_PRODUCER_FENCED);
        assert_int_equal(deal_begin(&deal), KC_ERR_PRODUCER_FENCED);
        assert_int_equal(deal.refused.kind, KC_KIND_FATAL);
        assert_int_equal(deal_next(&deal), TRANSACTION_NO_CALL);
    }
}

TEST(a_commit_of_unknown_outcome_is_asked_for_again)
{
    struct deal deal;
    struct deal_waiter late = { .wait.done = deal_waiter_done };
    deal_make_open(&deal, 2);
    assert_int_equal(
        transaction_start(&deal.transaction, TRANSACTION_COMMIT, false, &late.wait, &deal.refused),
        KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_lose(&deal, KC_ERR_TIMED_OUT);
    deal_check_again(&deal, TRANSACTION_CALL_END, 120);
    /* The application comes back and waits for the same commit. */
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, true), KC_ERR_NONE);
    (void)deal_answer(&deal, KC_ERR_NONE, 1);
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(late.count, 1);
    /* Or it comes when all is over. */
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, true), KC_ERR_NONE);
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
}

TEST(an_abort_after_an_unanswered_addition_asks_and_believes_that_nothing_was_there)
{
    struct deal deal;
    deal_make_ready(&deal, 1);
    assert_int_equal(deal_begin(&deal), KC_ERR_NONE);
    transaction_enlist(&deal.transaction, &deal.a);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_ADD_PARTITIONS);
    (void)deal_lose(&deal, KC_ERR_DISCONNECTED);
    assert_int_equal(deal_start(&deal, TRANSACTION_ABORT, false), KC_ERR_NONE);
    deal.now_us = deal.transaction.retry_at_us;
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_INVALID_TXN_STATE, -1);
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
    deal_check_state(&deal, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
    /* Where it is known that something was there, the same answer is fatal. */
    deal_make_open(&deal, 1);
    assert_int_equal(deal_start(&deal, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_INVALID_TXN_STATE, -1);
    deal_check_done(&deal, KC_ERR_INVALID_TXN_STATE, KC_KIND_FATAL);
}

TEST(an_addition_under_way_is_waited_for_before_the_abort)
{
    struct deal deal;
    deal_make_ready(&deal, 1);
    assert_int_equal(deal_begin(&deal), KC_ERR_NONE);
    transaction_enlist(&deal.transaction, &deal.a);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_ADD_PARTITIONS);
    transaction_enlist(&deal.transaction, &deal.b);
    assert_int_equal(deal_start(&deal, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_NO_CALL);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_NONE, -1);
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_false(list_is_linked(&deal.a.link) || list_is_linked(&deal.b.link));
}

TEST(errors_of_the_group_and_of_topics_are_abortable)
{
    static const enum kc_err errs[] = {
        KC_ERR_ILLEGAL_GENERATION, KC_ERR_UNKNOWN_MEMBER_ID,     KC_ERR_FENCED_INSTANCE_ID,
        KC_ERR_STALE_MEMBER_EPOCH, KC_ERR_TRANSACTION_ABORTABLE, KC_ERR_GROUP_AUTHORIZATION_FAILED
    };
    struct deal deal;
    for (size_t i = 0; i < ARRAY_COUNT(errs); i++) {
        deal_make_open(&deal, 2);
        assert_int_equal(transaction_send_offsets(&deal.transaction, &deal.offsets, &deal.refused),
                         KC_ERR_NONE);
        assert_int_equal(deal_next(&deal), TRANSACTION_CALL_COMMIT_OFFSETS);
        (void)deal_answer(&deal, errs[i], -1);
        assert_int_equal(deal.offsets_count, 1);
        assert_int_equal(deal.offsets_outcome.code, errs[i]);
        assert_int_equal(deal.offsets_outcome.kind, KC_KIND_ABORTABLE);
        deal_check_state(&deal, KC_TRANSACTION_ABORTABLE, errs[i]);
    }
    deal_make_ready(&deal, 1);
    assert_int_equal(deal_begin(&deal), KC_ERR_NONE);
    transaction_enlist(&deal.transaction, &deal.a);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_ADD_PARTITIONS);
    (void)deal_answer(&deal, KC_ERR_TOPIC_AUTHORIZATION_FAILED, -1);
    deal_check_state(&deal, KC_TRANSACTION_ABORTABLE, KC_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(deal_start(&deal, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_NO_CALL); /* the coordinator knows of nothing */
    deal_check_done(&deal, KC_ERR_NONE, KC_KIND_PLAIN);
}

TEST(an_abortable_answer_to_a_commit_leads_to_an_abort)
{
    struct deal deal;
    deal_make_open(&deal, 2);
    assert_int_equal(deal_start(&deal, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_TRANSACTION_ABORTABLE, -1);
    deal_check_done(&deal, KC_ERR_TRANSACTION_ABORTABLE, KC_KIND_ABORTABLE);
    assert_int_equal(deal_start(&deal, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_END);
    (void)deal_answer(&deal, KC_ERR_NONE, 1);
    deal_check_state(&deal, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
}

TEST(refusals_for_good_are_fatal)
{
    static const enum kc_err errs[] = { KC_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                                        KC_ERR_INVALID_TRANSACTION_TIMEOUT,
                                        KC_ERR_CLUSTER_AUTHORIZATION_FAILED };
    struct deal deal;
    for (size_t i = 0; i < ARRAY_COUNT(errs); i++) {
        deal_init(&deal, 2);
        assert_int_equal(deal_start(&deal, TRANSACTION_INITIALIZE, false), KC_ERR_NONE);
        assert_int_equal(deal_next(&deal), TRANSACTION_CALL_INIT);
        (void)deal_answer(&deal, errs[i], -1);
        deal_check_done(&deal, errs[i], KC_KIND_FATAL);
    }
    deal_init(&deal, 2);
    assert_int_equal(deal_start(&deal, TRANSACTION_INITIALIZE, false), KC_ERR_NONE);
    assert_int_equal(deal_next(&deal), TRANSACTION_CALL_INIT);
    (void)deal_lose(&deal, KC_ERR_SASL_AUTHENTICATION_FAILED);
    deal_check_done(&deal, KC_ERR_SASL_AUTHENTICATION_FAILED, KC_KIND_FATAL);
}
