/* tests: consumer groups among the groups of a broker: whose settings hold, and what an assignment
 * interval means over a restart and a change of protocol. */
#include "controller/config_resource.h"
#include "controller/metadata_batch.h"
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"
#include "roller.h"
#include "support/test.h"

enum { INTERVAL_MS = 1000 };

struct stand {
    struct scratch_disk disk;
    struct coordinator_stage stage;
    struct roller ann;
    struct roller bob;
};

static void stand_open(struct stand *stand)
{
    scratch_disk_init(&stand->disk);
    roller_stage_open(&stand->stage, &stand->disk);
    groups_set_assignment_ms(stand->stage.groups, INTERVAL_MS);
    roller_init(&stand->ann, &stand->stage);
    roller_init(&stand->bob, &stand->stage);
}

static void stand_close(struct stand *stand)
{
    roller_finish(&stand->ann);
    roller_finish(&stand->bob);
    coordinator_stage_finish(&stand->stage);
}

/* NULL: takes the group's own setting back. */
static void set_own(struct stand *stand, const char *value)
{
    struct metadata_batch batch;
    struct config_record record;
    struct bytes out;
    message_defaults(&config_record_type, &record);
    record.resource_type = CONFIG_RESOURCE_GROUP;
    record.resource_name = slice_text("g");
    record.name = slice_text("consumer.assignment.interval.ms");
    record.value = slice_text(value);
    metadata_batch_init(&batch);
    bytes_init(&out, 1 << 20);
    metadata_batch_add(&batch, &config_record_type, 0, &record);
    assert_int_equal(metadata_batch_close(&batch, 1000, &out), KC_ERR_NONE);
    assert_int_equal(image_apply_batch(&stand->stage.image, bytes_slice(&out)), KC_ERR_NONE);
    bytes_finish(&out);
    metadata_batch_finish(&batch);
}

static const struct group_next *next_of(const struct stand *stand)
{
    return roller_group(&stand->stage)->next;
}

static void read_back(struct stand *stand)
{
    stage_forget(&stand->stage);
    assert_true(stage_start_groups(&stand->stage));
    groups_set_assignment_ms(stand->stage.groups, INTERVAL_MS);
}

