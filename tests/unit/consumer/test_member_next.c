/* unit: the member of a KIP-848 group, told as stories with a scripted coordinator. */
#include "story.h"
#include "support/test.h"

static void begin(struct story *story, bool is_static)
{
    struct member_config config = { .protocol = MEMBER_PROTOCOL_NEXT, .is_static = is_static };
    story_begin(story, &config);
}

static void sent(struct story *story)
{
    assert_true(story->update.send_heartbeat);
}

/* A heartbeat that says all, and one that says what it holds or nothing. */
static void sent_all(struct story *story)
{
    sent(story);
    assert_true(story->update.tell_all && story->update.tell_owned);
}

static void sent_owned(struct story *story, bool is_owned)
{
    sent(story);
    assert_false(story->update.tell_all);
    assert_int_equal(story->update.tell_owned, is_owned);
}

static void welcome(struct story *story, int32_t epoch)
{
    struct member_event event = { .kind = MEMBER_HEARTBEAT_ANSWERED,
                                  .epoch = epoch,
                                  .interval_us = 5 * SECOND };
    story_step(story, &event);
}

/* In the group with epoch 1. */
static void settle(struct story *story)
{
    story_happen(story, MEMBER_SUBSCRIBED);
    sent(story);
    welcome(story, 1);
    assert_int_equal(story->member.state, MEMBER_STABLE);
}

TEST(it_joins_with_epoch_0_and_beats_as_the_group_says)
{
    struct story story;
    begin(&story, false);
    story_happen(&story, MEMBER_SUBSCRIBED);
    sent_all(&story);
    assert_int_equal(story.member.generation, 0);
    assert_false(member_is_in(&story.member));
    welcome(&story, 7);
    assert_int_equal(story.member.generation, 7);
    assert_true(member_is_in(&story.member));
    story_pass(&story, 4 * SECOND);
    assert_false(story.update.send_heartbeat);
    story_pass(&story, SECOND);
    sent_owned(&story, false);
    story_pass(&story, 20 * SECOND);
    assert_false(story.update.send_heartbeat); /* one at a time */
    member_finish(&story.member);
}

TEST(what_it_gives_back_is_told_when_it_is_given_back)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    story_happen(&story, MEMBER_GIVING);
    assert_int_equal(story.member.state, MEMBER_REVOKING);
    assert_true(member_is_in(&story.member)); /* commits it */
    story_pass(&story, 5 * SECOND);
    sent_owned(&story, false); /* stays alive meanwhile */
    welcome(&story, 1);
    story_happen(&story, MEMBER_RELEASED);
    sent_owned(&story, true);
    assert_int_equal(story.member.state, MEMBER_STABLE);
    story_happen(&story, MEMBER_CHANGED); /* and what it takes, when that answer is there */
    assert_false(story.update.send_heartbeat);
    welcome(&story, 2);
    sent_owned(&story, true);
    member_finish(&story.member);
}

/* The coordinator moves while the application commits what it gives back: telling the new one all
 * would tell it that these partitions are free. */
TEST(a_failure_while_it_gives_back_tells_nothing_early)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    story_happen(&story, MEMBER_GIVING);
    story_pass(&story, 5 * SECOND);
    sent(&story);
    story_answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_NOT_COORDINATOR);
    story_pass(&story, SECOND / 10);
    sent_owned(&story, false);
    welcome(&story, 1);
    story_happen(&story, MEMBER_SUBSCRIBED); /* one more topic matches */
    sent_owned(&story, false);
    welcome(&story, 1);
    story_happen(&story, MEMBER_RELEASED);
    sent_all(&story);
    member_finish(&story.member);
}

/* What the group was told last must stay true until it has answered: it may take partitions for
 * free that the member begins to hold meanwhile. */
TEST(nothing_is_taken_while_the_group_may_hear_that_it_is_not_held)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    assert_true(member_may_change(&story.member));
    story_pass(&story, 5 * SECOND);
    sent(&story);
    assert_false(member_may_change(&story.member));
    story_answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_DISCONNECTED);
    assert_false(member_may_change(&story.member)); /* the group may have heard it */
    story_pass(&story, SECOND / 10);
    sent_all(&story);
    welcome(&story, 1);
    assert_true(member_may_change(&story.member));
    member_finish(&story.member);
}

TEST(who_is_fenced_loses_everything_and_joins_anew)
{
    static const enum kc_err verdicts[] = { KC_ERR_FENCED_MEMBER_EPOCH, KC_ERR_UNKNOWN_MEMBER_ID };
    for (size_t i = 0; i < ARRAY_COUNT(verdicts); i++) {
        struct story story;
        begin(&story, false);
        settle(&story);
        story_pass(&story, 5 * SECOND);
        sent(&story);
        story_answer(&story, MEMBER_HEARTBEAT_ANSWERED, verdicts[i]);
        assert_true(story.update.lost);
        assert_false(member_is_in(&story.member));
        story_pass(&story, 60 * SECOND);
        assert_false(story.update.send_heartbeat); /* the application still holds it */
        story_happen(&story, MEMBER_RELEASED);
        sent(&story);
        assert_int_equal(story.member.generation, 0);
        member_finish(&story.member);
    }
}

