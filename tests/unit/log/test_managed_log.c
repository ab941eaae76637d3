/* tests: several log directories: where partitions are made, what is not served, and what goes on
 * when a directory is offline. */
#include "log/log_manager.h"
#include "unit/log/log_fixture.h"
#include "unit/log/sim_disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const dirs[] = { "/data/a", "/data/b", "/data/c" };

/* The simulated disk, on which what lies below one path cannot be opened. */
struct bad_disk {
    struct sim_disk *sim;
    struct file_system files;
    const char *bad; /* NULL: all is well */
    int system_error;
};

static struct bad_disk bad_disk;
static char why[512]; /* the last log could not be made */

static int bad_lock(void *context, const char *path, int *ret_file)
{
    const struct file_system *files = sim_disk_files(bad_disk.sim);
    return bad_disk.bad && strstr(path, bad_disk.bad) ? bad_disk.system_error
                                                      : files->lock(context, path, ret_file);
}

static int bad_open(void *context, const char *path, int flags, int *ret_file)
{
    const struct file_system *files = sim_disk_files(bad_disk.sim);
    return bad_disk.bad && strstr(path, bad_disk.bad) ? bad_disk.system_error
                                                      : files->open(context, path, flags, ret_file);
}

static void bad_disk_init(void)
{
    bad_disk.sim = sim_disk_create("/data");
    bad_disk.files = *sim_disk_files(bad_disk.sim);
    bad_disk.files.lock = bad_lock;
    bad_disk.files.open = bad_open;
    bad_disk.bad = NULL;
    bad_disk.system_error = EIO;
}

static enum kc_err try_start(size_t count, struct fixture_trace *trace,
                             struct log_manager **ret_manager, struct kc_error *error)
{
    struct log_manager_options options = { .log_dirs = dirs,
                                           .log_dir_count = count,
                                           .meta = { .cluster_id = "cluster", .node_id = 4 },
                                           .files = &bad_disk.files,
                                           .trace = &trace->trace,
                                           .seed = 3,
                                           .now_ms = 1000 };
    log_options_init(&options.defaults);
    return log_manager_create(&options, ret_manager, error);
}

static struct log_manager *start(size_t count, struct fixture_trace *trace)
{
    struct log_manager *manager = NULL;
    struct kc_error error = { 0 };
    fixture_trace_init(trace);
    if (try_start(count, trace, &manager, &error)) {
        fail_msg("%s", error.text);
    }
    log_manager_load_all(manager);
    return manager;
}

static void stop(struct log_manager *manager)
{
    assert_int_equal(log_manager_close(manager, 5), KC_ERR_NONE);
    log_manager_destroy(manager);
}

static enum kc_err make(struct log_manager *manager, int32_t partition,
                        const struct log_place *place, struct log **ret_log)
{
    struct uuid id = { { 1, 2, 3 } };
    struct kc_error error = { 0 };
    const struct log_wanted wanted = { .topic = slice_text("t"),
                                       .partition = partition,
                                       .topic_id = &id,
                                       .place = place,
                                       .now_ms = 1000 };
    enum kc_err err = log_manager_create_log(manager, &wanted, ret_log, &error);
    assert_int_equal(err != KC_ERR_NONE, error.text[0] != '\0');
    (void)snprintf(why, sizeof(why), "%s", error.text);
    return err;
}

static const char *dir_of(const struct log *log)
{
    return log_directory(log)->path;
}

TEST(the_directory_with_the_fewest_partitions)
{
    struct fixture_trace trace;
    struct log *log = NULL;
    char path[FILE_PATH_MAX];
    bad_disk_init();
    struct log_manager *manager = start(3, &trace);
    for (int32_t i = 0; i < 9; i++) {
        assert_int_equal(make(manager, i, NULL, &log), KC_ERR_NONE);
        assert_string_equal(dir_of(log), dirs[i % 3]);
    }
    /* What goes makes room. */
    assert_int_equal(log_manager_delete_log(manager, slice_text("t"), 4, path), KC_ERR_NONE);
    assert_int_equal(make(manager, 20, NULL, &log), KC_ERR_NONE);
    assert_string_equal(dir_of(log), dirs[1]);
    stop(manager);
    manager = start(3, &trace);
    assert_string_equal(dir_of(log_manager_find(manager, slice_text("t"), 5)), dirs[2]);
    stop(manager);
    sim_disk_destroy(bad_disk.sim);
}

