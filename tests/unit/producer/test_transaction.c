/* tests: the states of a transactional producer, told as stories: calls of the application and
 * answers of coordinators in, requests out. */
#include "base/attr.h"
#include "producer/transaction.h"
#include "support/test.h"

struct waiter {
    struct transaction_wait wait;
    int count;
    struct kc_error outcome;
};

struct story {
    struct transaction transaction;
    struct enlistment a;
    struct enlistment b;
    struct waiter waiter;
    struct transaction_offsets offsets;
    int offsets_count;
    struct kc_error offsets_outcome;
    struct kc_error refused;
    int64_t now_us;
};

static void waiter_done(struct transaction_wait *wait, const struct kc_error *outcome)
{
    struct waiter *waiter = CONTAINER_OF(wait, struct waiter, wait);
    waiter->count++;
    waiter->outcome = *outcome;
}

static void offsets_done(struct transaction_wait *wait, const struct kc_error *outcome)
{
    struct story *story = CONTAINER_OF(wait, struct story, offsets.wait);
    story->offsets_count++;
    story->offsets_outcome = *outcome;
}

static void story_init(struct story *story, int16_t version)
{
    const struct retry_policy retry = { 100, 1000 };
    *story = (struct story){ .now_us = 1000 };
    transaction_init(&story->transaction, true, &retry, 1);
    story->transaction.version_told = version;
    list_init(&story->a.link);
    list_init(&story->b.link);
    story->waiter.wait.done = waiter_done;
    story->offsets.wait.done = offsets_done;
    story->offsets.group_id = "g";
}

static enum kc_err start(struct story *story, enum transaction_act act, bool is_again)
{
    story->waiter.count = 0;
    return transaction_start(&story->transaction, act, is_again, &story->waiter.wait,
                             &story->refused);
}

static enum kc_err begin(struct story *story)
{
    return transaction_begin(&story->transaction, &story->refused);
}

static enum transaction_call next(struct story *story)
{
    return transaction_next(&story->transaction, true, story->now_us);
}

static bool answer(struct story *story, enum kc_err err, int16_t epoch)
{
    struct transaction_answer told = { .err = err, .version = 5, .identity = { -1, -1 } };
    if (epoch >= 0) {
        told.identity = (struct sequence_identity){ 7, epoch };
    }
    return transaction_answer(&story->transaction, &told, story->now_us);
}

static bool lose(struct story *story, enum kc_err err)
{
    struct transaction_answer told = {
        .err = err, .is_transport = true, .text = "cut", .identity = { -1, -1 }
    };
    return transaction_answer(&story->transaction, &told, story->now_us);
}

/* The same request comes again after its backoff, not before. */
static void check_again(struct story *story, enum transaction_call call, int64_t wait_ms_max)
{
    assert_int_equal(next(story), TRANSACTION_NO_CALL);
    assert_true(story->transaction.retry_at_us > story->now_us);
    assert_true(story->transaction.retry_at_us <= story->now_us + wait_ms_max * 1000);
    story->now_us = story->transaction.retry_at_us;
    assert_int_equal(next(story), call);
}

static void check_state(struct story *story, enum kc_transaction_state state, enum kc_err refusal)
{
    assert_int_equal(story->transaction.state, state);
    assert_int_equal(atomic_load(&story->transaction.state_told), state);
    assert_int_equal(atomic_load(&story->transaction.refusal), refusal);
}

static void check_done(struct story *story, enum kc_err err, enum kc_error_kind kind)
{
    assert_int_equal(story->waiter.count, 1);
    assert_int_equal(story->waiter.outcome.code, err);
    assert_int_equal(story->waiter.outcome.kind, kind);
}

static void make_ready(struct story *story, int16_t version)
{
    story_init(story, version);
    assert_int_equal(start(story, TRANSACTION_INITIALIZE, false), KC_ERR_NONE);
    assert_int_equal(next(story), TRANSACTION_CALL_INIT);
    (void)answer(story, KC_ERR_NONE, 0);
    check_done(story, KC_ERR_NONE, KC_KIND_PLAIN);
}

