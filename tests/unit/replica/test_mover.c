/* tests: logs move between directories while they are written. */
#include "replica/partitions.h"

#include "base/clock.h"
#include "log/future_log.h"
#include "record/batch_writer.h"
#include "support/heap.h"
#include "support/loop_turn.h"
#include "unit/controller/image_stage.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct scene {
    char paths[2][PATH_MAX];
    struct loop *loop;
    struct random random;
    struct image_stage image;
    struct log_options defaults;
    struct log_manager *logs;
    struct partitions *partitions;
};

static void follow(void *context, const struct image_change *change)
{
    partitions_follow(((struct scene *)context)->partitions, change);
}

static void open_logs(struct scene *scene)
{
    const char *dirs[] = { scene->paths[0], scene->paths[1] };
    struct kc_error error = { 0 };
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = 2,
                                           .meta = { .cluster_id = "c", .node_id = 1 },
                                           .defaults = scene->defaults,
                                           .files = &file_system_real,
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

/* Over the directories that `run` alone has below `root`. */
static void scene_init(struct scene *scene, const char *root, int run)
{
    memset(scene, 0, sizeof(*scene));
    for (int i = 0; i < 2; i++) {
        (void)snprintf(scene->paths[i], sizeof(scene->paths[i]), "%.2000s/%c%d", root, 'a' + i,
                       run);
    }
    scene->loop = loop_create();
    assert_non_null(scene->loop);
    random_init(&scene->random, 8);
    image_stage_init(&scene->image, 1);
    log_options_init(&scene->defaults);
    scene->defaults.segment_index_bytes = 4096;
    scene->defaults.segment_bytes = 20000;
    scene->defaults.file_delete_delay_ms = 0;
    open_logs(scene);
}

static void close_logs(struct scene *scene)
{
    partitions_stop_moves(scene->partitions);
    while (!partitions_is_idle(scene->partitions)) {
        loop_turn(scene->loop);
    }
    scene->image.image.changed = NULL;
    partitions_destroy(scene->partitions);
    assert_int_equal(log_manager_close(scene->logs, 1), KC_ERR_NONE);
    log_manager_destroy(scene->logs);
}

static void scene_finish(struct scene *scene)
{
    close_logs(scene);
    image_stage_finish(&scene->image);
    loop_destroy(scene->loop);
}

static struct partition *find(struct scene *scene, int32_t index)
{
    return partitions_find(scene->partitions, image_topic(&scene->image.image, slice_text("t")),
                           index);
}

static enum kc_err append(struct partition *partition)
{
    uint8_t buffer[1024];
    char value[512] = { 'v' };
    struct batch_writer writer;
    struct slice batch;
    struct log_appended appended;
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    batch_writer_init(&writer, buffer, sizeof(buffer));
    assert_true(
        batch_writer_append(&writer, 1000, SLICE_NULL, slice_of(value, sizeof(value)), NULL, 0));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), KC_ERR_NONE);
    struct log_append request = { .data = buffer,
                                  .size = batch.size,
                                  .origin = LOG_ORIGIN_CLIENT,
                                  .leader_epoch = partition->leader_epoch,
                                  .now_ms = 1000 };
    return partition_append(partition, &request, &appended);
}

static void fill(struct partition *partition, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(append(partition), KC_ERR_NONE);
    }
}

static size_t dir_of(const struct scene *scene, const struct partition *partition)
{
    return log_directory(partition->log) == log_manager_dir(scene->logs, 1);
}

static void begin_run(struct scene *scene, const char *root, int run, int32_t partitions)
{
    scene_init(scene, root, run);
    assert_int_equal(image_stage_create(&scene->image, "t", partitions, 1).err, KC_ERR_NONE);
    for (int32_t i = 0; i < partitions; i++) {
        assert_int_equal(dir_of(scene, find(scene, i)), i % 2);
        fill(find(scene, i), 300);
    }
}

static void begin(struct scene *scene, int32_t partitions)
{
    char root[PATH_MAX];
    test_directory(root);
    begin_run(scene, root, 0, partitions);
}

TEST(while_it_is_written)
{
    struct scene scene;
    begin(&scene, 6);
    for (int32_t i = 0; i < 6; i += 2) {
        assert_int_equal(
            partitions_move(scene.partitions, find(&scene, i), log_manager_dir(scene.logs, 1)),
            KC_ERR_NONE);
        assert_non_null(partitions_future(scene.partitions, find(&scene, i)));
    }
    /* To where it is, or is on its way to: no change. */
    assert_int_equal(
        partitions_move(scene.partitions, find(&scene, 1), log_manager_dir(scene.logs, 1)),
        KC_ERR_NONE);
    assert_null(partitions_future(scene.partitions, find(&scene, 1)));
    assert_int_equal(
        partitions_move(scene.partitions, find(&scene, 0), log_manager_dir(scene.logs, 1)),
        KC_ERR_NONE);
    int written = 300;
    while (dir_of(&scene, find(&scene, 0)) + dir_of(&scene, find(&scene, 2)) +
               dir_of(&scene, find(&scene, 4)) <
           3) {
        loop_turn(scene.loop);
        for (int32_t i = 0; i < 6; i++) {
            assert_int_equal(append(find(&scene, i)), KC_ERR_NONE);
        }
        written++;
    }
    for (int32_t i = 0; i < 6; i++) {
        assert_int_equal(append(find(&scene, i)), KC_ERR_NONE);
        assert_int_equal(log_end_offset(find(&scene, i)->log), written + 1);
        assert_int_equal(log_high_watermark(find(&scene, i)->log), written + 1);
        assert_null(partitions_future(scene.partitions, find(&scene, i)));
    }
    close_logs(&scene);
    open_logs(&scene);
    for (int32_t i = 0; i < 6; i++) {
        const struct log *log = log_manager_find(scene.logs, slice_text("t"), i);
        assert_int_equal(log_end_offset(log), written + 1);
        assert_string_equal(log_directory(log)->path, scene.paths[1]);
    }
    scene_finish(&scene);
}

