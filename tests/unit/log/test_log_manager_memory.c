/* tests: all logs of a broker, and the checkpoint files, when memory runs out. */
#include "log/log_manager.h"
#include "support/heap.h"
#include "unit/log/log_fixture.h"
#include "unit/log/scratch_disk.h"

#include <stdio.h>
#include <stdlib.h>

enum { PARTITIONS = 20 };

struct run {
    struct scratch_disk *disk;
    char dirs[2][FILE_PATH_MAX + 2];
    struct log_manager *manager;
    enum kc_err err;
};

/* True when the call is to be made again. */
static bool again(struct run *run, enum kc_err err)
{
    if (err == KC_ERR_NONE) {
        return false;
    }
    assert_true(heap_failed());
    assert_int_equal(run->err, KC_ERR_NONE);
    assert_true(err == KC_ERR_NO_MEMORY || err == KC_ERR_KAFKA_STORAGE_ERROR);
    run->err = KC_ERR_NO_MEMORY;
    return true;
}

static void start(struct run *run)
{
    const char *const dirs[] = { run->dirs[0], run->dirs[1] };
    struct kc_error error = { 0 };
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = 2,
                                           .meta = { .cluster_id = "cluster", .node_id = 4 },
                                           .files = &run->disk->files,
                                           .seed = 3,
                                           .now_ms = 1000 };
    log_options_init(&options.defaults);
    options.defaults.segment_index_bytes = 1024;
    while (again(run, log_manager_create(&options, &run->manager, &error))) {
        assert_int_equal(run->disk->open_files, 0);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_false(log_manager_dir(run->manager, i)->failed);
    }
    log_manager_load_all(run->manager);
}

static void run_init(struct run *run, struct scratch_disk *disk)
{
    memset(run, 0, sizeof(*run));
    heap_pause();
    scratch_disk_next(disk);
    heap_resume();
    run->disk = disk;
    for (int i = 0; i < 2; i++) {
        (void)snprintf(run->dirs[i], sizeof(run->dirs[i]), "%s/%c", disk->path, 'a' + i);
    }
}

/* The log is there, opened now if it could not be before. */
static struct log *log_of(struct run *run, int32_t partition)
{
    struct uuid id = { { 1, 2, 3 } };
    struct log *log = NULL;
    struct kc_error error = { 0 };
    struct log_wanted wanted = {
        .topic = slice_text("topic"), .partition = partition, .topic_id = &id, .now_ms = 1000
    };

    while (again(run, log_manager_create_log(run->manager, &wanted, &log, &error))) {
        assert_true(error.text[0] != '\0');
    }
    assert_ptr_equal(log, log_manager_find(run->manager, slice_text("topic"), partition));
    return log;
}

static void stop(struct run *run)
{
    log_manager_destroy(run->manager);
    assert_int_equal(run->disk->open_files, 0);
}

static enum kc_err make_body(void *context)
{
    struct run run;
    char path[FILE_PATH_MAX];

    run_init(&run, context);
    start(&run);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        (void)log_of(&run, i);
    }
    assert_int_equal(log_manager_count(run.manager), PARTITIONS);
    while (again(&run, log_manager_checkpoint(run.manager))) {
    }
    log_manager_tick(run.manager, 2000);
    while (again(&run, log_manager_delete_log(run.manager, slice_text("topic"), 0, path))) {
    }
    assert_int_equal(log_manager_count(run.manager), PARTITIONS - 1);
    stop(&run);
    return run.err;
}

TEST(making_partitions)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    heap_each(make_body, &disk);
}

/* Writes what the next start finds: each log with its start moved up. */
static void prepare(struct run *run)
{
    start(run);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        struct log *log = log_of(run, i);
        fixture_fill(log, 5, 1000);
        (void)log_set_high_watermark(log, 4);
        assert_int_equal(log_delete_records(log, 3), KC_ERR_NONE);
    }
    assert_int_equal(log_manager_checkpoint(run->manager), KC_ERR_NONE);
    stop(run);
}

static enum kc_err start_body(void *context)
{
    struct run run;

    heap_pause();
    run_init(&run, context);
    prepare(&run);
    heap_resume();
    start(&run);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        struct log *log = log_of(&run, i);
        assert_int_equal(log_start_offset(log), 3);
        assert_int_equal(log_high_watermark(log), 4);
        assert_int_equal(log_end_offset(log), 5);
    }
    assert_int_equal(log_manager_count(run.manager), PARTITIONS);
    stop(&run);
    return run.err;
}

TEST(starting)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    heap_each(start_body, &disk);
}

/* A close that could not write everything leaves no marker: the next start checks. */
static enum kc_err close_body(void *context)
{
    struct run run;
    int64_t epoch = 0;

    heap_pause();
    run_init(&run, context);
    prepare(&run);
    start(&run);
    heap_resume();
    enum kc_err err = log_manager_close(run.manager, 7);
    heap_pause();
    log_manager_destroy(run.manager);
    start(&run);
    assert_int_equal(log_manager_was_clean(run.manager, &epoch), err == KC_ERR_NONE);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        assert_int_equal(log_end_offset(log_of(&run, i)), 5);
        assert_int_equal(log_start_offset(log_of(&run, i)), 3);
    }
    stop(&run);
    heap_resume();
    return err == KC_ERR_KAFKA_STORAGE_ERROR ? KC_ERR_NO_MEMORY : err;
}

TEST(closing)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    heap_each(close_body, &disk);
}

static enum kc_err checkpoint_body(void *context)
{
    struct checkpoint checkpoint = { 0 };
    struct checkpoint read = { 0 };
    struct scratch_disk *disk = context;
    char path[FILE_PATH_MAX + 16];
    bool good = true;

    (void)snprintf(path, sizeof(path), "%s/checkpoint", disk->path);
    for (int32_t i = 0; i < 200; i++) {
        if (!checkpoint_add(&checkpoint, slice_text("topic"), i, i * 10)) {
            good = false;
            assert_true(checkpoint_add(&checkpoint, slice_text("topic"), i, i * 10));
        }
    }
    if (checkpoint_write(&disk->files, path, &checkpoint) != 0) {
        good = false;
        assert_int_equal(checkpoint_write(&disk->files, path, &checkpoint), 0);
    }
    enum kc_err err = checkpoint_read(&disk->files, path, &read);
    if (err != KC_ERR_NONE) {
        assert_int_equal(err, KC_ERR_NO_MEMORY);
        assert_int_equal(checkpoint_read(&disk->files, path, &read), KC_ERR_NONE);
    }
    assert_int_equal(read.count, 200);
    assert_int_equal(checkpoint_find(&read, slice_text("topic"), 150), 1500);
    checkpoint_finish(&read);
    checkpoint_finish(&checkpoint);
    return good ? err : KC_ERR_NO_MEMORY;
}

TEST(checkpoint_file)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    scratch_disk_next(&disk);
    heap_each(checkpoint_body, &disk);
}
