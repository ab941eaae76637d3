/* tests: the groups of a broker when memory runs out: commits, reading __consumer_offsets back,
 * deleting. What is in the log is what a coordinator ends up with. */
#include "controller/metadata_batch.h"
#include "coordinator/groups.h"
#include "coordinator/journal.h"
#include "support/heap.h"
#include "support/test.h"
#include "unit/log/scratch_disk.h"

#include <stdio.h>
#include <stdlib.h>

enum { GROUPS = 6, TOPICS = 5 };

/* A broker of one partition of __consumer_offsets. */
struct stage {
    struct scratch_disk *disk;
    struct loop *loop;
    struct clock clock;
    int64_t now_ms;
    struct random random;
    struct image image;
    struct log_options defaults;
    struct log_manager *logs;
    struct partitions *partitions;
    struct groups *groups;
    int failures;
};

static int64_t stage_now_us(void *context)
{
    return ((struct stage *)context)->now_ms * 1000;
}

static int64_t stage_wall_ms(void *context)
{
    return 1700000000000 + ((struct stage *)context)->now_ms;
}

static void changed(void *context, const struct image_change *change)
{
    partitions_follow(((struct stage *)context)->partitions, change);
}

static void make_topic(struct stage *stage)
{
    struct metadata_batch batch;
    struct topic_record topic;
    struct partition_record partition;
    struct bytes out;
    int32_t node = 1;
    struct uuid directory = { { 0 } };

    message_defaults(&topic_record_type, &topic);
    topic.name = slice_text("__consumer_offsets");
    topic.topic_id = (struct uuid){ { 9 } };
    message_defaults(&partition_record_type, &partition);
    partition.topic_id = topic.topic_id;
    partition.partition_id = 0;
    partition.leader = 1;
    partition.replicas.items = &node;
    partition.replicas.count = 1;
    partition.isr.items = &node;
    partition.isr.count = 1;
    partition.directories.items = &directory;
    partition.directories.count = 1;
    metadata_batch_init(&batch);
    bytes_init(&out, 1 << 20);
    metadata_batch_add(&batch, &topic_record_type, 0, &topic);
    metadata_batch_add(&batch, &partition_record_type, 1, &partition);
    assert_int_equal(metadata_batch_close(&batch, 1000, &out), KC_ERR_NONE);
    assert_int_equal(image_apply_batch(&stage->image, bytes_slice(&out)), KC_ERR_NONE);
    bytes_finish(&out);
    metadata_batch_finish(&batch);
}

static void stage_init(struct stage *stage, struct scratch_disk *disk)
{
    const char *const dirs[] = { disk->path };
    scratch_disk_next(disk);
    memset(stage, 0, sizeof(*stage));
    stage->disk = disk;
    stage->now_ms = 1000;
    stage->clock = (struct clock){ stage_now_us, stage_wall_ms, stage };
    random_init(&stage->random, 1);
    log_options_init(&stage->defaults);
    stage->defaults.segment_index_bytes = 1024;
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = 1,
                                           .meta = { .cluster_id = "cluster", .node_id = 1 },
                                           .defaults = stage->defaults,
                                           .files = &disk->files,
                                           .seed = 3 };
    assert_int_equal(log_manager_create(&options, &stage->logs, NULL), KC_ERR_NONE);
    stage->loop = loop_create();
    image_init(&stage->image, 1);
    struct partitions_options served = { .node_id = 1,
                                         .loop = stage->loop,
                                         .logs = stage->logs,
                                         .image = &stage->image,
                                         .defaults = &stage->defaults,
                                         .clock = &stage->clock,
                                         .random = &stage->random };
    stage->partitions = partitions_create(&served);
    assert_true(stage->loop && stage->partitions);
    stage->image.context = stage;
    stage->image.changed = changed;
    make_topic(stage);
}

