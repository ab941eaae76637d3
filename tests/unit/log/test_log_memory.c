/* tests: a log when memory runs out: the call that failed works when it is made again, and what was
 * appended is all there. */
#include "support/heap.h"
#include "unit/log/log_fixture.h"
#include "unit/log/scratch_disk.h"

#include <stdlib.h>

/* One run of a body. */
struct run {
    struct scratch_disk *disk;
    struct fixture_batch *batch;
    struct log_dir dir;
    struct log_open open;
    struct log *log;
    enum kc_err err; /* of the call that failed */
};

/* True when the call is to be made again: it failed for want of memory, as one may in a run. A log
 * answers KC_ERR_KAFKA_STORAGE_ERROR when the system had none; its directory stays online. */
static bool again(struct run *run, enum kc_err err)
{
    if (err == KC_ERR_NONE) {
        return false;
    }
    assert_true(heap_failed());
    assert_false(run->dir.failed);
    assert_int_equal(run->err, KC_ERR_NONE);
    assert_true(err == KC_ERR_NO_MEMORY || err == KC_ERR_KAFKA_STORAGE_ERROR);
    run->err = KC_ERR_NO_MEMORY;
    return true;
}

static void open_log(struct run *run)
{
    while (again(run, log_open(&run->open, &run->log, NULL, NULL))) {
    }
}

static void run_init(struct run *run, struct scratch_disk *disk)
{
    heap_pause();
    scratch_disk_next(disk);
    *run = (struct run){ .disk = disk, .batch = malloc(sizeof(*run->batch)) };
    assert_non_null(run->batch);
    heap_resume();
    while (again(run, log_dir_init(&run->dir, disk->path, &disk->files, NULL))) {
    }
    run->open = fixture_open(&run->dir);
    run->open.topic_id = (struct uuid){ { 1, 2, 3 } };
    run->open.options.segment_bytes = 2000;
    run->open.options.index_interval_bytes = 100;
    open_log(run);
}

static enum kc_err run_finish(struct run *run)
{
    log_destroy(run->log);
    log_dir_close(&run->dir, false, -1);
    free(run->batch);
    assert_int_equal(run->disk->open_files, 0);
    return run->err;
}

static void append(struct run *run, enum log_origin origin, int32_t leader_epoch)
{
    struct log_appended appended;
    int64_t before = log_end_offset(run->log);

    while (
        again(run, fixture_append(run->log, run->batch, origin, leader_epoch, 1000, &appended))) {
        assert_int_equal(log_end_offset(run->log), before);
    }
    assert_false(appended.duplicate);
    assert_int_equal(appended.base_offset, before);
}

static void fill(struct run *run, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        fixture_batch(run->batch, &(struct fixture_options){ .count = 2,
                                                             .timestamp = 1000,
                                                             .salt = log_end_offset(run->log) });
        append(run, LOG_ORIGIN_CLIENT, i / 8);
    }
}

/* A transaction of one batch, and its marker. */
static void append_transaction(struct run *run, int64_t producer_id, bool commit)
{
    fixture_batch(run->batch, &(struct fixture_options){ .count = 1,
                                                         .timestamp = 1000,
                                                         .producer_id = producer_id,
                                                         .transactional = true,
                                                         .salt = log_end_offset(run->log) });
    append(run, LOG_ORIGIN_CLIENT, 8);
    fixture_marker(run->batch, commit, producer_id, 0, 1);
    append(run, LOG_ORIGIN_COORDINATOR, 8);
}

static enum kc_err append_body(void *context)
{
    struct run run;

    run_init(&run, context);
    fill(&run, 50);
    while (again(&run, log_flush(run.log))) {
    }
    while (again(&run, log_close(run.log))) {
    }
    heap_pause();
    assert_int_equal(fixture_verify(run.log), 100);
    assert_true(log_segment_count(run.log) >= 3);
    assert_int_equal(log_latest_epoch(run.log), 6);
    assert_int_equal(log_recovery_point(run.log), 100);
    heap_resume();
    return run_finish(&run);
}

TEST(appending)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    heap_each(append_body, &disk);
}

static enum kc_err producers_body(void *context)
{
    struct run run;
    struct bytes aborted;

