/* tests: consumer groups: joining, giving back before taking, leaving, falling silent. */
#include "next_story.h"

#include "support/test.h"

#include <stdio.h>

TEST(the_first_member_gets_all_at_once)
{
    struct next_story story;
    struct next_client ann;
    next_story_open(&story);
    next_client_init(&ann, "ann");
    assert_int_equal(next_client_join(&story, &ann), KC_ERR_NONE);
    assert_int_equal(ann.epoch, 2);
    assert_int_equal(ann.held.count, 4);
    assert_int_equal(story.stored, 1);
    assert_string_equal(group_next_state_name(story.group->next), "Stable");
    assert_int_equal(next_client_beat(&story, &ann), KC_ERR_NONE);
    assert_int_equal(story.stored, 1);
    next_client_finish(&ann);
    next_story_close(&story);
}

TEST(nothing_is_given_before_it_is_given_back)
{
    struct next_story story;
    struct next_client ann;
    struct next_client bob;
    next_story_open(&story);
    next_client_init(&ann, "ann");
    next_client_init(&bob, "bob");
    assert_int_equal(next_client_join(&story, &ann), KC_ERR_NONE);
    assert_int_equal(next_client_join(&story, &bob), KC_ERR_NONE);
    assert_int_equal(bob.epoch, 3);
    assert_int_equal(bob.held.count, 0);
    assert_string_equal(group_next_state_name(story.group->next), "Reconciling");
    assert_int_equal(next_client_beat(&story, &ann), KC_ERR_NONE); /* told to give back */
    assert_int_equal(ann.epoch, 2);
    assert_int_equal(ann.held.count, 2);
    assert_int_equal(next_client_beat(&story, &bob), KC_ERR_NONE);
    assert_int_equal(bob.held.count, 0);
    assert_int_equal(next_client_claim(&story, &ann, 2, false), KC_ERR_NONE); /* says nothing */
    assert_int_equal(ann.epoch, 2);
    assert_int_equal(next_client_beat(&story, &ann), KC_ERR_NONE); /* has given back */
    assert_int_equal(ann.epoch, 3);
    assert_int_equal(next_client_beat(&story, &bob), KC_ERR_NONE);
    assert_int_equal(bob.held.count, 2);
    assert_string_equal(group_next_state_name(story.group->next), "Stable");
    next_client_finish(&ann);
    next_client_finish(&bob);
    next_story_close(&story);
}

