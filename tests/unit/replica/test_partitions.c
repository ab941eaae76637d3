/* tests: partitions follow the image; flushes are group commits that nobody is told of too early.
 */
#include "support/loop_turn.h"
#include "unit/replica/partitions_stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(without_flushes_the_end_is_committed)
{
    struct partitions_stage stage;
    struct partitions_waiter waiter;
    partitions_stage_init(&stage, INT64_MAX);
    assert_int_equal(image_stage_create(&stage.image, "t", 2, 1).err, KC_ERR_NONE);
    struct partition *partition = partitions_stage_find(&stage, "t", 1);
    assert_non_null(partition);
    assert_true(partition->is_leader);
    assert_ptr_equal(partitions_find_by_id(stage.partitions, &partition->topic_id, 1), partition);
    assert_null(partitions_stage_find(&stage, "t", 2));
    assert_null(partitions_stage_find(&stage, "u", 0));
    partitions_stage_wait(partition, &waiter);
    assert_int_equal(partitions_stage_append(partition), KC_ERR_NONE);
    assert_int_equal(waiter.woken, 1);
    assert_int_equal(waiter.high_watermark, 1);
    assert_int_equal(partition_readable_end(partition, false), 1);
    assert_int_equal(partition_readable_end(partition, true), 1);
    assert_true(partitions_is_idle(stage.partitions));
    partition_wait_end(&waiter.wait);
    partition_wait_end(&waiter.wait);
    partitions_stage_finish(&stage);
}

TEST(group_commit)
{
    struct partitions_stage stage;
    struct partitions_waiter waiter;
    partitions_stage_init(&stage, 1);
    assert_int_equal(image_stage_create(&stage.image, "t", 1, 1).err, KC_ERR_NONE);
    struct partition *partition = partitions_stage_find(&stage, "t", 0);
    atomic_store(&stage.disk.is_held, 1);
    partitions_stage_wait(partition, &waiter);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(partitions_stage_append(partition), KC_ERR_NONE);
    }
    while (atomic_load(&stage.disk.syncs) == 0) {
        loop_turn(stage.loop);
    }
    loop_turn(stage.loop);
    /* On its way to the disk: nobody is told, nobody may read. */
    assert_int_equal(waiter.woken, 0);
    assert_int_equal(log_high_watermark(partition->log), 0);
    assert_false(partitions_is_idle(stage.partitions));
    atomic_store(&stage.disk.is_held, 0);
    assert_int_equal(sem_post(&stage.disk.gate), 0);
    partitions_stage_settle(&stage);
    assert_int_equal(waiter.first_high_watermark, 1);
    assert_int_equal(waiter.woken, 2); /* the first alone, the nine together */
    assert_int_equal(log_high_watermark(partition->log), 10);
    partition_wait_end(&waiter.wait);
    partitions_stage_finish(&stage);
}

