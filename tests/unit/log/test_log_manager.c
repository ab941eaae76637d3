/* tests: all logs of a broker: start, checkpoints, clean and unclean ends, quarantine. */
#include "log/log_manager.h"
#include "unit/log/log_fixture.h"
#include "unit/log/sim_disk.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static struct log_manager *start(const struct file_system *files, const char *const *dirs,
                                 size_t count, struct fixture_trace *trace)
{
    struct log_manager *manager = NULL;
    struct kc_error error = { 0 };
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = count,
                                           .meta = { .cluster_id = "cluster", .node_id = 4 },
                                           .files = files,
                                           .trace = trace ? &trace->trace : NULL,
                                           .seed = 3,
                                           .now_ms = 1000 };
    log_options_init(&options.defaults);
    enum kc_err err = log_manager_create(&options, &manager, &error);
    if (err != KC_ERR_NONE) {
        fail_msg("%s: %s", kc_err_name(err), error.text);
    }
    log_manager_load_all(manager);
    return manager;
}

static struct log *make(struct log_manager *manager, const char *topic, int32_t partition)
{
    struct log *log = NULL;
    struct uuid id = { { 1, 2, 3 } };
    struct log_wanted wanted = {
        .topic = slice_text(topic), .partition = partition, .topic_id = &id, .now_ms = 1000
    };
    assert_int_equal(log_manager_create_log(manager, &wanted, &log, NULL), KC_ERR_NONE);
    return log;
}