TEST(a_move_that_is_called_back)
{
    struct scene scene;
    begin(&scene, 1);
    struct partition *partition = find(&scene, 0);
    assert_int_equal(partitions_move(scene.partitions, partition, log_manager_dir(scene.logs, 1)),
                     KC_ERR_NONE);
    loop_turn(scene.loop);
    assert_int_equal(partitions_move(scene.partitions, partition, log_manager_dir(scene.logs, 0)),
                     KC_ERR_NONE);
    assert_null(partitions_future(scene.partitions, partition));
    for (int i = 0; i < 20; i++) {
        loop_turn(scene.loop);
    }
    assert_int_equal(dir_of(&scene, partition), 0);
    fill(partition, 1);
    scene_finish(&scene);
}

TEST(the_topic_goes_meanwhile)
{
    struct scene scene;
    struct metadata_batch batch;
    begin(&scene, 2);
    assert_int_equal(
        partitions_move(scene.partitions, find(&scene, 0), log_manager_dir(scene.logs, 1)),
        KC_ERR_NONE);
    loop_turn(scene.loop);
    metadata_batch_init(&batch);
    topics_plan_delete(image_topic(&scene.image.image, slice_text("t")), &batch);
    assert_int_equal(image_stage_apply(&scene.image, &batch), KC_ERR_NONE);
    while (!partitions_is_idle(scene.partitions)) {
        loop_turn(scene.loop);
    }
    assert_int_equal(log_manager_count(scene.logs), 0);
    scene_finish(&scene);
}

TEST(the_broker_ends_meanwhile)
{
    struct scene scene;
    begin(&scene, 1);
    assert_int_equal(
        partitions_move(scene.partitions, find(&scene, 0), log_manager_dir(scene.logs, 1)),
        KC_ERR_NONE);
    close_logs(&scene);
    open_logs(&scene);
    struct image_change change = { IMAGE_PARTITION_CHANGED,
                                   image_topic(&scene.image.image, slice_text("t")), 0 };
    follow(&scene, &change);
    assert_non_null(partitions_future(scene.partitions, find(&scene, 0)));
    while (dir_of(&scene, find(&scene, 0)) == 0) {
        loop_turn(scene.loop);
    }
    assert_int_equal(log_end_offset(find(&scene, 0)->log), 300);
    scene_finish(&scene);
}

TEST(a_directory_that_fails_ends_the_move)
{
    struct scene scene;
    begin(&scene, 1);
    struct partition *partition = find(&scene, 0);
    assert_int_equal(partitions_move(scene.partitions, partition, log_manager_dir(scene.logs, 1)),
                     KC_ERR_NONE);
    (void)log_dir_fail(log_manager_dir(scene.logs, 1), "write", "x", EIO);
    while (partitions_future(scene.partitions, partition)) {
        loop_turn(scene.loop);
    }
    assert_int_equal(dir_of(&scene, partition), 0);
    fill(partition, 1);
    assert_int_equal(partitions_move(scene.partitions, partition, log_manager_dir(scene.logs, 1)),
                     KC_ERR_KAFKA_STORAGE_ERROR);
    scene_finish(&scene);
}

static enum kc_err move_to_second(struct scene *scene)
{
    struct partition *partition = find(scene, 0);
    enum kc_err err =
        partitions_move(scene->partitions, partition, log_manager_dir(scene->logs, 1));
    while (partitions_future(scene->partitions, partition)) {
        loop_turn(scene->loop);
    }
    return err;
}

struct runs {
    char root[PATH_MAX];
    int count;
};

static enum kc_err move_without_memory(void *context)
{
    struct runs *runs = context;
    struct scene scene;
    heap_pause();
    begin_run(&scene, runs->root, runs->count++, 1);
    heap_resume();
    enum kc_err err = move_to_second(&scene);
    heap_pause();
    bool has_moved = dir_of(&scene, find(&scene, 0)) == 1;
    assert_true(has_moved || heap_failed());
    assert_true(!err || (err == KC_ERR_NO_MEMORY && !has_moved));
    fill(find(&scene, 0), 1);
    assert_int_equal(move_to_second(&scene), KC_ERR_NONE); /* later, or it is there */
    assert_int_equal(dir_of(&scene, find(&scene, 0)), 1);
    fill(find(&scene, 0), 1);
    assert_int_equal(log_end_offset(find(&scene, 0)->log), 302);
    scene_finish(&scene);
    heap_resume();
    return has_moved ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

TEST(without_memory_it_stays_and_moves_later)
{
    struct runs runs = { .count = 0 };
    test_directory(runs.root);
    heap_share(); /* pieces are read on the pool */
    heap_each(move_without_memory, &runs);
    assert_true(runs.count > 10);
}
