/* tests: members with an instance id, as stories (KIP-345). */
#include "story.h"

#include "support/test.h"

#include <string.h>

TEST(a_static_member_comes_back_without_a_rebalance)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    b.instance = "instance-b";
    story_gather(&story, (struct seat *const[]){ &a, &b, NULL });
    assert_int_equal(strncmp(b.id, "instance-b-", 11), 0);
    struct seat before = b;
    int stored = story.stored;
    b.id[0] = 0;
    b.topic = "with partitions owned"; /* metadata differs after a restart */
    seat_join(&story, &b);
    assert_true(b.is_answered);
    assert_int_equal(b.err, KC_ERR_NONE);
    assert_int_equal(b.generation, 1);
    assert_string_not_equal(b.id, before.id);
    assert_int_equal(story.stored, stored + 1);
    assert_int_equal(story.group->state, GROUP_STABLE);
    seat_follow(&story, &b);
    assert_string_equal(b.assignment + 4, before.id); /* what it had */
    assert_int_equal(seat_heartbeat(&story, &before), KC_ERR_FENCED_INSTANCE_ID);
    seat_follow(&story, &before);
    assert_int_equal(before.err, KC_ERR_FENCED_INSTANCE_ID);
    assert_int_equal(seat_commit(&story, &before, 1), KC_ERR_FENCED_INSTANCE_ID);
    assert_int_equal(seat_leave(&story, &before), KC_ERR_FENCED_INSTANCE_ID);
    seat_join_once(&story, &before);
    assert_int_equal(before.err, KC_ERR_FENCED_INSTANCE_ID);
    story_close(&story);
}

TEST(a_static_leader_that_comes_back_need_not_assign)
{
    struct story story;
    struct seat a;
    story_open(&story, 0);
    seat_init(&a);
    a.instance = "instance-a";
    a.version = 9;
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    a.id[0] = 0;
    seat_join(&story, &a);
    assert_true(a.is_answered && a.leads && a.skips);
    assert_int_equal(a.generation, 1);
    story_close(&story);
}

/* Before version 9 nothing could tell it so: it hears that somebody else leads. */
TEST(an_old_static_leader_that_comes_back_is_a_follower)
{
    struct story story;
    struct seat a;
    struct seat stranger;
    story_open(&story, 0);
    seat_init(&a);
    a.instance = "instance-a";
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    assert_true(a.leads);
    char before[STORY_TEXT_SIZE];
    memcpy(before, a.assignment, sizeof(before));
    a.id[0] = 0;
    seat_join(&story, &a);
    assert_true(a.is_answered);
    assert_false(a.leads);
    assert_int_equal(a.member_count, 0);
    assert_int_equal(a.generation, 1);
    seat_follow(&story, &a);
    assert_int_equal(a.err, KC_ERR_NONE);
    assert_string_equal(a.assignment, before);
    stranger = a;
    stranger.instance = "instance-b"; /* that nobody has */
    seat_follow(&story, &stranger);
    assert_int_equal(stranger.err, KC_ERR_UNKNOWN_MEMBER_ID);
    story_close(&story);
}

TEST(a_static_member_that_comes_back_during_a_rebalance_takes_its_place_in_it)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    a.instance = "instance-a";
    b.instance = "instance-b";
    seat_join(&story, &a);
    seat_join(&story, &b);
    group_answer_end(&b.answer); /* its connection is lost */
    b.id[0] = 0;
    seat_join(&story, &b);
    story_pass(&story, 9000);
    assert_int_equal(story.group->member_count, 2);
    assert_true(a.is_answered && b.is_answered);
    /* Assignments are awaited now: the old id is in the leader's list, so all join again. */
    b.id[0] = 0;
    seat_join(&story, &b);
    assert_int_equal(story.group->state, GROUP_PREPARING_REBALANCE);
    assert_false(b.is_answered);
    seat_join(&story, &a);
    assert_int_equal(a.generation, 2);
    assert_int_equal(b.generation, 2);
    story_close(&story);
}

TEST(a_static_member_is_removed_by_its_instance)
{
    struct story story;
    struct seat a;
    story_open(&story, 0);
    seat_init(&a);
    a.instance = "instance-a";
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    assert_int_equal(group_leave(story.group, &story.env, SLICE_EMPTY, slice_text("instance-a")),
                     KC_ERR_NONE);
    assert_int_equal(story.group->state, GROUP_EMPTY);
    assert_int_equal(group_leave(story.group, &story.env, SLICE_EMPTY, slice_text("instance-a")),
                     KC_ERR_UNKNOWN_MEMBER_ID);
    story_close(&story);
}

/* Static members stay through a rebalance that they miss; the group waits for one of them, or for
 * their sessions to end. */
TEST(static_members_with_nobody_back_are_waited_for)
{
    struct story story;
    struct seat a;
    struct seat b;
    struct seat c;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    seat_init(&c);
    a.instance = "instance-a";
    b.instance = "instance-b";
    a.session_ms = 1000000;
    b.session_ms = 1000000;
    story_gather(&story, (struct seat *const[]){ &a, &b, &c, NULL });
    assert_int_equal(seat_leave(&story, &c), KC_ERR_NONE);
    story_pass(&story, 60000);
    assert_int_equal(story.group->state, GROUP_PREPARING_REBALANCE);
    assert_int_equal(story.group->generation, 1);
    assert_int_equal(story.group->member_count, 2);
    seat_join(&story, &b);
    story_pass(&story, 60000);
    assert_true(b.is_answered && b.leads);
    assert_int_equal(b.generation, 2);
    assert_int_equal(b.member_count, 2); /* a keeps its seat and its partitions */
    story_pass(&story, 1000000);
    assert_int_equal(story.group->member_count, 0);
    assert_int_equal(story.group->state, GROUP_EMPTY);
    story_close(&story);
}