/* A transaction that holds partition a, as the coordinator knows. */
static void make_open(struct story *story, int16_t version)
{
    make_ready(story, version);
    assert_int_equal(begin(story), KC_ERR_NONE);
    transaction_enlist(&story->transaction, &story->a);
    if (version < 2) {
        assert_int_equal(next(story), TRANSACTION_CALL_ADD_PARTITIONS);
        (void)answer(story, KC_ERR_NONE, -1);
    }
    assert_true(transaction_has(&story->transaction, &story->a));
}

TEST(without_a_transactional_id_every_call_is_refused)
{
    struct story story;
    const struct retry_policy retry = { 100, 1000 };
    story_init(&story, 2);
    transaction_init(&story.transaction, false, &retry, 1);
    assert_int_equal(start(&story, TRANSACTION_INITIALIZE, false), KC_ERR_WRONG_STATE);
    assert_int_equal(begin(&story), KC_ERR_WRONG_STATE);
    assert_int_equal(transaction_send_offsets(&story.transaction, &story.offsets, &story.refused),
                     KC_ERR_WRONG_STATE);
    assert_non_null(strstr(story.refused.text, "transactional.id"));
    assert_int_equal(next(&story), TRANSACTION_NO_CALL);
    check_state(&story, KC_TRANSACTION_UNINITIALIZED, KC_ERR_NONE);
}

