/* tests: members of a consumer group that speak the classic protocol: joining, giving back,
 * syncing, leaving, falling silent. */
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"
#include "roller.h"
#include "support/test.h"

#include <stdio.h>

struct couple {
    struct scratch_disk disk;
    struct coordinator_stage stage;
    struct roller ann; /* speaks KIP-848 */
    struct roller bob; /* speaks the classic protocol */
};

/* Ann has all of "a"; bob is about to come. */
static void couple_open(struct couple *couple)
{
    scratch_disk_init(&couple->disk);
    roller_stage_open(&couple->stage, &couple->disk);
    roller_init(&couple->ann, &couple->stage);
    roller_init(&couple->bob, &couple->stage);
    assert_int_equal(roller_begin(&couple->ann, "ann"), KC_ERR_NONE);
    assert_int_equal(couple->ann.held.count, 4);
}

static void couple_close(struct couple *couple)
{
    roller_finish(&couple->ann);
    roller_finish(&couple->bob);
    coordinator_stage_finish(&couple->stage);
}

/* Both have two partitions. */
static void couple_settle(struct couple *couple)
{
    assert_int_equal(roller_join(&couple->bob), KC_ERR_NONE);
    assert_int_equal(roller_sync(&couple->bob), KC_ERR_NONE);
    assert_int_equal(roller_beat(&couple->ann), KC_ERR_NONE); /* told to give back */
    assert_int_equal(roller_beat(&couple->ann), KC_ERR_NONE); /* has */
    assert_int_equal(couple->ann.held.count, 2);
    assert_int_equal(roller_heartbeat(&couple->bob), KC_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(roller_join(&couple->bob), KC_ERR_NONE);
    assert_int_equal(roller_sync(&couple->bob), KC_ERR_NONE);
    assert_int_equal(couple->bob.held.count, 2);
    assert_int_equal(roller_heartbeat(&couple->bob), KC_ERR_NONE);
    assert_string_equal(roller_state(&couple->stage), "Stable");
}

TEST(a_classic_member_gets_what_the_other_gives_back)
{
    struct couple couple;
    couple_open(&couple);
    assert_int_equal(roller_join_once(&couple.bob), KC_ERR_MEMBER_ID_REQUIRED);
    assert_int_equal(roller_join_once(&couple.bob), KC_ERR_NONE);
    assert_false(couple.bob.leads);
    assert_int_equal(couple.bob.epoch, 3);
    assert_int_equal(roller_sync(&couple.bob), KC_ERR_NONE);
    assert_int_equal(couple.bob.held.count, 0);
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_NONE); /* nothing is free yet */
    couple_settle(&couple);
    couple_close(&couple);
}

TEST(a_classic_member_gives_back_before_another_takes)
{
    struct couple couple;
    struct roller cid;
    couple_open(&couple);
    couple_settle(&couple);
    roller_init(&cid, &couple.stage);
    assert_int_equal(roller_end(&couple.ann, -1), KC_ERR_NONE);
    /* The group is a classic one now: ann comes back and makes it a consumer group. */
    assert_null(roller_group(&couple.stage)->next);
    assert_int_equal(roller_begin(&couple.ann, "ann"), KC_ERR_NONE);
    assert_int_equal(roller_begin(&cid, "cid"), KC_ERR_NONE);
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_REBALANCE_IN_PROGRESS);
    /* Cooperative: it joins with what it has, is told of less, and joins again without the rest. */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(roller_join(&couple.bob), KC_ERR_NONE);
        assert_int_equal(roller_sync(&couple.bob), KC_ERR_NONE);
        assert_int_equal(roller_beat(&couple.ann), KC_ERR_NONE);
        assert_int_equal(roller_beat(&cid), KC_ERR_NONE);
    }
    assert_int_equal(couple.bob.held.count + couple.ann.held.count + cid.held.count, 4);
    assert_true(couple.bob.held.count > 0 && cid.held.count > 0 && couple.ann.held.count > 0);
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_NONE);
    roller_finish(&cid);
    couple_close(&couple);
}

