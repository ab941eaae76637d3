/* unit: the member of a classic group, told as stories with a scripted coordinator. */
#include "story.h"
#include "support/test.h"

static void begin(struct story *story, bool is_static)
{
    struct member_config config = { .is_static = is_static };
    story_begin(story, &config);
}

static void begin_cooperative(struct story *story)
{
    struct member_config config = { .is_cooperative = true };
    story_begin(story, &config);
}

static void step(struct story *story, enum member_event_kind kind, enum kc_err err,
                 const struct join_group_response *join)
{
    struct member_event event = { .kind = kind, .err = err, .join = join };
    story_step(story, &event);
}

static void happen(struct story *story, enum member_event_kind kind)
{
    story_happen(story, kind);
}

static void answer(struct story *story, enum member_event_kind kind, enum kc_err err)
{
    story_answer(story, kind, err);
}

static void pass(struct story *story, int64_t time_us)
{
    story_pass(story, time_us);
}

static void joined(struct story *story, const char *leader, int32_t generation)
{
    struct join_group_response join;
    message_defaults(&join_group_response_type, &join);
    join.member_id = slice_text("m-1");
    join.leader = slice_text(leader);
    join.generation_id = generation;
    join.protocol_name = slice_text("range");
    step(story, MEMBER_JOIN_ANSWERED, KC_ERR_NONE, &join);
}

/* In the group as follower, generation 1, partitions in hand. */
static void settle(struct story *story)
{
    happen(story, MEMBER_SUBSCRIBED);
    joined(story, "m-0", 1);
    answer(story, MEMBER_SYNC_ANSWERED, KC_ERR_NONE);
    assert_int_equal(story->member.state, MEMBER_STABLE);
    assert_true(member_is_in(&story->member));
}

TEST(a_follower_joins_syncs_and_beats)
{
    struct story story;
    begin(&story, false);
    happen(&story, MEMBER_SUBSCRIBED);
    assert_true(story.update.send_join);
    joined(&story, "m-0", 1);
    assert_true(story.update.send_sync);
    assert_false(story.update.plan);
    answer(&story, MEMBER_SYNC_ANSWERED, KC_ERR_NONE);
    assert_true(story.update.assigned);
    pass(&story, SECOND / 20);
    assert_false(story.update.send_heartbeat);
    pass(&story, SECOND);
    assert_true(story.update.send_heartbeat);
    pass(&story, 10 * SECOND);
    assert_false(story.update.send_heartbeat); /* one at a time */
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_NONE);
    assert_false(story.update.send_heartbeat);
    member_finish(&story.member);
}

/* Whoever comes after the first generation is heard of by the next heartbeat only. */
TEST(who_has_just_joined_asks_sooner)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    int64_t wait_us = 3 * SECOND / 32;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(member_next_us(&story.member, INT64_MAX), story.now_us + wait_us);
        pass(&story, wait_us);
        assert_true(story.update.send_heartbeat);
        answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_NONE);
        wait_us = MIN_OF(2 * wait_us, 3 * SECOND);
    }
    assert_int_equal(wait_us, 3 * SECOND);
    member_finish(&story.member);
}

TEST(short_intervals_are_as_they_are)
{
    struct member_config config = { .heartbeat_interval_us = SECOND / 30 };
    struct story story;
    story_begin(&story, &config);
    settle(&story);
    assert_int_equal(member_next_us(&story.member, INT64_MAX), story.now_us + SECOND / 30);
    member_finish(&story.member);
}

/* Topics of others are looked up first, which may take longer than a session. */
TEST(a_leader_beats_while_it_decides)
{
    struct story story;
    begin(&story, false);
    happen(&story, MEMBER_SUBSCRIBED);
    joined(&story, "m-1", 1);
    assert_int_equal(story.member.state, MEMBER_LEADING);
    pass(&story, 3 * SECOND);
    assert_true(story.update.send_heartbeat);
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(story.member.state, MEMBER_LEADING);
    pass(&story, SECOND / 10);
    assert_false(story.update.send_heartbeat);
    pass(&story, 3 * SECOND);
    assert_true(story.update.send_heartbeat);
    happen(&story, MEMBER_PLANNED);
    assert_true(story.update.send_sync);
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_ILLEGAL_GENERATION);
    assert_int_equal(story.member.state, MEMBER_SYNCING);
    answer(&story, MEMBER_SYNC_ANSWERED, KC_ERR_NONE);
    assert_true(member_is_in(&story.member));
    member_finish(&story.member);
}

