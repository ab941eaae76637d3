/* tests: committed offsets end, as in Kafka, offsets.retention.minutes after their commit or after
 * their group became empty, when somebody looks: every offsets.retention.check.interval.ms. */
#include "coordinator_stage.h"
#include "support/test.h"

#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"
#include "coordinator/next_parts.h"

enum { RETENTION_MS = 1000000, CHECK_MS = 50000 }; /* of the stage */

static void committed(struct groups_commit *commit, enum kc_err err)
{
    *(enum kc_err *)commit->context = err;
}

static void commit_until(struct coordinator_stage *stage, const char *group, const char *topic,
                         int64_t expire_ms)
{
    struct groups_offset offset = {
        .topic = slice_text(topic), .offset = 7, .leader_epoch = -1, .expire_ms = expire_ms
    };
    enum kc_err err = KC_ERR_INVALID;
    struct groups_commit asked = { .done = committed, .context = &err };
    groups_commit(stage->groups, slice_text(group), &offset, 1, &asked);
    assert_int_equal(err, KC_ERR_NONE);
}

static void commit(struct coordinator_stage *stage, const char *group, const char *topic)
{
    commit_until(stage, group, topic, 0);
}

static bool has(const struct coordinator_stage *stage, const char *name, const char *topic)
{
    const struct group *group = groups_find(stage->groups, slice_text(name));
    return group && groups_offset_of(group, slice_text(topic), 0);
}

static void pass(struct coordinator_stage *stage, int64_t ms)
{
    stage->now_ms += ms;
    groups_tick(stage->groups);
    stage_run(stage);
}

TEST(offsets_of_nobody_end_one_by_one_and_with_the_last_the_group)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    scratch_disk_init(&disk);
    coordinator_stage_init(&stage, &disk);
    assert_true(stage_start_groups(&stage));
    commit(&stage, "g", "old");
    pass(&stage, RETENTION_MS / 2);
    commit(&stage, "g", "young");
    pass(&stage, RETENTION_MS / 2 - 1);
    assert_true(has(&stage, "g", "old"));
    pass(&stage, CHECK_MS);
    assert_false(has(&stage, "g", "old"));
    assert_true(has(&stage, "g", "young"));
    stage_forget(&stage);
    assert_true(stage_start_groups(&stage)); /* the log says so too */
    assert_false(has(&stage, "g", "old"));
    assert_true(has(&stage, "g", "young"));
    pass(&stage, RETENTION_MS / 2);
    assert_false(has(&stage, "g", "young"));
    assert_null(groups_find(stage.groups, slice_text("g")));
    coordinator_stage_finish(&stage);
}

TEST(nobody_looks_before_the_interval_is_over)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    scratch_disk_init(&disk);
    coordinator_stage_init(&stage, &disk);
    assert_true(stage_start_groups(&stage));
    commit(&stage, "g", "t");
    pass(&stage, RETENTION_MS - 1); /* looks now */
    pass(&stage, CHECK_MS - 1);
    assert_true(has(&stage, "g", "t"));
    pass(&stage, 1);
    assert_false(has(&stage, "g", "t"));
    coordinator_stage_finish(&stage);
}

/* Looks on its own: the next look is an interval away again. */
static void look(struct coordinator_stage *stage)
{
    pass(stage, CHECK_MS);
}

static void begin(struct coordinator_stage *stage, struct scratch_disk *disk)
{
    scratch_disk_init(disk);
    coordinator_stage_init(stage, disk);
    assert_true(stage_start_groups(stage));
}

/* A group that members were in and left now. */
static struct group *leave_behind(struct coordinator_stage *stage, const char *name)
{
    struct group *group = groups_make(stage->groups, slice_text(name));
    assert_non_null(group);
    assert_true(text_set(&group->protocol_type, slice_text("consumer")));
    group->generation = 2;
    group_enter(group, groups_env(stage->groups), GROUP_EMPTY);
    return group;
}

/* "used" as a subscription of the consumer protocol; or what nobody can read. */
static void move_in(struct coordinator_stage *stage, struct group *group, bool legible)
{
    static const uint8_t subscription[] = { 0,   0,   0,   0,   0,    1,    0,    4,
                                            'u', 's', 'e', 'd', 0xff, 0xff, 0xff, 0xff };
    struct group_metadata_value_member_metadata member;
    message_defaults(&group_metadata_value_member_metadata_type, &member);
    member.member_id = slice_text("m");
    member.subscription = slice_of(subscription, legible ? sizeof(subscription) : 7);
    member.session_timeout = member.rebalance_timeout = INT32_MAX;
    assert_true(text_set(&group->protocol, slice_text("range")));
    assert_non_null(group_restore_member(group, &member, slice_text("range"), stage->now_ms));
    group_enter(group, groups_env(stage->groups), GROUP_STABLE);
}

