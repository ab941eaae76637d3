/* tests: power cuts. A log is written on the simulated disk; it is then cut after every prefix of
 * the recorded operations with many subsets of the unsynced sectors, recovered, cut again in the
 * middle of recovery, and recovered once more. Whatever was synced must be there, and what is there
 * must be right. */
#include "unit/log/log_fixture.h"
#include "unit/log/sim_disk.h"

#include "base/attr.h"

#include <stdio.h>
#include <stdlib.h>

enum { MARKS_MAX = 256, SEEDS = 4, STATES_MIN = 2000 };

/* From operation `count` on, offsets below `synced` are on disk. */
struct mark {
    size_t count;
    int64_t synced;
};

struct history {
    struct sim_disk *disk;
    struct mark marks[MARKS_MAX];
    size_t mark_count;
};

static void options_for(struct log_open *open)
{
    open->options.segment_bytes = 3000;
    open->options.index_interval_bytes = 200;
    open->options.segment_index_bytes = 512;
}

static void note(struct history *history, const struct log *log)
{
    assert_true(history->mark_count < MARKS_MAX);
    history->marks[history->mark_count++] =
        (struct mark){ sim_disk_count(history->disk), log_recovery_point(log) };
}

static void write_history(struct history *history, uint64_t seed)
{
    struct log_dir dir;
    struct log *log = NULL;
    struct random random;
    random_init(&random, seed);
    history->disk = sim_disk_create("/d");
    assert_int_equal(log_dir_init(&dir, "/d", sim_disk_files(history->disk), NULL), KC_ERR_NONE);
    struct log_open open = fixture_open(&dir);
    options_for(&open);
    assert_int_equal(log_open(&open, &log, NULL, NULL), KC_ERR_NONE);
    for (int i = 0; i < 40; i++) {
        struct fixture_batch *batch = malloc(sizeof(*batch));
        struct log_appended appended;
        assert_non_null(batch);
        fixture_batch(batch,
                      &(struct fixture_options){ .count = 1 + (int32_t)random_below(&random, 4),
                                                 .value_size = random_below(&random, 300),
                                                 .timestamp = 1000 + i,
                                                 .producer_id = 77,
                                                 .base_sequence = (int32_t)log_end_offset(log),
                                                 .salt = log_end_offset(log) });
        assert_int_equal(fixture_append(log, batch, LOG_ORIGIN_CLIENT, i / 10, 1000, &appended),
                         KC_ERR_NONE);
        free(batch);
        if (random_below(&random, 5) == 0) {
            assert_int_equal(log_flush(log), KC_ERR_NONE);
            note(history, log);
        }
    }
    assert_true(log_segment_count(log) > 3);
    log_destroy(log);
    log_dir_close(&dir, false, -1);
    assert_int_equal(sim_disk_open_files(history->disk), 0);
}

static int64_t synced_at(const struct history *history, size_t count)
{
    int64_t synced = 0;
    for (size_t i = 0; i < history->mark_count && history->marks[i].count <= count; i++) {
        synced = history->marks[i].synced;
    }
    return synced;
}

/* The producer's state is what the batches say. */
static void check_producer(struct log *log)
{
    struct bytes out;
    struct batch batch;
    int64_t last = -1;
    bytes_init(&out, 1024 * 1024);
    for (int64_t offset = 0; offset < log_end_offset(log); offset = batch_last_offset(&batch) + 1) {
        struct log_read read = { .offset = offset,
                                 .offset_max = log_end_offset(log),
                                 .bytes_max = 1,
                                 .one_batch_min = true };
        out.size = 0;
        assert_int_equal(log_read_into(log, &read, &out), KC_ERR_NONE);
        assert_int_equal(batch_read(bytes_slice(&out), &batch), KC_ERR_NONE);
        last = batch.producer_id == 77 ? batch_last_offset(&batch) : last;
    }
    const struct producer_entry *entry = producers_find(log_producers(log), 77);
    assert_int_equal(entry ? entry->batches[entry->batch_count - 1].last_offset : -1, last);
    bytes_finish(&out);
}

/* Opens, checks, and appends; the disk stays for another cut. */
static void recover(struct sim_disk *disk, int64_t recovery_point, int64_t synced, size_t count,
                    uint64_t seed)
{
    struct log_dir dir;
    struct log *log = NULL;
    struct kc_error error = { 0 };
    assert_int_equal(log_dir_init(&dir, "/d", sim_disk_files(disk), NULL), KC_ERR_NONE);
    struct log_open open = fixture_open(&dir);
    options_for(&open);
    open.recovery_point = recovery_point;
    enum kc_err err = log_open(&open, &log, NULL, &error);
    if (err != KC_ERR_NONE) {
        fail_msg("cut after %zu operations, seed %d: %s: %s", count, (int)seed, kc_err_name(err),
                 error.text);
    }
    if (log_end_offset(log) < synced) {
        fail_msg("cut after %zu operations, seed %d: ends at %d, %d were synced", count, (int)seed,
                 (int)log_end_offset(log), (int)synced);
    }
    assert_int_equal(fixture_verify(log), log_end_offset(log));
    check_producer(log);
    int64_t last = log_end_offset(log);
    fixture_fill(log, 2, 2000);
    assert_int_equal(fixture_verify(log), last + 2);
    assert_int_equal(log_truncate_to(log, last), KC_ERR_NONE);
    log_destroy(log);
    log_dir_close(&dir, false, -1);
    assert_int_equal(sim_disk_open_files(disk), 0);
}

TEST(power_cuts)
{
    size_t states = 0;
    for (uint64_t run = 0; run < 3; run++) {
        struct history history = { 0 };
        write_history(&history, 100 + run);
        size_t total = sim_disk_count(history.disk);
        for (size_t count = 0; count <= total; count++) {
            for (uint64_t seed = 0; seed < SEEDS; seed++) {
                static const int lost[SEEDS] = { 100, 50, 15, 80 };
                int64_t synced = synced_at(&history, count);
                /* The checkpoint may be older than the last sync. */
                int64_t point = (seed & 1) != 0 ? synced : 0;
                struct sim_disk *cut =
                    sim_disk_crash(history.disk, count, seed * 7919 + count, lost[seed]);
                recover(cut, point, synced, count, seed);
                states++;
                size_t done = sim_disk_count(cut);
                struct sim_disk *again =
                    sim_disk_crash(cut, done / 2 + seed % 2, seed * 31 + count, lost[seed]);
                recover(again, point, synced, count, seed);
                states++;
                sim_disk_destroy(again);
                sim_disk_destroy(cut);
            }
        }
        sim_disk_destroy(history.disk);
    }
    print_message("# %zu states\n", states);
    assert_true(states >= STATES_MIN);
}