TEST(a_new_member_is_asked_to_come_with_an_id)
{
    struct story story;
    struct join_group_response join;
    begin(&story, false);
    happen(&story, MEMBER_SUBSCRIBED);
    message_defaults(&join_group_response_type, &join);
    join.member_id = slice_text("m-7");
    step(&story, MEMBER_JOIN_ANSWERED, KC_ERR_MEMBER_ID_REQUIRED, &join);
    assert_true(story.update.send_join);
    assert_string_equal(story.member.id, "m-7");
    member_finish(&story.member);
}

TEST(the_leader_plans_before_it_syncs)
{
    struct story story;
    begin(&story, false);
    happen(&story, MEMBER_SUBSCRIBED);
    joined(&story, "m-1", 4);
    assert_true(story.update.plan);
    assert_false(story.update.send_sync);
    happen(&story, MEMBER_PLANNED);
    assert_true(story.update.send_sync);
    happen(&story, MEMBER_PLANNED);
    assert_false(story.update.send_sync);
    member_finish(&story.member);
}

TEST(a_rebalance_revokes_before_it_joins)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    pass(&story, 3 * SECOND);
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_REBALANCE_IN_PROGRESS);
    assert_true(story.update.revoke);
    assert_false(story.update.send_join);
    assert_true(member_is_in(&story.member)); /* may commit what it gives back */
    pass(&story, 3 * SECOND);
    assert_true(story.update.send_heartbeat); /* stays alive meanwhile */
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_REBALANCE_IN_PROGRESS);
    assert_false(story.update.revoke);
    happen(&story, MEMBER_RELEASED);
    assert_true(story.update.send_join);
    assert_string_equal(story.member.id, "m-1");
    member_finish(&story.member);
}

TEST(a_commit_learns_of_the_rebalance_first)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    pass(&story, 3 * SECOND); /* a heartbeat is under way */
    answer(&story, MEMBER_COMMIT_FAILED, KC_ERR_REBALANCE_IN_PROGRESS);
    assert_true(story.update.revoke);
    assert_true(story.member.heartbeat_in_flight);
    member_finish(&story.member);
}

TEST(an_unknown_member_loses_everything_and_its_id)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    pass(&story, 3 * SECOND);
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_UNKNOWN_MEMBER_ID);
    assert_true(story.update.lost);
    assert_false(story.update.revoke);
    assert_null(story.member.id);
    assert_false(member_is_in(&story.member));
    happen(&story, MEMBER_RELEASED);
    assert_true(story.update.send_join);
    member_finish(&story.member);
}

TEST(an_old_generation_keeps_the_id)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    answer(&story, MEMBER_COMMIT_FAILED, KC_ERR_ILLEGAL_GENERATION);
    assert_true(story.update.lost);
    assert_string_equal(story.member.id, "m-1");
    assert_false(member_is_in(&story.member));
    member_finish(&story.member);
}

TEST(a_fenced_instance_is_out_for_good)
{
    struct story story;
    begin(&story, true);
    settle(&story);
    pass(&story, 3 * SECOND);
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_FENCED_INSTANCE_ID);
    assert_true(story.update.lost);
    assert_int_equal(story.update.failed, KC_ERR_FENCED_INSTANCE_ID);
    happen(&story, MEMBER_RELEASED);
    assert_false(story.update.send_join);
    pass(&story, 60 * SECOND);
    assert_false(story.update.send_join || story.update.send_heartbeat);
    member_finish(&story.member);
}

TEST(a_coordinator_that_moved_is_looked_up)
{
    struct story story;
    begin(&story, false);
    happen(&story, MEMBER_SUBSCRIBED);
    answer(&story, MEMBER_JOIN_ANSWERED, KC_ERR_NOT_COORDINATOR);
    assert_true(story.update.forget);
    assert_false(story.update.send_join); /* not without pause */
    pass(&story, SECOND / 20);
    assert_false(story.update.send_join);
    pass(&story, SECOND / 20);
    assert_true(story.update.send_join);
    answer(&story, MEMBER_JOIN_ANSWERED, KC_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    assert_false(story.update.forget);
    pass(&story, SECOND);
    assert_true(story.update.send_join);
    joined(&story, "m-0", 1);
    answer(&story, MEMBER_SYNC_ANSWERED, KC_ERR_NONE);
    pass(&story, 3 * SECOND);
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_DISCONNECTED);
    assert_true(story.update.forget);
    assert_int_equal(story.member.state, MEMBER_STABLE);
    member_finish(&story.member);
}

