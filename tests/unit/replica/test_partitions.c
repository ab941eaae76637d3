/* tests: partitions follow the image; flushes are group commits that nobody is told of too early.
 */
#include "record/batch_writer.h"
#include "replica/partitions.h"
#include "support/loop_turn.h"

#include "base/clock.h"
#include "unit/controller/image_stage.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The real disk, whose syncs of data files can be held back or made to fail. */
struct slow_disk {
    struct file_system files;
    sem_t gate;
    atomic_int is_held;
    atomic_int failure; /* errno; 0: none */
    atomic_int syncs;
};

struct scene {
    struct slow_disk disk;
    char path[PATH_MAX];
    struct loop *loop;
    struct random random;
    struct image_stage image;
    struct log_options defaults;
    struct log_manager *logs;
    struct partitions *partitions;
};

static int slow_sync(void *context, int file)
{
    struct slow_disk *disk = context;
    atomic_fetch_add(&disk->syncs, 1);
    if (atomic_load(&disk->is_held)) {
        while (sem_wait(&disk->gate) != 0) {
        }
    }
    int failure = atomic_load(&disk->failure);
    return failure ? failure : file_system_real.sync(file_system_real.context, file);
}

static void follow(void *context, const struct image_change *change)
{
    partitions_follow(((struct scene *)context)->partitions, change);
}

static void open_logs(struct scene *scene)
{
    const char *dirs[] = { scene->path };
    struct kc_error error = { 0 };
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = 1,
                                           .meta = { .cluster_id = "c", .node_id = 1 },
                                           .defaults = scene->defaults,
                                           .files = &scene->disk.files,
                                           .seed = 3,
                                           .now_ms = 1000 };
    if (log_manager_create(&options, &scene->logs, &error)) {
        fail_msg("%s", error.text);
    }
    log_manager_load_all(scene->logs);
    struct partitions_options partitions = { .node_id = 1,
                                             .loop = scene->loop,
                                             .logs = scene->logs,
                                             .image = &scene->image.image,
                                             .defaults = &scene->defaults,
                                             .clock = &clock_system,
                                             .random = &scene->random };
    scene->partitions = partitions_create(&partitions);
    assert_non_null(scene->partitions);
    scene->image.image.changed = follow;
    scene->image.image.context = scene;
}

static void scene_init(struct scene *scene, int64_t flush_messages)
{
    memset(scene, 0, sizeof(*scene));
    test_directory(scene->path);
    scene->disk.files = file_system_real;
    scene->disk.files.context = &scene->disk;
    scene->disk.files.sync = slow_sync;
    assert_int_equal(sem_init(&scene->disk.gate, 0, 0), 0);
    scene->loop = loop_create();
    assert_non_null(scene->loop);
    random_init(&scene->random, 8);
    image_stage_init(&scene->image, 1);
    scene->image.defaults.partitions_max = 5000;
    log_options_init(&scene->defaults);
    scene->defaults.flush_messages = flush_messages;
    scene->defaults.segment_index_bytes = 4096;
    scene->defaults.file_delete_delay_ms = 0;
    open_logs(scene);
}

static void settle(struct scene *scene)
{
    while (!partitions_is_idle(scene->partitions)) {
        loop_turn(scene->loop);
    }
}

static void close_logs(struct scene *scene)
{
    settle(scene);
    scene->image.image.changed = NULL;
    partitions_destroy(scene->partitions);
    (void)log_manager_close(scene->logs, 1);
    log_manager_destroy(scene->logs);
}

static void scene_finish(struct scene *scene)
{
    close_logs(scene);
    image_stage_finish(&scene->image);
    loop_destroy(scene->loop);
    (void)sem_destroy(&scene->disk.gate);
}

static struct partition *find(struct scene *scene, const char *topic, int32_t index)
{
    return partitions_find(scene->partitions, image_topic(&scene->image.image, slice_text(topic)),
                           index);
}