TEST(what_nobody_can_mend_ends_it)
{
    static const enum kc_err fatal[] = {
        KC_ERR_UNRELEASED_INSTANCE_ID,     KC_ERR_GROUP_AUTHORIZATION_FAILED,
        KC_ERR_INVALID_REGULAR_EXPRESSION, KC_ERR_UNSUPPORTED_ASSIGNOR,
        KC_ERR_UNSUPPORTED_VERSION,        KC_ERR_GROUP_MAX_SIZE_REACHED
    };
    for (size_t i = 0; i < ARRAY_COUNT(fatal); i++) {
        struct story story;
        begin(&story, false);
        story_happen(&story, MEMBER_SUBSCRIBED);
        sent(&story);
        story_answer(&story, MEMBER_HEARTBEAT_ANSWERED, fatal[i]);
        assert_int_equal(story.update.failed, fatal[i]);
        assert_int_equal(story.member.state, MEMBER_FAILED);
        story_pass(&story, 60 * SECOND);
        assert_false(story.update.send_heartbeat);
        member_finish(&story.member);
    }
}

TEST(after_a_failure_it_tells_all_and_not_at_once)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    story_pass(&story, 5 * SECOND);
    sent(&story);
    story_answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_NOT_COORDINATOR);
    assert_true(story.update.forget);
    story_pass(&story, SECOND / 20);
    assert_false(story.update.send_heartbeat);
    story_pass(&story, SECOND / 20);
    sent_all(&story);
    story_answer(&story, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    assert_false(story.update.forget);
    assert_int_equal(story.member.state, MEMBER_STABLE);
    member_finish(&story.member);
}

TEST(who_does_not_poll_leaves_until_it_does)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    story.polled_us = story.now_us;
    story_pass(&story, 301 * SECOND);
    assert_true(story.update.send_leave);
    assert_true(story.update.lost);
    assert_true(story.member.must_leave);
    story_answer(&story, MEMBER_LEAVE_ANSWERED, KC_ERR_NONE);
    story_pass(&story, 100 * SECOND);
    assert_false(story.update.send_heartbeat);
    story.polled_us = story.now_us;
    story_happen(&story, MEMBER_RELEASED);
    sent(&story);
    member_finish(&story.member);
}

/* The heartbeat that joins has a connection of its own: the farewell could come after it. */
TEST(who_polls_again_joins_when_the_farewell_is_answered)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    story.polled_us = story.now_us;
    story_pass(&story, 301 * SECOND);
    assert_true(story.update.send_leave);
    story.polled_us = story.now_us;
    story_happen(&story, MEMBER_RELEASED);
    assert_false(story.update.send_heartbeat);
    story_pass(&story, SECOND);
    assert_false(story.update.send_heartbeat);
    story_answer(&story, MEMBER_LEAVE_ANSWERED, KC_ERR_NONE);
    sent(&story);
    member_finish(&story.member);
}

TEST(who_unsubscribes_while_the_farewell_is_out_waits_for_it)
{
    struct story story;
    begin(&story, false);
    settle(&story);
    story.polled_us = story.now_us;
    story_pass(&story, 301 * SECOND);
    story_happen(&story, MEMBER_UNSUBSCRIBED);
    assert_false(story.update.left || story.update.send_leave);
    story_happen(&story, MEMBER_SUBSCRIBED);
    assert_false(story.update.send_heartbeat);
    story_answer(&story, MEMBER_LEAVE_ANSWERED, KC_ERR_NONE);
    assert_true(story.update.left);
    sent(&story);
    member_finish(&story.member);
}

TEST(parting_is_as_asked)
{
    static const struct {
        bool is_static;
        enum member_parting parting;
        bool tells;
        bool for_good;
    } cases[] = { { false, MEMBER_PARTING_DEFAULT, true, true },
                  { true, MEMBER_PARTING_DEFAULT, true, false },
                  { false, MEMBER_PARTING_REMAIN, false, true },
                  { true, MEMBER_PARTING_REMAIN, true, false },
                  { true, MEMBER_PARTING_LEAVE, true, true } };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct story story;
        struct member_event event = { .kind = MEMBER_UNSUBSCRIBED, .parting = cases[i].parting };
        begin(&story, cases[i].is_static);
        settle(&story);
        story_step(&story, &event);
        assert_int_equal(story.update.send_leave, cases[i].tells);
        assert_int_equal(story.update.left, !cases[i].tells);
        assert_int_equal(story.member.must_leave, cases[i].for_good);
        if (cases[i].tells) {
            story_answer(&story, MEMBER_LEAVE_ANSWERED, KC_ERR_NONE);
            assert_true(story.update.left);
        }
        member_finish(&story.member);
    }
}

TEST(leaving_overtakes_a_heartbeat)
{
    struct story story;
    begin(&story, false);
    story_happen(&story, MEMBER_SUBSCRIBED);
    sent(&story);
    story_happen(&story, MEMBER_UNSUBSCRIBED);
    assert_true(story.update.cancel_join);
    assert_true(story.update.send_leave); /* the group may have taken us in */
    story_happen(&story, MEMBER_SUBSCRIBED);
    assert_false(story.update.send_heartbeat);
    story_answer(&story, MEMBER_LEAVE_ANSWERED, KC_ERR_NONE);
    sent(&story);
    member_finish(&story.member);
}
