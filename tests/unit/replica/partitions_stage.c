/* tests: partitions over the real disk and an image. */
#include "unit/replica/partitions_stage.h"

#include "base/clock.h"
#include "record/batch_writer.h"
#include "support/loop_turn.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

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

static int slow_open(void *context, const char *path, int flags, int *ret_file)
{
    struct slow_disk *disk = context;
    int err = (flags & FILE_CREATE) && disk->no_room ? disk->no_room : disk->no_file;
    if (err && strstr(path, "/00000")) {
        disk->refusals++;
        return err;
    }
    return file_system_real.open(file_system_real.context, path, flags, ret_file);
}

static void trace_line(void *context, enum trace_level level, const char *room, const char *text)
{
    struct partitions_stage *stage = context;
    (void)room;
    if (level == TRACE_ERROR) {
        stage->error_count++;
        (void)snprintf(stage->last_error, sizeof(stage->last_error), "%s", text);
    }
}

static void turned(void *context, const struct image_topic *topic, int32_t index)
{
    struct partitions_stage *stage = context;
    if (partition_check_leader(partitions_peek(stage->partitions, topic, index), -1)) {
        stage->lost_count++;
    } else {
        stage->came_back_count++;
    }
}

static void follow(void *context, const struct image_change *change)
{
    partitions_follow(((struct partitions_stage *)context)->partitions, change);
}

void partitions_stage_open(struct partitions_stage *stage)
{
    const char *dirs[] = { stage->path };
    struct kc_error error = { 0 };
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = 1,
                                           .meta = { .cluster_id = "c", .node_id = 1 },
                                           .defaults = stage->defaults,
                                           .files = &stage->disk.files,
                                           .seed = 3,
                                           .now_ms = 1000 };
    if (log_manager_create(&options, &stage->logs, &error)) {
        fail_msg("%s", error.text);
    }
    log_manager_load_all(stage->logs);
    struct partitions_options partitions = { .node_id = 1,
                                             .loop = stage->loop,
                                             .logs = stage->logs,
                                             .image = &stage->image.image,
                                             .defaults = &stage->defaults,
                                             .clock = &clock_system,
                                             .random = &stage->random,
                                             .trace = &stage->trace,
                                             .turned = turned,
                                             .context = stage };
    stage->partitions = partitions_create(&partitions);
    assert_non_null(stage->partitions);
    stage->image.image.changed = follow;
    stage->image.image.context = stage;
}

void partitions_stage_init(struct partitions_stage *stage, int64_t flush_messages)
{
    memset(stage, 0, sizeof(*stage));
    test_directory(stage->path);
    stage->disk.files = file_system_real;
    stage->disk.files.context = &stage->disk;
    stage->disk.files.sync = slow_sync;
    stage->disk.files.open = slow_open;
    assert_int_equal(sem_init(&stage->disk.gate, 0, 0), 0);
    stage->loop = loop_create();
    assert_non_null(stage->loop);
    stage->trace = (struct trace){ trace_line, stage, TRACE_ERROR };
    random_init(&stage->random, 8);
    image_stage_init(&stage->image, 1);
    stage->image.defaults.partitions_max = 5000;
    log_options_init(&stage->defaults);
    stage->defaults.flush_messages = flush_messages;
    stage->defaults.segment_index_bytes = 4096;
    stage->defaults.file_delete_delay_ms = 0;
    partitions_stage_open(stage);
}

void partitions_stage_settle(struct partitions_stage *stage)
{
    while (!partitions_is_idle(stage->partitions)) {
        loop_turn(stage->loop);
    }
}

void partitions_stage_close(struct partitions_stage *stage)
{
    partitions_stage_settle(stage);
    stage->image.image.changed = NULL;
    partitions_destroy(stage->partitions);
    (void)log_manager_close(stage->logs, 1);
    log_manager_destroy(stage->logs);
}

void partitions_stage_finish(struct partitions_stage *stage)
{
    partitions_stage_close(stage);
    image_stage_finish(&stage->image);
    loop_destroy(stage->loop);
    (void)sem_destroy(&stage->disk.gate);
}

struct partition *partitions_stage_find(struct partitions_stage *stage, const char *topic,
                                        int32_t index)
{
    return partitions_find(stage->partitions, image_topic(&stage->image.image, slice_text(topic)),
                           index);
}

enum kc_err partitions_stage_append(struct partition *partition)
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

static void wake(struct partition_wait *wait, struct partition *partition)
{
    struct partitions_waiter *waiter = wait->context;
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

void partitions_stage_wait(struct partition *partition, struct partitions_waiter *waiter)
{
    memset(waiter, 0, sizeof(*waiter));
    waiter->wait.woken = wake;
    waiter->wait.context = waiter;
    partition_wait_begin(partition, &waiter->wait);
}

int partitions_stage_count(const struct partitions_stage *stage, const char *part)
{
    DIR *directory = opendir(stage->path);
    const struct dirent *entry;
    int count = 0;
    assert_non_null(directory);
    while ((entry = readdir(directory))) {
        count += strstr(entry->d_name, part) != NULL;
    }
    (void)closedir(directory);
    return count;
}