TEST(a_group_has_an_interval_of_its_own)
{
    struct stand stand;
    stand_open(&stand);
    set_own(&stand, "5000");
    assert_int_equal(roller_begin(&stand.ann, "ann"), KC_ERR_NONE);
    assert_int_equal(roller_begin(&stand.bob, "bob"), KC_ERR_NONE);
    stand.stage.now_ms += INTERVAL_MS; /* the broker's */
    assert_int_equal(roller_beat(&stand.bob), KC_ERR_NONE);
    assert_string_equal(roller_state(&stand.stage), "Assigning");
    set_own(&stand, NULL);
    assert_int_equal(roller_beat(&stand.bob), KC_ERR_NONE);
    assert_string_equal(roller_state(&stand.stage), "Reconciling");
    set_own(&stand, "0");
    assert_int_equal(roller_end(&stand.bob, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
    assert_int_equal(roller_beat(&stand.ann), KC_ERR_NONE);
    assert_string_equal(roller_state(&stand.stage), "Stable");
    stand_close(&stand);
}

TEST(a_classic_member_waits_for_the_next_targets_as_others_do)
{
    struct stand stand;
    struct roller cid;
    stand_open(&stand);
    assert_int_equal(roller_begin(&stand.ann, "ann"), KC_ERR_NONE);
    assert_int_equal(roller_join(&stand.bob), KC_ERR_NONE);
    assert_int_equal(stand.bob.epoch, 2);
    assert_int_equal(roller_sync(&stand.bob), KC_ERR_NONE); /* no use in joining again so soon */
    assert_int_equal(stand.bob.held.count, 0);
    assert_int_equal(roller_heartbeat(&stand.bob), KC_ERR_NONE);
    stand.stage.now_ms += INTERVAL_MS;
    assert_int_equal(roller_heartbeat(&stand.bob), KC_ERR_NONE); /* ann works them out */
    assert_int_equal(roller_beat(&stand.ann), KC_ERR_NONE);
    assert_int_equal(stand.ann.held.count, 2);
    assert_int_equal(roller_heartbeat(&stand.bob), KC_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(roller_sync(&stand.bob), KC_ERR_REBALANCE_IN_PROGRESS);
    roller_init(&cid, &stand.stage);
    set_own(&stand, "0");
    assert_int_equal(roller_join(&cid), KC_ERR_NONE);
    assert_int_equal(next_of(&stand)->target_epoch, next_of(&stand)->epoch);
    roller_finish(&cid);
    stand_close(&stand);
}

TEST(the_interval_goes_on_after_a_restart)
{
    struct stand stand;
    stand_open(&stand);
    assert_int_equal(roller_begin(&stand.ann, "ann"), KC_ERR_NONE);
    int64_t target_ms = next_of(&stand)->target_ms;
    assert_true(target_ms > INT64_C(1700000000000));
    stand.stage.now_ms += INTERVAL_MS - 1;
    assert_int_equal(roller_begin(&stand.bob, "bob"), KC_ERR_NONE);
    read_back(&stand);
    assert_int_equal(next_of(&stand)->target_ms, target_ms);
    assert_true(group_next_find(next_of(&stand), slice_text("ann"))->is_aimed);
    assert_false(group_next_find(next_of(&stand), slice_text("bob"))->is_aimed);
    assert_int_equal(roller_beat(&stand.bob), KC_ERR_NONE);
    assert_string_equal(roller_state(&stand.stage), "Assigning");
    stand.stage.now_ms++;
    assert_int_equal(roller_beat(&stand.bob), KC_ERR_NONE);
    assert_string_equal(roller_state(&stand.stage), "Reconciling");
    assert_true(group_next_find(next_of(&stand), slice_text("bob"))->is_aimed);
    stand_close(&stand);
}

/* An empty target is stored, too. */
TEST(who_is_to_have_nothing_is_told_so_once)
{
    enum { ROLLERS = 5 };
    struct stand stand;
    struct roller rollers[ROLLERS];
    size_t empty = 0;
    char id[] = "r0";
    stand_open(&stand);
    for (int i = 0; i < ROLLERS; i++) {
        id[1] = (char)('0' + i);
        roller_init(&rollers[i], &stand.stage);
        assert_int_equal(roller_begin(&rollers[i], id), KC_ERR_NONE);
    }
    stand.stage.now_ms += INTERVAL_MS;
    assert_int_equal(roller_beat(&rollers[0]), KC_ERR_NONE);
    read_back(&stand);
    assert_int_equal(next_of(&stand)->target_epoch, next_of(&stand)->epoch);
    for (int i = 0; i < ROLLERS; i++) {
        assert_true(next_of(&stand)->members[i]->is_aimed);
        empty += next_of(&stand)->members[i]->target.count == 0;
        roller_finish(&rollers[i]);
    }
    assert_int_equal(empty, 1);
    stand_close(&stand);
}

/* Ann leads a stable classic group and has all of "a". */
static void lead(struct stand *stand)
{
    assert_int_equal(roller_join(&stand->ann), KC_ERR_NONE);
    groups_tick(stand->stage.groups);
    assert_int_equal(roller_sync(&stand->ann), KC_ERR_NONE);
    assert_int_equal(stand->ann.held.count, 4);
}

TEST(an_upgrade_is_worked_out_at_once)
{
    struct stand stand;
    struct roller cid;
    stand_open(&stand);
    lead(&stand);
    assert_int_equal(roller_begin(&stand.bob, "bob"), KC_ERR_NONE);
    assert_int_equal(next_of(&stand)->target_epoch, next_of(&stand)->epoch);
    assert_int_equal(roller_heartbeat(&stand.ann), KC_ERR_REBALANCE_IN_PROGRESS);
    roller_init(&cid, &stand.stage);
    assert_int_equal(roller_begin(&cid, "cid"), KC_ERR_NONE); /* the next is not */
    assert_string_equal(roller_state(&stand.stage), "Assigning");
    roller_finish(&cid);
    stand_close(&stand);
}

/* A static member takes the group back to the classic protocol while its targets are behind: they
 * hold until a leader makes others. */
static void go_back(bool behind)
{
    struct stand stand;
    struct roller again;
    stand_open(&stand);
    stand.ann.instance = "one";
    stand.bob.instance = again.instance = "two";
    roller_init(&again, &stand.stage);
    again.instance = "two";
    lead(&stand);
    assert_int_equal(roller_begin(&stand.bob, "bob"), KC_ERR_NONE);
    int32_t epoch = next_of(&stand)->epoch;
    if (behind) {
        struct roller cid;
        roller_init(&cid, &stand.stage);
        assert_int_equal(roller_begin(&cid, "cid"), KC_ERR_NONE);
        assert_int_equal(roller_end(&cid, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
        roller_finish(&cid);
        epoch += 2;
    }
    assert_int_equal(next_of(&stand)->epoch, epoch);
    assert_int_equal(roller_join(&again), KC_ERR_NONE);
    assert_null(next_of(&stand));
    assert_int_equal(roller_group(&stand.stage)->generation, epoch);
    assert_string_equal(roller_state(&stand.stage), behind ? "PreparingRebalance" : "Stable");
    assert_int_equal(again.epoch, behind ? 0 : epoch);
    assert_int_equal(roller_sync(&again), behind ? KC_ERR_ILLEGAL_GENERATION : KC_ERR_NONE);
    assert_int_equal(again.held.count, behind ? 0 : 2);
    roller_finish(&again);
    stand_close(&stand);
}

TEST(who_goes_back_takes_the_last_targets_along)
{
    go_back(false);
    go_back(true);
}

TEST(where_all_are_classic_one_joins_to_work_out)
{
    struct stand stand;
    stand_open(&stand);
    lead(&stand);
    stand.stage.groups->next_env.may_downgrade = false;
    assert_int_equal(roller_begin(&stand.bob, "bob"), KC_ERR_NONE);
    assert_int_equal(roller_join(&stand.ann), KC_ERR_NONE);
    assert_int_equal(roller_sync(&stand.ann), KC_ERR_NONE);
    assert_int_equal(stand.ann.held.count, 2);
    assert_int_equal(roller_join(&stand.ann), KC_ERR_NONE); /* without what it gave back */
    assert_int_equal(roller_sync(&stand.ann), KC_ERR_NONE);
    assert_int_equal(roller_end(&stand.bob, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
    assert_non_null(next_of(&stand));
    assert_int_equal(roller_heartbeat(&stand.ann), KC_ERR_NONE);
    stand.stage.now_ms += INTERVAL_MS;
    assert_int_equal(roller_heartbeat(&stand.ann), KC_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(roller_join(&stand.ann), KC_ERR_NONE);
    assert_int_equal(roller_sync(&stand.ann), KC_ERR_NONE);
    assert_int_equal(stand.ann.held.count, 4);
    assert_int_equal(roller_heartbeat(&stand.ann), KC_ERR_NONE);
    stand_close(&stand);
}