    run_init(&run, context);
    bytes_init(&aborted, 1 << 20);
    for (int64_t i = 1; i <= 40; i++) {
        append_transaction(&run, i, i % 2 == 0);
    }
    (void)log_set_high_watermark(run.log, log_end_offset(run.log));
    while (again(&run, log_aborted_in(run.log, 0, 80, &aborted))) {
        assert_int_equal(aborted.size, 0);
    }
    assert_int_equal(aborted.size, 20 * sizeof(struct log_aborted));
    assert_int_equal(log_last_stable_offset(run.log), 80);
    for (int64_t i = 1; i <= 40; i++) {
        assert_non_null(producers_find(log_producers(run.log), i));
    }
    bytes_finish(&aborted);
    return run_finish(&run);
}

TEST(producers)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    heap_each(producers_body, &disk);
}

static enum kc_err read_body(void *context)
{
    struct run run;
    struct bytes out;
    struct log_offset found;

    heap_pause();
    run_init(&run, context);
    fill(&run, 50);
    bytes_init(&out, 1 << 20);
    heap_resume();
    for (int64_t offset = 0; offset < 100; offset += 10) {
        struct log_read read = { .offset = offset, .offset_max = 100, .bytes_max = 1000 };
        out.size = 0;
        while (again(&run, log_read_into(run.log, &read, &out))) {
            assert_int_equal(out.size, 0);
        }
        assert_true(out.size > 0);
    }
    while (again(&run, log_offset_for_timestamp(run.log, 999, 100, &found))) {
    }
    assert_int_equal(found.offset, 0);
    while (again(&run, log_offset_for_timestamp(run.log, LOG_TIMESTAMP_MAX, 100, &found))) {
    }
    assert_int_equal(found.timestamp, 1000);
    bytes_finish(&out);
    return run_finish(&run);
}

TEST(reading)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    heap_each(read_body, &disk);
}

static enum kc_err change_body(void *context)
{
    struct run run;
    struct random random;
    char path[FILE_PATH_MAX];

    heap_pause();
    run_init(&run, context);
    append_transaction(&run, 7, true);
    fill(&run, 50);
    (void)log_set_high_watermark(run.log, 90);
    heap_resume();
    while (again(&run, log_begin_epoch(run.log, 9))) {
    }
    assert_int_equal(log_latest_epoch(run.log), 9);
    while (again(&run, log_truncate_to(run.log, 81))) {
    }
    assert_int_equal(log_end_offset(run.log), 80);
    assert_int_equal(log_latest_epoch(run.log), 4);
    assert_non_null(producers_find(log_producers(run.log), 7));
    while (again(&run, log_delete_records(run.log, 41))) {
    }
    while (again(&run, log_delete_old_segments(run.log, 2000, NULL))) {
    }
    assert_int_equal(log_start_offset(run.log), 41);
    while (again(&run, log_roll(run.log, 2000))) {
    }
    fill(&run, 2);
    heap_pause();
    assert_int_equal(fixture_verify(run.log), 43);
    heap_resume();
    while (again(&run, log_truncate_fully(run.log, 1000))) {
    }
    assert_int_equal(log_start_offset(run.log), 1000);
    random_init(&random, 1);
    while (again(&run, log_delete(run.log, &random, path))) {
    }
    return run_finish(&run);
}

TEST(truncating_and_deleting)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    heap_each(change_body, &disk);
}

/* The process dies after a flush somewhere in the middle, with a torn batch at the end. */
static void die(struct run *run)
{
    run->open.recovery_point = log_recovery_point(run->log);
    log_destroy(run->log);
    run->log = NULL;
}

static enum kc_err recover_body(void *context)
{
    struct run run;

    heap_pause();
    run_init(&run, context);
    fill(&run, 20);
    assert_int_equal(log_flush(run.log), KC_ERR_NONE);
    append_transaction(&run, 5, false);
    append_transaction(&run, 6, true);
    fill(&run, 20);
    die(&run);
    heap_resume();
    run.open.topic_id = (struct uuid){ { 0 } };
    open_log(&run);
    heap_pause();
    assert_int_equal(log_topic_id(run.log).bytes[2], 3);
    assert_int_equal(log_end_offset(run.log), 84);
    assert_int_equal(log_latest_epoch(run.log), 8);
    assert_non_null(producers_find(log_producers(run.log), 5));
    assert_non_null(producers_find(log_producers(run.log), 6));
    fill(&run, 1);
    assert_int_equal(log_end_offset(run.log), 86);
    heap_resume();
    return run_finish(&run);
}

TEST(recovery)
{
    struct scratch_disk disk;

    scratch_disk_init(&disk);
    heap_each(recover_body, &disk);
}