TEST(the_directory_that_the_cluster_knows)
{
    struct fixture_trace trace;
    struct log *log = NULL;
    bad_disk_init();
    struct log_manager *manager = start(2, &trace);
    struct log_place place = { .directory = log_manager_dir(manager, 1)->id };
    for (int32_t i = 0; i < 3; i++) {
        assert_int_equal(make(manager, i, &place, &log), KC_ERR_NONE);
        assert_string_equal(dir_of(log), dirs[1]);
    }
    place.directory.bytes[3] ^= 1; /* one that is gone */
    assert_int_equal(make(manager, 3, &place, &log), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(sim_disk_size(bad_disk.sim, "/data/a/t-3/partition.metadata"), -1);
    stop(manager);
    sim_disk_destroy(bad_disk.sim);
}

TEST(a_partition_in_two_directories)
{
    struct fixture_trace trace;
    struct log *log = NULL;
    bad_disk_init();
    struct log_manager *manager = start(2, &trace);
    assert_int_equal(make(manager, 0, NULL, &log), KC_ERR_NONE);
    fixture_fill(log, 3, 1000);
    assert_int_equal(make(manager, 1, NULL, &log), KC_ERR_NONE);
    fixture_fill(log, 2, 1000);
    stop(manager);
    assert_int_equal(file_rename(&bad_disk.files, "/data/b/t-1", "/data/b/t-0"), 0);
    manager = start(2, &trace);
    assert_non_null(strstr(trace.last, "t-0 is in two log directories, /data/a and /data/b"));
    assert_null(log_manager_find(manager, slice_text("t"), 0));
    assert_int_equal(log_manager_state(manager, slice_text("t"), 0), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(make(manager, 0, NULL, &log), KC_ERR_KAFKA_STORAGE_ERROR);
    stop(manager);
    /* Neither was touched: with one out of the way the other is as it was. */
    assert_int_equal(file_rename(&bad_disk.files, "/data/b/t-0", "/data/b/t-1"), 0);
    manager = start(2, &trace);
    assert_int_equal(fixture_verify(log_manager_find(manager, slice_text("t"), 0)), 3);
    assert_int_equal(fixture_verify(log_manager_find(manager, slice_text("t"), 1)), 2);
    stop(manager);
    sim_disk_destroy(bad_disk.sim);
}

TEST(a_directory_that_cannot_be_used_at_the_start)
{
    struct fixture_trace trace;
    struct log *log = NULL;
    struct log_place known;
    struct log_place old = { .is_new = false };
    struct log_place new = { .is_new = true };
    bad_disk_init();
    struct log_manager *manager = start(2, &trace);
    assert_int_equal(make(manager, 0, NULL, &log), KC_ERR_NONE);
    assert_int_equal(make(manager, 1, NULL, &log), KC_ERR_NONE);
    fixture_fill(log, 2, 1000);
    known = (struct log_place){ .directory = log_directory(log)->id };
    stop(manager);

    bad_disk.bad = "/data/b";
    manager = start(2, &trace);
    assert_non_null(strstr(trace.last, "/data/b is offline"));
    assert_int_equal(log_manager_failed_dirs(manager), 1);
    assert_true(log_manager_dir(manager, 1)->failed);
    assert_string_equal(log_manager_dir(manager, 1)->path, "/data/b");
    assert_int_equal(log_manager_count(manager), 1);
    /* An empty log elsewhere would pass for the whole one. */
    assert_int_equal(make(manager, 1, &known, &log), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(make(manager, 1, &old, &log), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(make(manager, 2, &new, &log), KC_ERR_NONE);
    assert_string_equal(dir_of(log), "/data/a");
    stop(manager);
    assert_true(sim_disk_size(bad_disk.sim, "/data/a/.kafka_cleanshutdown") > 0);

    bad_disk.bad = NULL;
    manager = start(2, &trace);
    assert_int_equal(make(manager, 1, &known, &log), KC_ERR_NONE);
    assert_int_equal(fixture_verify(log), 2);
    stop(manager);
    sim_disk_destroy(bad_disk.sim);
}

TEST(none_can_be_used)
{
    struct fixture_trace trace;
    struct log_manager *manager = NULL;
    struct kc_error error = { 0 };
    bad_disk_init();
    fixture_trace_init(&trace);
    bad_disk.bad = "/data/";
    assert_int_equal(try_start(2, &trace, &manager, &error), KC_ERR_IO);
    assert_non_null(strstr(error.text, "none of the log directories can be used"));
    assert_int_equal(trace.lines, 2);
    assert_int_equal(try_start(1, &trace, &manager, &error), KC_ERR_IO);
    assert_non_null(strstr(error.text, "/data/a/.lock: Input/output error"));
    /* Somebody else's is no broken disk. */
    bad_disk.bad = "/data/b";
    bad_disk.system_error = EWOULDBLOCK;
    assert_int_equal(try_start(2, &trace, &manager, &error), KC_ERR_WRONG_STATE);
    assert_null(manager);
    sim_disk_destroy(bad_disk.sim);
}

TEST(a_directory_that_fails_leaves_the_others)
{
    struct fixture_trace trace;
    struct log *logs[2];
    bad_disk_init();
    struct log_manager *manager = start(2, &trace);
    for (int32_t i = 0; i < 2; i++) {
        assert_int_equal(make(manager, i, NULL, &logs[i]), KC_ERR_NONE);
        fixture_fill(logs[i], 2, 1000);
    }
    struct sim_disk_faults *faults = sim_disk_faults(bad_disk.sim);
    faults->fail_write_after = 0;
    faults->sticky = true;
    assert_int_equal(fixture_try_fill(logs[1], 1, 1000), KC_ERR_KAFKA_STORAGE_ERROR);
    faults->fail_write_after = -1;
    assert_int_equal(log_manager_failed_dirs(manager), 1);
    assert_int_equal(log_manager_state(manager, slice_text("t"), 1), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_int_equal(fixture_try_fill(logs[0], 1, 1000), KC_ERR_NONE);
    assert_int_equal(log_manager_checkpoint(manager), KC_ERR_NONE);
    stop(manager);
    assert_true(sim_disk_size(bad_disk.sim, "/data/a/.kafka_cleanshutdown") > 0);
    assert_int_equal(sim_disk_size(bad_disk.sim, "/data/b/.kafka_cleanshutdown"), -1);
    manager = start(2, &trace);
    assert_int_equal(fixture_verify(log_manager_find(manager, slice_text("t"), 0)), 3);
    assert_int_equal(fixture_verify(log_manager_find(manager, slice_text("t"), 1)), 2);
    stop(manager);
    sim_disk_destroy(bad_disk.sim);
}

/* In the directory that has none, and nothing of it is left where there was no room. */
TEST(a_directory_without_room_is_passed_over)
{
    static const int errors[] = { ENOSPC, EDQUOT, EIO };
    struct fixture_trace trace;
    struct log *log = NULL;
    bad_disk_init();
    struct log_manager *manager = start(2, &trace);
    for (int32_t i = 0; i < (int32_t)ARRAY_COUNT(errors); i++) {
        bad_disk.bad = i % 2 == 0 ? "/a/t-" : "0.log";
        bad_disk.system_error = errors[i];
        if (i % 2 == 0) {
            assert_int_equal(make(manager, i, NULL, &log), KC_ERR_NONE);
            assert_string_equal(dir_of(log), dirs[1]);
        } else {
            /* Everywhere: it may be tried again. */
            assert_int_equal(make(manager, i, NULL, &log), KC_ERR_NO_MEMORY);
            assert_non_null(strstr(why, "t-1"));
            assert_non_null(strstr(why, strerror(EDQUOT)));
        }
        bad_disk.bad = NULL;
    }
    assert_false(file_exists(&bad_disk.files, "/data/a/t-0"));
    assert_false(file_exists(&bad_disk.files, "/data/a/t-1"));
    assert_false(file_exists(&bad_disk.files, "/data/b/t-1"));
    assert_int_equal(log_manager_failed_dirs(manager), 0);
    assert_int_equal(make(manager, 1, NULL, &log), KC_ERR_NONE);
    assert_string_equal(dir_of(log), dirs[0]);
    stop(manager);
    manager = start(2, &trace);
    assert_int_equal(log_manager_count(manager), 3);
    stop(manager);
    sim_disk_destroy(bad_disk.sim);
}

/* One that the cluster has told is made nowhere else. */
TEST(a_told_directory_without_room)
{
    struct fixture_trace trace;
    struct log *log = NULL;
    bad_disk_init();
    struct log_manager *manager = start(2, &trace);
    const struct log_place place = { .directory = log_manager_dir(manager, 0)->id };
    bad_disk.bad = "/a/t-0";
    bad_disk.system_error = EMFILE;
    assert_int_equal(make(manager, 0, &place, &log), KC_ERR_NO_MEMORY);
    assert_non_null(strstr(why, "/data/a/t-0"));
    bad_disk.system_error = EIO;
    assert_int_equal(make(manager, 0, &place, &log), KC_ERR_IO);
    assert_null(log_manager_find(manager, slice_text("t"), 0));
    bad_disk.bad = NULL;
    assert_int_equal(make(manager, 0, &place, &log), KC_ERR_NONE);
    assert_string_equal(dir_of(log), dirs[0]);
    stop(manager);
    sim_disk_destroy(bad_disk.sim);
}

/* It is there, with records, and there was no file left to open it with at the start. */
TEST(one_that_could_not_be_opened_is_opened_later)
{
    struct fixture_trace trace;
    struct log *log = NULL;
    bad_disk_init();
    struct log_manager *manager = start(1, &trace);
    assert_int_equal(make(manager, 0, NULL, &log), KC_ERR_NONE);
    fixture_fill(log, 4, 1000);
    stop(manager);
    bad_disk.bad = "/t-0";
    bad_disk.system_error = EMFILE;
    manager = start(1, &trace);
    assert_int_equal(make(manager, 0, NULL, &log), KC_ERR_NO_MEMORY);
    assert_non_null(strstr(why, strerror(EMFILE)));
    assert_int_equal(log_manager_state(manager, slice_text("t"), 0), KC_ERR_KAFKA_STORAGE_ERROR);
    bad_disk.bad = NULL;
    assert_int_equal(make(manager, 0, NULL, &log), KC_ERR_NONE);
    assert_int_equal(fixture_verify(log), 4);
    stop(manager);
    sim_disk_destroy(bad_disk.sim);
}
