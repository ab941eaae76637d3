/* tests: reading internal topics back beside the loop: who asks meanwhile, what is written
 * meanwhile, and what becomes of it when nobody wants it any more. */
#include "coordinator/groups_parts.h"
#include "coordinator_stage.h"
#include "support/test.h"

#include <stdio.h>

enum { GROUPS_COUNT = 40 };

static void committed(struct groups_commit *commit, enum kc_err err)
{
    *(enum kc_err *)commit->context = err;
}

static void commit_one(struct coordinator_stage *stage, int number)
{
    char name[16];
    enum kc_err err = KC_ERR_INVALID;
    struct groups_commit asked = { .done = committed, .context = &err };
    const struct groups_offset offset = { .topic = slice_text("a"), .offset = number };
    (void)snprintf(name, sizeof(name), "group-%d", number);
    groups_commit(stage->groups, slice_text(name), &offset, 1, &asked);
    assert_int_equal(err, KC_ERR_NONE);
}

static void fill(struct coordinator_stage *stage, struct scratch_disk *disk)
{
    scratch_disk_init(disk);
    coordinator_stage_init(stage, disk);
    assert_true(stage_start_groups(stage));
    for (int i = 0; i < GROUPS_COUNT; i++) {
        commit_one(stage, i);
    }
}

static void check(const struct coordinator_stage *stage)
{
    assert_int_equal(stage->groups->by_id.count, GROUPS_COUNT);
    assert_false(groups_are_loading(stage->groups));
    assert_true(list_is_empty(&stage->groups->loads));
    for (int i = 0; i < GROUPS_COUNT; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "group-%d", i);
        const struct group *group = groups_find(stage->groups, slice_text(name));
        assert_non_null(group);
        assert_int_equal(groups_offset_of(group, slice_text("a"), 0)->offset, i);
    }
}

/* As stage_start_groups, but not to the end. */
static void begin(struct coordinator_stage *stage)
{
    const struct groups_options options = stage->groups->options;
    struct image_change change = { IMAGE_PARTITION_CHANGED,
                                   image_topic(&stage->image, slice_text("__consumer_offsets")),
                                   0 };
    groups_destroy(stage->groups);
    stage->groups = groups_create(&options);
    assert_non_null(stage->groups);
    groups_follow(stage->groups, &change);
    groups_follow(stage->groups, &change); /* it is under way: no second time */
}

static void finish(struct coordinator_stage *stage)
{
    while (!list_is_empty(&stage->groups->loads)) {
        stage_run(stage);
    }
}

TEST(who_asks_meanwhile_is_told_to_come_again)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    fill(&stage, &disk);
    begin(&stage);
    assert_int_equal(groups_check(stage.groups, slice_text("group-1")),
                     KC_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    assert_true(groups_are_loading(stage.groups));
    assert_int_equal(stage.groups->by_id.count, 0);
    assert_true(partition_is_busy(stage_partition(&stage, "__consumer_offsets", 0)));
    finish(&stage);
    assert_int_equal(groups_check(stage.groups, slice_text("group-1")), KC_ERR_NONE);
    assert_false(partition_is_busy(stage_partition(&stage, "__consumer_offsets", 0)));
    check(&stage);
    coordinator_stage_finish(&stage);
}

TEST(what_is_written_meanwhile_is_read_too)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    fill(&stage, &disk);
    struct partition *partition = stage_partition(&stage, "__consumer_offsets", 0);
    const struct groups_offset offset = { .topic = slice_text("a"), .offset = 77 };
    int64_t end;
    begin(&stage);
    for (int i = 0; i < GROUPS_COUNT; i++) {
        assert_int_equal(
            groups_append_offsets(stage.groups, slice_text("group-0"), NULL, &offset, 1, &end),
            KC_ERR_NONE);
    }
    assert_int_equal(log_end_offset(partition->log), end);
    finish(&stage);
    const struct group *group = groups_find(stage.groups, slice_text("group-0"));
    assert_int_equal(groups_offset_of(group, slice_text("a"), 0)->record_offset, end - 1);
    assert_int_equal(groups_offset_of(group, slice_text("a"), 0)->offset, 77);
    coordinator_stage_finish(&stage);
}

TEST(nobody_waits_for_what_is_not_wanted_any_more)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    fill(&stage, &disk);
    begin(&stage);
    groups_load_cancel(stage.groups, 0);
    assert_false(stage.groups->loaded[0]);
    struct partition *partition = stage_partition(&stage, "__consumer_offsets", 0);
    groups_load(stage.groups, partition); /* it leads again: the first one still ends */
    finish(&stage);
    check(&stage);
    assert_false(groups_are_unreadable(stage.groups, 0));
    begin(&stage);
    groups_load_end(stage.groups); /* the broker stops */
    finish(&stage);
    assert_int_equal(stage.groups->by_id.count, 0);
    assert_false(stage.groups->loaded[0]);
    begin(&stage);
    stage_forget(&stage); /* with a job out */
    while (partition_is_busy(partition)) {
        stage_run(&stage);
    }
    coordinator_stage_finish(&stage);
}
