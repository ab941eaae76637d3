/* tests: damaged and torn files, failing disks. */
#include "unit/log/log_fixture.h"
#include "unit/log/sim_disk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct rig {
    struct sim_disk *disk;
    struct fixture_trace trace;
    struct log_dir dir;
    struct log_open open;
    struct log *log;
};

static void rig_open_dir(struct rig *rig)
{
    assert_int_equal(log_dir_init(&rig->dir, "/d", sim_disk_files(rig->disk), &rig->trace.trace),
                     KC_ERR_NONE);
    rig->open.dir = &rig->dir;
}

static void rig_init(struct rig *rig)
{
    memset(rig, 0, sizeof(*rig));
    rig->disk = sim_disk_create("/d");
    fixture_trace_init(&rig->trace);
    rig_open_dir(rig);
    rig->open = fixture_open(&rig->dir);
    rig->open.options.segment_bytes = 1300;
    rig->open.options.index_interval_bytes = 150;
    rig->open.options.segment_index_bytes = 512;
    assert_int_equal(log_open(&rig->open, &rig->log, NULL, NULL), KC_ERR_NONE);
}

/* The process dies; the disk stays as it is. */
static void rig_die(struct rig *rig)
{
    rig->open.recovery_point = rig->log ? log_recovery_point(rig->log) : rig->open.recovery_point;
    log_destroy(rig->log);
    rig->log = NULL;
    log_dir_close(&rig->dir, false, -1);
    rig_open_dir(rig);
}

static void rig_finish(struct rig *rig)
{
    log_destroy(rig->log);
    log_dir_close(&rig->dir, false, -1);
    assert_int_equal(sim_disk_open_files(rig->disk), 0);
    sim_disk_destroy(rig->disk);
}

static void path_of(char path[FILE_PATH_MAX], int64_t base, const char *suffix)
{
    (void)snprintf(path, FILE_PATH_MAX, "/d/topic-0/%020" PRId64 ".%s", base, suffix);
}

static int64_t active_base(struct rig *rig)
{
    int64_t base = 0;
    for (int64_t i = 0; i < log_end_offset(rig->log); i++) {
        char path[FILE_PATH_MAX];
        path_of(path, i, "log");
        base = sim_disk_size(rig->disk, path) >= 0 ? i : base;
    }
    return base;
}

static void cut_file(struct rig *rig, const char *path, int64_t size)
{
    const struct file_system *files = sim_disk_files(rig->disk);
    int file = -1;
    assert_int_equal(file_open(files, path, FILE_WRITE, &file), 0);
    assert_int_equal(file_truncate(files, file, size), 0);
    file_close(files, file);
}

TEST(torn_at_every_byte)
{
    struct rig rig;
    char path[FILE_PATH_MAX];
    rig_init(&rig);
    fixture_fill(rig.log, 3, 1000);
    int64_t first = log_size(rig.log);
    fixture_fill(rig.log, 3, 1000);
    int64_t second = log_size(rig.log);
    rig_die(&rig);
    path_of(path, 0, "log");
    struct sim_disk *whole = rig.disk;
    for (int64_t size = second; size >= 0; size--) {
        struct log_opened opened;
        rig.disk = sim_disk_crash(whole, sim_disk_count(whole), 1, 0);
        log_dir_close(&rig.dir, false, -1);
        rig_open_dir(&rig);
        cut_file(&rig, path, size);
        assert_int_equal(log_open(&rig.open, &rig.log, &opened, NULL), KC_ERR_NONE);
        int64_t expected = size == second ? 6 : size >= first ? 3 : 0;
        assert_int_equal(log_end_offset(rig.log), expected);
        assert_int_equal(opened.truncated_bytes, size - (size == second  ? second
                                                         : size >= first ? first
                                                                         : 0));
        assert_int_equal(fixture_verify(rig.log), expected);
        fixture_fill(rig.log, 2, 1000);
        assert_int_equal(fixture_verify(rig.log), expected + 2);
        log_destroy(rig.log);
        rig.log = NULL;
        sim_disk_destroy(rig.disk);
    }
    rig.disk = whole;
    log_dir_close(&rig.dir, false, -1);
    rig_open_dir(&rig);
    rig_finish(&rig);
}

/* Fills a log of several segments, flushed to the end when `flush`. */
static void fill(struct rig *rig, bool flush)
{
    rig_init(rig);
    for (int i = 0; i < 60; i++) {
        fixture_fill(rig->log, 2, 1000 + i);
    }
    assert_true(log_segment_count(rig->log) > 3);
    if (flush) {
        assert_int_equal(log_flush(rig->log), KC_ERR_NONE);
    }
}