TEST(version_1_adds_partitions_and_offsets_before_they_are_used)
{
    struct story story;
    make_ready(&story, 1);
    check_state(&story, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
    assert_int_equal(begin(&story), KC_ERR_NONE);
    check_state(&story, KC_TRANSACTION_OPEN, KC_ERR_NONE);
    transaction_enlist(&story.transaction, &story.a);
    assert_false(transaction_has(&story.transaction, &story.a));
    assert_int_equal(next(&story), TRANSACTION_CALL_ADD_PARTITIONS);
    /* One that comes while the first is under way goes with the next request. */
    transaction_enlist(&story.transaction, &story.b);
    assert_int_equal(next(&story), TRANSACTION_NO_CALL);
    (void)answer(&story, KC_ERR_NONE, -1);
    assert_true(transaction_has(&story.transaction, &story.a));
    assert_false(transaction_has(&story.transaction, &story.b));
    assert_int_equal(next(&story), TRANSACTION_CALL_ADD_PARTITIONS);
    (void)answer(&story, KC_ERR_NONE, -1);
    assert_true(transaction_has(&story.transaction, &story.b));
    assert_int_equal(transaction_send_offsets(&story.transaction, &story.offsets, &story.refused),
                     KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_ADD_OFFSETS);
    (void)answer(&story, KC_ERR_NONE, -1);
    assert_int_equal(next(&story), TRANSACTION_CALL_COMMIT_OFFSETS);
    (void)answer(&story, KC_ERR_NONE, -1);
    assert_int_equal(story.offsets_count, 1);
    assert_int_equal(start(&story, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    assert_int_equal(transaction_next(&story.transaction, false, story.now_us),
                     TRANSACTION_NO_CALL); /* records are under way */
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_NONE, -1);
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
    check_state(&story, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
    assert_int_equal(story.transaction.identity.epoch, 0);
    /* In the next one it must be added anew. */
    assert_int_equal(begin(&story), KC_ERR_NONE);
    assert_false(transaction_has(&story.transaction, &story.a));
}

TEST(version_2_leaves_adding_to_the_brokers_and_moves_the_epoch)
{
    struct story story;
    make_open(&story, 2);
    assert_int_equal(next(&story), TRANSACTION_NO_CALL);
    assert_int_equal(transaction_send_offsets(&story.transaction, &story.offsets, &story.refused),
                     KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_COMMIT_OFFSETS);
    (void)answer(&story, KC_ERR_NONE, -1);
    assert_int_equal(start(&story, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_NONE, 1);
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(story.transaction.identity.epoch, 1);
}

TEST(an_empty_transaction_ends_without_a_word)
{
    struct story story;
    make_ready(&story, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(begin(&story), KC_ERR_NONE);
        assert_int_equal(start(&story, i ? TRANSACTION_ABORT : TRANSACTION_COMMIT, false),
                         KC_ERR_NONE);
        assert_int_equal(next(&story), TRANSACTION_NO_CALL);
        check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
        check_state(&story, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
    }
}

TEST(a_cluster_that_moves_to_version_2_gets_a_new_epoch_first)
{
    struct story story;
    make_open(&story, 1);
    story.transaction.version_told = 2;
    assert_int_equal(start(&story, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_NONE, -1);
    assert_int_equal(story.waiter.count, 0);
    assert_int_equal(next(&story), TRANSACTION_CALL_INIT);
    assert_true(story.transaction.is_bumping);
    (void)answer(&story, KC_ERR_NONE, 1);
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(begin(&story), KC_ERR_NONE);
    assert_int_equal(story.transaction.version, 2);
}

TEST(calls_out_of_place_change_nothing_and_say_what_is_missing)
{
    struct story story;
    story_init(&story, 2);
    assert_int_equal(begin(&story), KC_ERR_WRONG_STATE);
    assert_non_null(strstr(story.refused.text, "kc_producer_init_transactions"));
    assert_int_equal(start(&story, TRANSACTION_COMMIT, false), KC_ERR_WRONG_STATE);
    make_ready(&story, 2);
    assert_int_equal(start(&story, TRANSACTION_INITIALIZE, false), KC_ERR_WRONG_STATE);
    assert_int_equal(start(&story, TRANSACTION_COMMIT, false), KC_ERR_WRONG_STATE);
    assert_int_equal(start(&story, TRANSACTION_ABORT, false), KC_ERR_WRONG_STATE);
    assert_int_equal(story.refused.kind, KC_KIND_PLAIN);
    make_open(&story, 2);
    assert_int_equal(begin(&story), KC_ERR_WRONG_STATE);
    assert_int_equal(start(&story, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    struct waiter other = { .wait.done = waiter_done };
    assert_int_equal(transaction_start(&story.transaction, TRANSACTION_ABORT, false, &other.wait,
                                       &story.refused),
                     KC_ERR_WRONG_STATE);
    check_state(&story, KC_TRANSACTION_COMMITTING, KC_ERR_WRONG_STATE);
    assert_int_equal(story.waiter.count, 0);
}

TEST(a_moved_or_loading_coordinator_is_asked_again_until_it_tells)
{
    static const enum kc_err elsewhere[] = { KC_ERR_NOT_COORDINATOR,
                                             KC_ERR_COORDINATOR_NOT_AVAILABLE };
    static const enum kc_err same[] = { KC_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                                        KC_ERR_CONCURRENT_TRANSACTIONS };
    struct story story;
    story_init(&story, 1);
    assert_int_equal(start(&story, TRANSACTION_INITIALIZE, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_INIT);
    for (size_t i = 0; i < ARRAY_COUNT(same); i++) {
        assert_false(answer(&story, same[i], -1));
        check_again(&story, TRANSACTION_CALL_INIT,
                    same[i] == KC_ERR_CONCURRENT_TRANSACTIONS ? 120 : 1200);
        assert_true(answer(&story, elsewhere[i], -1));
        check_again(&story, TRANSACTION_CALL_INIT, 1200);
    }
    assert_true(lose(&story, KC_ERR_DISCONNECTED));
    assert_non_null(strstr(story.transaction.cause.text, "InitProducerId: DISCONNECTED: cut"));
    check_again(&story, TRANSACTION_CALL_INIT, 1200);
    assert_int_equal(story.waiter.count, 0);
    (void)answer(&story, KC_ERR_NONE, 0);
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(story.transaction.cause.code, KC_ERR_NONE);
}

TEST(the_first_partition_waits_only_shortly_for_the_last_transaction)
{
    struct story story;
    make_ready(&story, 1);
    assert_int_equal(begin(&story), KC_ERR_NONE);
    transaction_enlist(&story.transaction, &story.a);
    assert_int_equal(next(&story), TRANSACTION_CALL_ADD_PARTITIONS);
    for (int i = 0; i < 10; i++) {
        (void)answer(&story, KC_ERR_CONCURRENT_TRANSACTIONS, -1);
        check_again(&story, TRANSACTION_CALL_ADD_PARTITIONS, 20);
    }
    (void)answer(&story, KC_ERR_NONE, -1);
    assert_true(transaction_has(&story.transaction, &story.a));
}

TEST(another_producer_of_the_same_name_is_fatal)
{
    static const enum kc_err errs[] = { KC_ERR_PRODUCER_FENCED, KC_ERR_INVALID_PRODUCER_EPOCH };
    for (size_t i = 0; i < ARRAY_COUNT(errs); i++) {
        struct story story;
        make_open(&story, 1);
        assert_int_equal(start(&story, TRANSACTION_COMMIT, false), KC_ERR_NONE);
        assert_int_equal(next(&story), TRANSACTION_CALL_END);
        (void)answer(&story, errs[i], -1);
        check_done(&story, KC_ERR_PRODUCER_FENCED, KC_KIND_FATAL);
        check_state(&story, KC_TRANSACTION_FATAL, KC_ERR_PRODUCER_FENCED);
        assert_int_equal(begin(&story), KC_ERR_PRODUCER_FENCED);
        assert_int_equal(story.refused.kind, KC_KIND_FATAL);
        assert_int_equal(next(&story), TRANSACTION_NO_CALL);
    }
}

TEST(a_failed_record_makes_the_commit_fail_with_the_first_cause)
{
    struct story story;
    make_open(&story, 2);
    assert_int_equal(start(&story, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    transaction_fail_records(&story.transaction, KC_ERR_TIMED_OUT, "t-3: late", true);
    transaction_fail_records(&story.transaction, KC_ERR_INVALID_RECORD, "t-4: other", true);
    check_done(&story, KC_ERR_TIMED_OUT, KC_KIND_ABORTABLE);
    assert_string_equal(story.waiter.outcome.text, "t-3: late");
    check_state(&story, KC_TRANSACTION_ABORTABLE, KC_ERR_TIMED_OUT);
    assert_int_equal(next(&story), TRANSACTION_NO_CALL);
    assert_int_equal(start(&story, TRANSACTION_COMMIT, true), KC_ERR_TIMED_OUT);
    assert_int_equal(story.refused.kind, KC_KIND_ABORTABLE);
    assert_int_equal(start(&story, TRANSACTION_ABORT, false), KC_ERR_NONE);
    /* What fails now belongs to what is being aborted anyway. */
    transaction_fail_records(&story.transaction, KC_ERR_INVALID_RECORD, "t-5: late", true);
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_NONE, 1);
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(begin(&story), KC_ERR_NONE);
}

TEST(version_1_moves_the_epoch_itself_after_records_of_unknown_fate)
{
    struct story story;
    make_open(&story, 1);
    transaction_fail_records(&story.transaction, KC_ERR_TIMED_OUT, "late", true);
    assert_int_equal(start(&story, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_NONE, -1);
    check_state(&story, KC_TRANSACTION_INITIALIZING, KC_ERR_WRONG_STATE);
    assert_int_equal(next(&story), TRANSACTION_CALL_INIT);
    assert_true(story.transaction.is_bumping);
    assert_int_equal(story.waiter.count, 0);
    (void)answer(&story, KC_ERR_NONE, 1);
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(story.transaction.identity.epoch, 1);
    /* Records that never had numbers leave no doubt. */
    make_open(&story, 1);
    transaction_fail_records(&story.transaction, KC_ERR_TIMED_OUT, "late", false);
    assert_int_equal(start(&story, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_NONE, -1);
    check_state(&story, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
}

TEST(a_coordinator_that_cannot_move_the_epoch_makes_doubt_fatal)
{
    struct story story;
    make_open(&story, 1);
    story.transaction.can_bump = false;
    transaction_fail_records(&story.transaction, KC_ERR_TIMED_OUT, "late", true);
    check_state(&story, KC_TRANSACTION_FATAL, KC_ERR_TIMED_OUT);
}

TEST(a_commit_of_unknown_outcome_is_asked_for_again)
{
    struct story story;
    struct waiter late = { .wait.done = waiter_done };
    make_open(&story, 2);
    assert_int_equal(transaction_start(&story.transaction, TRANSACTION_COMMIT, false, &late.wait,
                                       &story.refused),
                     KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)lose(&story, KC_ERR_TIMED_OUT);
    check_again(&story, TRANSACTION_CALL_END, 120);
    /* The application comes back and waits for the same commit. */
    assert_int_equal(start(&story, TRANSACTION_COMMIT, true), KC_ERR_NONE);
    (void)answer(&story, KC_ERR_NONE, 1);
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_int_equal(late.count, 1);
    /* Or it comes when all is over. */
    assert_int_equal(start(&story, TRANSACTION_COMMIT, true), KC_ERR_NONE);
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
}

TEST(an_abort_after_an_unanswered_addition_asks_and_believes_that_nothing_was_there)
{
    struct story story;
    make_ready(&story, 1);
    assert_int_equal(begin(&story), KC_ERR_NONE);
    transaction_enlist(&story.transaction, &story.a);
    assert_int_equal(next(&story), TRANSACTION_CALL_ADD_PARTITIONS);
    (void)lose(&story, KC_ERR_DISCONNECTED);
    assert_int_equal(start(&story, TRANSACTION_ABORT, false), KC_ERR_NONE);
    story.now_us = story.transaction.retry_at_us;
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_INVALID_TXN_STATE, -1);
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
    check_state(&story, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
    /* Where it is known that something was there, the same answer is fatal. */
    make_open(&story, 1);
    assert_int_equal(start(&story, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_INVALID_TXN_STATE, -1);
    check_done(&story, KC_ERR_INVALID_TXN_STATE, KC_KIND_FATAL);
}

TEST(an_addition_under_way_is_waited_for_before_the_abort)
{
    struct story story;
    make_ready(&story, 1);
    assert_int_equal(begin(&story), KC_ERR_NONE);
    transaction_enlist(&story.transaction, &story.a);
    assert_int_equal(next(&story), TRANSACTION_CALL_ADD_PARTITIONS);
    transaction_enlist(&story.transaction, &story.b);
    assert_int_equal(start(&story, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_NO_CALL);
    (void)answer(&story, KC_ERR_NONE, -1);
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_NONE, -1);
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
    assert_false(list_is_linked(&story.a.link) || list_is_linked(&story.b.link));
}

TEST(errors_of_the_group_and_of_topics_are_abortable)
{
    static const enum kc_err errs[] = {
        KC_ERR_ILLEGAL_GENERATION, KC_ERR_UNKNOWN_MEMBER_ID,     KC_ERR_FENCED_INSTANCE_ID,
        KC_ERR_STALE_MEMBER_EPOCH, KC_ERR_TRANSACTION_ABORTABLE, KC_ERR_GROUP_AUTHORIZATION_FAILED
    };
    struct story story;
    for (size_t i = 0; i < ARRAY_COUNT(errs); i++) {
        make_open(&story, 2);
        assert_int_equal(
            transaction_send_offsets(&story.transaction, &story.offsets, &story.refused),
            KC_ERR_NONE);
        assert_int_equal(next(&story), TRANSACTION_CALL_COMMIT_OFFSETS);
        (void)answer(&story, errs[i], -1);
        assert_int_equal(story.offsets_count, 1);
        assert_int_equal(story.offsets_outcome.code, errs[i]);
        assert_int_equal(story.offsets_outcome.kind, KC_KIND_ABORTABLE);
        check_state(&story, KC_TRANSACTION_ABORTABLE, errs[i]);
    }
    make_ready(&story, 1);
    assert_int_equal(begin(&story), KC_ERR_NONE);
    transaction_enlist(&story.transaction, &story.a);
    assert_int_equal(next(&story), TRANSACTION_CALL_ADD_PARTITIONS);
    (void)answer(&story, KC_ERR_TOPIC_AUTHORIZATION_FAILED, -1);
    check_state(&story, KC_TRANSACTION_ABORTABLE, KC_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(start(&story, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_NO_CALL); /* the coordinator knows of nothing */
    check_done(&story, KC_ERR_NONE, KC_KIND_PLAIN);
}

TEST(an_abortable_answer_to_a_commit_leads_to_an_abort)
{
    struct story story;
    make_open(&story, 2);
    assert_int_equal(start(&story, TRANSACTION_COMMIT, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_TRANSACTION_ABORTABLE, -1);
    check_done(&story, KC_ERR_TRANSACTION_ABORTABLE, KC_KIND_ABORTABLE);
    assert_int_equal(start(&story, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
    (void)answer(&story, KC_ERR_NONE, 1);
    check_state(&story, KC_TRANSACTION_READY, KC_ERR_WRONG_STATE);
}

TEST(refusals_for_good_are_fatal)
{
    static const enum kc_err errs[] = { KC_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                                        KC_ERR_INVALID_TRANSACTION_TIMEOUT,
                                        KC_ERR_CLUSTER_AUTHORIZATION_FAILED };
    struct story story;
    for (size_t i = 0; i < ARRAY_COUNT(errs); i++) {
        story_init(&story, 2);
        assert_int_equal(start(&story, TRANSACTION_INITIALIZE, false), KC_ERR_NONE);
        assert_int_equal(next(&story), TRANSACTION_CALL_INIT);
        (void)answer(&story, errs[i], -1);
        check_done(&story, errs[i], KC_KIND_FATAL);
    }
    story_init(&story, 2);
    assert_int_equal(start(&story, TRANSACTION_INITIALIZE, false), KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_INIT);
    (void)lose(&story, KC_ERR_SASL_AUTHENTICATION_FAILED);
    check_done(&story, KC_ERR_SASL_AUTHENTICATION_FAILED, KC_KIND_FATAL);
}

TEST(offsets_that_an_abort_overtakes_are_told_so)
{
    struct story story;
    make_open(&story, 1);
    assert_int_equal(transaction_send_offsets(&story.transaction, &story.offsets, &story.refused),
                     KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_ADD_OFFSETS);
    assert_int_equal(start(&story, TRANSACTION_ABORT, false), KC_ERR_NONE);
    assert_int_equal(story.offsets_count, 1);
    assert_int_equal(story.offsets_outcome.code, KC_ERR_TXN_ABORTED);
    (void)answer(&story, KC_ERR_NONE, -1); /* of offsets that are not ours any more */
    assert_int_equal(next(&story), TRANSACTION_CALL_END);
}

TEST(closing_ends_whatever_waits)
{
    struct story story;
    make_open(&story, 2);
    assert_int_equal(transaction_send_offsets(&story.transaction, &story.offsets, &story.refused),
                     KC_ERR_NONE);
    assert_int_equal(next(&story), TRANSACTION_CALL_COMMIT_OFFSETS);
    transaction_close(&story.transaction);
    assert_int_equal(story.offsets_outcome.code, KC_ERR_CLOSED);
    (void)answer(&story, KC_ERR_NONE, -1);
    check_state(&story, KC_TRANSACTION_FATAL, KC_ERR_CLOSED);
}
