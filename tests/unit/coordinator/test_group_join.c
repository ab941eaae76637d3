/* tests: who may join, and what a join, a sync and a commit are answered. */
#include "story.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

TEST(a_member_id_is_given_out_first)
{
    struct story story;
    struct seat a;
    story_open(&story, 0);
    seat_init(&a);
    seat_join_once(&story, &a);
    assert_int_equal(a.err, KC_ERR_MEMBER_ID_REQUIRED);
    assert_int_equal(strncmp(a.id, "client-", 7), 0);
    assert_int_equal(story.group->state, GROUP_EMPTY);
    assert_int_equal(story.group->member_count, 0);
    seat_join_once(&story, &a);
    assert_true(a.is_answered);
    assert_int_equal(a.err, KC_ERR_NONE);
    assert_int_equal(a.generation, 1);
    assert_true(a.leads);
    assert_int_equal(a.member_count, 1);
    assert_true(list_is_empty(&story.group->pending));
    story_close(&story);
}

TEST(before_version_4_a_join_joins)
{
    struct story story;
    struct seat a;
    story_open(&story, 0);
    seat_init(&a);
    a.version = 3;
    seat_join_once(&story, &a);
    assert_int_equal(a.err, KC_ERR_NONE);
    assert_true(a.leads);
    story_close(&story);
}

TEST(an_id_that_nobody_gave_out_is_unknown)
{
    struct story story;
    struct seat a;
    story_open(&story, 0);
    seat_init(&a);
    (void)snprintf(a.id, sizeof(a.id), "%s", "stranger");
    seat_join_once(&story, &a);
    assert_int_equal(a.err, KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(seat_heartbeat(&story, &a), KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(seat_leave(&story, &a), KC_ERR_UNKNOWN_MEMBER_ID);
    seat_follow(&story, &a);
    assert_int_equal(a.err, KC_ERR_UNKNOWN_MEMBER_ID);
    story_close(&story);
}

TEST(an_id_given_out_expires_with_the_session)
{
    struct story story;
    struct seat a;
    story_open(&story, 0);
    seat_init(&a);
    seat_join_once(&story, &a);
    story_pass(&story, 9999);
    assert_false(list_is_empty(&story.group->pending));
    story_pass(&story, 1);
    assert_true(list_is_empty(&story.group->pending));
    seat_join_once(&story, &a);
    assert_int_equal(a.err, KC_ERR_UNKNOWN_MEMBER_ID);
    story_close(&story);
}

TEST(an_id_given_out_holds_the_others_up_until_it_leaves)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 0);
    seat_init(&a);
    seat_init(&b);
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    seat_join_once(&story, &b); /* an id, no member yet */
    seat_join_once(&story, &a); /* the leader asks for a rebalance */
    assert_false(a.is_answered);
    assert_int_equal(seat_leave(&story, &b), KC_ERR_NONE);
    assert_true(a.is_answered);
    assert_int_equal(a.member_count, 1);
    story_close(&story);
}

TEST(protocols_must_have_one_in_common)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 0);
    seat_init(&a);
    seat_init(&b);
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    b.protocols[0] = "sticky";
    seat_join_once(&story, &b);
    assert_int_equal(b.err, KC_ERR_INCONSISTENT_GROUP_PROTOCOL);
    b.protocols[0] = NULL;
    seat_join_once(&story, &b);
    assert_int_equal(b.err, KC_ERR_INCONSISTENT_GROUP_PROTOCOL);
    assert_int_equal(story.group->state, GROUP_STABLE);
    story_close(&story);
}

TEST(most_votes_choose_among_common_protocols)
{
    struct story story;
    struct seat seats[3];
    story_open(&story, 3000);
    for (int i = 0; i < 3; i++) {
        seat_init(&seats[i]);
        seats[i].protocols[0] = i == 0 ? "range" : i == 1 ? "only-here" : "sticky";
        seats[i].protocols[1] = i == 0 ? "sticky" : i == 1 ? "sticky" : "range";
        seats[i].protocols[2] = i == 1 ? "range" : NULL;
    }
    story_gather(&story, (struct seat *const[]){ &seats[0], &seats[1], &seats[2], NULL });
    assert_string_equal(seats[0].protocol, "sticky");
    assert_string_equal(seats[2].protocol, "sticky");
    story_close(&story);
}