TEST(flip_in_the_unsynced_tail_is_cut)
{
    struct rig rig;
    char path[FILE_PATH_MAX];
    fill(&rig, true);
    int64_t synced = log_end_offset(rig.log);
    int64_t base = active_base(&rig);
    fixture_fill(rig.log, 1, 2000);
    assert_int_equal(active_base(&rig), base);
    path_of(path, base, "log");
    assert_true(sim_disk_flip(rig.disk, path, sim_disk_size(rig.disk, path) - 1));
    rig_die(&rig);
    assert_int_equal(log_open(&rig.open, &rig.log, NULL, NULL), KC_ERR_NONE);
    assert_int_equal(log_end_offset(rig.log), synced);
    assert_int_equal(fixture_verify(rig.log), synced);
    rig_finish(&rig);
}

TEST(flip_below_the_recovery_point_is_refused_and_left)
{
    struct rig rig;
    char path[FILE_PATH_MAX];
    struct kc_error error = { 0 };
    fill(&rig, true);
    int64_t base = active_base(&rig);
    path_of(path, base, "log");
    int64_t size = sim_disk_size(rig.disk, path);
    assert_true(sim_disk_flip(rig.disk, path, 100));
    rig_die(&rig);
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(log_open(&rig.open, &rig.log, NULL, &error), KC_ERR_CORRUPT_FILE);
        assert_non_null(strstr(error.text, path));
        assert_non_null(strstr(error.text, "position "));
        assert_int_equal(sim_disk_size(rig.disk, path), size);
    }
    assert_true(sim_disk_flip(rig.disk, path, 100));
    assert_int_equal(log_open(&rig.open, &rig.log, NULL, &error), KC_ERR_NONE);
    assert_int_equal(fixture_verify(rig.log), 120);
    rig_finish(&rig);
}

TEST(flip_in_a_closed_segment_is_refused)
{
    struct rig rig;
    char path[FILE_PATH_MAX];
    fill(&rig, true);
    path_of(path, 0, "log");
    assert_true(sim_disk_flip(rig.disk, path, 300));
    path_of(path, 0, "index");
    assert_int_equal(file_remove(sim_disk_files(rig.disk), path), 0);
    rig_die(&rig);
    assert_int_equal(log_open(&rig.open, &rig.log, NULL, NULL), KC_ERR_CORRUPT_FILE);
    path_of(path, 0, "log");
    assert_true(sim_disk_size(rig.disk, path) > 300);
    rig_finish(&rig);
}

static void damage(struct rig *rig, const char *suffix, int kind)
{
    char path[FILE_PATH_MAX];
    for (int64_t base = 0; base <= log_end_offset(rig->log); base++) {
        path_of(path, base, suffix);
        int64_t size = sim_disk_size(rig->disk, path);
        if (size <= 0) {
            continue;
        }
        if (kind == 0) {
            assert_int_equal(file_remove(sim_disk_files(rig->disk), path), 0);
        } else if (kind == 1) {
            cut_file(rig, path, size - 1);
        } else {
            assert_true(sim_disk_flip(rig->disk, path, size - 1));
            (void)sim_disk_flip(rig->disk, path, 3);
        }
    }
}