TEST(a_sync_that_fails)
{
    struct partitions_stage stage;
    struct partitions_waiter waiter;
    partitions_stage_init(&stage, 1);
    assert_int_equal(image_stage_create(&stage.image, "t", 2, 1).err, KC_ERR_NONE);
    struct partition *partition = partitions_stage_find(&stage, "t", 0);
    partitions_stage_wait(partition, &waiter);
    atomic_store(&stage.disk.failure, EIO);
    assert_int_equal(partitions_stage_append(partition), KC_ERR_NONE);
    partitions_stage_settle(&stage);
    assert_int_equal(waiter.woken, 1);
    assert_int_equal(waiter.err, KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(log_high_watermark(partition->log), 0);
    /* It stays so, for all that lies in the directory. */
    atomic_store(&stage.disk.failure, 0);
    assert_int_equal(partitions_stage_append(partition), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(partitions_stage_append(partitions_stage_find(&stage, "t", 1)),
                     KC_ERR_KAFKA_STORAGE_ERROR);
    partitions_tick(stage.partitions);
    partitions_stage_settle(&stage);
    assert_int_equal(log_high_watermark(partition->log), 0);
    partitions_stage_finish(&stage);
}

TEST(removed_while_a_flush_is_out)
{
    struct partitions_stage stage;
    struct partitions_waiter waiter;
    struct metadata_batch batch;
    partitions_stage_init(&stage, 1);
    assert_int_equal(image_stage_create(&stage.image, "t", 3, 1).err, KC_ERR_NONE);
    struct partition *partition = partitions_stage_find(&stage, "t", 1);
    partitions_stage_wait(partition, &waiter);
    atomic_store(&stage.disk.is_held, 1);
    assert_int_equal(partitions_stage_append(partition), KC_ERR_NONE);
    while (atomic_load(&stage.disk.syncs) == 0) {
        loop_turn(stage.loop);
    }
    metadata_batch_init(&batch);
    topics_plan_delete(image_topic(&stage.image.image, slice_text("t")), &batch);
    assert_int_equal(image_stage_apply(&stage.image, &batch), KC_ERR_NONE);
    assert_int_equal(waiter.woken, 1);
    assert_int_equal(waiter.err, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_false(partitions_is_idle(stage.partitions));
    assert_int_equal(partitions_stage_count(&stage, "t-1"), 1); /* its files are in use */
    atomic_store(&stage.disk.is_held, 0);
    assert_int_equal(sem_post(&stage.disk.gate), 0);
    partitions_stage_settle(&stage);
    assert_int_equal(waiter.woken, 1);
    assert_int_equal(partitions_stage_count(&stage, "t-"), 0);
    assert_int_equal(log_manager_count(stage.logs), 0);
    partitions_stage_finish(&stage);
}

/* A topic of the same name from before: its data is nobody's to serve, and nobody's to remove. */
TEST(an_older_topic_of_the_same_name)
{
    struct partitions_stage stage;
    partitions_stage_init(&stage, INT64_MAX);
    assert_int_equal(image_stage_create(&stage.image, "t", 1, 1).err, KC_ERR_NONE);
    assert_int_equal(partitions_stage_append(partitions_stage_find(&stage, "t", 0)), KC_ERR_NONE);
    partitions_stage_close(&stage);
    image_stage_finish(&stage.image);
    image_stage_init(&stage.image, 1);
    random_init(&stage.image.random, 77); /* another id */
    partitions_stage_open(&stage);
    assert_int_equal(log_manager_count(stage.logs), 1);
    partitions_report_strays(stage.partitions);
    assert_int_equal(image_stage_create(&stage.image, "t", 1, 1).err, KC_ERR_NONE);
    struct partition *partition = partitions_stage_find(&stage, "t", 0);
    assert_int_equal(partition->err, KC_ERR_NONE);
    assert_int_equal(log_end_offset(partition->log), 0);
    assert_int_equal(partitions_stage_append(partition), KC_ERR_NONE);
    assert_int_equal(partitions_stage_count(&stage, "-stray"), 1);
    partitions_stage_close(&stage);
    partitions_stage_open(&stage);
    assert_int_equal(log_end_offset(log_manager_find(stage.logs, slice_text("t"), 0)), 1);
    partitions_stage_finish(&stage);
}

/* KIP-858: what the cluster does not know is told, once. */
TEST(directories_are_told)
{
    struct partitions_stage stage;
    struct metadata_batch batch;
    partitions_stage_init(&stage, INT64_MAX);
    assert_int_equal(image_stage_create(&stage.image, "t", 1200, 1).err, KC_ERR_NONE);
    const struct image_topic *topic = image_topic(&stage.image.image, slice_text("t"));
    metadata_batch_init(&batch);
    assert_false(partitions_plan_directories(stage.partitions, &batch)); /* no logs yet */
    metadata_batch_finish(&batch);
    for (int32_t i = 0; i < 1200; i++) {
        assert_non_null(partitions_stage_find(&stage, "t", i));
    }
    for (int32_t left = 1200; left > 0; left -= 1000) {
        metadata_batch_init(&batch);
        assert_true(partitions_plan_directories(stage.partitions, &batch));
        assert_int_equal(batch.count, MIN_OF(left, 1000));
        assert_int_equal(image_stage_apply(&stage.image, &batch), KC_ERR_NONE);
    }
    metadata_batch_init(&batch);
    assert_false(partitions_plan_directories(stage.partitions, &batch));
    metadata_batch_finish(&batch);
    for (int32_t i = 0; i < 1200; i += 100) {
        struct uuid known = image_directory(&topic->partitions[i], 1);
        assert_true(uuid_equal(&known, &log_manager_dir(stage.logs, 0)->id));
    }
    assert_true(partitions_stage_find(&stage, "t", 5)->is_leader);
    partitions_stage_finish(&stage);
}

TEST(who_waits_hears_of_a_failed_directory)
{
    struct partitions_stage stage;
    struct partitions_waiter waiter;
    partitions_stage_init(&stage, INT64_MAX);
    assert_int_equal(image_stage_create(&stage.image, "t", 2, 1).err, KC_ERR_NONE);
    struct partition *partition = partitions_stage_find(&stage, "t", 0);
    partitions_stage_wait(partition, &waiter);
    partitions_follow_dirs(stage.partitions);
    assert_int_equal(waiter.woken, 0);
    (void)log_dir_fail(log_manager_dir(stage.logs, 0), "write", "x", EROFS);
    partitions_follow_dirs(stage.partitions);
    assert_int_equal(waiter.woken, 1);
    assert_int_equal(waiter.err, KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(stage.lost_count, 1);
    assert_int_equal(partition_check_leader(partition, -1), KC_ERR_KAFKA_STORAGE_ERROR);
    /* One that waits for its log finds no place. */
    assert_int_equal(partitions_stage_find(&stage, "t", 1)->err, KC_ERR_KAFKA_STORAGE_ERROR);
    partitions_stage_finish(&stage);
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
        { "message.timestamp.type", " LogAppendTime " }, /* blanks do not count, as in Kafka */
        { "compression.type", " gzip " },
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
    assert_int_equal(options.compression_type, COMPRESSION_GZIP);
    assert_true(options.min_cleanable_dirty_ratio > 0.24 &&
                options.min_cleanable_dirty_ratio < 0.26);
}

TEST(many_partitions)
{
    struct partitions_stage stage;
    struct metadata_batch batch;
    partitions_stage_init(&stage, 1);
    assert_int_equal(image_stage_create(&stage.image, "many", 1000, 1).err, KC_ERR_NONE);
    while (log_manager_count(stage.logs) < 1000) {
        loop_turn(stage.loop);
    }
    for (int32_t i = 0; i < 1000; i += 7) {
        assert_int_equal(partitions_stage_append(partitions_stage_find(&stage, "many", i)),
                         KC_ERR_NONE);
    }
    partitions_stage_settle(&stage);
    for (int32_t i = 0; i < 1000; i++) {
        assert_int_equal(log_high_watermark(partitions_stage_find(&stage, "many", i)->log),
                         i % 7 == 0);
    }
    metadata_batch_init(&batch);
    topics_plan_delete(image_topic(&stage.image.image, slice_text("many")), &batch);
    assert_int_equal(image_stage_apply(&stage.image, &batch), KC_ERR_NONE);
    partitions_stage_settle(&stage);
    assert_int_equal(partitions_stage_count(&stage, "many"), 0);
    partitions_stage_finish(&stage);
}
