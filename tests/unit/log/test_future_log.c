/* tests: a log moves to another directory of the broker: whatever the moment at which the power
 * goes, one whole log is found. */
#include "log/future_log.h"
#include "unit/log/log_fixture.h"
#include "unit/log/sim_disk.h"

#include <errno.h>
#include <stdlib.h>

static const char *const dirs[] = { "/data/a", "/data/b" };

struct scene {
    struct fixture_trace trace;
    struct sim_disk *disk;
    struct log_manager *manager;
};

static void begin(struct scene *scene, struct sim_disk *disk)
{
    struct kc_error error = { 0 };
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = 2,
                                           .meta = { .cluster_id = "cluster", .node_id = 4 },
                                           .files = sim_disk_files(disk),
                                           .trace = &scene->trace.trace,
                                           .seed = 3,
                                           .now_ms = 1000 };
    log_options_init(&options.defaults);
    fixture_trace_init(&scene->trace);
    scene->disk = disk;
    if (log_manager_create(&options, &scene->manager, &error)) {
        fail_msg("%s", error.text);
    }
    log_manager_load_all(scene->manager);
}

static struct log *find(const struct scene *scene)
{
    return log_manager_find(scene->manager, slice_text("t"), 0);
}

static void end(struct scene *scene)
{
    assert_int_equal(log_manager_close(scene->manager, 5), KC_ERR_NONE);
    log_manager_destroy(scene->manager);
    assert_int_equal(sim_disk_open_files(scene->disk), 0);
}

/* A log of ten records in the first directory, all on disk. */
static void begin_filled(struct scene *scene)
{
    struct uuid id = { { 1, 2, 3 } };
    struct log *log = NULL;
    begin(scene, sim_disk_create("/data"));
    struct log_wanted wanted = {
        .topic = slice_text("t"), .partition = 0, .topic_id = &id, .now_ms = 1000
    };
    assert_int_equal(log_manager_create_log(scene->manager, &wanted, &log, NULL), KC_ERR_NONE);
    assert_int_equal(log_begin_epoch(log, 3), KC_ERR_NONE);
    fixture_fill(log, 10, 1000);
    (void)log_set_high_watermark(log, 9);
    assert_int_equal(log_flush(log), KC_ERR_NONE);
    assert_int_equal(log_manager_checkpoint(scene->manager), KC_ERR_NONE);
}

static enum kc_err begin_future(struct scene *scene)
{
    return future_log_begin(scene->manager, slice_text("t"), 0, log_manager_dir(scene->manager, 1),
                            1000);
}

static void copy(struct scene *scene)
{
    struct log *log = find(scene);
    struct log *future = future_log_find(scene->manager, slice_text("t"), 0);
    struct bytes records;
    struct log_appended appended;
    bytes_init(&records, 1 << 20);
    struct log_read read = { .offset = log_end_offset(future),
                             .offset_max = log_end_offset(log),
                             .bytes_max = 1 << 20,
                             .one_batch_min = true };
    assert_int_equal(log_read_into(log, &read, &records), KC_ERR_NONE);
    struct log_append append = {
        .data = records.data, .size = records.size, .origin = LOG_ORIGIN_REPLICA, .now_ms = 1000
    };
    assert_int_equal(log_append(future, &append, &appended), KC_ERR_NONE);
    bytes_finish(&records);
}

static enum kc_err take_over(struct scene *scene, char *ret_path)
{
    struct log_dir *left = NULL;
    struct log *log = NULL;
    enum kc_err err =
        future_log_take_over(scene->manager, slice_text("t"), 0, &left, ret_path, &log);
    if (!err) {
        assert_ptr_equal(left, log_manager_dir(scene->manager, 0));
        assert_ptr_equal(log, find(scene));
    }
    return err;
}

TEST(it_takes_the_place_of_the_served_one)
{
    struct scene scene;
    char path[FILE_PATH_MAX];
    begin_filled(&scene);
    assert_null(future_log_find(scene.manager, slice_text("t"), 0));
    assert_int_equal(future_log_begin(scene.manager, slice_text("t"), 0,
                                      log_manager_dir(scene.manager, 0), 1000),
                     KC_ERR_INVALID);
    assert_int_equal(begin_future(&scene), KC_ERR_NONE);
    assert_int_equal(begin_future(&scene), KC_ERR_NONE);
    assert_int_equal(take_over(&scene, path), KC_ERR_WRONG_STATE); /* it has nothing yet */
    copy(&scene);
    assert_int_equal(log_delete_records(find(&scene), 4), KC_ERR_NONE);
    assert_int_equal(log_begin_epoch(find(&scene), 7), KC_ERR_NONE);
    assert_int_equal(take_over(&scene, path), KC_ERR_NONE);
    assert_non_null(strstr(path, "-delete"));
    struct log *log = find(&scene);
    assert_string_equal(log_directory(log)->path, "/data/b");
    assert_string_equal(log_name(log), "t-0");
    assert_int_equal(log_start_offset(log), 4);
    assert_int_equal(log_high_watermark(log), 9);
    assert_int_equal(log_latest_epoch(log), 7);
    assert_int_equal(fixture_verify(log), 6);
    fixture_fill(log, 5, 1000);
    assert_int_equal(log_roll(log, 1000), KC_ERR_NONE);
    fixture_fill(log, 1, 1000);
    end(&scene);
    begin(&scene, scene.disk);
    assert_string_equal(log_directory(find(&scene))->path, "/data/b");
    assert_int_equal(fixture_verify(find(&scene)), 12);
    assert_int_equal(sim_disk_size(scene.disk, path), -1);
    end(&scene);
    sim_disk_destroy(scene.disk);
}

