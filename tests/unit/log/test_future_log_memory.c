/* tests: a log moves to another directory when memory runs out: it is there, or it stays, whole,
 * and moves later. */
#include "log/future_log.h"
#include "support/heap.h"
#include "unit/log/log_fixture.h"
#include "unit/log/scratch_disk.h"

#include <stdio.h>
#include <stdlib.h>

struct scene {
    struct scratch_disk *disk;
    char dirs[2][FILE_PATH_MAX + 2];
    struct log_manager *manager;
};

static void begin(struct scene *scene)
{
    const char *const dirs[] = { scene->dirs[0], scene->dirs[1] };
    struct kc_error error = { 0 };
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = 2,
                                           .meta = { .cluster_id = "cluster", .node_id = 4 },
                                           .files = &scene->disk->files,
                                           .seed = 3,
                                           .now_ms = 1000 };
    log_options_init(&options.defaults);
    options.defaults.segment_index_bytes = 1024;
    if (log_manager_create(&options, &scene->manager, &error)) {
        fail_msg("%s", error.text);
    }
    log_manager_load_all(scene->manager);
}

static void begin_filled(struct scene *scene)
{
    struct uuid id = { { 1, 2, 3 } };
    struct log *log = NULL;
    scratch_disk_next(scene->disk);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(scene->dirs[i], sizeof(scene->dirs[i]), "%s/%c", scene->disk->path, 'a' + i);
    }
    begin(scene);
    struct log_wanted wanted = {
        .topic = slice_text("t"), .partition = 0, .topic_id = &id, .now_ms = 1000
    };
    assert_int_equal(log_manager_create_log(scene->manager, &wanted, &log, NULL), KC_ERR_NONE);
    fixture_fill(log, 10, 1000);
}

static enum kc_err copy(struct scene *scene, struct bytes *records)
{
    struct log *log = log_manager_find(scene->manager, slice_text("t"), 0);
    struct log *future = future_log_find(scene->manager, slice_text("t"), 0);
    struct log_appended appended;
    struct log_read read = { .offset_max = log_end_offset(log),
                             .bytes_max = 1 << 20,
                             .one_batch_min = true };
    enum kc_err err = log_read_into(log, &read, records);
    struct log_append append = {
        .data = records->data, .size = records->size, .origin = LOG_ORIGIN_REPLICA, .now_ms = 1000
    };
    return err ? err : log_append(future, &append, &appended);
}

static enum kc_err move(struct scene *scene)
{
    struct slice topic = slice_text("t");
    struct log_dir *left = NULL;
    struct log *log = NULL;
    struct bytes records;
    char path[FILE_PATH_MAX];
    enum kc_err err =
        future_log_begin(scene->manager, topic, 0, log_manager_dir(scene->manager, 1), 1000);
    bytes_init(&records, 1 << 20);
    err = err ? err : copy(scene, &records);
    err = err ? err : future_log_take_over(scene->manager, topic, 0, &left, path, &log);
    bytes_finish(&records);
    return err;
}

static void check(const struct scene *scene, int dir, int records)
{
    struct log *log = log_manager_find(scene->manager, slice_text("t"), 0);
    assert_string_equal(log_directory(log)->path, scene->dirs[dir]);
    assert_int_equal(fixture_verify(log), records);
}

static enum kc_err run(void *context)
{
    struct scene *scene = context;
    heap_pause();
    begin_filled(scene);
    heap_resume();
    enum kc_err err = move(scene);
    heap_pause();
    assert_true(!err || heap_failed());
    check(scene, err ? 0 : 1, 10);
    fixture_fill(log_manager_find(scene->manager, slice_text("t"), 0), 1, 1000);
    if (err) {
        char path[FILE_PATH_MAX];
        future_log_drop(scene->manager, slice_text("t"), 0, path);
        assert_int_equal(move(scene), KC_ERR_NONE);
    }
    check(scene, 1, 11);
    log_manager_destroy(scene->manager); /* without a word: the next start looks at everything */
    begin(scene);
    check(scene, 1, 11);
    log_manager_destroy(scene->manager);
    heap_resume();
    /* A checkpoint without memory is one that could not be written. */
    return err == KC_ERR_KAFKA_STORAGE_ERROR ? KC_ERR_NO_MEMORY : err;
}

TEST(moving)
{
    struct scratch_disk disk;
    scratch_disk_init(&disk);
    struct scene scene = { .disk = &disk };
    heap_each(run, &scene);
}