TEST(a_full_group_takes_nobody_and_ids_given_out_do_not_count)
{
    struct story story;
    struct seat a;
    struct seat b;
    struct seat c;
    story_open(&story, 0);
    story.env.size_max = 2;
    seat_init(&a);
    seat_init(&b);
    seat_init(&c);
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    seat_join_once(&story, &b);
    seat_join_once(&story, &c);
    assert_int_equal(b.err, KC_ERR_MEMBER_ID_REQUIRED);
    assert_int_equal(c.err, KC_ERR_MEMBER_ID_REQUIRED);
    seat_join_once(&story, &b);
    seat_join_once(&story, &a);
    story_pass(&story, 10000); /* c's id expires */
    assert_true(a.is_answered && b.is_answered);
    assert_int_equal(story.group->member_count, 2);
    c.id[0] = 0;
    seat_join_once(&story, &c);
    assert_int_equal(c.err, KC_ERR_GROUP_MAX_SIZE_REACHED);
    seat_join_once(&story, &a); /* those who are in stay welcome */
    assert_false(a.is_answered && a.err);
    story_close(&story);
}

/* As in Kafka, which does not hear of connections that are lost. */
TEST(newcomers_whose_connection_is_lost_count)
{
    struct story story;
    struct seat seats[3];
    story_open(&story, 0);
    story.env.size_max = 2;
    for (int i = 0; i < 3; i++) {
        seat_init(&seats[i]);
        seats[i].version = 3;
    }
    story_gather(&story, (struct seat *const[]){ &seats[0], NULL });
    seats[1].id[0] = 0;
    seat_join_once(&story, &seats[1]);
    group_join_lost(story.group, &story.env, &seats[1].answer);
    seat_init(&seats[1]);
    seat_join_once(&story, &seats[1]);
    assert_int_equal(seats[1].err, KC_ERR_MEMBER_ID_REQUIRED);
    seat_join_once(&story, &seats[1]);
    group_join_lost(story.group, &story.env, &seats[1].answer);
    seat_join_once(&story, &seats[2]);
    assert_int_equal(seats[2].err, KC_ERR_GROUP_MAX_SIZE_REACHED);
    story_close(&story);
}

/* Members that are in may say again what they said. */
TEST(members_that_say_too_much_are_not_taken)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 0);
    seat_init(&a);
    seat_init(&b);
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    assert_int_equal(group_bytes(story.group),
                     strlen("range") + strlen("range of t") + strlen("for ") + strlen(a.id));
    story.env.bytes_left = strlen("range") + strlen("range of t") - 1;
    seat_join_once(&story, &b);
    assert_int_equal(b.err, KC_ERR_GROUP_MAX_SIZE_REACHED);
    seat_join_once(&story, &a);
    assert_int_equal(a.err, KC_ERR_NONE);
    story.env.bytes_left++;
    b.id[0] = 0;
    seat_join_once(&story, &b);
    assert_int_equal(b.err, KC_ERR_MEMBER_ID_REQUIRED);
    story_close(&story);
}

TEST(of_too_many_ids_given_out_the_oldest_is_forgotten)
{
    struct story story;
    struct seat first;
    struct seat second;
    struct seat more;
    story_open(&story, 0);
    seat_init(&first);
    seat_init(&second);
    seat_join_once(&story, &first);
    seat_join_once(&story, &second);
    for (int i = 0; i < GROUP_PENDING_MAX - 1; i++) {
        seat_init(&more);
        seat_join_once(&story, &more);
        assert_int_equal(more.err, KC_ERR_MEMBER_ID_REQUIRED);
    }
    assert_null(pending_find(story.group, slice_text(first.id)));
    assert_non_null(pending_find(story.group, slice_text(second.id)));
    seat_join_once(&story, &first);
    assert_int_equal(first.err, KC_ERR_UNKNOWN_MEMBER_ID);
    story_close(&story);
}