static void stage_finish(struct stage *stage)
{
    groups_destroy(stage->groups);
    partitions_destroy(stage->partitions);
    log_manager_destroy(stage->logs);
    image_finish(&stage->image);
    loop_destroy(stage->loop);
}

/* Makes the coordinator and lets it read its partition, as often as it takes. */
static bool start_groups(struct stage *stage)
{
    struct groups_options options = { .loop = stage->loop,
                                      .clock = &stage->clock,
                                      .random = &stage->random,
                                      .image = &stage->image,
                                      .partitions = stage->partitions,
                                      .offsets_partition_count = 1,
                                      .group_size_max = 10,
                                      .offset_metadata_bytes_max = 4096,
                                      .offsets_retention_ms = 1000000 };
    struct image_change change = { IMAGE_PARTITION_CHANGED,
                                   image_topic(&stage->image, slice_text("__consumer_offsets")),
                                   0 };
    stage->groups = groups_create(&options);
    if (!stage->groups) {
        return false;
    }
    groups_follow(stage->groups, &change);
    if (groups_check(stage->groups, slice_text("g")) == KC_ERR_COORDINATOR_LOAD_IN_PROGRESS) {
        assert_true(heap_failed());
        stage->failures++;
        groups_tick(stage->groups);
    }
    assert_int_equal(groups_check(stage->groups, slice_text("g")), KC_ERR_NONE);
    return true;
}

/* ---- offsets ---- */

static void committed(struct groups_commit *commit, enum kc_err err)
{
    *(enum kc_err *)commit->context = err;
}

static void fill_offsets(struct groups_offset *offsets, char names[TOPICS][16], int64_t value)
{
    for (int i = 0; i < TOPICS; i++) {
        (void)snprintf(names[i], 16, "topic-%d", i);
        offsets[i] = (struct groups_offset){ .topic = slice_text(names[i]),
                                             .partition = i,
                                             .offset = value + i,
                                             .leader_epoch = 3,
                                             .metadata = slice_text("note") };
    }
}

/* Each offset is the one of before, the new one, or was never there; never anything else. */
static void check_offsets(const struct stage *stage, const char *name, int64_t value, bool is_new)
{
    const struct group *group = groups_find(stage->groups, slice_text(name));
    assert_true(group || !is_new);
    for (int i = 0; group && i < TOPICS; i++) {
        char topic[16];
        (void)snprintf(topic, sizeof(topic), "topic-%d", i);
        const struct group_offset *offset = groups_offset_of(group, slice_text(topic), i);
        assert_true(offset || !is_new);
        if (offset) {
            assert_non_null(offset->metadata);
            assert_true(offset->offset == value + i ||
                        (!is_new && offset->offset == value - 100 + i));
        }
    }
}

static void commit(struct stage *stage, const char *name, int64_t value)
{
    struct groups_offset offsets[TOPICS];
    char names[TOPICS][16];
    enum kc_err err = KC_ERR_INVALID;
    struct groups_commit asked = { .done = committed, .context = &err };

    fill_offsets(offsets, names, value);
    groups_commit(stage->groups, slice_text(name), offsets, TOPICS, &asked);
    if (err) {
        assert_true(heap_failed());
        assert_true(err == KC_ERR_COORDINATOR_NOT_AVAILABLE || err == KC_ERR_NOT_COORDINATOR);
        stage->failures++;
        check_offsets(stage, name, value, false);
        groups_commit(stage->groups, slice_text(name), offsets, TOPICS, &asked);
        assert_int_equal(err, KC_ERR_NONE);
    }
    check_offsets(stage, name, value, true);
}

static void commit_all(struct stage *stage)
{
    for (int i = 0; i < GROUPS; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "group-%d", i);
        commit(stage, name, 100);
        commit(stage, name, 200);
    }
}

