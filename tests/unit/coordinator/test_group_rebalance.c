/* tests: rebalances as stories. */
#include "story.h"

#include "support/test.h"

#include <string.h>

TEST(two_members_share_one_generation_after_the_initial_delay)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    seat_join(&story, &a);
    story_pass(&story, 2000);
    assert_false(a.is_answered);
    seat_join(&story, &b);
    story_pass(&story, 2999);
    assert_false(a.is_answered); /* the newcomer has moved the end */
    story_pass(&story, 3001);
    assert_true(a.is_answered && b.is_answered);
    assert_int_equal(a.generation, 1);
    assert_int_equal(b.generation, 1);
    assert_int_equal(a.leads + b.leads, 1);
    assert_int_equal(a.leads ? a.member_count : b.member_count, 2);
    assert_int_equal(a.leads ? b.member_count : a.member_count, 0);
    story_close(&story);
}

TEST(newcomers_cannot_put_the_first_rebalance_off_for_ever)
{
    struct story story;
    struct seat seats[10];
    story_open(&story, 3000);
    for (int i = 0; i < 10; i++) {
        seat_init(&seats[i]);
        seats[i].rebalance_ms = 10000;
    }
    for (int i = 0; i < 4; i++) {
        seat_join(&story, &seats[i]);
        story_pass(&story, 2500);
    }
    assert_true(seats[0].is_answered);
    assert_int_equal(story.group->generation, 1);
    story_close(&story);
}

TEST(a_third_member_makes_the_others_come_back)
{
    struct story story;
    struct seat a;
    struct seat b;
    struct seat c;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    seat_init(&c);
    story_gather(&story, (struct seat *const[]){ &a, &b, NULL });
    struct seat *leader = a.leads ? &a : &b;
    seat_join(&story, &c);
    assert_false(c.is_answered);
    assert_int_equal(seat_heartbeat(&story, &a), KC_ERR_REBALANCE_IN_PROGRESS);
    seat_join(&story, &a);
    assert_false(a.is_answered || c.is_answered);
    seat_join(&story, &b);
    assert_true(a.is_answered && b.is_answered && c.is_answered);
    assert_int_equal(c.generation, 2);
    assert_true(leader->leads); /* who led goes on leading */
    assert_int_equal(leader->member_count, 3);
    story_close(&story);
}

TEST(followers_may_sync_before_or_after_the_leader)
{
    struct story story;
    struct seat a;
    struct seat b;
    struct seat c;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    seat_init(&c);
    seat_join(&story, &a);
    seat_join(&story, &b);
    seat_join(&story, &c);
    story_pass(&story, 9000);
    struct seat *const all[] = { &a, &b, &c, NULL };
    assert_true(a.leads);
    seat_follow(&story, &b);
    assert_false(b.is_answered);
    assert_int_equal(story.stored, 0);
    seat_sync(&story, &a, all);
    assert_int_equal(story.stored_with_assignments, 1);
    assert_true(a.is_answered && b.is_answered);
    assert_int_equal(strncmp(b.assignment, "for client-", 11), 0);
    assert_string_equal(b.assignment + 4, b.id);
    seat_follow(&story, &c);
    assert_true(c.is_answered);
    assert_string_equal(c.assignment + 4, c.id);
    assert_int_equal(story.stored, 1);
    story_close(&story);
}

TEST(a_member_without_an_assignment_gets_an_empty_one)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    seat_join(&story, &a);
    seat_join(&story, &b);
    story_pass(&story, 9000);
    seat_follow(&story, &b);
    seat_sync(&story, &a, (struct seat *const[]){ &a, NULL });
    assert_int_equal(b.err, KC_ERR_NONE);
    assert_string_equal(b.assignment, "");
    story_close(&story);
}

TEST(what_cannot_be_stored_is_not_told)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    seat_join(&story, &a);
    seat_join(&story, &b);
    story_pass(&story, 9000);
    seat_follow(&story, &b);
    story.store_err = KC_ERR_NOT_COORDINATOR;
    seat_sync(&story, &a, (struct seat *const[]){ &a, &b, NULL });
    assert_int_equal(a.err, KC_ERR_NOT_COORDINATOR);
    assert_int_equal(b.err, KC_ERR_NOT_COORDINATOR);
    assert_int_equal(story.group->state, GROUP_PREPARING_REBALANCE);
    story_close(&story);
}

TEST(who_leaves_makes_room)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    story_gather(&story, (struct seat *const[]){ &a, &b, NULL });
    assert_int_equal(seat_leave(&story, &a), KC_ERR_NONE);
    assert_int_equal(seat_heartbeat(&story, &b), KC_ERR_REBALANCE_IN_PROGRESS);
    seat_join(&story, &b);
    assert_true(b.is_answered);
    assert_true(b.leads);
    assert_int_equal(b.member_count, 1);
    assert_int_equal(b.generation, 2);
    seat_sync(&story, &b, (struct seat *const[]){ &b, NULL });
    assert_int_equal(seat_leave(&story, &b), KC_ERR_NONE);
    assert_int_equal(story.group->state, GROUP_EMPTY);
    assert_int_equal(story.group->generation, 3);
    assert_null(story.group->leader);
    assert_int_equal(group_due_ms(story.group), INT64_MAX);
    story_close(&story);
}

