/* tests: power cuts around rounds of compaction. After every prefix of the recorded operations,
 * with many subsets of the unsynced lost, the log opens, has all that was synced, and of each key
 * at least the newest record. */
#include "unit/log/keyed_log.h"
#include "unit/log/sim_disk.h"

#include "base/attr.h"
#include "log/log_core.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEYS = 5, RECORDS = 60, ROUNDS_MAX = 8, SEEDS = 4, STATES_MIN = 1000 };

/* From operation `count` on. */
struct mark {
    size_t count;
    int64_t recovery_point;   /* in its checkpoint */
    int64_t compacted_offset; /* in its checkpoint, if that was written */
};

struct history {
    struct sim_disk *disk;
    struct mark marks[2 * ROUNDS_MAX];
    size_t mark_count;
};

static struct log_open options_for(struct log_dir *dir)
{
    struct log_open open = fixture_open(dir);
    open.options.segment_bytes = 1000;
    open.options.index_interval_bytes = 100;
    open.options.segment_index_bytes = 512;
    open.options.cleanup_policy_compact = true;
    open.options.cleanup_policy_delete = false;
    open.options.min_cleanable_dirty_ratio = 0;
    open.options.file_delete_delay_ms = 0;
    return open;
}

static void note(struct history *history, const struct log *log)
{
    assert_true(history->mark_count < 2 * ROUNDS_MAX);
    history->marks[history->mark_count++] =
        (struct mark){ sim_disk_count(history->disk), log_recovery_point(log),
                       log->compacted_offset };
}

/* Record i has the key i % KEYS and its offset as value. */
static void write_history(struct history *history)
{
    struct log_dir dir;
    struct log *log = NULL;
    char record[32];
    int rounds = 0;
    history->disk = sim_disk_create("/d");
    assert_int_equal(log_dir_init(&dir, "/d", sim_disk_files(history->disk), NULL), KC_ERR_NONE);
    struct log_open open = options_for(&dir);
    assert_int_equal(log_open(&open, &log, NULL, NULL), KC_ERR_NONE);
    for (int i = 0; i < RECORDS; i++) {
        (void)snprintf(record, sizeof(record), "k%d=%d", i % KEYS, i);
        keyed_put(log, record, 1000);
        if (i % 20 == 19) {
            assert_int_equal(log_flush(log), KC_ERR_NONE);
            note(history, log);
            rounds += keyed_compact(log, 4096, 1000) ? 1 : 0;
            note(history, log);
            log_remove_deleted(log, 2000);
        }
    }
    assert_true(rounds >= 3);
    log_destroy(log);
    log_dir_close(&dir, false, -1);
}

static struct mark mark_at(const struct history *history, size_t count)
{
    struct mark mark = { 0 };
    for (size_t i = 0; i < history->mark_count && history->marks[i].count <= count; i++) {
        mark = history->marks[i];
    }
    return mark;
}

/* "12:k2=12 ...": offsets fit their keys and values, and each key's newest is there. */
static void check_log(struct log *log)
{
    char text[8192];
    int newest[KEYS] = { -1, -1, -1, -1, -1 };
    (void)keyed_show(log, text, sizeof(text));
    for (char *word = text; *word != 0;) {
        char *next = word + strcspn(word, " ");
        char *end = word;
        long offset = strtol(word, &end, 10);
        assert_memory_equal(end, ":k", 2);
        long key = strtol(end + 2, &end, 10);
        assert_int_equal(*end, '=');
        assert_int_equal(strtol(end + 1, &end, 10), offset);
        assert_ptr_equal(end, next);
        assert_int_equal(key, offset % KEYS);
        newest[key] = (int)offset;
        word = *next == ' ' ? next + 1 : next;
    }
    int end = (int)log_end_offset(log);
    for (int i = end - 1; i >= 0 && i >= end - KEYS; i--) {
        assert_int_equal(newest[i % KEYS], i);
    }
}

static void recover(struct sim_disk *disk, const struct mark *mark, size_t count)
{
    struct log_dir dir;
    struct log *log = NULL;
    struct kc_error error = { 0 };
    assert_int_equal(log_dir_init(&dir, "/d", sim_disk_files(disk), NULL), KC_ERR_NONE);
    struct log_open open = options_for(&dir);
    open.recovery_point = mark->recovery_point;
    open.compacted_offset = mark->compacted_offset;
    enum kc_err err = log_open(&open, &log, NULL, &error);
    if (err != KC_ERR_NONE) {
        fail_msg("cut after %zu operations: %s: %s", count, kc_err_name(err), error.text);
    }
    if (log_end_offset(log) < mark->recovery_point) {
        fail_msg("cut after %zu operations: ends at %d, %d were synced", count,
                 (int)log_end_offset(log), (int)mark->recovery_point);
    }
    check_log(log);
    (void)log_set_high_watermark(log, log_end_offset(log));
    (void)keyed_compact(log, 4096, 1000);
    check_log(log);
    log_destroy(log);
    log_dir_close(&dir, false, -1);
    assert_int_equal(sim_disk_open_files(disk), 0);
}

TEST(power_cuts_around_compaction)
{
    static const int lost[SEEDS] = { 100, 50, 15, 80 };
    struct history history = { 0 };
    size_t states = 0;
    write_history(&history);
    size_t total = sim_disk_count(history.disk);
    for (size_t count = 0; count <= total; count++) {
        struct mark mark = mark_at(&history, count);
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct sim_disk *cut =
                sim_disk_crash(history.disk, count, seed * 7919 + count, lost[seed]);
            recover(cut, &mark, count);
            size_t done = sim_disk_count(cut);
            struct sim_disk *again = sim_disk_crash(cut, MIN_OF(done, done / 2 + seed % 2),
                                                    seed * 31 + count, lost[seed]);
            recover(again, &mark, count);
            states += 2;
            sim_disk_destroy(again);
            sim_disk_destroy(cut);
        }
    }
    sim_disk_destroy(history.disk);
    print_message("# %zu states\n", states);
    assert_true(states >= STATES_MIN);
}