TEST(sync_is_overtaken_by_the_next_rebalance)
{
    struct story story;
    begin(&story, false);
    happen(&story, MEMBER_SUBSCRIBED);
    joined(&story, "m-0", 1);
    answer(&story, MEMBER_SYNC_ANSWERED, KC_ERR_REBALANCE_IN_PROGRESS);
    assert_true(story.update.send_join);
    assert_false(story.update.revoke); /* nothing was assigned yet */
    member_finish(&story.member);
}

TEST(who_does_not_poll_leaves_until_it_does)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    story.polled_us = story.now_us;
    story.now_us += 299 * SECOND;
    happen(&story, MEMBER_TICK);
    assert_false(story.update.send_leave);
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_NONE);
    pass(&story, 2 * SECOND);
    assert_true(story.update.send_leave);
    assert_true(story.update.lost);
    assert_string_equal(story.member.id, "m-1"); /* the farewell names it */
    answer(&story, MEMBER_LEAVE_ANSWERED, KC_ERR_NONE);
    pass(&story, 100 * SECOND);
    assert_false(story.update.send_join);
    story.polled_us = story.now_us; /* the poll that hears of the loss */
    happen(&story, MEMBER_RELEASED);
    assert_true(story.update.send_join);
    member_finish(&story.member);
}

/* A process that was stopped for long: its farewell is out as it polls on. */
TEST(who_polls_again_joins_when_the_farewell_is_answered)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    story.polled_us = story.now_us;
    pass(&story, 301 * SECOND);
    assert_true(story.update.send_leave);
    story.polled_us = story.now_us;
    happen(&story, MEMBER_RELEASED);
    assert_false(story.update.send_join);
    pass(&story, SECOND);
    assert_false(story.update.send_join);
    answer(&story, MEMBER_LEAVE_ANSWERED, KC_ERR_NONE);
    assert_true(story.update.send_join);
    assert_null(story.member.id);
    member_finish(&story.member);
}

TEST(who_unsubscribes_while_the_farewell_is_out_waits_for_it)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    story.polled_us = story.now_us;
    pass(&story, 301 * SECOND);
    happen(&story, MEMBER_UNSUBSCRIBED);
    assert_false(story.update.left || story.update.send_leave);
    happen(&story, MEMBER_SUBSCRIBED);
    assert_false(story.update.send_join);
    answer(&story, MEMBER_LEAVE_ANSWERED, KC_ERR_NONE);
    assert_true(story.update.left && story.update.send_join);
    member_finish(&story.member);
}

TEST(leaving_tells_the_group_once)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    happen(&story, MEMBER_UNSUBSCRIBED);
    assert_true(story.update.send_leave);
    assert_false(story.update.left);
    happen(&story, MEMBER_UNSUBSCRIBED);
    assert_false(story.update.send_leave);
    answer(&story, MEMBER_LEAVE_ANSWERED, KC_ERR_NONE);
    assert_true(story.update.left);
    assert_int_equal(story.member.state, MEMBER_OUT);
    member_finish(&story.member);
}

TEST(a_static_member_leaves_silently)
{
    struct story story;
    begin(&story, true);
    settle(&story);
    happen(&story, MEMBER_UNSUBSCRIBED);
    assert_false(story.update.send_leave);
    assert_true(story.update.left);
    member_finish(&story.member);
}

TEST(leaving_before_the_group_knows_us_needs_no_word)
{
    struct story story;
    begin(&story, false);
    happen(&story, MEMBER_SUBSCRIBED);
    happen(&story, MEMBER_UNSUBSCRIBED);
    assert_true(story.update.left);
    assert_true(story.update.cancel_join);
    assert_false(story.update.send_leave);
    happen(&story, MEMBER_SUBSCRIBED);
    assert_true(story.update.send_join);
    member_finish(&story.member);
}

/* The others may need minutes to join as well. */
TEST(leaving_overtakes_a_join_under_way)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    happen(&story, MEMBER_SUBSCRIBED);
    happen(&story, MEMBER_RELEASED);
    assert_true(story.update.send_join);
    happen(&story, MEMBER_UNSUBSCRIBED);
    assert_true(story.update.cancel_join);
    assert_true(story.update.send_leave);
    assert_false(story.update.left);
    happen(&story, MEMBER_SUBSCRIBED);
    assert_false(story.update.send_join);
    answer(&story, MEMBER_LEAVE_ANSWERED, KC_ERR_NONE);
    assert_true(story.update.left);
    assert_null(story.member.id);
    assert_true(story.update.send_join);
    member_finish(&story.member);
}