TEST(one_that_is_given_up_leaves_nothing)
{
    struct scene scene;
    char path[FILE_PATH_MAX];
    begin_filled(&scene);
    future_log_drop(scene.manager, slice_text("t"), 0, path);
    assert_int_equal(path[0], '\0');
    assert_int_equal(begin_future(&scene), KC_ERR_NONE);
    copy(&scene);
    future_log_drop(scene.manager, slice_text("t"), 0, path);
    assert_int_equal(file_remove_tree(sim_disk_files(scene.disk), path), 0);
    assert_null(future_log_find(scene.manager, slice_text("t"), 0));
    assert_int_equal(fixture_verify(find(&scene)), 10);
    end(&scene);
    begin(&scene, scene.disk);
    assert_null(future_log_interrupted(scene.manager, slice_text("t"), 0));
    end(&scene);
    sim_disk_destroy(scene.disk);
}

TEST(one_that_was_interrupted_is_remembered)
{
    struct scene scene;
    begin_filled(&scene);
    assert_int_equal(begin_future(&scene), KC_ERR_NONE);
    copy(&scene);
    end(&scene);
    begin(&scene, scene.disk);
    assert_ptr_equal(future_log_interrupted(scene.manager, slice_text("t"), 0),
                     log_manager_dir(scene.manager, 1));
    assert_null(future_log_interrupted(scene.manager, slice_text("t"), 0));
    assert_null(future_log_find(scene.manager, slice_text("t"), 0));
    assert_int_equal(fixture_verify(find(&scene)), 10);
    assert_int_equal(begin_future(&scene), KC_ERR_NONE);
    end(&scene);
    sim_disk_destroy(scene.disk);
}

/* Of what was not synced anything may be lost, or nothing. */
TEST(the_power_goes_at_any_moment)
{
    struct scene scene;
    char path[FILE_PATH_MAX];
    begin_filled(&scene);
    size_t first = sim_disk_count(scene.disk);
    assert_int_equal(begin_future(&scene), KC_ERR_NONE);
    copy(&scene);
    assert_int_equal(take_over(&scene, path), KC_ERR_NONE);
    size_t last = sim_disk_count(scene.disk);
    size_t there = 0;
    for (size_t count = first; count <= last; count++) {
        for (int lost = 0; lost <= 100; lost += 50) {
            struct scene after;
            begin(&after, sim_disk_crash(scene.disk, count, count, lost));
            struct log *log = find(&after);
            assert_non_null(log);
            assert_int_equal(fixture_verify(log), 10);
            there += strcmp(log_directory(log)->path, "/data/b") == 0;
            log_manager_destroy(after.manager);
            sim_disk_destroy(after.disk);
        }
    }
    assert_true(there > 0);
    end(&scene);
    sim_disk_destroy(scene.disk);
}

TEST(a_disk_that_fails_leaves_the_served_one)
{
    size_t taken = 0;
    for (int64_t nth = 0; nth < 24; nth++) {
        struct scene scene;
        char path[FILE_PATH_MAX];
        begin_filled(&scene);
        assert_int_equal(begin_future(&scene), KC_ERR_NONE);
        copy(&scene);
        sim_disk_faults(scene.disk)->fail_sync_after = (int64_t)sim_disk_syncs(scene.disk) + nth;
        enum kc_err err = take_over(&scene, path);
        sim_disk_faults(scene.disk)->fail_sync_after = -1;
        taken += err == KC_ERR_NONE;
        assert_true(err == KC_ERR_NONE || err == KC_ERR_KAFKA_STORAGE_ERROR);
        if (err) {
            assert_string_equal(log_directory(find(&scene))->path, "/data/a");
        }
        assert_int_equal(fixture_verify(find(&scene)), 10);
        log_manager_destroy(scene.manager);
        begin(&scene, scene.disk);
        assert_int_equal(fixture_verify(find(&scene)), 10);
        log_manager_destroy(scene.manager);
        sim_disk_destroy(scene.disk);
    }
    assert_in_range(taken, 1, 23);
}
