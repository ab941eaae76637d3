/* tests: committed offsets end offsets.retention.minutes after their commit, when somebody looks:
 * every offsets.retention.check.interval.ms. */
#include "coordinator_stage.h"
#include "support/test.h"

#include "coordinator/groups_parts.h"

enum { RETENTION_MS = 1000000, CHECK_MS = 50000 }; /* of the stage */

static void committed(struct groups_commit *commit, enum kc_err err)
{
    *(enum kc_err *)commit->context = err;
}

static void commit(struct coordinator_stage *stage, const char *group, const char *topic)
{
    struct groups_offset offset = { .topic = slice_text(topic), .offset = 7, .leader_epoch = -1 };
    enum kc_err err = KC_ERR_INVALID;
    struct groups_commit asked = { .done = committed, .context = &err };
    groups_commit(stage->groups, slice_text(group), &offset, 1, &asked);
    assert_int_equal(err, KC_ERR_NONE);
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
    pass(&stage, RETENTION_MS / 2);
    assert_true(has(&stage, "g", "old")); /* not older than the limit, but as old */
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
    pass(&stage, RETENTION_MS); /* looks now */
    pass(&stage, CHECK_MS - 1);
    assert_true(has(&stage, "g", "t"));
    pass(&stage, 1);
    assert_false(has(&stage, "g", "t"));
    coordinator_stage_finish(&stage);
}