TEST(offsets_of_a_group_that_was_left_end_together)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    begin(&stage, &disk);
    commit(&stage, "g", "old");
    pass(&stage, RETENTION_MS * 2 / 3);
    struct group *group = leave_behind(&stage, "g");
    pass(&stage, RETENTION_MS * 2 / 3);
    assert_true(has(&stage, "g", "old")); /* nobody is in since a shorter time */
    commit(&stage, "g", "young");
    pass(&stage, RETENTION_MS / 3 + 1);
    assert_null(groups_find(stage.groups, slice_text("g")));
    /* Records of old Kafkas: since when it is empty is not known. */
    commit(&stage, "g", "old");
    group = leave_behind(&stage, "g");
    group->state_ms = -1;
    pass(&stage, RETENTION_MS / 2);
    assert_true(has(&stage, "g", "old"));
    commit(&stage, "g", "young");
    pass(&stage, RETENTION_MS / 2);
    assert_false(has(&stage, "g", "old"));
    assert_true(has(&stage, "g", "young"));
    coordinator_stage_finish(&stage);
}

TEST(a_group_without_offsets_ends_as_soon_as_somebody_looks)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    struct group_pending pending = { .id = NULL, .expires_ms = INT64_MAX };
    begin(&stage, &disk);
    (void)leave_behind(&stage, "g");
    struct group *awaited = leave_behind(&stage, "awaited");
    list_append(&awaited->pending, &pending.link); /* has its id, and comes back with it */
    look(&stage);
    assert_null(groups_find(stage.groups, slice_text("g")));
    assert_ptr_equal(groups_find(stage.groups, slice_text("awaited")), awaited);
    list_remove(&pending.link);
    coordinator_stage_finish(&stage);
}

TEST(a_stable_group_loses_what_it_no_longer_reads)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    begin(&stage, &disk);
    for (int legible = 0; legible < 2; legible++) {
        commit(&stage, "g", "used");
        commit(&stage, "g", "left");
        struct group *group = leave_behind(&stage, "g");
        move_in(&stage, group, legible);
        pass(&stage, RETENTION_MS - 1);
        assert_true(has(&stage, "g", "left"));
        group->state = GROUP_PREPARING_REBALANCE;
        look(&stage);
        assert_true(has(&stage, "g", "left")); /* who knows what it reads next */
        group->state = GROUP_STABLE;
        look(&stage);
        assert_true(has(&stage, "g", "used"));
        assert_int_equal(has(&stage, "g", "left"), !legible);
        group_drop_members(group, KC_ERR_NONE);
    }
    coordinator_stage_finish(&stage);
}

TEST(offsets_of_a_consumer_group_count_from_their_commits)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    const struct slice used = slice_text("used");
    begin(&stage, &disk);
    struct group *group = groups_make(stage.groups, slice_text("g"));
    group->next = group_next_create();
    struct next_member *member = group_next_add(group->next, slice_text("m"));
    assert_true(member && topic_names_make(&used, 1, &member->topics));
    member->expires_ms = member->owes_by_ms = INT64_MAX;
    group->state = GROUP_STABLE;
    commit(&stage, "g", "used");
    commit(&stage, "g", "left");
    pass(&stage, RETENTION_MS - 1);
    assert_true(has(&stage, "g", "left"));
    look(&stage);
    assert_true(has(&stage, "g", "used"));
    assert_false(has(&stage, "g", "left"));
    /* The last member goes: it does not matter when. */
    commit(&stage, "g", "young");
    next_member_destroy(member);
    group->next->member_count = 0;
    group_enter(group, groups_env(stage.groups), GROUP_EMPTY);
    look(&stage);
    assert_false(has(&stage, "g", "used"));
    assert_true(has(&stage, "g", "young"));
    pass(&stage, RETENTION_MS);
    assert_null(groups_find(stage.groups, slice_text("g")));
    coordinator_stage_finish(&stage);
}

TEST(a_client_may_ask_for_a_retention_of_its_own)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    begin(&stage, &disk);
    int64_t wall_ms = groups_env(stage.groups)->wall_ms;
    commit_until(&stage, "g", "brief", wall_ms + CHECK_MS);
    commit_until(&stage, "g", "long", wall_ms + 2 * RETENTION_MS);
    stage_forget(&stage);
    assert_true(stage_start_groups(&stage)); /* the log keeps it */
    look(&stage);
    assert_false(has(&stage, "g", "brief"));
    pass(&stage, RETENTION_MS + CHECK_MS);
    assert_true(has(&stage, "g", "long"));
    pass(&stage, RETENTION_MS);
    assert_null(groups_find(stage.groups, slice_text("g")));
    coordinator_stage_finish(&stage);
}

TEST(an_offset_waits_for_the_transaction_that_commits_it)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    const struct groups_offset offset = { .topic = slice_text("t"), .offset = 8 };
    begin(&stage, &disk);
    commit(&stage, "g", "t");
    struct group *group = groups_find(stage.groups, slice_text("g"));
    assert_true(groups_put_txn_offset(stage.groups, group, 500, &offset, 0, 5));
    pass(&stage, 2 * RETENTION_MS);
    assert_true(has(&stage, "g", "t"));
    groups_complete_txn(stage.groups, 0, 500, false);
    look(&stage);
    assert_null(groups_find(stage.groups, slice_text("g")));
    coordinator_stage_finish(&stage);
}