static enum kc_err append(struct partition *partition)
{
    uint8_t buffer[256];
    struct batch_writer writer;
    struct slice batch;
    struct log_appended appended;
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    batch_writer_init(&writer, buffer, sizeof(buffer));
    assert_true(batch_writer_append(&writer, 1000, SLICE_NULL, slice_text("v"), NULL, 0));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), KC_ERR_NONE);
    struct log_append request = { .data = buffer,
                                  .size = batch.size,
                                  .origin = LOG_ORIGIN_CLIENT,
                                  .leader_epoch = partition->leader_epoch,
                                  .now_ms = 1000 };
    return partition_append(partition, &request, &appended);
}

struct waiter {
    struct partition_wait wait;
    int woken;
    enum kc_err err;
    int64_t high_watermark;
    int64_t first_high_watermark;
};

static void wake(struct partition_wait *wait, struct partition *partition)
{
    struct waiter *waiter = wait->context;
    waiter->woken++;
    waiter->err = partition->err;
    waiter->high_watermark = partition->log ? log_high_watermark(partition->log) : -1;
    if (waiter->woken == 1) {
        waiter->first_high_watermark = waiter->high_watermark;
    }
    if (partition->err) {
        partition_wait_end(wait);
    }
}

static void wait_for(struct partition *partition, struct waiter *waiter)
{
    memset(waiter, 0, sizeof(*waiter));
    waiter->wait.woken = wake;
    waiter->wait.context = waiter;
    partition_wait_begin(partition, &waiter->wait);
}

static int count_names(const struct scene *scene, const char *part)
{
    DIR *directory = opendir(scene->path);
    const struct dirent *entry;
    int count = 0;
    assert_non_null(directory);
    while ((entry = readdir(directory))) {
        count += strstr(entry->d_name, part) != NULL;
    }
    (void)closedir(directory);
    return count;
}

TEST(without_flushes_the_end_is_committed)
{
    struct scene scene;
    struct waiter waiter;
    scene_init(&scene, INT64_MAX);
    assert_int_equal(image_stage_create(&scene.image, "t", 2, 1).err, KC_ERR_NONE);
    struct partition *partition = find(&scene, "t", 1);
    assert_non_null(partition);
    assert_true(partition->is_leader);
    assert_ptr_equal(partitions_find_by_id(scene.partitions, &partition->topic_id, 1), partition);
    assert_null(find(&scene, "t", 2));
    assert_null(find(&scene, "u", 0));
    wait_for(partition, &waiter);
    assert_int_equal(append(partition), KC_ERR_NONE);
    assert_int_equal(waiter.woken, 1);
    assert_int_equal(waiter.high_watermark, 1);
    assert_int_equal(partition_readable_end(partition, false), 1);
    assert_int_equal(partition_readable_end(partition, true), 1);
    assert_true(partitions_is_idle(scene.partitions));
    partition_wait_end(&waiter.wait);
    partition_wait_end(&waiter.wait);
    scene_finish(&scene);
}

TEST(group_commit)
{
    struct scene scene;
    struct waiter waiter;
    scene_init(&scene, 1);
    assert_int_equal(image_stage_create(&scene.image, "t", 1, 1).err, KC_ERR_NONE);
    struct partition *partition = find(&scene, "t", 0);
    atomic_store(&scene.disk.is_held, 1);
    wait_for(partition, &waiter);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(append(partition), KC_ERR_NONE);
    }
    while (atomic_load(&scene.disk.syncs) == 0) {
        loop_turn(scene.loop);
    }
    loop_turn(scene.loop);
    /* On its way to the disk: nobody is told, nobody may read. */
    assert_int_equal(waiter.woken, 0);
    assert_int_equal(log_high_watermark(partition->log), 0);
    assert_false(partitions_is_idle(scene.partitions));
    atomic_store(&scene.disk.is_held, 0);
    assert_int_equal(sem_post(&scene.disk.gate), 0);
    settle(&scene);
    assert_int_equal(waiter.first_high_watermark, 1);
    assert_int_equal(waiter.woken, 2); /* the first alone, the nine together */
    assert_int_equal(log_high_watermark(partition->log), 10);
    partition_wait_end(&waiter.wait);
    scene_finish(&scene);
}

