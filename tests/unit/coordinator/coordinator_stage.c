/* tests: a broker's rooms up to the coordinators. */
#include "coordinator_stage.h"

#include "controller/metadata_batch.h"
#include "coordinator/groups_parts.h"
#include "support/heap.h"
#include "support/loop_turn.h"
#include "support/test.h"

static int64_t stage_now_us(void *context)
{
    return ((struct coordinator_stage *)context)->now_ms * 1000;
}

static int64_t stage_wall_ms(void *context)
{
    return 1700000000000 + ((struct coordinator_stage *)context)->now_ms;
}

static void changed(void *context, const struct image_change *change)
{
    partitions_follow(((struct coordinator_stage *)context)->partitions, change);
}

void stage_make_topic(struct coordinator_stage *stage, const char *name, int32_t partitions)
{
    struct metadata_batch batch;
    struct topic_record topic;
    struct bytes out;
    int32_t node = 1;
    struct uuid directory = { { 0 } };

    message_defaults(&topic_record_type, &topic);
    topic.name = slice_text(name);
    topic.topic_id = (struct uuid){ { 9, stage->topics++ } };
    metadata_batch_init(&batch);
    bytes_init(&out, 1 << 20);
    metadata_batch_add(&batch, &topic_record_type, 0, &topic);
    for (int32_t i = 0; i < partitions; i++) {
        struct partition_record partition;
        message_defaults(&partition_record_type, &partition);
        partition.topic_id = topic.topic_id;
        partition.partition_id = i;
        partition.leader = 1;
        partition.replicas.items = &node;
        partition.replicas.count = 1;
        partition.isr.items = &node;
        partition.isr.count = 1;
        partition.directories.items = &directory;
        partition.directories.count = 1;
        metadata_batch_add(&batch, &partition_record_type, 1, &partition);
    }
    assert_int_equal(metadata_batch_close(&batch, 1000, &out), KC_ERR_NONE);
    assert_int_equal(image_apply_batch(&stage->image, bytes_slice(&out)), KC_ERR_NONE);
    bytes_finish(&out);
    metadata_batch_finish(&batch);
    /* Who looks for a partition has its log made: here, not in the middle of a test. */
    for (int32_t i = 0; i < partitions; i++) {
        (void)stage_partition(stage, name, i);
    }
}

struct partition *stage_partition(struct coordinator_stage *stage, const char *topic, int32_t index)
{
    struct partition *partition =
        partitions_find(stage->partitions, image_topic(&stage->image, slice_text(topic)), index);
    assert_non_null(partition);
    return partition;
}

void coordinator_stage_init(struct coordinator_stage *stage, struct scratch_disk *disk)
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
    stage_make_topic(stage, "__consumer_offsets", 1);
    stage_make_topic(stage, "__transaction_state", 1);
    producer_ids_init(&stage->ids, 1, &stage->image, &stage->clock);
    stage->ids.next = 500;
    stage->ids.end = 1000000;
}

static void nothing(struct loop_job *job)
{
    (void)job;
}

static void nothing_done(struct loop_job *job)
{
    loop_stop(job->loop);
}

void coordinator_stage_share(void)
{
    struct loop *loop = loop_create();
    struct loop_job job = { .work = nothing, .done = nothing_done };
    assert_non_null(loop);
    loop_work(loop, &job);
    loop_run(loop);
    loop_destroy(loop);
    heap_share();
}

void stage_forget(struct coordinator_stage *stage)
{
    transactions_destroy(stage->transactions);
    groups_destroy(stage->groups);
    stage->transactions = NULL;
    stage->groups = NULL;
}

void coordinator_stage_finish(struct coordinator_stage *stage)
{
    stage_forget(stage);
    partitions_destroy(stage->partitions);
    log_manager_destroy(stage->logs);
    image_finish(&stage->image);
    loop_destroy(stage->loop);
}

static struct image_change change_of(const struct coordinator_stage *stage, const char *topic)
{
    return (struct image_change){ IMAGE_PARTITION_CHANGED,
                                  image_topic(&stage->image, slice_text(topic)), 0 };
}

void stage_run(struct coordinator_stage *stage)
{
    loop_turn(stage->loop);
}

bool stage_start_groups(struct coordinator_stage *stage)
{
    struct groups_options options = { .loop = stage->loop,
                                      .clock = &stage->clock,
                                      .random = &stage->random,
                                      .image = &stage->image,
                                      .partitions = stage->partitions,
                                      .offsets_partition_count = 1,
                                      .group_size_max = 10,
                                      .offset_metadata_bytes_max = 4096,
                                      .offsets_retention_ms = 1000000,
                                      .expiry_check_ms = 50000,
                                      .next_session_ms = 45000,
                                      .next_heartbeat_ms = 5000,
                                      .next_size_max = 10,
                                      .next_may_upgrade = true,
                                      .next_may_downgrade = true };
    struct image_change change = change_of(stage, "__consumer_offsets");
    stage->groups = groups_create(&options);
    if (!stage->groups) {
        return false;
    }
    groups_follow(stage->groups, &change);
    while (groups_check(stage->groups, slice_text("g")) == KC_ERR_COORDINATOR_LOAD_IN_PROGRESS) {
        if (list_is_empty(&stage->groups->loads)) {
            assert_true(heap_failed());
            stage->failures++;
            groups_tick(stage->groups);
        }
        stage_run(stage);
    }
    assert_int_equal(groups_check(stage->groups, slice_text("g")), KC_ERR_NONE);
    return true;
}

bool stage_start_transactions(struct coordinator_stage *stage)
{
    struct transactions_options options = { .loop = stage->loop,
                                            .clock = &stage->clock,
                                            .random = &stage->random,
                                            .image = &stage->image,
                                            .partitions = stage->partitions,
                                            .groups = stage->groups,
                                            .producer_ids = &stage->ids,
                                            .timeout_ms_max = 900000,
                                            .id_expiration_ms = 3600000,
                                            .abort_interval_ms = 100,
                                            .expire_interval_ms = 1000 };
    struct image_change change = change_of(stage, "__transaction_state");
    stage->transactions = transactions_create(&options);
    if (!stage->transactions) {
        return false;
    }
    transactions_follow(stage->transactions, &change);
    while (transactions_check(stage->transactions, slice_text("id")) ==
           KC_ERR_COORDINATOR_LOAD_IN_PROGRESS) {
        if (list_is_empty(&stage->transactions->loads)) {
            assert_true(heap_failed());
            stage->failures++;
            transactions_tick(stage->transactions);
        }
        stage_run(stage);
    }
    assert_int_equal(transactions_check(stage->transactions, slice_text("id")), KC_ERR_NONE);
    return true;
}

void stage_turn(struct coordinator_stage *stage)
{
    groups_tick(stage->groups);
    transactions_tick(stage->transactions);
    stage_run(stage);
}