TEST(claims_are_checked)
{
    struct couple couple;
    char id[ROLLER_ID_SIZE];
    couple_open(&couple);
    couple_settle(&couple);
    couple.bob.epoch--;
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_ILLEGAL_GENERATION);
    assert_int_equal(roller_sync(&couple.bob), KC_ERR_ILLEGAL_GENERATION);
    couple.bob.epoch++;
    couple.bob.protocol = "sticky"; /* not what its join was answered with */
    assert_int_equal(roller_sync(&couple.bob), KC_ERR_INCONSISTENT_GROUP_PROTOCOL);
    couple.bob.protocol = "range";
    memcpy(id, couple.bob.id, sizeof(id));
    (void)snprintf(couple.bob.id, sizeof(couple.bob.id), "ann");
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_UNKNOWN_MEMBER_ID);
    couple.bob.instance = "nobody";
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(roller_join(&couple.bob), KC_ERR_UNKNOWN_MEMBER_ID);
    couple.bob.instance = NULL;
    memcpy(couple.bob.id, id, sizeof(id));
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_NONE);
    couple_close(&couple);
}

TEST(all_classic_members_have_a_protocol_in_common)
{
    struct couple couple;
    struct roller cid;
    couple_open(&couple);
    couple_settle(&couple);
    roller_init(&cid, &couple.stage);
    cid.protocol = "sticky";
    assert_int_equal(roller_join(&cid), KC_ERR_NONE); /* "common" */
    couple.stage.groups->next_env.size_max = 3;
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_REBALANCE_IN_PROGRESS);
    struct roller dan;
    roller_init(&dan, &couple.stage);
    assert_int_equal(roller_join(&dan), KC_ERR_GROUP_MAX_SIZE_REACHED);
    assert_int_equal(roller_join(&cid), KC_ERR_NONE); /* it is one of the three */
    roller_finish(&dan);
    roller_finish(&cid);
    couple_close(&couple);
}

TEST(a_silent_classic_member_is_put_out)
{
    struct couple couple;
    couple_open(&couple);
    couple_settle(&couple);
    couple.stage.now_ms += ROLLER_SESSION_MS - 1;
    groups_tick(couple.stage.groups);
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_NONE);
    couple.stage.now_ms += ROLLER_SESSION_MS;
    assert_int_equal(roller_beat(&couple.ann), KC_ERR_NONE);
    groups_tick(couple.stage.groups);
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(roller_beat(&couple.ann), KC_ERR_NONE);
    assert_int_equal(couple.ann.held.count, 4);
    couple_close(&couple);
}

TEST(a_member_that_beats_and_does_not_join_again_is_put_out)
{
    struct couple couple;
    struct roller cid;
    couple_open(&couple);
    couple_settle(&couple);
    roller_init(&cid, &couple.stage);
    assert_int_equal(roller_begin(&cid, "cid"), KC_ERR_NONE);
    for (int i = 0; i < ROLLER_REBALANCE_MS / 5000; i++) {
        assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_REBALANCE_IN_PROGRESS);
        couple.stage.now_ms += 5000;
        assert_int_equal(roller_beat(&couple.ann), KC_ERR_NONE);
        assert_int_equal(roller_beat(&cid), KC_ERR_NONE);
        groups_tick(couple.stage.groups);
    }
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_UNKNOWN_MEMBER_ID);
    roller_finish(&cid);
    couple_close(&couple);
}

TEST(a_member_that_joins_and_does_not_sync_is_put_out)
{
    struct couple couple;
    couple_open(&couple);
    assert_int_equal(roller_join(&couple.bob), KC_ERR_NONE);
    for (int i = 0; i < ROLLER_REBALANCE_MS / 5000; i++) {
        assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_NONE);
        couple.stage.now_ms += 5000;
        groups_tick(couple.stage.groups);
    }
    assert_int_equal(roller_sync(&couple.bob), KC_ERR_UNKNOWN_MEMBER_ID);
    couple_close(&couple);
}