TEST(a_second_join_of_a_member_ends_the_first)
{
    struct story story;
    struct seat a;
    struct seat again;
    story_open(&story, 3000);
    seat_init(&a);
    seat_join(&story, &a);
    again = a;
    seat_join_once(&story, &again);
    assert_int_equal(a.err, KC_ERR_REBALANCE_IN_PROGRESS);
    story_pass(&story, 6000);
    assert_true(again.is_answered);
    assert_int_equal(again.err, KC_ERR_NONE);
    assert_int_equal(story.group->member_count, 1);
    story_close(&story);
}

TEST(an_unchanged_follower_is_told_the_generation_again)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 3000);
    seat_init(&a);
    seat_init(&b);
    story_gather(&story, (struct seat *const[]){ &a, &b, NULL });
    struct seat *follower = a.leads ? &b : &a;
    seat_join_once(&story, follower);
    assert_true(follower->is_answered);
    assert_int_equal(follower->generation, 1);
    assert_int_equal(story.group->state, GROUP_STABLE);
    follower->topic = "other"; /* what it subscribes to is another matter */
    seat_join_once(&story, follower);
    assert_false(follower->is_answered);
    assert_int_equal(story.group->state, GROUP_PREPARING_REBALANCE);
    story_close(&story);
}

TEST(while_assignments_are_awaited_a_lost_answer_is_given_again)
{
    struct story story;
    struct seat a;
    story_open(&story, 0);
    seat_init(&a);
    seat_join(&story, &a);
    assert_int_equal(story.group->state, GROUP_COMPLETING_REBALANCE);
    seat_join_once(&story, &a);
    assert_true(a.is_answered);
    assert_int_equal(a.generation, 1);
    assert_int_equal(a.member_count, 1);
    story_close(&story);
}

TEST(a_wrong_generation_is_told)
{
    struct story story;
    struct seat a;
    story_open(&story, 0);
    seat_init(&a);
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    a.generation--;
    assert_int_equal(seat_heartbeat(&story, &a), KC_ERR_ILLEGAL_GENERATION);
    seat_follow(&story, &a);
    assert_int_equal(a.err, KC_ERR_ILLEGAL_GENERATION);
    assert_int_equal(seat_commit(&story, &a, a.generation), KC_ERR_ILLEGAL_GENERATION);
    a.generation++;
    (void)snprintf(a.protocol, sizeof(a.protocol), "%s", "sticky");
    seat_follow(&story, &a);
    assert_int_equal(a.err, KC_ERR_INCONSISTENT_GROUP_PROTOCOL);
    story_close(&story);
}

TEST(who_may_commit)
{
    struct story story;
    struct seat a;
    story_open(&story, 0);
    seat_init(&a);
    assert_int_equal(seat_commit(&story, NULL, -1), KC_ERR_NONE); /* empty: anybody */
    seat_join(&story, &a);
    assert_int_equal(seat_commit(&story, &a, 1), KC_ERR_REBALANCE_IN_PROGRESS);
    seat_sync(&story, &a, (struct seat *const[]){ &a, NULL });
    assert_int_equal(seat_commit(&story, &a, 1), KC_ERR_NONE);
    assert_int_equal(seat_commit(&story, &a, 2), KC_ERR_ILLEGAL_GENERATION);
    assert_int_equal(seat_commit(&story, NULL, -1), KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(seat_commit(&story, &a, -1), KC_ERR_ILLEGAL_GENERATION);
    story_pass(&story, 9000);
    assert_int_equal(seat_commit(&story, &a, 1), KC_ERR_NONE); /* counts as a heartbeat */
    story_pass(&story, 9000);
    assert_int_equal(story.group->member_count, 1);
    seat_join_once(&story, &a); /* alone: prepared and completed at once */
    assert_int_equal(a.generation, 2);
    story_close(&story);
}

TEST(while_members_come_back_they_may_still_commit)
{
    struct story story;
    struct seat a;
    struct seat b;
    story_open(&story, 0);
    seat_init(&a);
    seat_init(&b);
    story_gather(&story, (struct seat *const[]){ &a, NULL });
    seat_join(&story, &b);
    assert_int_equal(story.group->state, GROUP_PREPARING_REBALANCE);
    assert_int_equal(seat_commit(&story, &a, 1), KC_ERR_NONE);
    assert_int_equal(seat_heartbeat(&story, &a), KC_ERR_REBALANCE_IN_PROGRESS);
    story_close(&story);
}
