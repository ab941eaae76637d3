/* tests: deleted logs: one sync for all of a turn, then the files; nothing before the sync. */
#include "replica/removals.h"

#include "support/heap.h"
#include "support/loop_turn.h"
#include "support/test.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { DELETED = 300 };

struct scene {
    struct file_system files;
    atomic_int syncs;
    atomic_int failure;
    char path[PATH_MAX];
    struct log_dir dir;
    struct loop *loop;
    struct removals *removals;
};

static int counted_sync(void *context, const char *path)
{
    struct scene *scene = context;
    int failure = atomic_load(&scene->failure);
    atomic_fetch_add(&scene->syncs, 1);
    return failure ? failure : file_system_real.sync_directory(NULL, path);
}

static void scene_init(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    test_directory(scene->path);
    scene->files = file_system_real;
    scene->files.context = scene;
    scene->files.sync_directory = counted_sync;
    assert_int_equal(log_dir_init(&scene->dir, scene->path, &scene->files, NULL), KC_ERR_NONE);
    scene->loop = loop_create();
    assert_non_null(scene->loop);
    scene->removals = removals_create(scene->loop, &clock_system, NULL);
    assert_non_null(scene->removals);
}

static void scene_finish(struct scene *scene)
{
    while (!removals_is_idle(scene->removals)) {
        loop_turn(scene->loop);
    }
    removals_stop(scene->removals);
    loop_destroy(scene->loop);
    removals_destroy(scene->removals);
    log_dir_close(&scene->dir, false, -1);
}

static void path_of(const struct scene *scene, int i, char ret_path[FILE_PATH_MAX])
{
    assert_in_range(snprintf(ret_path, FILE_PATH_MAX, "%.3000s/t-%d.0-delete", scene->path, i), 1,
                    FILE_PATH_MAX - 1);
}

/* A deleted log of one file. */
static void add(struct scene *scene, int i, int64_t delay_ms)
{
    char path[FILE_PATH_MAX];
    char file[FILE_PATH_MAX];
    path_of(scene, i, path);
    assert_int_equal(file_make_directory(&scene->files, path), 0);
    assert_true(file_path(file, path, "0.log"));
    assert_int_equal(file_replace(&file_system_real, file, slice_text("records")), 0);
    assert_true(removals_add(scene->removals, &scene->dir, path, delay_ms));
}

static int count(const struct scene *scene, int end)
{
    int found = 0;
    for (int i = 0; i < end; i++) {
        char path[FILE_PATH_MAX];
        path_of(scene, i, path);
        found += file_exists(&scene->files, path);
    }
    return found;
}

TEST(one_sync_for_all)
{
    struct scene scene;
    scene_init(&scene);
    assert_true(removals_is_idle(scene.removals));
    for (int i = 0; i < DELETED; i++) {
        add(&scene, i, 0);
    }
    assert_false(removals_is_idle(scene.removals));
    assert_int_equal(count(&scene, DELETED), DELETED);
    while (!removals_is_idle(scene.removals)) {
        loop_turn(scene.loop);
    }
    assert_int_equal(atomic_load(&scene.syncs), 1);
    assert_int_equal(count(&scene, DELETED), 0);
    scene_finish(&scene);
}

TEST(files_stay_for_the_delay)
{
    struct scene scene;
    scene_init(&scene);
    add(&scene, 0, INT64_MAX);
    add(&scene, 1, 1);
    while (count(&scene, 2) > 1) {
        loop_turn(scene.loop);
    }
    /* The other waits, and does not hold up the end: the next start removes it. */
    while (!removals_is_idle(scene.removals)) {
        loop_turn(scene.loop);
    }
    assert_int_equal(count(&scene, 1), 1);
    assert_int_equal(atomic_load(&scene.syncs), 2);
    scene_finish(&scene);
}

TEST(nothing_is_removed_without_the_sync)
{
    struct scene scene;
    scene_init(&scene);
    atomic_store(&scene.failure, EIO);
    add(&scene, 0, 0);
    while (!removals_is_idle(scene.removals)) {
        loop_turn(scene.loop);
    }
    assert_int_equal(count(&scene, 1), 1);
    assert_true(scene.dir.failed);
    scene_finish(&scene);
}

TEST(memory_runs_out)
{
    struct scene scene;
    scene_init(&scene);
    for (size_t n = 1; n <= 3; n++) {
        heap_fail_at(n);
        bool good = removals_add(scene.removals, &scene.dir, "/nowhere/t-0.0-delete", 0);
        bool failed = heap_failed();
        heap_fail_at(0);
        assert_int_equal(good, !failed);
    }
    /* What there is no memory for is left; what came before and after is not. */
    add(&scene, 0, 0);
    scene_finish(&scene);
    heap_fail_at(1);
    assert_null(removals_create(NULL, &clock_system, NULL));
    heap_fail_at(0);
}
