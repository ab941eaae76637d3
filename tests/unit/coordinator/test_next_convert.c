/* tests: a classic group in use becomes a consumer group with the first member that speaks KIP-848,
 * and a classic one again when the last of them goes. */
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"
#include "roller.h"
#include "support/test.h"

#include <stdio.h>

struct change {
    struct scratch_disk disk;
    struct coordinator_stage stage;
    struct roller ann; /* classic, the first of the group */
    struct roller bob;
};

/* Ann leads a stable classic group and has all of "a". */
static void change_open(struct change *change, const char *instance)
{
    scratch_disk_init(&change->disk);
    roller_stage_open(&change->stage, &change->disk);
    roller_init(&change->ann, &change->stage);
    roller_init(&change->bob, &change->stage);
    change->ann.instance = instance;
    assert_int_equal(roller_join(&change->ann), KC_ERR_NONE);
    groups_tick(change->stage.groups);
    assert_true(change->ann.leads);
    assert_int_equal(roller_sync(&change->ann), KC_ERR_NONE);
    assert_int_equal(change->ann.held.count, 4);
    assert_string_equal(roller_state(&change->stage), "Stable");
}

static void change_close(struct change *change)
{
    roller_finish(&change->ann);
    roller_finish(&change->bob);
    coordinator_stage_finish(&change->stage);
}

/* What the log says is what memory says. */
static void read_back(struct change *change)
{
    bool is_consumer = roller_group(&change->stage)->next != NULL;
    size_t members = is_consumer ? roller_group(&change->stage)->next->member_count
                                 : (size_t)roller_group(&change->stage)->member_count;
    stage_forget(&change->stage);
    assert_true(stage_start_groups(&change->stage));
    const struct group *group = roller_group(&change->stage);
    assert_int_equal(group->next != NULL, is_consumer);
    assert_int_equal(is_consumer ? group->next->member_count : (size_t)group->member_count,
                     members);
    assert_int_equal(is_consumer ? 0 : members, group->member_count);
}

TEST(the_first_new_member_makes_it_a_consumer_group)
{
    struct change change;
    change_open(&change, NULL);
    int32_t generation = change.ann.epoch;
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_NONE);
    assert_int_equal(change.bob.epoch, generation + 1);
    assert_int_equal(change.bob.held.count, 0); /* ann has all */
    const struct next_member *ann =
        group_next_find(roller_group(&change.stage)->next, slice_text(change.ann.id));
    assert_int_equal(ann->epoch, generation);
    assert_int_equal(ann->assigned.count, 4);
    read_back(&change);
    assert_int_equal(roller_heartbeat(&change.ann), KC_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(roller_join(&change.ann), KC_ERR_NONE);
    assert_int_equal(roller_sync(&change.ann), KC_ERR_NONE);
    assert_int_equal(change.ann.held.count, 2);
    assert_int_equal(roller_join(&change.ann), KC_ERR_NONE); /* without what it gave back */
    assert_int_equal(roller_sync(&change.ann), KC_ERR_NONE);
    assert_int_equal(roller_beat(&change.bob), KC_ERR_NONE);
    assert_int_equal(change.bob.held.count, 2);
    assert_string_equal(roller_state(&change.stage), "Stable");
    read_back(&change);
    change_close(&change);
}

TEST(who_waits_in_a_rebalance_is_told_of_another)
{
    struct change change;
    struct roller cid;
    change_open(&change, NULL);
    roller_init(&cid, &change.stage);
    assert_int_equal(roller_join(&cid), KC_ERR_NONE);
    assert_false(cid.is_answered);
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_NONE);
    assert_true(cid.is_answered);
    assert_int_equal(cid.err, KC_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(roller_group(&change.stage)->next->member_count, 3);
    assert_int_equal(roller_join(&cid), KC_ERR_NONE);
    assert_true(cid.is_answered);
    roller_finish(&cid);
    change_close(&change);
}