TEST(who_leaves_while_waiting_is_answered)
{
    struct story story;
    struct seat a;
    story_open(&story, 3000);
    seat_init(&a);
    seat_join(&story, &a);
    assert_int_equal(seat_leave(&story, &a), KC_ERR_NONE);
    assert_int_equal(a.err, KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(story.group->state, GROUP_EMPTY);
    story_close(&story);
}

TEST(silence_for_a_session_is_death)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    story_gather(&story, (struct seat *const[]){ &a, &b, NULL });
    story_pass(&story, 6000);
    assert_int_equal(seat_heartbeat(&story, &b), KC_ERR_NONE);
    story_pass(&story, 4000); /* a has said nothing for ten seconds */
    assert_int_equal(seat_heartbeat(&story, &b), KC_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(seat_heartbeat(&story, &a), KC_ERR_UNKNOWN_MEMBER_ID);
    seat_join(&story, &b);
    assert_int_equal(b.member_count, 1);
    story_close(&story);
}

TEST(who_does_not_come_back_in_time_is_out)
{
    struct story story;
    struct seat a;
    struct seat b;
    struct seat c;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    seat_init(&c);
    story_gather(&story, (struct seat *const[]){ &a, &b, NULL });
    seat_join(&story, &c);
    seat_join(&story, &b);
    for (int i = 0; i < 7; i++) { /* alive, but busy: it never joins */
        assert_false(b.is_answered);
        assert_int_equal(seat_heartbeat(&story, &a), KC_ERR_REBALANCE_IN_PROGRESS);
        story_pass(&story, 8500);
    }
    story_pass(&story, 500);
    assert_true(b.is_answered && c.is_answered);
    assert_int_equal(story.group->member_count, 2);
    assert_int_equal(seat_heartbeat(&story, &a), KC_ERR_UNKNOWN_MEMBER_ID);
    story_close(&story);
}

TEST(who_never_asks_for_its_assignment_is_out)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    seat_join(&story, &a);
    seat_join(&story, &b);
    story_pass(&story, 9000);
    seat_sync(&story, &a, (struct seat *const[]){ &a, &b, NULL });
    assert_int_equal(story.group->state, GROUP_STABLE);
    for (int i = 0; i < 12; i++) { /* b is alive and reads nothing */
        (void)seat_heartbeat(&story, &a);
        (void)seat_heartbeat(&story, &b);
        story_pass(&story, 5000);
    }
    assert_int_equal(story.group->member_count, 1);
    assert_int_equal(seat_heartbeat(&story, &a), KC_ERR_REBALANCE_IN_PROGRESS);
    story_close(&story);
}

TEST(a_leader_that_never_assigns_is_out)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    seat_join(&story, &a);
    seat_join(&story, &b);
    story_pass(&story, 9000);
    seat_follow(&story, &b);
    for (int i = 0; i < 12; i++) {
        (void)seat_heartbeat(&story, &a);
        story_pass(&story, 5000);
    }
    assert_int_equal(b.err, KC_ERR_REBALANCE_IN_PROGRESS);
    seat_join(&story, &b);
    assert_true(b.is_answered && b.leads);
    story_close(&story);
}

TEST(a_join_whose_connection_is_lost_does_not_hold_the_others_up)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 0);
    seat_init(&a);
    seat_init(&b);
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    seat_join(&story, &b);
    group_join_lost(story.group, &story.env, &b.answer);
    assert_false(b.is_answered);
    seat_join(&story, &a);
    assert_false(a.is_answered); /* b may still come back, for a session */
    story_pass(&story, 10000);
    assert_true(a.is_answered);
    assert_int_equal(a.member_count, 1);
    story_close(&story);
}

TEST(a_new_member_that_waits_too_long_is_told_to_begin_again)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 0);
    seat_init(&a);
    seat_init(&b);
    a.rebalance_ms = 1000000;
    b.rebalance_ms = 1000000;
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    seat_join(&story, &b);
    for (int i = 0; i < 60; i++) {
        (void)seat_heartbeat(&story, &a);
        story_pass(&story, 5000);
    }
    assert_true(b.is_answered);
    assert_int_equal(b.err, KC_ERR_UNKNOWN_MEMBER_ID);
    story_close(&story);
}

TEST(a_sync_whose_connection_is_lost_is_forgotten)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    seat_join(&story, &a);
    seat_join(&story, &b);
    story_pass(&story, 9000);
    seat_follow(&story, &b);
    group_answer_end(&b.answer);
    seat_sync(&story, &a, (struct seat *const[]){ &a, &b, NULL });
    assert_false(b.is_answered);
    assert_int_equal(story.group->state, GROUP_STABLE);
    seat_follow(&story, &b);
    assert_string_equal(b.assignment + 4, b.id);
    story_close(&story);
}

TEST(a_group_of_ids_given_out_only_becomes_empty)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 0);
    seat_init(&a);
    seat_init(&b);
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    seat_join_once(&story, &b); /* an id */
    assert_int_equal(seat_leave(&story, &a), KC_ERR_NONE);
    story_pass(&story, 0);
    assert_int_equal(story.group->state, GROUP_EMPTY);
    seat_join_once(&story, &b);
    assert_int_equal(b.err, KC_ERR_NONE);
    assert_int_equal(b.generation, 3);
    assert_true(b.leads);
    story_close(&story);
}