TEST(what_a_leaver_had_goes_to_the_others)
{
    struct next_story story;
    struct next_client ann;
    struct next_client bob;
    struct next_client *const both[] = { &ann, &bob, NULL };
    next_story_open(&story);
    next_client_init(&ann, "ann");
    next_client_init(&bob, "bob");
    (void)next_client_join(&story, &ann);
    (void)next_client_join(&story, &bob);
    next_story_settle(&story, both);
    assert_int_equal(next_client_leave(&story, &ann, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
    assert_string_equal(group_next_state_name(story.group->next), "Assigning");
    assert_int_equal(next_client_beat(&story, &bob), KC_ERR_NONE);
    assert_int_equal(bob.held.count, 4);
    assert_int_equal(next_client_leave(&story, &bob, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
    assert_string_equal(group_next_state_name(story.group->next), "Empty");
    assert_int_equal(story.group->state, GROUP_EMPTY);
    assert_int_equal(next_client_leave(&story, &bob, NEXT_EPOCH_LEAVES), KC_ERR_UNKNOWN_MEMBER_ID);
    assert_string_equal(bob.message, "Member bob is not a member of group g.");
    next_client_finish(&ann);
    next_client_finish(&bob);
    next_story_close(&story);
}

TEST(who_falls_silent_is_put_out)
{
    struct next_story story;
    struct next_client ann;
    next_story_open(&story);
    next_client_init(&ann, "ann");
    (void)next_client_join(&story, &ann);
    assert_int_equal(group_next_due_ms(story.group->next), story.env.now_ms + NEXT_SESSION_MS);
    story.env.now_ms += NEXT_SESSION_MS - 1;
    group_next_tick(story.group, &story.env);
    assert_int_equal(story.group->next->member_count, 1);
    story.env.now_ms++;
    story.store_err = KC_ERR_NOT_COORDINATOR; /* what cannot be stored does not happen */
    group_next_tick(story.group, &story.env);
    assert_int_equal(story.group->next->member_count, 1);
    story.store_err = KC_ERR_NONE;
    group_next_tick(story.group, &story.env);
    assert_int_equal(story.group->next->member_count, 0);
    assert_int_equal(group_next_due_ms(story.group->next), INT64_MAX);
    assert_int_equal(next_client_beat(&story, &ann), KC_ERR_UNKNOWN_MEMBER_ID);
    next_client_finish(&ann);
    next_story_close(&story);
}

TEST(who_does_not_give_back_in_time_is_put_out)
{
    struct next_story story;
    struct next_client ann;
    struct next_client bob;
    next_story_open(&story);
    next_client_init(&ann, "ann");
    next_client_init(&bob, "bob");
    ann.rebalance_ms = 30000;
    (void)next_client_join(&story, &ann);
    (void)next_client_join(&story, &bob);
    (void)next_client_beat(&story, &ann);
    for (int i = 0; i < 3; i++) {
        story.env.now_ms += 10000;
        assert_int_equal(next_client_claim(&story, &ann, ann.epoch, false), KC_ERR_NONE);
        assert_int_equal(next_client_beat(&story, &bob), KC_ERR_NONE);
        assert_int_equal(bob.held.count, 0);
    }
    group_next_tick(story.group, &story.env);
    assert_null(group_next_find(story.group->next, slice_text("ann")));
    assert_int_equal(next_client_beat(&story, &bob), KC_ERR_NONE);
    assert_int_equal(bob.held.count, 4);
    next_client_finish(&ann);
    next_client_finish(&bob);
    next_story_close(&story);
}

TEST(epochs_fence)
{
    struct next_story story;
    struct next_client ann;
    struct next_client bob;
    struct next_client *const both[] = { &ann, &bob, NULL };
    next_story_open(&story);
    next_client_init(&ann, "ann");
    next_client_init(&bob, "bob");
    (void)next_client_join(&story, &ann);
    (void)next_client_join(&story, &bob);
    next_story_settle(&story, both);
    assert_int_equal(ann.epoch, 3);
    assert_int_equal(next_client_claim(&story, &ann, 4, false), KC_ERR_FENCED_MEMBER_EPOCH);
    assert_string_equal(ann.message,
                        "The consumer group member has a greater member epoch (4) than the one "
                        "known by the group coordinator (3). The member must abandon all its "
                        "partitions and rejoin.");
    assert_int_equal(next_client_claim(&story, &ann, 1, true), KC_ERR_FENCED_MEMBER_EPOCH);
    assert_int_equal(next_client_claim(&story, &ann, 2, false), KC_ERR_FENCED_MEMBER_EPOCH);
    /* The answer with the new epoch was lost. */
    assert_int_equal(next_client_claim(&story, &ann, 2, true), KC_ERR_NONE);
    assert_int_equal(ann.epoch, 3);
    /* Begins anew: it had two, and has them still. */
    assert_int_equal(next_client_join(&story, &ann), KC_ERR_NONE);
    assert_int_equal(ann.held.count, 2);
    next_client_finish(&ann);
    next_client_finish(&bob);
    next_story_close(&story);
}

TEST(a_static_member_comes_back_to_what_it_had)
{
    struct next_story story;
    struct next_client ann;
    struct next_client bob;
    struct next_client again;
    struct next_client *const both[] = { &ann, &bob, NULL };
    next_story_open(&story);
    next_client_init(&ann, "ann");
    next_client_init(&bob, "bob");
    next_client_init(&again, "again");
    ann.instance = again.instance = "one";
    (void)next_client_join(&story, &ann);
    (void)next_client_join(&story, &bob);
    next_story_settle(&story, both);
    assert_int_equal(next_client_join(&story, &again), KC_ERR_UNRELEASED_INSTANCE_ID);
    assert_int_equal(next_client_leave(&story, &ann, NEXT_EPOCH_RESTS), KC_ERR_NONE);
    assert_int_equal(ann.epoch, NEXT_EPOCH_RESTS);
    assert_int_equal(next_client_beat(&story, &bob), KC_ERR_NONE);
    assert_int_equal(bob.held.count, 2);
    assert_int_equal(next_client_join(&story, &again), KC_ERR_NONE);
    assert_int_equal(again.epoch, 3); /* nothing was worked out anew */
    assert_true(holding_equal(&again.held, &ann.held));
    assert_int_equal(next_client_claim(&story, &ann, 3, false), KC_ERR_FENCED_INSTANCE_ID);
    assert_int_equal(next_client_leave(&story, &ann, NEXT_EPOCH_LEAVES), KC_ERR_FENCED_INSTANCE_ID);
    assert_int_equal(next_client_leave(&story, &again, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
    assert_int_equal(next_client_claim(&story, &again, 3, false), KC_ERR_UNKNOWN_MEMBER_ID);
    assert_string_equal(again.message, "Instance id one is unknown.");
    next_client_finish(&ann);
    next_client_finish(&bob);
    next_client_finish(&again);
    next_story_close(&story);
}

TEST(an_expression_means_whole_names_and_new_topics_too)
{
    struct next_story story;
    struct next_client ann;
    next_story_open(&story);
    next_client_init(&ann, "ann");
    ann.topic = NULL;
    ann.regex = "b.*";
    assert_int_equal(next_client_join(&story, &ann), KC_ERR_NONE);
    assert_int_equal(ann.held.count, 2);
    assert_true(group_next_subscribes(story.group->next, slice_text("b")));
    assert_false(group_next_subscribes(story.group->next, slice_text("a")));
    assert_int_equal(image_stage_create(&story.stage, "ab", 1, 1).err, KC_ERR_NONE);
    assert_int_equal(image_stage_create(&story.stage, "bc", 3, 1).err, KC_ERR_NONE);
    story.group->next->is_outdated = true;
    assert_int_equal(next_client_beat(&story, &ann), KC_ERR_NONE);
    assert_int_equal(ann.epoch, 3);
    assert_int_equal(ann.held.count, 5);
    ann.regex = "b(";
    assert_int_equal(next_client_join(&story, &ann), KC_ERR_INVALID_REGULAR_EXPRESSION);
    assert_non_null(strstr(ann.message, "SubscribedTopicRegex `b(` is not a valid regular"));
    ann.regex = "c.*";
    assert_int_equal(next_client_join(&story, &ann), KC_ERR_NONE);
    assert_int_equal(ann.held.count, 0);
    assert_int_equal(story.group->next->regex_count, 1);
    next_client_finish(&ann);
    next_story_close(&story);
}

TEST(what_is_not_well_formed_is_refused)
{
    struct next_story story;
    struct next_client ann;
    next_story_open(&story);
    next_client_init(&ann, "ann");
    assert_int_equal(next_client_claim(&story, &ann, 0, false), KC_ERR_INVALID_REQUEST);
    assert_string_equal(ann.message, "RebalanceTimeoutMs must be provided in first request.");
    assert_int_equal(next_client_claim(&story, &ann, -3, false), KC_ERR_INVALID_REQUEST);
    assert_string_equal(ann.message, "MemberEpoch is invalid.");
    assert_int_equal(next_client_claim(&story, &ann, -2, false), KC_ERR_INVALID_REQUEST);
    assert_string_equal(ann.message, "InstanceId can't be null.");
    ann.instance = "";
    assert_int_equal(next_client_join(&story, &ann), KC_ERR_INVALID_REQUEST);
    ann.instance = NULL;
    ann.assignor = "sticky";
    assert_int_equal(next_client_join(&story, &ann), KC_ERR_UNSUPPORTED_ASSIGNOR);
    assert_string_equal(ann.message, "ServerAssignor sticky is not supported. Supported assignors: "
                                     "uniform, range.");
    assert_int_equal(next_client_claim(&story, &ann, 5, false), KC_ERR_UNKNOWN_MEMBER_ID);
    story.env.size_max = 0;
    ann.assignor = "range";
    assert_int_equal(next_client_join(&story, &ann), KC_ERR_GROUP_MAX_SIZE_REACHED);
    assert_int_equal(story.stored, 0);
    next_client_finish(&ann);
    next_story_close(&story);
}

TEST(most_members_choose_the_assignor)
{
    struct next_story story;
    struct next_client ann;
    next_story_open(&story);
    next_client_init(&ann, "ann");
    assert_true(slice_is(group_next_assignor(story.group->next, &story.env), "uniform"));
    ann.assignor = "range";
    (void)next_client_join(&story, &ann);
    assert_true(slice_is(group_next_assignor(story.group->next, &story.env), "range"));
    next_client_finish(&ann);
    next_story_close(&story);
}

TEST(what_cannot_be_stored_has_not_happened)
{
    struct next_story story;
    struct next_client ann;
    next_story_open(&story);
    next_client_init(&ann, "ann");
    story.store_err = KC_ERR_NOT_COORDINATOR;
    assert_int_equal(next_client_join(&story, &ann), KC_ERR_NOT_COORDINATOR);
    assert_int_equal(story.group->next->member_count, 0);
    assert_int_equal(story.group->next->epoch, 0);
    next_client_finish(&ann);
    next_story_close(&story);
}

TEST(commits_claim_an_epoch)
{
    struct next_story story;
    struct next_client ann;
    struct next_claim claim = { .member_id = slice_text("ann"), .epoch = -1 };
    bool stale = true;
    next_story_open(&story);
    next_client_init(&ann, "ann");
    assert_int_equal(group_next_check_commit(story.group->next, &claim, &stale), KC_ERR_NONE);
    assert_false(stale);
    (void)next_client_join(&story, &ann);
    assert_int_equal(group_next_check_commit(story.group->next, &claim, &stale),
                     KC_ERR_STALE_MEMBER_EPOCH);
    claim.epoch = 3;
    assert_int_equal(group_next_check_commit(story.group->next, &claim, &stale),
                     KC_ERR_STALE_MEMBER_EPOCH);
    claim.epoch = 2;
    assert_int_equal(group_next_check_commit(story.group->next, &claim, &stale), KC_ERR_NONE);
    assert_false(stale);
    claim.epoch = 1;
    assert_int_equal(group_next_check_commit(story.group->next, &claim, &stale), KC_ERR_NONE);
    assert_true(stale);
    claim.is_old = true;
    assert_int_equal(group_next_check_commit(story.group->next, &claim, &stale),
                     KC_ERR_UNSUPPORTED_VERSION);
    claim.member_id = slice_text("bob");
    assert_int_equal(group_next_check_commit(story.group->next, &claim, &stale),
                     KC_ERR_UNKNOWN_MEMBER_ID);
    next_client_finish(&ann);
    next_story_close(&story);
}

/* Members come, beat, say nothing, leave and fall out by chance; no partition ever has two (each
 * heartbeat checks), and in the end all have all. */
TEST(by_chance_no_partition_has_two_members)
{
    enum { CLIENTS = 6, STEPS = 4000 };
    struct next_story story;
    struct next_client clients[CLIENTS];
    bool in[CLIENTS] = { false };
    struct next_client *rest[CLIENTS + 1] = { NULL };
    size_t count = 0;
    size_t held = 0;
    next_story_open(&story);
    for (int i = 0; i < CLIENTS; i++) {
        char id[CLIENT_ID_SIZE];
        (void)snprintf(id, sizeof(id), "c%d", i);
        next_client_init(&clients[i], id);
        clients[i].topic = i % 3 ? "a" : NULL;
        clients[i].regex = i % 3 ? NULL : "[ab]";
        clients[i].assignor = i % 2 ? "range" : NULL;
    }
    for (int step = 0; step < STEPS; step++) {
        struct next_client *client = &clients[random_below(&story.random, CLIENTS)];
        uint64_t chance = random_below(&story.random, 20);
        bool *is_in = &in[client - clients];
        if (!*is_in || chance == 0) {
            *is_in = next_client_join(&story, client) == KC_ERR_NONE;
            assert_true(*is_in);
        } else if (chance == 1) {
            assert_int_equal(next_client_leave(&story, client, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
            *is_in = false;
        } else {
            assert_int_equal(next_client_beat(&story, client), KC_ERR_NONE);
        }
    }
    for (int i = 0; i < CLIENTS; i++) {
        if (in[i]) {
            rest[count++] = &clients[i];
        }
    }
    next_story_settle(&story, rest);
    for (size_t i = 0; i < count; i++) {
        held += rest[i]->held.count;
    }
    assert_true(held == 4 || held == 6);
    for (int i = 0; i < CLIENTS; i++) {
        next_client_finish(&clients[i]);
    }
    next_story_close(&story);
}