TEST(a_group_that_is_still_gathering_can_change)
{
    struct change change;
    scratch_disk_init(&change.disk);
    roller_stage_open(&change.stage, &change.disk);
    change.stage.groups->env.initial_rebalance_delay_ms = 3000;
    roller_init(&change.ann, &change.stage);
    roller_init(&change.bob, &change.stage);
    assert_int_equal(roller_join(&change.ann), KC_ERR_NONE);
    assert_false(change.ann.is_answered);
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_NONE);
    assert_int_equal(change.ann.err, KC_ERR_REBALANCE_IN_PROGRESS);
    read_back(&change);
    assert_int_equal(roller_join(&change.ann), KC_ERR_NONE);
    assert_int_equal(roller_sync(&change.ann), KC_ERR_NONE);
    assert_int_equal(change.ann.held.count + change.bob.held.count, 4);
    change_close(&change);
}

TEST(the_last_new_member_that_goes_makes_it_a_classic_group)
{
    struct change change;
    change_open(&change, NULL);
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_NONE);
    int32_t epoch = change.bob.epoch;
    assert_int_equal(roller_end(&change.bob, -1), KC_ERR_NONE);
    const struct group *group = roller_group(&change.stage);
    assert_null(group->next);
    assert_int_equal(group->generation, epoch);
    assert_string_equal(group->protocol, "range");
    assert_string_equal(roller_state(&change.stage), "PreparingRebalance");
    assert_int_equal(roller_heartbeat(&change.ann), KC_ERR_ILLEGAL_GENERATION);
    change.ann.epoch = epoch;
    assert_int_equal(roller_heartbeat(&change.ann), KC_ERR_REBALANCE_IN_PROGRESS);
    read_back(&change);
    assert_int_equal(roller_join(&change.ann), KC_ERR_NONE);
    assert_true(change.ann.is_answered && change.ann.leads);
    assert_int_equal(change.ann.epoch, epoch + 1);
    assert_int_equal(roller_sync(&change.ann), KC_ERR_NONE);
    assert_int_equal(change.ann.held.count, 4);
    change_close(&change);
}

TEST(the_last_new_member_that_falls_silent_makes_it_a_classic_group)
{
    struct change change;
    change_open(&change, NULL);
    change.stage.groups->options.next_session_ms = 5000;
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_NONE);
    change.stage.now_ms += 5000;
    groups_tick(change.stage.groups);
    assert_null(roller_group(&change.stage)->next);
    assert_int_equal(roller_group(&change.stage)->member_count, 1);
    change.stage.now_ms += ROLLER_SESSION_MS; /* its time is kept as a classic group's */
    groups_tick(change.stage.groups);
    change.stage.now_ms += ROLLER_REBALANCE_MS;
    groups_tick(change.stage.groups);
    assert_int_equal(roller_group(&change.stage)->member_count, 0);
    change_close(&change);
}

TEST(a_static_member_that_goes_back_takes_the_group_with_it)
{
    struct change change;
    struct roller again;
    change_open(&change, "i");
    roller_init(&again, &change.stage);
    change.bob.instance = "i";
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_NONE);
    assert_int_equal(change.bob.held.count, 4); /* it is the same member */
    assert_int_equal(roller_group(&change.stage)->next->member_count, 1);
    again.instance = "i";
    assert_int_equal(roller_join(&again), KC_ERR_NONE);
    assert_null(roller_group(&change.stage)->next);
    assert_string_equal(roller_state(&change.stage), "Stable");
    assert_int_equal(roller_sync(&again), KC_ERR_NONE);
    assert_int_equal(again.held.count, 4);
    assert_int_equal(roller_heartbeat(&again), KC_ERR_NONE);
    read_back(&change);
    assert_int_equal(roller_heartbeat(&again), KC_ERR_NONE);
    roller_finish(&again);
    change_close(&change);
}