TEST(a_static_member_keeps_its_place_when_it_changes_protocol)
{
    struct couple couple;
    struct roller again;
    couple_open(&couple);
    couple.bob.instance = "i";
    couple_settle(&couple);
    int32_t epoch = roller_group(&couple.stage)->next->epoch;
    roller_init(&again, &couple.stage);
    again.instance = "i";
    assert_int_equal(roller_begin(&again, "bob-2"), KC_ERR_NONE); /* no leave was needed */
    assert_int_equal(again.held.count, 2);
    assert_true(holding_equal(&again.held, &couple.bob.held));
    assert_int_equal(roller_group(&couple.stage)->next->epoch, epoch);
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_FENCED_INSTANCE_ID);
    assert_int_equal(roller_join(&couple.bob), KC_ERR_FENCED_INSTANCE_ID);
    couple.bob.id[0] = 0;
    assert_int_equal(roller_join(&couple.bob), KC_ERR_NONE); /* and back */
    assert_int_equal(roller_sync(&couple.bob), KC_ERR_NONE);
    assert_int_equal(couple.bob.held.count, 2);
    assert_int_equal(roller_beat(&again), KC_ERR_FENCED_INSTANCE_ID);
    couple.bob.id[0] = 0; /* an operator names the instance only */
    assert_int_equal(roller_leave(&couple.bob), KC_ERR_NONE);
    assert_int_equal(roller_group(&couple.stage)->next->member_count, 1);
    roller_finish(&again);
    couple_close(&couple);
}

TEST(a_classic_member_is_read_back)
{
    struct couple couple;
    couple_open(&couple);
    couple.bob.instance = "i";
    couple_settle(&couple);
    stage_forget(&couple.stage);
    assert_true(stage_start_groups(&couple.stage));
    assert_int_equal(roller_heartbeat(&couple.bob), KC_ERR_NONE);
    assert_int_equal(roller_sync(&couple.bob), KC_ERR_NONE);
    assert_int_equal(couple.bob.held.count, 2);
    const struct group_next *next = roller_group(&couple.stage)->next;
    const struct next_member *member = group_next_find_instance(next, slice_text("i"));
    assert_non_null(member);
    assert_int_equal(member->expires_ms, couple.stage.now_ms + ROLLER_SESSION_MS);
    assert_int_equal(member->classic->protocol_count, 2);
    couple_close(&couple);
}

TEST(commits_of_a_classic_member_name_its_generation)
{
    struct couple couple;
    struct offset_commit_request request;
    couple_open(&couple);
    couple_settle(&couple);
    message_defaults(&offset_commit_request_type, &request);
    request.group_id = slice_text("g");
    request.member_id = slice_text(couple.bob.id);
    request.generation_id_or_member_epoch = couple.bob.epoch;
    assert_int_equal(groups_check_commit(couple.stage.groups, &request, 8), KC_ERR_NONE);
    request.generation_id_or_member_epoch--;
    assert_int_equal(groups_check_commit(couple.stage.groups, &request, 8),
                     KC_ERR_ILLEGAL_GENERATION);
    request.member_id = slice_text("ann");
    assert_int_equal(groups_check_commit(couple.stage.groups, &request, 8),
                     KC_ERR_UNSUPPORTED_VERSION);
    couple_close(&couple);
}

TEST(an_operator_puts_members_of_either_kind_out)
{
    struct couple couple;
    struct roller cid;
    couple_open(&couple);
    roller_init(&cid, &couple.stage);
    cid.instance = "i";
    assert_int_equal(roller_begin(&cid, "cid"), KC_ERR_NONE);
    const struct groups *groups = couple.stage.groups;
    assert_int_equal(
        groups_leave(couple.stage.groups, slice_text("g"), slice_text("nobody"), SLICE_NULL),
        KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(
        groups_leave(couple.stage.groups, slice_text("g"), SLICE_EMPTY, slice_text("nobody")),
        KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(
        groups_leave(couple.stage.groups, slice_text("g"), slice_text("ann"), slice_text("i")),
        KC_ERR_FENCED_INSTANCE_ID);
    assert_int_equal(
        groups_leave(couple.stage.groups, slice_text("g"), SLICE_EMPTY, slice_text("i")),
        KC_ERR_NONE);
    assert_int_equal(roller_beat(&cid), KC_ERR_UNKNOWN_MEMBER_ID);
    assert_int_equal(
        groups_leave(couple.stage.groups, slice_text("g"), slice_text("ann"), SLICE_NULL),
        KC_ERR_NONE);
    assert_string_equal(roller_state(&couple.stage), "Empty");
    assert_int_equal(groups_find(groups, slice_text("g"))->state, GROUP_EMPTY);
    roller_finish(&cid);
    couple_close(&couple);
}