TEST(a_sync_that_fails)
{
    struct scene scene;
    struct waiter waiter;
    scene_init(&scene, 1);
    assert_int_equal(image_stage_create(&scene.image, "t", 2, 1).err, KC_ERR_NONE);
    struct partition *partition = find(&scene, "t", 0);
    wait_for(partition, &waiter);
    atomic_store(&scene.disk.failure, EIO);
    assert_int_equal(append(partition), KC_ERR_NONE);
    settle(&scene);
    assert_int_equal(waiter.woken, 1);
    assert_int_equal(waiter.err, KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(log_high_watermark(partition->log), 0);
    /* It stays so, for all that lies in the directory. */
    atomic_store(&scene.disk.failure, 0);
    assert_int_equal(append(partition), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(append(find(&scene, "t", 1)), KC_ERR_KAFKA_STORAGE_ERROR);
    partitions_tick(scene.partitions);
    settle(&scene);
    assert_int_equal(log_high_watermark(partition->log), 0);
    scene_finish(&scene);
}

TEST(removed_while_a_flush_is_out)
{
    struct scene scene;
    struct waiter waiter;
    struct metadata_batch batch;
    scene_init(&scene, 1);
    assert_int_equal(image_stage_create(&scene.image, "t", 3, 1).err, KC_ERR_NONE);
    struct partition *partition = find(&scene, "t", 1);
    wait_for(partition, &waiter);
    atomic_store(&scene.disk.is_held, 1);
    assert_int_equal(append(partition), KC_ERR_NONE);
    while (atomic_load(&scene.disk.syncs) == 0) {
        loop_turn(scene.loop);
    }
    metadata_batch_init(&batch);
    topics_plan_delete(image_topic(&scene.image.image, slice_text("t")), &batch);
    assert_int_equal(image_stage_apply(&scene.image, &batch), KC_ERR_NONE);
    assert_int_equal(waiter.woken, 1);
    assert_int_equal(waiter.err, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_false(partitions_is_idle(scene.partitions));
    assert_int_equal(count_names(&scene, "t-1"), 1); /* its files are in use */
    atomic_store(&scene.disk.is_held, 0);
    assert_int_equal(sem_post(&scene.disk.gate), 0);
    settle(&scene);
    assert_int_equal(waiter.woken, 1);
    assert_int_equal(count_names(&scene, "t-"), 0);
    assert_int_equal(log_manager_count(scene.logs), 0);
    scene_finish(&scene);
}

/* A topic of the same name from before: its data is nobody's to serve, and nobody's to remove. */
TEST(an_older_topic_of_the_same_name)
{
    struct scene scene;
    scene_init(&scene, INT64_MAX);
    assert_int_equal(image_stage_create(&scene.image, "t", 1, 1).err, KC_ERR_NONE);
    assert_int_equal(append(find(&scene, "t", 0)), KC_ERR_NONE);
    close_logs(&scene);
    image_stage_finish(&scene.image);
    image_stage_init(&scene.image, 1);
    random_init(&scene.image.random, 77); /* another id */
    open_logs(&scene);
    assert_int_equal(log_manager_count(scene.logs), 1);
    partitions_report_strays(scene.partitions);
    assert_int_equal(image_stage_create(&scene.image, "t", 1, 1).err, KC_ERR_NONE);
    struct partition *partition = find(&scene, "t", 0);
    assert_int_equal(partition->err, KC_ERR_NONE);
    assert_int_equal(log_end_offset(partition->log), 0);
    assert_int_equal(append(partition), KC_ERR_NONE);
    assert_int_equal(count_names(&scene, "-stray"), 1);
    close_logs(&scene);
    open_logs(&scene);
    assert_int_equal(log_end_offset(log_manager_find(scene.logs, slice_text("t"), 0)), 1);
    scene_finish(&scene);
}

/* KIP-858: what the cluster does not know is told, once. */
TEST(directories_are_told)
{
    struct scene scene;
    struct metadata_batch batch;
    scene_init(&scene, INT64_MAX);
    assert_int_equal(image_stage_create(&scene.image, "t", 1200, 1).err, KC_ERR_NONE);
    const struct image_topic *topic = image_topic(&scene.image.image, slice_text("t"));
    metadata_batch_init(&batch);
    assert_false(partitions_plan_directories(scene.partitions, &batch)); /* no logs yet */
    metadata_batch_finish(&batch);
    for (int32_t i = 0; i < 1200; i++) {
        assert_non_null(find(&scene, "t", i));
    }
    for (int32_t left = 1200; left > 0; left -= 1000) {
        metadata_batch_init(&batch);
        assert_true(partitions_plan_directories(scene.partitions, &batch));
        assert_int_equal(batch.count, MIN_OF(left, 1000));
        assert_int_equal(image_stage_apply(&scene.image, &batch), KC_ERR_NONE);
    }
    metadata_batch_init(&batch);
    assert_false(partitions_plan_directories(scene.partitions, &batch));
    metadata_batch_finish(&batch);
    for (int32_t i = 0; i < 1200; i += 100) {
        struct uuid known = image_directory(&topic->partitions[i], 1);
        assert_true(uuid_equal(&known, &log_manager_dir(scene.logs, 0)->id));
    }
    assert_true(find(&scene, "t", 5)->is_leader);
    scene_finish(&scene);
}

TEST(who_waits_hears_of_a_failed_directory)
{
    struct scene scene;
    struct waiter waiter;
    scene_init(&scene, INT64_MAX);
    assert_int_equal(image_stage_create(&scene.image, "t", 2, 1).err, KC_ERR_NONE);
    struct partition *partition = find(&scene, "t", 0);
    wait_for(partition, &waiter);
    partitions_follow_dirs(scene.partitions);
    assert_int_equal(waiter.woken, 0);
    (void)log_dir_fail(log_manager_dir(scene.logs, 0), "write", "x", EROFS);
    partitions_follow_dirs(scene.partitions);
    assert_int_equal(waiter.woken, 1);
    assert_int_equal(waiter.err, KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(partition_check_leader(partition, -1), KC_ERR_KAFKA_STORAGE_ERROR);
    /* One that waits for its log finds no place. */
    assert_int_equal(find(&scene, "t", 1)->err, KC_ERR_KAFKA_STORAGE_ERROR);
    scene_finish(&scene);
}

TEST(settings_reach_the_log)
{
    static const char *const pairs[][2] = {
        { "segment.bytes", "2000000" },
        { "segment.ms", "11" },
        { "segment.jitter.ms", "12" },
        { "segment.index.bytes", "13" },
        { "flush.messages", "14" },
        { "flush.ms", "15" },
        { "retention.bytes", "16" },
        { "retention.ms", "17" },
        { "max.message.bytes", "18" },
        { "index.interval.bytes", "19" },
        { "file.delete.delay.ms", "20" },
        { "delete.retention.ms", "21" },
        { "min.compaction.lag.ms", "22" },
        { "max.compaction.lag.ms", "23" },
        { "message.timestamp.before.max.ms", "24" },
        { "message.timestamp.after.max.ms", "25" },
        { "cleanup.policy", "compact" },
        { "message.timestamp.type", "LogAppendTime" },
        { "min.cleanable.dirty.ratio", "0.25" },
    };
    struct image_setting items[ARRAY_COUNT(pairs)];
    char names[ARRAY_COUNT(pairs)][64];
    char values[ARRAY_COUNT(pairs)][32];
    struct log_options options;
    log_options_init(&options);
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%s", pairs[i][0]);
        (void)snprintf(values[i], sizeof(values[i]), "%s", pairs[i][1]);
        items[i] = (struct image_setting){ names[i], values[i] };
        struct image_settings one = { &items[i], 1 };
        partitions_log_options(&one, &options);
    }
    assert_int_equal(options.segment_bytes, 2000000);
    assert_int_equal(options.segment_ms, 11);
    assert_int_equal(options.segment_jitter_ms, 12);
    assert_int_equal(options.segment_index_bytes, 13);
    assert_int_equal(options.flush_messages, 14);
    assert_int_equal(options.flush_ms, 15);
    assert_int_equal(options.retention_bytes, 16);
    assert_int_equal(options.retention_ms, 17);
    assert_int_equal(options.max_message_bytes, 18);
    assert_int_equal(options.index_interval_bytes, 19);
    assert_int_equal(options.file_delete_delay_ms, 20);
    assert_int_equal(options.delete_retention_ms, 21);
    assert_int_equal(options.min_compaction_lag_ms, 22);
    assert_int_equal(options.max_compaction_lag_ms, 23);
    assert_int_equal(options.message_timestamp_before_max_ms, 24);
    assert_int_equal(options.message_timestamp_after_max_ms, 25);
    assert_true(options.cleanup_policy_compact);
    assert_false(options.cleanup_policy_delete);
    assert_true(options.message_timestamp_type_log_append_time);
    assert_true(options.min_cleanable_dirty_ratio > 0.24 &&
                options.min_cleanable_dirty_ratio < 0.26);
}

TEST(many_partitions)
{
    struct scene scene;
    struct metadata_batch batch;
    scene_init(&scene, 1);
    assert_int_equal(image_stage_create(&scene.image, "many", 1000, 1).err, KC_ERR_NONE);
    while (log_manager_count(scene.logs) < 1000) {
        loop_turn(scene.loop);
    }
    for (int32_t i = 0; i < 1000; i += 7) {
        assert_int_equal(append(find(&scene, "many", i)), KC_ERR_NONE);
    }
    settle(&scene);
    for (int32_t i = 0; i < 1000; i++) {
        assert_int_equal(log_high_watermark(find(&scene, "many", i)->log), i % 7 == 0);
    }
    metadata_batch_init(&batch);
    topics_plan_delete(image_topic(&scene.image.image, slice_text("many")), &batch);
    assert_int_equal(image_stage_apply(&scene.image, &batch), KC_ERR_NONE);
    settle(&scene);
    assert_int_equal(count_names(&scene, "many"), 0);
    scene_finish(&scene);
}

/* Thousands of logs must not hold up the loop: they are made a few a turn, or when asked for. */
TEST(logs_are_made_a_few_at_a_time)
{
    struct scene scene;
    struct metadata_batch batch;
    scene_init(&scene, INT64_MAX);
    assert_int_equal(image_stage_create(&scene.image, "many", 1500, 1).err, KC_ERR_NONE);
    assert_int_equal(log_manager_count(scene.logs), 0);
    const struct image_topic *topic = image_topic(&scene.image.image, slice_text("many"));
    assert_non_null(partitions_peek(scene.partitions, topic, 1499));
    assert_int_equal(log_manager_count(scene.logs), 0);
    /* Who needs one does not wait. */
    struct partition *partition = find(&scene, "many", 1499);
    assert_true(partition->is_leader);
    assert_int_equal(append(partition), KC_ERR_NONE);
    assert_int_equal(log_latest_epoch(partition->log), partition->leader_epoch);
    assert_int_equal(log_manager_count(scene.logs), 1);
    loop_turn(scene.loop);
    assert_in_range(log_manager_count(scene.logs), 2, 1499);
    while (log_manager_count(scene.logs) < 1500) {
        loop_turn(scene.loop);
    }
    for (int32_t i = 0; i < 1500; i += 100) {
        assert_int_equal(append(find(&scene, "many", i)), KC_ERR_NONE);
    }
    /* A topic that goes before its logs are made leaves none. */
    assert_int_equal(image_stage_create(&scene.image, "short", 100, 1).err, KC_ERR_NONE);
    metadata_batch_init(&batch);
    topics_plan_delete(image_topic(&scene.image.image, slice_text("short")), &batch);
    assert_int_equal(image_stage_apply(&scene.image, &batch), KC_ERR_NONE);
    settle(&scene);
    loop_turn(scene.loop);
    assert_int_equal(log_manager_count(scene.logs), 1500);
    assert_int_equal(count_names(&scene, "short"), 0);
    scene_finish(&scene);
}