TEST(the_policy_says_which_way_a_group_may_go)
{
    struct change change;
    change_open(&change, NULL);
    change.stage.groups->next_env.may_upgrade = false;
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_GROUP_ID_NOT_FOUND);
    assert_string_equal(change.bob.message, "Cannot upgrade classic group g to consumer group "
                                            "because online upgrade is disabled.");
    assert_int_equal(roller_heartbeat(&change.ann), KC_ERR_NONE);
    change.stage.groups->next_env.may_upgrade = true;
    change.stage.groups->next_env.may_downgrade = false;
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_NONE);
    assert_int_equal(roller_end(&change.bob, -1), KC_ERR_NONE);
    assert_non_null(roller_group(&change.stage)->next);
    assert_int_equal(roller_heartbeat(&change.ann), KC_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(roller_join(&change.ann), KC_ERR_NONE);
    assert_int_equal(roller_sync(&change.ann), KC_ERR_NONE);
    assert_int_equal(change.ann.held.count, 4);
    change_close(&change);
}

TEST(a_group_that_is_too_large_stays_what_it_is)
{
    struct change change;
    change_open(&change, NULL);
    change.stage.groups->next_env.size_max = 0;
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_GROUP_ID_NOT_FOUND);
    assert_string_equal(change.bob.message,
                        "Cannot upgrade classic group g to consumer group because the group size "
                        "exceeds the consumer group maximum size.");
    change.stage.groups->next_env.size_max = 1; /* one is there: no room for bob */
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_GROUP_MAX_SIZE_REACHED);
    assert_null(roller_group(&change.stage)->next);
    assert_int_equal(roller_heartbeat(&change.ann), KC_ERR_NONE);
    change.stage.groups->next_env.size_max = 10;
    change.stage.groups->env.size_max = 0;
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_NONE);
    assert_int_equal(roller_end(&change.bob, -1), KC_ERR_NONE);
    assert_non_null(roller_group(&change.stage)->next);
    change_close(&change);
}

TEST(a_group_of_another_type_is_left_alone)
{
    struct change change;
    change_open(&change, NULL);
    assert_true(text_set(&roller_group(&change.stage)->protocol_type, slice_text("connect")));
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_GROUP_ID_NOT_FOUND);
    assert_string_equal(change.bob.message,
                        "Cannot upgrade classic group g to consumer group because the group does "
                        "not use the consumer embedded protocol.");
    change_close(&change);
}

TEST(assignments_that_cannot_be_read_stop_the_change)
{
    struct change change;
    change_open(&change, NULL);
    struct group_member *ann =
        LIST_ITEM(list_first(&roller_group(&change.stage)->members), struct group_member, link);
    static const uint8_t bad[] = { 0, 0, 0x7f, 0xff, 0xff, 0xff };
    assert_true(member_set_assignment(ann, slice_of(bad, sizeof(bad))));
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_GROUP_ID_NOT_FOUND);
    assert_string_equal(change.bob.message, "Cannot upgrade classic group g to consumer group "
                                            "because the embedded consumer protocol is malformed.");
    assert_null(roller_group(&change.stage)->next);
    assert_int_equal(roller_heartbeat(&change.ann), KC_ERR_NONE);
    change_close(&change);
}

TEST(an_empty_group_changes_whatever_the_policy_says)
{
    struct change change;
    change_open(&change, NULL);
    change.stage.groups->next_env.may_upgrade = false;
    change.stage.groups->next_env.may_downgrade = false;
    assert_int_equal(roller_leave(&change.ann), KC_ERR_NONE);
    assert_string_equal(roller_state(&change.stage), "Empty");
    assert_int_equal(roller_begin(&change.bob, "bob"), KC_ERR_NONE);
    assert_int_equal(change.bob.held.count, 4);
    read_back(&change);
    assert_int_equal(roller_end(&change.bob, -1), KC_ERR_NONE);
    change.ann.id[0] = 0;
    holding_finish(&change.ann.held);
    assert_int_equal(roller_join(&change.ann), KC_ERR_NONE);
    groups_tick(change.stage.groups);
    assert_true(change.ann.leads);
    change_close(&change);
}