/* One of its offsets, then the whole group. */
static void forget(struct stage *stage, const char *name)
{
    struct group *group = groups_find(stage->groups, slice_text(name));
    struct groups_offset offset = { .topic = slice_text("topic-0"), .partition = 0 };
    enum kc_err err = KC_ERR_INVALID;
    struct groups_commit asked = { .done = committed, .context = &err };

    groups_forget(stage->groups, group, &offset, 1, &asked);
    if (err) {
        stage->failures++;
        groups_forget(stage->groups, group, &offset, 1, &asked);
    }
    assert_int_equal(err, KC_ERR_NONE);
    assert_null(groups_offset_of(group, slice_text("topic-0"), 0));
    err = groups_delete(stage->groups, slice_text(name));
    if (err) {
        stage->failures++;
        err = groups_delete(stage->groups, slice_text(name));
    }
    assert_int_equal(err, KC_ERR_NONE);
    assert_null(groups_find(stage->groups, slice_text(name)));
}

/* ---- bodies ---- */

static enum kc_err end(struct stage *stage)
{
    int failures = stage->failures;
    heap_pause();
    stage_finish(stage);
    heap_resume();
    return failures ? KC_ERR_NO_MEMORY : KC_ERR_NONE;
}

static enum kc_err commit_body(void *context)
{
    struct stage stage;

    heap_pause();
    stage_init(&stage, context);
    heap_resume();
    if (start_groups(&stage)) {
        commit_all(&stage);
        forget(&stage, "group-2");
    } else {
        stage.failures++;
    }
    return end(&stage);
}

TEST(committing_and_forgetting)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    heap_each(commit_body, &disk);
}

/* A group with members, as the log keeps it. */
static void store_members(struct stage *stage)
{
    struct group *group = group_create(slice_text("with-members"), 1);
    struct group_metadata_value_member_metadata stored;
    struct journal journal;
    int64_t last;

    message_defaults(&group_metadata_value_member_metadata_type, &stored);
    stored.member_id = slice_text("member-1");
    stored.client_id = slice_text("client");
    stored.client_host = slice_text("/host");
    stored.session_timeout = 30000;
    stored.rebalance_timeout = 30000;
    stored.subscription = slice_text("subscription");
    stored.assignment = slice_text("assignment");
    assert_non_null(group_restore_member(group, &stored, slice_text("range"), 0));
    stored.member_id = slice_text("member-2");
    stored.group_instance_id = slice_text("instance");
    assert_non_null(group_restore_member(group, &stored, slice_text("range"), 0));
    group->protocol_type = strdup("consumer");
    group->protocol = strdup("range");
    group->leader = strdup("member-1");
    group->generation = 7;
    journal_init(&journal);
    journal_add_group(&journal, group, true);
    const struct image_topic *topic = image_topic(&stage->image, slice_text("__consumer_offsets"));
    assert_int_equal(
        journal_append(&journal, partitions_find(stage->partitions, topic, 0), 1000, &last), 0);
    journal_finish(&journal);
    group_destroy(group);
}

static enum kc_err load_body(void *context)
{
    struct stage stage;

    heap_pause();
    stage_init(&stage, context);
    assert_true(start_groups(&stage));
    commit_all(&stage);
    forget(&stage, "group-2");
    store_members(&stage);
    groups_destroy(stage.groups);
    heap_resume();
    if (start_groups(&stage)) {
        for (int i = 0; i < GROUPS; i++) {
            char name[16];
            (void)snprintf(name, sizeof(name), "group-%d", i);
            if (i == 2) {
                assert_null(groups_find(stage.groups, slice_text(name)));
            } else {
                check_offsets(&stage, name, 200, true);
            }
        }
        const struct group *group = groups_find(stage.groups, slice_text("with-members"));
        assert_non_null(group);
        assert_int_equal(group->member_count, 2);
        assert_int_equal(group->generation, 7);
        assert_string_equal(group->leader, "member-1");
        assert_int_equal(group->state, GROUP_STABLE);
    } else {
        stage.failures++;
    }
    return end(&stage);
}

TEST(loading)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    heap_each(load_body, &disk);
}