TEST(clean_and_unclean)
{
    struct sim_disk *disk = sim_disk_create("/data");
    static const char *const dirs[] = { "/data/a", "/data/b" };
    int64_t epoch = 0;
    struct log_manager *manager = start(sim_disk_files(disk), dirs, 2, NULL);
    assert_false(log_manager_was_clean(manager, &epoch));
    for (int32_t i = 0; i < 6; i++) {
        struct log *log = make(manager, "t-with-dash", i);
        fixture_fill(log, i + 1, 1000);
        (void)log_set_high_watermark(log, i);
    }
    const struct log_wanted bad = { .topic = slice_text("../x") };
    assert_int_equal(log_manager_create_log(manager, &bad, NULL, NULL),
                     KC_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(log_manager_count(manager), 6);
    assert_int_equal(log_manager_close(manager, 77), KC_ERR_NONE);
    log_manager_destroy(manager);
    assert_true(sim_disk_size(disk, "/data/a/.kafka_cleanshutdown") > 0);
    assert_true(sim_disk_size(disk, "/data/b/t-with-dash-1/partition.metadata") > 0);

    for (int pass = 0; pass < 3; pass++) {
        manager = start(sim_disk_files(disk), dirs, 2, NULL);
        assert_int_equal(log_manager_was_clean(manager, &epoch), pass < 2);
        assert_int_equal(epoch, pass == 0 ? 77 : pass == 1 ? 78 : -1);
        assert_int_equal(sim_disk_size(disk, "/data/a/.kafka_cleanshutdown"), -1);
        for (int32_t i = 0; i < 6; i++) {
            struct log *log = log_manager_find(manager, slice_text("t-with-dash"), i);
            assert_non_null(log);
            assert_int_equal(log_end_offset(log), i + 1);
            assert_int_equal(log_high_watermark(log), i);
            assert_int_equal(fixture_verify(log), i + 1);
        }
        if (pass == 0) {
            assert_int_equal(log_manager_close(manager, 78), KC_ERR_NONE);
        } else {
            assert_int_equal(log_manager_checkpoint(manager), KC_ERR_NONE);
        }
        log_manager_destroy(manager);
        assert_int_equal(sim_disk_open_files(disk), 0);
    }
    sim_disk_destroy(disk);
}

TEST(delete_and_set_aside)
{
    struct sim_disk *disk = sim_disk_create("/data");
    static const char *const dirs[] = { "/data" };
    struct fixture_trace trace;
    char path[FILE_PATH_MAX];
    fixture_trace_init(&trace);
    struct log_manager *manager = start(sim_disk_files(disk), dirs, 1, &trace);
    fixture_fill(make(manager, "gone", 0), 2, 1000);
    fixture_fill(make(manager, "bad", 0), 2, 1000);
    assert_int_equal(log_manager_delete_log(manager, slice_text("gone"), 0, path), KC_ERR_NONE);
    assert_int_equal(log_manager_state(manager, slice_text("gone"), 0),
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(log_manager_close(manager, 1), KC_ERR_NONE);
    log_manager_destroy(manager);
    assert_true(sim_disk_flip(disk, "/data/bad-0/00000000000000000000.log", 70));

    manager = start(sim_disk_files(disk), dirs, 1, &trace);
    assert_int_equal(sim_disk_size(disk, path), -1); /* removed at the start */
    assert_int_equal(log_manager_state(manager, slice_text("bad"), 0), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_null(log_manager_find(manager, slice_text("bad"), 0));
    assert_non_null(strstr(trace.last, "bad-0/00000000000000000000.log"));
    assert_int_equal(log_manager_set_aside(manager, slice_text("bad"), 0), KC_ERR_NONE);
    struct log *log = make(manager, "bad", 0);
    assert_int_equal(log_end_offset(log), 0);
    assert_int_equal(log_manager_close(manager, 1), KC_ERR_NONE);
    log_manager_destroy(manager);
    sim_disk_destroy(disk);
}

TEST(the_metadata_log_is_not_a_topic)
{
    struct sim_disk *disk = sim_disk_create("/data");
    const struct file_system *files = sim_disk_files(disk);
    static const char *const dirs[] = { "/data/a", "/data/b" };
    static const char *const logs[] = { "/data/a/__cluster_metadata-0",
                                        "/data/b/__cluster_metadata-0" };
    struct fixture_trace trace;
    fixture_trace_init(&trace);
    log_manager_destroy(start(files, dirs, 2, NULL));
    for (size_t i = 0; i < 2; i++) {
        char path[FILE_PATH_MAX];
        assert_int_equal(file_make_directory(files, logs[i]), 0);
        assert_true(file_path(path, logs[i], "quorum-state"));
        assert_int_equal(file_replace(files, path, slice_text("{}")), 0);
    }
    struct log_manager *manager = start(files, dirs, 2, &trace);
    assert_int_equal(log_manager_count(manager), 0);
    assert_int_equal(trace.lines, 0);
    log_manager_destroy(manager);
    assert_int_equal(sim_disk_size(disk, "/data/a/__cluster_metadata-0/quorum-state"), 2);
    assert_int_equal(sim_disk_size(disk, "/data/a/__cluster_metadata-0/00000000000000000000.index"),
                     -1);
    sim_disk_destroy(disk);
}

TEST(foreign_directories_are_refused)
{
    struct sim_disk *disk = sim_disk_create("/data");
    static const char *const dirs[] = { "/data" };
    struct log_manager *manager = start(sim_disk_files(disk), dirs, 1, NULL);
    log_manager_destroy(manager);
    struct kc_error error = { 0 };
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = 1,
                                           .meta = { .cluster_id = "cluster", .node_id = 5 },
                                           .files = sim_disk_files(disk) };
    assert_int_equal(log_manager_create(&options, &manager, &error), KC_ERR_INVALID);
    assert_non_null(strstr(error.text, "node 4"));
    options.meta = (struct log_dir_meta){ .cluster_id = "other", .node_id = 4 };
    assert_int_equal(log_manager_create(&options, &manager, &error),
                     KC_ERR_INCONSISTENT_CLUSTER_ID);
    assert_true(sim_disk_flip(disk, "/data/meta.properties", 8));
    options.meta = (struct log_dir_meta){ .cluster_id = "cluster", .node_id = 4 };
    assert_int_equal(log_manager_create(&options, &manager, &error), KC_ERR_CORRUPT_FILE);
    assert_int_equal(sim_disk_open_files(disk), 0);
    sim_disk_destroy(disk);
}

TEST(locked_on_the_real_disk)
{
    char path[PATH_MAX];
    struct log_manager *second = NULL;
    struct kc_error error = { 0 };
    test_directory(path);
    const char *dirs[] = { path };
    struct log_manager *manager = start(&file_system_real, dirs, 1, NULL);
    fixture_fill(make(manager, "t", 0), 3, 1000);
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = 1,
                                           .meta = { .cluster_id = "cluster", .node_id = 4 },
                                           .files = &file_system_real };
    assert_int_equal(log_manager_create(&options, &second, &error), KC_ERR_WRONG_STATE);
    assert_non_null(strstr(error.text, ".lock"));
    assert_int_equal(log_manager_close(manager, 5), KC_ERR_NONE);
    log_manager_destroy(manager);
    manager = start(&file_system_real, dirs, 1, NULL);
    assert_int_equal(fixture_verify(log_manager_find(manager, slice_text("t"), 0)), 3);
    log_manager_destroy(manager);
}

TEST(damaged_checkpoint_means_a_full_scan)
{
    struct sim_disk *disk = sim_disk_create("/data");
    static const char *const dirs[] = { "/data" };
    struct fixture_trace trace;
    fixture_trace_init(&trace);
    struct log_manager *manager = start(sim_disk_files(disk), dirs, 1, &trace);
    struct log *log = make(manager, "t", 0);
    fixture_fill(log, 3, 1000);
    assert_int_equal(log_flush(log), KC_ERR_NONE);
    assert_int_equal(log_manager_checkpoint(manager), KC_ERR_NONE);
    log_manager_destroy(manager);
    assert_true(sim_disk_flip(disk, "/data/recovery-point-offset-checkpoint", 0));
    size_t lines = trace.lines;
    manager = start(sim_disk_files(disk), dirs, 1, &trace);
    assert_true(trace.lines > lines);
    log = log_manager_find(manager, slice_text("t"), 0);
    assert_int_equal(fixture_verify(log), 3);
    assert_int_equal(log_recovery_point(log), 0);
    log_manager_destroy(manager);
    sim_disk_destroy(disk);
}

/* Without the recovery points a bad batch in a closed segment may have been on disk whole: it is
 * not cut, be the checkpoint lost or damaged. */
TEST(damaged_checkpoint_and_a_damaged_closed_segment)
{
    static const char *const dirs[] = { "/data" };
    static const char path[] = "/data/t-0/00000000000000000000.log";
    struct sim_disk *disk = sim_disk_create("/data");
    struct fixture_trace trace;
    fixture_trace_init(&trace);
    struct log_manager *manager = start(sim_disk_files(disk), dirs, 1, &trace);
    struct log *log = make(manager, "t", 0);
    fixture_fill(log, 3, 1000);
    assert_int_equal(log_roll(log, 1000), KC_ERR_NONE);
    fixture_fill(log, 3, 1000);
    assert_int_equal(log_flush(log), KC_ERR_NONE);
    assert_int_equal(log_manager_checkpoint(manager), KC_ERR_NONE);
    log_manager_destroy(manager);
    int64_t size = sim_disk_size(disk, path);
    assert_true(sim_disk_flip(disk, "/data/recovery-point-offset-checkpoint", 0));
    assert_true(sim_disk_flip(disk, path, size - 2));
    manager = start(sim_disk_files(disk), dirs, 1, &trace);
    assert_null(log_manager_find(manager, slice_text("t"), 0));
    assert_int_equal(log_manager_state(manager, slice_text("t"), 0), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(sim_disk_size(disk, path), size);
    assert_true(sim_disk_size(disk, "/data/t-0/00000000000000000003.log") > 0);
    log_manager_destroy(manager);
    sim_disk_destroy(disk);
}

/* How many syncs a stop takes. */
static size_t stop(struct sim_disk *disk, struct log_manager *manager)
{
    size_t before = sim_disk_syncs(disk);
    assert_int_equal(log_manager_close(manager, 1), KC_ERR_NONE);
    log_manager_destroy(manager);
    return sim_disk_syncs(disk) - before;
}

/* A stop with many logs must not sync each: what is empty, or was not touched since the start, is
 * as it was. */
TEST(a_stop_syncs_only_what_changed)
{
    static const char *const dirs[] = { "/data" };
    size_t syncs[2];
    size_t changed[2];
    for (size_t pass = 0; pass < 2; pass++) {
        struct sim_disk *disk = sim_disk_create("/data");
        struct log_manager *manager = start(sim_disk_files(disk), dirs, 1, NULL);
        int32_t count = pass == 0 ? 4 : 40;
        for (int32_t i = 0; i < count; i++) {
            assert_int_equal(log_begin_epoch(make(manager, "empty", i), 3), KC_ERR_NONE);
        }
        syncs[pass] = stop(disk, manager);
        manager = start(sim_disk_files(disk), dirs, 1, NULL);
        for (int32_t i = 0; i < count; i++) {
            struct log *log = log_manager_find(manager, slice_text("empty"), i);
            assert_int_equal(log_begin_epoch(log, 3), KC_ERR_NONE);
            fixture_fill(log, 2, 1000);
        }
        (void)stop(disk, manager);
        manager = start(sim_disk_files(disk), dirs, 1, NULL);
        assert_int_equal(stop(disk, manager), syncs[pass]);
        manager = start(sim_disk_files(disk), dirs, 1, NULL);
        fixture_fill(log_manager_find(manager, slice_text("empty"), 1), 5, 1000);
        changed[pass] = stop(disk, manager) - syncs[pass];
        manager = start(sim_disk_files(disk), dirs, 1, NULL);
        assert_int_equal(fixture_verify(log_manager_find(manager, slice_text("empty"), 1)), 7);
        assert_int_equal(fixture_verify(log_manager_find(manager, slice_text("empty"), 2)), 2);
        log_manager_destroy(manager);
        sim_disk_destroy(disk);
    }
    assert_int_equal(syncs[0], syncs[1]);
    assert_int_equal(changed[0], changed[1]);
    assert_in_range(changed[0], 1, 4);
}

/* The names of all logs that were made in a directory need one sync of it. */
TEST(new_names_are_synced_together)
{
    struct sim_disk *disk = sim_disk_create("/data");
    static const char *const dirs[] = { "/data" };
    struct log_manager *manager = start(sim_disk_files(disk), dirs, 1, NULL);
    size_t syncs[3];
    for (int32_t i = 0; i < 3; i++) {
        fixture_fill(make(manager, "t", i), 2, 1000);
    }
    for (int32_t i = 0; i < 3; i++) {
        size_t before = sim_disk_syncs(disk);
        struct log *log = log_manager_find(manager, slice_text("t"), i);
        assert_int_equal(log_flush(log), KC_ERR_NONE);
        syncs[i] = sim_disk_syncs(disk) - before;
    }
    assert_int_equal(syncs[1], syncs[0] - 1);
    assert_int_equal(syncs[2], syncs[1]);
    size_t count = sim_disk_count(disk);
    log_manager_destroy(manager);
    struct sim_disk *after = sim_disk_crash(disk, count, 4, 100);
    manager = start(sim_disk_files(after), dirs, 1, NULL);
    for (int32_t i = 0; i < 3; i++) {
        assert_int_equal(fixture_verify(log_manager_find(manager, slice_text("t"), i)), 2);
    }
    log_manager_destroy(manager);
    sim_disk_destroy(after);
    sim_disk_destroy(disk);
}
