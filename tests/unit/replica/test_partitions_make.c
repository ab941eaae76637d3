/* tests: logs are made a few at a time, and again when there was no room for them. */
#include "support/heap.h"
#include "support/loop_turn.h"
#include "unit/replica/partitions_stage.h"

#include <errno.h>
#include <string.h>

static void wait_until_served(struct partitions_stage *stage, const char *topic, int32_t index)
{
    for (;;) {
        const struct partition *partition = partitions_stage_find(stage, topic, index);
        if (partition && !partition->err) {
            return;
        }
        loop_turn(stage->loop);
    }
}

/* Freeing room is enough. */
TEST(room_that_comes_back)
{
    struct partitions_stage stage;
    partitions_stage_init(&stage, INT64_MAX);
    stage.disk.no_room = ENOSPC;
    assert_int_equal(image_stage_create(&stage.image, "full", 3, 1).err, KC_ERR_NONE);
    for (int32_t i = 0; i < 3; i++) {
        const struct partition *partition = partitions_stage_find(&stage, "full", i);
        assert_int_equal(partition_check_leader(partition, -1), KC_ERR_KAFKA_STORAGE_ERROR);
    }
    assert_int_equal(stage.error_count, 3);
    assert_non_null(strstr(stage.last_error, "full-2 answers KAFKA_STORAGE_ERROR"));
    assert_non_null(strstr(stage.last_error, stage.path));
    assert_non_null(strstr(stage.last_error, strerror(ENOSPC)));
    assert_int_equal(partitions_stage_count(&stage, "full"), 0); /* no half logs */
    /* Who asks does not try it: there may be very many. */
    int tries = stage.disk.refusals;
    assert_int_equal(partitions_stage_find(&stage, "full", 1)->err, KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(stage.disk.refusals, tries);
    /* In vain once more, which is not told again. */
    while (stage.disk.refusals < 2 * tries) {
        loop_turn(stage.loop);
    }
    assert_int_equal(stage.error_count, 3);
    assert_int_equal(stage.came_back_count, 0);
    stage.disk.no_room = 0;
    for (int32_t i = 0; i < 3; i++) {
        wait_until_served(&stage, "full", i);
        assert_int_equal(partitions_stage_append(partitions_stage_find(&stage, "full", i)),
                         KC_ERR_NONE);
    }
    assert_int_equal(stage.came_back_count, 3);
    assert_int_equal(log_manager_failed_dirs(stage.logs), 0);
    partitions_stage_finish(&stage);
}

TEST(a_topic_that_goes_while_it_waits_for_room)
{
    struct partitions_stage stage;
    struct metadata_batch batch;
    partitions_stage_init(&stage, INT64_MAX);
    stage.disk.no_room = EMFILE;
    assert_int_equal(image_stage_create(&stage.image, "short", 2, 1).err, KC_ERR_NONE);
    assert_int_equal(partitions_stage_find(&stage, "short", 0)->err, KC_ERR_KAFKA_STORAGE_ERROR);
    metadata_batch_init(&batch);
    topics_plan_delete(image_topic(&stage.image.image, slice_text("short")), &batch);
    assert_int_equal(image_stage_apply(&stage.image, &batch), KC_ERR_NONE);
    stage.disk.no_room = 0;
    assert_int_equal(image_stage_create(&stage.image, "next", 1, 1).err, KC_ERR_NONE);
    wait_until_served(&stage, "next", 0);
    partitions_stage_settle(&stage);
    assert_int_equal(partitions_stage_count(&stage, "short"), 0);
    assert_int_equal(stage.came_back_count, 0);
    partitions_stage_finish(&stage);
}

/* It was there at the start, with records, and could not be opened. */
TEST(one_of_before_that_comes_back)
{
    struct partitions_stage stage;
    partitions_stage_init(&stage, INT64_MAX);
    assert_int_equal(image_stage_create(&stage.image, "old", 1, 1).err, KC_ERR_NONE);
    assert_int_equal(partitions_stage_append(partitions_stage_find(&stage, "old", 0)), KC_ERR_NONE);
    partitions_stage_close(&stage);
    stage.disk.no_file = EMFILE;
    partitions_stage_open(&stage);
    partitions_follow(
        stage.partitions,
        &(struct image_change){ .kind = IMAGE_PARTITION_CHANGED,
                                .topic = image_topic(&stage.image.image, slice_text("old")),
                                .partition = 0 });
    assert_int_equal(partitions_stage_find(&stage, "old", 0)->err, KC_ERR_KAFKA_STORAGE_ERROR);
    stage.disk.no_file = 0;
    wait_until_served(&stage, "old", 0);
    assert_int_equal(stage.came_back_count, 1);
    assert_int_equal(log_end_offset(partitions_stage_find(&stage, "old", 0)->log), 1);
    partitions_stage_finish(&stage);
}

/* The image has a topic that the partitions have not heard of: they are shown it, and whatever
 * memory is refused meanwhile, it is served in the end. */
static enum kc_err make_without_memory(void *context)
{
    struct partitions_stage *stage = context;
    const struct image_topic *topic = image_topic(&stage->image.image, slice_text("t"));
    heap_pause();
    partitions_stage_open(stage);
    partitions_report_strays(stage->partitions);
    heap_resume();
    for (int32_t i = 0; i < 2; i++) {
        partitions_follow(stage->partitions,
                          &(struct image_change){
                              .kind = IMAGE_PARTITION_CHANGED, .topic = topic, .partition = i });
    }
    for (int32_t i = 0; i < 2; i++) {
        wait_until_served(stage, "t", i);
    }
    heap_pause();
    for (int32_t i = 0; i < 2; i++) {
        assert_true(partitions_stage_find(stage, "t", i)->is_leader);
        assert_int_equal(partitions_stage_append(partitions_stage_find(stage, "t", i)),
                         KC_ERR_NONE);
    }
    partitions_stage_close(stage);
    for (int32_t i = 0; i < 2; i++) {
        char path[FILE_PATH_MAX];
        assert_true(snprintf(path, sizeof(path), "%s/t-%d", stage->path, i) > 0);
        assert_int_equal(file_remove_tree(&file_system_real, path), 0);
    }
    heap_resume();
    return KC_ERR_NONE;
}

TEST(memory_that_comes_back)
{
    struct partitions_stage stage;
    partitions_stage_init(&stage, INT64_MAX);
    stage.image.image.changed = NULL;
    assert_int_equal(image_stage_create(&stage.image, "t", 2, 1).err, KC_ERR_NONE);
    partitions_stage_close(&stage);
    heap_each(make_without_memory, &stage);
    partitions_stage_open(&stage);
    partitions_stage_finish(&stage);
}

/* Thousands of logs must not hold up the loop: they are made a few a turn, or when asked for. */
TEST(logs_are_made_a_few_at_a_time)
{
    struct partitions_stage stage;
    struct metadata_batch batch;
    partitions_stage_init(&stage, INT64_MAX);
    assert_int_equal(image_stage_create(&stage.image, "many", 1500, 1).err, KC_ERR_NONE);
    assert_int_equal(log_manager_count(stage.logs), 0);
    const struct image_topic *topic = image_topic(&stage.image.image, slice_text("many"));
    assert_non_null(partitions_peek(stage.partitions, topic, 1499));
    assert_int_equal(log_manager_count(stage.logs), 0);
    /* Who needs one does not wait. */
    struct partition *partition = partitions_stage_find(&stage, "many", 1499);
    assert_true(partition->is_leader);
    assert_int_equal(partitions_stage_append(partition), KC_ERR_NONE);
    assert_int_equal(log_latest_epoch(partition->log), partition->leader_epoch);
    assert_int_equal(log_manager_count(stage.logs), 1);
    loop_turn(stage.loop);
    assert_in_range(log_manager_count(stage.logs), 2, 1499);
    while (log_manager_count(stage.logs) < 1500) {
        loop_turn(stage.loop);
    }
    for (int32_t i = 0; i < 1500; i += 100) {
        assert_int_equal(partitions_stage_append(partitions_stage_find(&stage, "many", i)),
                         KC_ERR_NONE);
    }
    /* A topic that goes before its logs are made leaves none. */
    assert_int_equal(image_stage_create(&stage.image, "short", 100, 1).err, KC_ERR_NONE);
    metadata_batch_init(&batch);
    topics_plan_delete(image_topic(&stage.image.image, slice_text("short")), &batch);
    assert_int_equal(image_stage_apply(&stage.image, &batch), KC_ERR_NONE);
    partitions_stage_settle(&stage);
    loop_turn(stage.loop);
    assert_int_equal(log_manager_count(stage.logs), 1500);
    assert_int_equal(partitions_stage_count(&stage, "short"), 0);
    partitions_stage_finish(&stage);
}
