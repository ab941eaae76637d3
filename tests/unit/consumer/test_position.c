/* unit: where a partition starts, and what becomes of failures. */
#include "consumer/position.h"
#include "support/test.h"

#include <libclient/consumer.h>

#define NOW_US INT64_C(5000000)
#define WALL_MS INT64_C(1700000000000)

static struct position *make(struct claim **ret_claim)
{
    *ret_claim = claim_create(slice_text("t"), 3);
    assert_non_null(*ret_claim);
    struct position *position = position_create(*ret_claim);
    assert_non_null(position);
    assert_ptr_equal((*ret_claim)->position, position);
    return position;
}

static void drop(struct position *position, struct claim *claim)
{
    position_destroy(position);
    assert_null(claim->position);
    claim_drop(claim);
}

static struct position_policy policy_of(int64_t timestamp, bool has_group)
{
    return (struct position_policy){ .reset_timestamp = timestamp,
                                     .has_group = has_group,
                                     .retry = { 100, 1000 } };
}

TEST(a_given_offset_is_fetched_at_once)
{
    struct claim *claim;
    struct position *position = make(&claim);
    struct position_policy policy = policy_of(POSITION_LATEST, true);
    assert_int_equal(position_start(position, &policy, 42, 7, WALL_MS), POSITION_RETRY);
    assert_int_equal(position->state, POSITION_READY);
    assert_int_equal(position->offset, 42);
    assert_int_equal(position->leader_epoch, 7);
    drop(position, claim);
}

TEST(without_a_commit_the_policy_decides)
{
    struct claim *claim;
    struct position *position = make(&claim);
    struct position_policy policy = policy_of(POSITION_EARLIEST, true);
    (void)position_start(position, &policy, KC_OFFSET_NONE, -1, WALL_MS);
    assert_int_equal(position->state, POSITION_NEEDS_COMMITTED);
    assert_int_equal(position_on_committed(position, &policy, -1, -1, WALL_MS), POSITION_RETRY);
    assert_int_equal(position->state, POSITION_NEEDS_OFFSET);
    assert_int_equal(position->timestamp, POSITION_EARLIEST);
    position_on_offset(position, 10, 2);
    assert_int_equal(position->state, POSITION_READY);
    assert_int_equal(position->offset, 10);
    drop(position, claim);
}

TEST(the_committed_offset_wins_over_the_policy)
{
    struct claim *claim;
    struct position *position = make(&claim);
    struct position_policy policy = policy_of(POSITION_EARLIEST, true);
    (void)position_start(position, &policy, KC_OFFSET_NONE, -1, WALL_MS);
    (void)position_on_committed(position, &policy, 99, 4, WALL_MS);
    assert_int_equal(position->state, POSITION_READY);
    assert_int_equal(position->offset, 99);
    assert_int_equal(position->leader_epoch, 4);
    drop(position, claim);
}

TEST(policy_none_waits_for_a_seek)
{
    struct claim *claim;
    struct position *position = make(&claim);
    struct position_policy policy = policy_of(POSITION_RESET_NONE, false);
    assert_int_equal(position_start(position, &policy, KC_OFFSET_NONE, -1, WALL_MS),
                     POSITION_TELL_STUCK);
    assert_int_equal(position->state, POSITION_STUCK);
    (void)position_start(position, &policy, KC_OFFSET_EARLIEST, -1, WALL_MS);
    assert_int_equal(position->state, POSITION_NEEDS_OFFSET);
    drop(position, claim);
}

TEST(a_duration_is_counted_from_the_reset)
{
    struct claim *claim;
    struct position *position = make(&claim);
    struct position_policy policy = policy_of(POSITION_RESET_NONE, false);
    policy.reset_duration_ms = 60000;
    assert_int_equal(position_reset(position, &policy, WALL_MS), POSITION_RETRY);
    assert_int_equal(position->timestamp, WALL_MS - 60000);
    /* Nothing is so young: the end it is. */
    position_on_offset(position, -1, -1);
    assert_int_equal(position->state, POSITION_NEEDS_OFFSET);
    assert_int_equal(position->timestamp, POSITION_LATEST);
    drop(position, claim);
}

TEST(failures_wait_longer_each_time)
{
    struct claim *claim;
    struct random random;
    struct position *position = make(&claim);
    struct position_policy policy = policy_of(POSITION_LATEST, false);
    random_init(&random, 1);
    (void)position_start(position, &policy, 5, -1, WALL_MS);
    assert_int_equal(
        position_on_error(position, &policy, KC_ERR_NOT_LEADER_OR_FOLLOWER, NOW_US, &random),
        POSITION_REFRESH);
    assert_in_range(position->retry_us - NOW_US, 80000, 120000);
    (void)position_on_error(position, &policy, KC_ERR_FENCED_LEADER_EPOCH, NOW_US, &random);
    assert_in_range(position->retry_us - NOW_US, 160000, 240000);
    position_on_fetched(position, 6, 1);
    assert_int_equal(position->failures, 0);
    drop(position, claim);
}

TEST(errors_that_time_does_not_mend_are_told)
{
    struct claim *claim;
    struct random random;
    struct position *position = make(&claim);
    struct position_policy policy = policy_of(POSITION_LATEST, false);
    random_init(&random, 1);
    assert_int_equal(
        position_on_error(position, &policy, KC_ERR_TOPIC_AUTHORIZATION_FAILED, NOW_US, &random),
        POSITION_TELL);
    position->failures = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            position_on_error(position, &policy, KC_ERR_UNKNOWN_TOPIC_ID, NOW_US, &random),
            POSITION_REFRESH);
    }
    assert_int_equal(position_on_error(position, &policy, KC_ERR_UNKNOWN_TOPIC_ID, NOW_US, &random),
                     POSITION_TELL_REFRESH);
    drop(position, claim);
}