TEST(other_topics_during_a_rebalance_make_a_second_one)
{
    struct story story;
    begin(&story, false);
    happen(&story, MEMBER_SUBSCRIBED);
    happen(&story, MEMBER_SUBSCRIBED);
    assert_false(story.update.send_join);
    joined(&story, "m-0", 1);
    assert_true(story.update.send_join);
    joined(&story, "m-0", 2);
    assert_true(story.update.send_sync);
    member_finish(&story.member);
}

/* KIP-429: what it keeps through the rebalance it never stops reading. */
TEST(a_cooperative_member_joins_with_what_it_has)
{
    struct story story;
    begin_cooperative(&story);
    settle(&story);
    pass(&story, 3 * SECOND);
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_REBALANCE_IN_PROGRESS);
    assert_true(story.update.revoke); /* of topics that it does not want any more */
    happen(&story, MEMBER_RELEASED);
    assert_true(story.update.send_join);
    assert_true(story.member.is_holding);
    joined(&story, "m-0", 2);
    assert_true(story.update.send_sync);
    struct member_event event = { .kind = MEMBER_SYNC_ANSWERED, .is_giving = true };
    story_step(&story, &event);
    assert_int_equal(story.member.state, MEMBER_REVOKING);
    assert_false(story.update.send_join); /* only when the application has let go */
    happen(&story, MEMBER_RELEASED);
    assert_true(story.update.send_join);
    joined(&story, "m-0", 3);
    answer(&story, MEMBER_SYNC_ANSWERED, KC_ERR_NONE);
    assert_int_equal(story.member.state, MEMBER_STABLE);
    member_finish(&story.member);
}

TEST(a_cooperative_member_that_is_put_out_loses_what_it_has)
{
    static const enum kc_err verdicts[] = { KC_ERR_UNKNOWN_MEMBER_ID, KC_ERR_ILLEGAL_GENERATION };
    for (size_t i = 0; i < ARRAY_COUNT(verdicts); i++) {
        struct story story;
        begin_cooperative(&story);
        settle(&story);
        happen(&story, MEMBER_SUBSCRIBED);
        happen(&story, MEMBER_RELEASED);
        assert_true(story.update.send_join);
        answer(&story, MEMBER_JOIN_ANSWERED, verdicts[i]);
        assert_true(story.update.lost);
        assert_false(story.update.send_join);
        assert_false(member_is_in(&story.member));
        happen(&story, MEMBER_RELEASED);
        assert_true(story.update.send_join);
        assert_false(story.member.is_holding);
        member_finish(&story.member);
    }
}

/* The group puts it out while it waits for the application to give something back. */
TEST(what_is_left_is_lost_while_a_part_is_given_back)
{
    struct story story;
    begin_cooperative(&story);
    settle(&story);
    happen(&story, MEMBER_SUBSCRIBED);
    assert_true(story.update.revoke);
    answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_UNKNOWN_MEMBER_ID);
    assert_true(story.update.lost);
    answer(&story, MEMBER_COMMIT_FAILED, KC_ERR_UNKNOWN_MEMBER_ID);
    assert_false(story.update.lost); /* once */
    happen(&story, MEMBER_RELEASED);
    assert_true(story.update.send_join);
    member_finish(&story.member);
}

TEST(parting_is_as_asked)
{
    static const struct {
        bool is_static;
        enum member_parting parting;
        bool tells;
    } cases[] = { { false, MEMBER_PARTING_DEFAULT, true }, { true, MEMBER_PARTING_DEFAULT, false },
                  { false, MEMBER_PARTING_REMAIN, false }, { true, MEMBER_PARTING_REMAIN, false },
                  { false, MEMBER_PARTING_LEAVE, true },   { true, MEMBER_PARTING_LEAVE, true } };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct story story;
        struct member_event event = { .kind = MEMBER_UNSUBSCRIBED, .parting = cases[i].parting };
        begin(&story, cases[i].is_static);
        settle(&story);
        story_step(&story, &event);
        assert_int_equal(story.update.send_leave, cases[i].tells);
        assert_int_equal(story.update.left, !cases[i].tells);
        member_finish(&story.member);
    }
}