TEST(damaged_indexes_and_snapshots_are_made_anew)
{
    static const char *const suffixes[] = { "index", "timeindex", "snapshot" };
    for (size_t i = 0; i < ARRAY_COUNT(suffixes) * 3 * 2; i++) {
        struct rig rig;
        struct log_offset found;
        struct fixture_batch *batch = malloc(sizeof(*batch));
        struct log_appended appended;
        assert_non_null(batch);
        fill(&rig, true);
        fixture_batch(batch, &(struct fixture_options){
                                 .count = 1, .producer_id = 3, .salt = 120, .timestamp = 1060 });
        assert_int_equal(fixture_append(rig.log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
                         KC_ERR_NONE);
        free(batch);
        rig.open.clean = i % 2 == 0;
        if (rig.open.clean) {
            assert_int_equal(log_close(rig.log), KC_ERR_NONE);
        }
        damage(&rig, suffixes[i / 6], (int)(i / 2 % 3));
        rig_die(&rig);
        assert_int_equal(log_open(&rig.open, &rig.log, NULL, NULL), KC_ERR_NONE);
        assert_int_equal(fixture_verify(rig.log), 121);
        assert_non_null(producers_find(log_producers(rig.log), 3));
        for (int k = 0; k < 60 && i / 2 % 3 != 2; k++) {
            assert_int_equal(log_offset_for_timestamp(rig.log, 1000 + k, 121, &found), KC_ERR_NONE);
            assert_int_equal(found.offset, 2 * k);
        }
        rig_finish(&rig);
    }
}

TEST(damaged_epochs_are_made_anew)
{
    for (int clean = 0; clean < 2; clean++) {
        struct rig rig;
        int32_t epoch;
        int64_t offset;
        fill(&rig, true);
        struct fixture_batch *batch = malloc(sizeof(*batch));
        struct log_appended appended;
        assert_non_null(batch);
        fixture_batch(batch, &(struct fixture_options){ .count = 1, .salt = 120 });
        assert_int_equal(fixture_append(rig.log, batch, LOG_ORIGIN_CLIENT, 8, 1000, &appended),
                         KC_ERR_NONE);
        free(batch);
        assert_int_equal(log_close(rig.log), KC_ERR_NONE);
        assert_true(sim_disk_flip(rig.disk, "/d/topic-0/leader-epoch-checkpoint", 2));
        rig_die(&rig);
        rig.open.clean = clean == 1;
        assert_int_equal(log_open(&rig.open, &rig.log, NULL, NULL), KC_ERR_NONE);
        log_epoch_end_offset(rig.log, 3, &epoch, &offset);
        assert_int_equal(epoch, 0);
        assert_int_equal(offset, 120);
        assert_int_equal(log_latest_epoch(rig.log), 8);
        rig_finish(&rig);
    }
}

TEST(a_snapshot_ahead_of_the_log_is_not_believed_later)
{
    struct rig rig;
    char path[FILE_PATH_MAX];
    struct log_appended appended;
    struct fixture_batch *batch = malloc(sizeof(*batch));
    assert_non_null(batch);
    rig_init(&rig);
    fixture_fill(rig.log, 2, 1000);
    fixture_batch(batch, &(struct fixture_options){
                             .count = 2, .producer_id = 3, .salt = 2, .timestamp = 1000 });
    assert_int_equal(fixture_append(rig.log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
                     KC_ERR_NONE);
    int64_t batch_size = (int64_t)batch->size;
    free(batch);
    path_of(path, 0, "log");
    int64_t size = sim_disk_size(rig.disk, path);
    assert_int_equal(log_close(rig.log), KC_ERR_NONE); /* writes 4.snapshot */
    rig_die(&rig);
    rig.open.recovery_point = 0;
    cut_file(&rig, path, size - batch_size);
    assert_int_equal(log_open(&rig.open, &rig.log, NULL, NULL), KC_ERR_NONE);
    assert_int_equal(log_end_offset(rig.log), 2);
    fixture_fill(rig.log, 4, 1000);
    fixture_fill(rig.log, 4, 1000);
    assert_int_equal(log_truncate_to(rig.log, 6), KC_ERR_NONE); /* reloads the newest snapshot */
    assert_int_equal(fixture_verify(rig.log), 6);
    assert_null(producers_find(log_producers(rig.log), 3));
    rig_finish(&rig);
}

static void put(struct rig *rig, const char *name)
{
    char path[FILE_PATH_MAX];
    int file = -1;
    struct slice text = slice_text("x");
    const struct file_system *files = sim_disk_files(rig->disk);
    (void)snprintf(path, sizeof(path), "/d/topic-0/%s", name);
    assert_int_equal(file_open(files, path, FILE_WRITE | FILE_CREATE, &file), 0);
    assert_int_equal(file_write(files, file, &text, 1, 0), 0);
    file_close(files, file);
}

TEST(leftovers)
{
    struct rig rig;
    fill(&rig, true);
    put(&rig, "00000000000000000000.log.deleted");
    put(&rig, "00000000000000000007.log.cleaned");
    put(&rig, "00000000000000000007.index");
    put(&rig, "notes.txt");
    put(&rig, "0000000000000000000.log");
    rig_die(&rig);
    rig.trace.lines = 0;
    assert_int_equal(log_open(&rig.open, &rig.log, NULL, NULL), KC_ERR_NONE);
    assert_int_equal(fixture_verify(rig.log), 120);
    assert_int_equal(sim_disk_size(rig.disk, "/d/topic-0/00000000000000000000.log.deleted"), -1);
    assert_int_equal(sim_disk_size(rig.disk, "/d/topic-0/00000000000000000007.log.cleaned"), -1);
    assert_int_equal(sim_disk_size(rig.disk, "/d/topic-0/00000000000000000007.index"), -1);
    assert_int_equal(sim_disk_size(rig.disk, "/d/topic-0/notes.txt"), 1);
    assert_int_equal(sim_disk_size(rig.disk, "/d/topic-0/0000000000000000000.log"), 1);
    rig_finish(&rig);
}

TEST(full_disk_costs_that_append_only)
{
    for (int64_t room = 0; room < 400; room += 13) {
        struct rig rig;
        fill(&rig, true);
        int64_t before = log_end_offset(rig.log);
        int64_t all = 0;
        /* Count what is there by letting no byte more in. */
        sim_disk_faults(rig.disk)->capacity = 0;
        assert_int_equal(fixture_try_fill(rig.log, 2, 1000), KC_ERR_KAFKA_STORAGE_ERROR);
        assert_false(log_is_failed(rig.log));
        assert_int_equal(log_end_offset(rig.log), before);
        sim_disk_faults(rig.disk)->capacity = all + room;
        (void)fixture_try_fill(rig.log, 2, 1000);
        assert_false(log_is_failed(rig.log));
        sim_disk_faults(rig.disk)->capacity = -1;
        before = log_end_offset(rig.log);
        fixture_fill(rig.log, 2, 1000);
        assert_int_equal(fixture_verify(rig.log), before + 2);
        rig_finish(&rig);
    }
}

TEST(write_error_takes_the_directory_offline)
{
    struct rig rig;
    fill(&rig, true);
    sim_disk_faults(rig.disk)->fail_write_after = 0;
    int64_t before = log_end_offset(rig.log);
    sim_disk_faults(rig.disk)->sticky = true;
    assert_int_equal(fixture_try_fill(rig.log, 2, 1000), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_true(log_is_failed(rig.log));
    sim_disk_faults(rig.disk)->fail_write_after = -1;
    assert_int_equal(fixture_try_fill(rig.log, 2, 1000), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(log_end_offset(rig.log), before);
    rig_die(&rig);
    assert_int_equal(log_open(&rig.open, &rig.log, NULL, NULL), KC_ERR_NONE);
    assert_int_equal(fixture_verify(rig.log), before);
    rig_finish(&rig);
}

TEST(sync_error_is_never_retried)
{
    struct rig rig;
    fill(&rig, false);
    sim_disk_faults(rig.disk)->fail_sync_after = (int64_t)sim_disk_syncs(rig.disk);
    assert_int_equal(log_flush(rig.log), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_true(log_is_failed(rig.log));
    size_t syncs = sim_disk_syncs(rig.disk);
    assert_int_equal(log_flush(rig.log), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(log_close(rig.log), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(sim_disk_syncs(rig.disk), syncs);
    assert_int_equal(log_recovery_point(rig.log), 0);
    assert_int_equal(fixture_try_fill(rig.log, 1, 1000), KC_ERR_KAFKA_STORAGE_ERROR);
    rig_finish(&rig);
}

TEST(interrupted_and_short_calls)
{
    struct rig rig;
    rig_init(&rig);
    sim_disk_faults(rig.disk)->interrupt = true;
    for (int i = 0; i < 60; i++) {
        fixture_fill(rig.log, 2, 1000 + i);
    }
    assert_int_equal(fixture_verify(rig.log), 120);
    assert_int_equal(log_flush(rig.log), KC_ERR_NONE);
    rig_die(&rig);
    assert_int_equal(log_open(&rig.open, &rig.log, NULL, NULL), KC_ERR_NONE);
    assert_int_equal(fixture_verify(rig.log), 120);
    rig_finish(&rig);
}

TEST(flush_job)
{
    struct rig rig;
    struct log_flush job;
    struct log_flush second;
    bool needed = false;
    rig_init(&rig);
    rig.open.options.flush_messages = 3;
    log_set_options(rig.log, &rig.open.options);
    fixture_fill(rig.log, 2, 1000);
    assert_false(log_flush_is_due(rig.log, 1000));
    fixture_fill(rig.log, 1, 1000);
    assert_true(log_flush_is_due(rig.log, 1000));
    assert_int_equal(log_flush_begin(rig.log, &job, &needed), KC_ERR_NONE);
    assert_true(needed);
    assert_int_equal(log_flush_begin(rig.log, &second, &needed), KC_ERR_WRONG_STATE);
    fixture_fill(rig.log, 1, 1000);
    log_flush_run(&job);
    assert_int_equal(log_flush_end(rig.log, &job), KC_ERR_NONE);
    assert_int_equal(log_recovery_point(rig.log), 3);
    assert_int_equal(log_flush_begin(rig.log, &job, &needed), KC_ERR_NONE);
    log_flush_run(&job);
    assert_int_equal(log_truncate_to(rig.log, 2), KC_ERR_NONE);
    fixture_fill(rig.log, 9, 1000);
    assert_int_equal(log_flush_end(rig.log, &job), KC_ERR_NONE);
    assert_int_equal(log_recovery_point(rig.log), 2);
    rig_finish(&rig);
}
