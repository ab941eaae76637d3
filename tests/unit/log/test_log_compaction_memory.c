/* tests: a round of compaction when memory runs out: the log stays as it was, and the next round
 * does what this one could not. */
#include "support/heap.h"
#include "unit/log/keyed_log.h"
#include "unit/log/scratch_disk.h"

#include "log/log_compaction.h"
#include "log/log_core.h"

#include <stdlib.h>

enum { NOW = 100000 };

static struct log *fill(struct log_dir *dir, struct scratch_disk *disk)
{
    struct log *log = NULL;
    assert_int_equal(log_dir_init(dir, disk->path, &disk->files, NULL), KC_ERR_NONE);
    struct log_open open = fixture_open(dir);
    open.options.cleanup_policy_compact = true;
    open.options.min_cleanable_dirty_ratio = 0;
    open.options.index_interval_bytes = 100;
    assert_int_equal(log_open(&open, &log, NULL, NULL), KC_ERR_NONE);
    struct keyed_batch batch = {
        .records = "a=1 b=1", .timestamp = 1000, .producer_id = 5, .transactional = true
    };
    keyed_append(log, &batch);
    keyed_marker(log, false, 5);
    keyed_append(log, &(struct keyed_batch){
                          .records = "a=2 c=1 a=3", .timestamp = 1000, .codec = COMPRESSION_LZ4 });
    assert_int_equal(log_roll(log, NOW), KC_ERR_NONE);
    keyed_put(log, "c=2 d=-", 1000);
    assert_int_equal(log_roll(log, NOW), KC_ERR_NONE);
    keyed_put(log, "z=1", 1000);
    assert_int_equal(log_flush(log), KC_ERR_NONE);
    log->checkpointed_offset = log_recovery_point(log);
    return log;
}

static enum kc_err one_round(struct log *log)
{
    struct log_dirt dirt;
    struct log_compaction *job = NULL;
    assert_true(log_compaction_is_due(log, NOW, &dirt));
    enum kc_err err = log_compaction_begin(log, &dirt, 1 << 16, NOW, &job);
    if (err == KC_ERR_NONE) {
        log_compaction_run(job);
        err = log_compaction_end(log, job, NOW);
    }
    return err;
}

static void check(struct log *log, const char *wanted)
{
    char text[1024];
    heap_pause();
    assert_string_equal(keyed_show(log, text, sizeof(text)), wanted);
    heap_resume();
}

static enum kc_err body(void *context)
{
    struct scratch_disk *disk = context;
    struct log_dir dir;
    heap_pause();
    scratch_disk_next(disk);
    struct log *log = fill(&dir, disk);
    heap_resume();
    enum kc_err err = one_round(log);
    if (err != KC_ERR_NONE) {
        assert_true(heap_failed());
        assert_false(dir.failed);
        check(log, "0:a=1 1:b=1 2:abort 3:a=2 4:c=1 5:a=3 6:c=2 7:d=- 8:z=1");
        assert_int_equal(one_round(log), KC_ERR_NONE);
    }
    check(log, "1:() 2:abort 5:a=3 6:c=2 7:d=- 8:z=1");
    heap_pause();
    log_destroy(log);
    log_dir_close(&dir, false, -1);
    heap_resume();
    assert_int_equal(disk->open_files, 0);
    return err;
}

TEST(a_round_without_memory)
{
    struct scratch_disk disk;
    scratch_disk_init(&disk);
    heap_each(body, &disk);
}
