/* tests: compaction of one log: what stays of keys, tombstones, transactions and sequences. */
#include "unit/log/keyed_log.h"

#include "log/log_compaction.h"
#include "log/log_core.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAP_BYTES = 1 << 20, NOW = 100000, DAY = 86400000 };

struct setup {
    struct log_dir dir;
    struct log_open open;
    struct log *log;
    char text[4096];
};

static struct setup *begin(void)
{
    struct setup *setup = calloc(1, sizeof(*setup));
    char path[PATH_MAX];
    assert_non_null(setup);
    test_directory(path);
    assert_int_equal(log_dir_init(&setup->dir, path, &file_system_real, NULL), KC_ERR_NONE);
    setup->open = fixture_open(&setup->dir);
    setup->open.options.cleanup_policy_compact = true;
    setup->open.options.cleanup_policy_delete = false;
    setup->open.options.min_cleanable_dirty_ratio = 0;
    assert_int_equal(log_open(&setup->open, &setup->log, NULL, NULL), KC_ERR_NONE);
    return setup;
}

static void end(struct setup *setup)
{
    log_destroy(setup->log);
    log_dir_close(&setup->dir, false, -1);
    free(setup);
}

static void reopen(struct setup *setup, bool clean)
{
    setup->open.clean = clean;
    setup->open.recovery_point = log_recovery_point(setup->log);
    setup->open.log_start_offset = log_start_offset(setup->log);
    setup->open.compacted_offset = log_compacted_offset(setup->log);
    setup->open.high_watermark = log_high_watermark(setup->log);
    if (clean) {
        assert_int_equal(log_close(setup->log), KC_ERR_NONE);
    }
    log_destroy(setup->log);
    setup->log = NULL;
    assert_int_equal(log_open(&setup->open, &setup->log, NULL, NULL), KC_ERR_NONE);
}

static void roll(struct setup *setup)
{
    assert_int_equal(log_roll(setup->log, NOW), KC_ERR_NONE);
}

static void check(struct setup *setup, const char *wanted)
{
    assert_string_equal(keyed_show(setup->log, setup->text, sizeof(setup->text)), wanted);
}

TEST(keeps_the_newest_of_each_key)
{
    struct setup *setup = begin();
    keyed_put(setup->log, "a=1 b=1 a=2", 1000);
    keyed_put(setup->log, "c=1 b=2", 1000);
    roll(setup);
    keyed_put(setup->log, "a=3 d=1", 1000);
    roll(setup);
    keyed_put(setup->log, "c=2", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW));
    /* The active segment is no part of it: c=1 stays. */
    check(setup, "3:c=1 4:b=2 5:a=3 6:d=1 7:c=2");
    assert_int_equal(log_segment_count(setup->log), 2);
    assert_int_equal(log_end_offset(setup->log), 8);
    assert_int_equal(log_start_offset(setup->log), 0);
    assert_int_equal(log_compacted_offset(setup->log), 7);
    assert_false(keyed_compact(setup->log, MAP_BYTES, NOW));
    reopen(setup, false);
    check(setup, "3:c=1 4:b=2 5:a=3 6:d=1 7:c=2");
    reopen(setup, true);
    check(setup, "3:c=1 4:b=2 5:a=3 6:d=1 7:c=2");
    roll(setup);
    keyed_put(setup->log, "x=1", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW));
    check(setup, "4:b=2 5:a=3 6:d=1 7:c=2 8:x=1");
    end(setup);
}

TEST(every_offset_can_be_asked_for)
{
    struct setup *setup = begin();
    struct bytes out;
    keyed_put(setup->log, "a=1 b=1 c=1", 1000);
    roll(setup);
    keyed_put(setup->log, "a=2", 1000);
    roll(setup);
    keyed_put(setup->log, "b=2 c=2", 1000);
    roll(setup);
    keyed_put(setup->log, "z=1", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW));
    check(setup, "3:a=2 4:b=2 5:c=2 6:z=1");
    bytes_init(&out, 1 << 20);
    for (int64_t offset = 0; offset < 7; offset++) {
        struct batch batch;
        struct log_read read = {
            .offset = offset, .offset_max = 7, .bytes_max = 1, .one_batch_min = true
        };
        out.size = 0;
        assert_int_equal(log_read_into(setup->log, &read, &out), KC_ERR_NONE);
        assert_int_equal(batch_read(bytes_slice(&out), &batch), KC_ERR_NONE);
        assert_true(batch_last_offset(&batch) >= offset);
    }
    bytes_finish(&out);
    end(setup);
}

TEST(segments_of_which_nothing_stays)
{
    struct setup *setup = begin();
    setup->open.options.segment_bytes = 100; /* each group holds one */
    log_set_options(setup->log, &setup->open.options);
    for (int i = 0; i < 5; i++) {
        keyed_put(setup->log, "a=1 b=1", 1000);
        keyed_put(setup->log, "a=1 b=1", 1000);
        roll(setup);
    }
    keyed_put(setup->log, "z=1", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW));
    check(setup, "18:a=1 19:b=1 20:z=1");
    reopen(setup, false);
    check(setup, "18:a=1 19:b=1 20:z=1");
    end(setup);
}

TEST(tombstones_stay_for_a_while)
{
    struct setup *setup = begin();
    keyed_put(setup->log, "a=1 b=1", 1000);
    roll(setup);
    keyed_put(setup->log, "a=- c=1", 1000);
    roll(setup);
    keyed_put(setup->log, "z=1", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW));
    check(setup, "1:b=1 2:a=- 3:c=1 4:z=1");
    /* Not a day later yet. */
    roll(setup);
    keyed_put(setup->log, "z=2", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW + DAY - 1));
    check(setup, "1:b=1 2:a=- 3:c=1 4:z=1 5:z=2");
    roll(setup);
    keyed_put(setup->log, "z=3", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW + DAY));
    check(setup, "1:b=1 3:c=1 5:z=2 6:z=3");
    end(setup);
}

TEST(aborted_records_go_and_markers_follow)
{
    struct setup *setup = begin();
    struct keyed_batch lost = {
        .records = "a=lost b=lost", .timestamp = 1000, .producer_id = 5, .transactional = true
    };
    struct keyed_batch kept = {
        .records = "a=kept", .timestamp = 1000, .producer_id = 6, .transactional = true
    };
    keyed_put(setup->log, "a=1 b=1", 1000);
    keyed_append(setup->log, &lost);
    keyed_append(setup->log, &kept);
    keyed_marker(setup->log, false, 5);
    keyed_marker(setup->log, true, 6);
    roll(setup);
    keyed_put(setup->log, "z=1", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW));
    /* The header of producer 5's last batch keeps its sequence. */
    check(setup, "1:b=1 3:() 4:a=kept 5:abort 6:commit 7:z=1");
    roll(setup);
    keyed_put(setup->log, "a=2", 1000);
    roll(setup);
    keyed_put(setup->log, "z=2", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW + 2 * DAY));
    check(setup, "1:b=1 3:() 4:() 5:abort 6:commit 7:z=1 8:a=2 9:z=2");
    reopen(setup, false);
    const struct producer_entry *entry = producers_find(log_producers(setup->log), 5);
    assert_non_null(entry);
    assert_int_equal(entry->batches[entry->batch_count - 1].last_sequence, 1);
    assert_int_equal(log_last_stable_offset(setup->log), 10);
    end(setup);
}

TEST(markers_of_nothing_go_after_their_time)
{
    struct setup *setup = begin();
    struct keyed_batch first = {
        .records = "a=1", .timestamp = 1000, .producer_id = 5, .transactional = true
    };
    keyed_append(setup->log, &first);
    keyed_marker(setup->log, true, 5);
    first.base_sequence = 1;
    keyed_append(setup->log, &first);
    keyed_marker(setup->log, true, 5);
    roll(setup);
    keyed_put(setup->log, "z=1", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW));
    check(setup, "1:commit 2:a=1 3:commit 4:z=1");
    roll(setup);
    keyed_put(setup->log, "z=2", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW)); /* sets the horizon of marker 1 */
    check(setup, "1:commit 2:a=1 3:commit 4:z=1 5:z=2");
    roll(setup);
    keyed_put(setup->log, "z=3", 1000);
    assert_true(keyed_compact(setup->log, MAP_BYTES, NOW + 2 * DAY));
    check(setup, "2:a=1 3:commit 5:z=2 6:z=3");
    reopen(setup, false);
    assert_int_equal(log_last_stable_offset(setup->log), 7);
    end(setup);
}

TEST(a_transaction_over_two_segments_keeps_its_marker)
{
    struct setup *setup = begin();
    struct keyed_batch part = {
        .records = "a=1", .timestamp = 1000, .producer_id = 5, .transactional = true
    };
    setup->open.options.segment_bytes = 200; /* each group holds one */
    log_set_options(setup->log, &setup->open.options);
    keyed_append(setup->log, &part);
    roll(setup);
    keyed_marker(setup->log, true, 5);
    keyed_put(setup->log, "b=1", 1000);
    roll(setup);
    keyed_put(setup->log, "z=1", 1000);
    for (int64_t round = 0; round < 3; round++) {
        assert_true(keyed_compact(setup->log, MAP_BYTES, NOW + round * 2 * DAY));
        keyed_put(setup->log, "z=2", 1000);
        roll(setup);
        keyed_put(setup->log, "z=2", 1000);
    }
    assert_non_null(
        strstr(keyed_show(setup->log, setup->text, sizeof(setup->text)), "0:a=1 1:commit 2:b=1"));
    reopen(setup, false);
    assert_int_equal(log_last_stable_offset(setup->log), log_end_offset(setup->log));
    end(setup);
}

TEST(a_small_map_takes_several_rounds)
{
    struct setup *setup = begin();
    char records[512] = "";
    char wanted[1024] = "";
    for (int i = 0; i < 40; i++) {
        size_t size = strlen(records);
        (void)snprintf(records + size, sizeof(records) - size, "%sk%d=1", i ? " " : "", i);
    }
    for (int i = 0; i < 5; i++) {
        keyed_put(setup->log, records, 1000);
        roll(setup);
    }
    keyed_put(setup->log, "z=1", 1000);
    int rounds = 0;
    while (keyed_compact(setup->log, 32 * 24, NOW)) {
        rounds++;
        assert_true(rounds < 20);
    }
    assert_true(rounds > 1);
    for (int i = 0; i < 40; i++) {
        size_t size = strlen(wanted);
        (void)snprintf(wanted + size, sizeof(wanted) - size, "%d:k%d=1 ", 160 + i, i);
    }
    size_t used = strlen(wanted);
    (void)snprintf(wanted + used, sizeof(wanted) - used, "200:z=1");
    check(setup, wanted);
    end(setup);
}

TEST(compressed_batches_keep_their_codec)
{
    static const enum compression codecs[] = { COMPRESSION_GZIP, COMPRESSION_SNAPPY,
                                               COMPRESSION_LZ4, COMPRESSION_ZSTD };
    for (size_t i = 0; i < 4; i++) {
        struct setup *setup = begin();
        struct bytes out;
        struct batch batch;
        keyed_append(setup->log, &(struct keyed_batch){ .records = "a=1 b=1 c=1 a=2",
                                                        .timestamp = 1000,
                                                        .codec = codecs[i] });
        roll(setup);
        keyed_put(setup->log, "z=1", 1000);
        assert_true(keyed_compact(setup->log, MAP_BYTES, NOW));
        check(setup, "1:b=1 2:c=1 3:a=2 4:z=1");
        bytes_init(&out, 1 << 20);
        struct log_read read = { .offset_max = 4, .bytes_max = 4096 };
        assert_int_equal(log_read_into(setup->log, &read, &out), KC_ERR_NONE);
        assert_int_equal(batch_read(bytes_slice(&out), &batch), KC_ERR_NONE);
        assert_int_equal(batch_codec(&batch), codecs[i]);
        assert_int_equal(batch.base_offset, 0);
        assert_int_equal(batch.max_timestamp, 1000);
        bytes_finish(&out);
        end(setup);
    }
}

TEST(only_what_is_old_enough_and_dirty_enough)
{
    struct setup *setup = begin();
    struct log_dirt dirt;
    struct log_options options = setup->open.options;
    keyed_put(setup->log, "a=1", 1000);
    roll(setup);
    keyed_put(setup->log, "a=2", 5000);
    roll(setup);
    options.min_compaction_lag_ms = 3000;
    log_set_options(setup->log, &options);
    assert_false(log_compaction_is_due(setup->log, 3999, &dirt));
    assert_true(log_compaction_is_due(setup->log, 4000, &dirt));
    assert_int_equal(dirt.end_offset, 1);
    assert_true(log_compaction_is_due(setup->log, 8000, &dirt));
    log_compaction_postpone(setup->log, 8500); /* others come first */
    assert_false(log_compaction_is_due(setup->log, 8499, &dirt));
    assert_true(log_compaction_is_due(setup->log, 8500, &dirt));
    assert_int_equal(dirt.end_offset, 2);
    options.min_compaction_lag_ms = 0;
    options.min_cleanable_dirty_ratio = 0.6;
    log_set_options(setup->log, &options);
    assert_true(keyed_compact(setup->log, MAP_BYTES, 9000));
    keyed_put(setup->log, "a=3", 9000);
    roll(setup);
    assert_false(log_compaction_is_due(setup->log, 9000, &dirt)); /* half of it is dirty */
    options.max_compaction_lag_ms = 1000;
    log_set_options(setup->log, &options);
    assert_false(log_compaction_is_due(setup->log, 10000, &dirt));
    assert_true(log_compaction_is_due(setup->log, 10001, &dirt));
    /* After a start as well: the segment was closed before it. */
    reopen(setup, true);
    log_set_options(setup->log, &options);
    assert_false(log_compaction_is_due(setup->log, 10000, &dirt));
    assert_true(log_compaction_is_due(setup->log, 10001, &dirt));
    options.cleanup_policy_compact = false;
    log_set_options(setup->log, &options);
    assert_false(log_compaction_is_due(setup->log, 10001, &dirt));
    end(setup);
}

TEST(open_transactions_stop_it)
{
    struct setup *setup = begin();
    struct log_dirt dirt;
    keyed_put(setup->log, "a=1", 1000);
    roll(setup);
    keyed_append(setup->log, &(struct keyed_batch){ .records = "a=2",
                                                    .timestamp = 1000,
                                                    .producer_id = 5,
                                                    .transactional = true });
    roll(setup);
    assert_true(log_compaction_is_due(setup->log, NOW, &dirt));
    assert_int_equal(dirt.end_offset, 1);
    end(setup);
}

TEST(needs_what_it_reads_on_disk)
{
    struct setup *setup = begin();
    struct log_dirt dirt;
    struct log_compaction *job;
    keyed_put(setup->log, "a=1", 1000);
    roll(setup);
    assert_true(log_compaction_is_due(setup->log, NOW, &dirt));
    assert_int_equal(log_compaction_begin(setup->log, &dirt, MAP_BYTES, NOW, &job),
                     KC_ERR_WRONG_STATE);
    assert_int_equal(log_flush(setup->log), KC_ERR_NONE);
    assert_int_equal(log_compaction_begin(setup->log, &dirt, MAP_BYTES, NOW, &job),
                     KC_ERR_WRONG_STATE); /* a crash would forget it */
    end(setup);
}

TEST(retention_and_a_cut_meanwhile)
{
    struct setup *setup = begin();
    struct log_dirt dirt;
    struct log_compaction *job;
    size_t count = 9;
    keyed_put(setup->log, "a=1", 1000);
    roll(setup);
    keyed_put(setup->log, "a=2", 1000);
    roll(setup);
    keyed_put(setup->log, "a=3", 1000);
    assert_int_equal(log_flush(setup->log), KC_ERR_NONE);
    setup->log->checkpointed_offset = log_recovery_point(setup->log);
    assert_true(log_compaction_is_due(setup->log, NOW, &dirt));
    assert_int_equal(log_compaction_begin(setup->log, &dirt, MAP_BYTES, NOW, &job), KC_ERR_NONE);
    assert_int_equal(log_delete_records(setup->log, 1), KC_ERR_NONE);
    assert_int_equal(log_delete_old_segments(setup->log, NOW, &count), KC_ERR_NONE);
    assert_int_equal(count, 0);
    assert_false(log_compaction_is_due(setup->log, NOW, &dirt));
    log_compaction_run(job);
    assert_int_equal(log_truncate_to(setup->log, 1), KC_ERR_NONE);
    assert_int_equal(log_compaction_end(setup->log, job, NOW), KC_ERR_WRONG_STATE);
    keyed_put(setup->log, "b=1", 1000);
    check(setup, "1:b=1");
    reopen(setup, false);
    check(setup, "1:b=1");
    end(setup);
}

TEST(damage_leaves_the_log_as_it_is)
{
    struct setup *setup = begin();
    char path[PATH_MAX];
    struct log_dirt dirt;
    struct log_compaction *job;
    keyed_append(setup->log, &(struct keyed_batch){ .records = "a=1 b=1",
                                                    .timestamp = 1000,
                                                    .codec = COMPRESSION_ZSTD });
    roll(setup);
    keyed_put(setup->log, "a=2", 1000);
    assert_int_equal(log_flush(setup->log), KC_ERR_NONE);
    setup->log->checkpointed_offset = log_recovery_point(setup->log);
    (void)snprintf(path, sizeof(path), "%s/00000000000000000000.log", setup->log->directory);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, BATCH_HEADER_SIZE, SEEK_SET), 0);
    assert_int_equal(fputc(0, file), 0); /* no zstd frame any more */
    assert_int_equal(fclose(file), 0);
    assert_true(log_compaction_is_due(setup->log, NOW, &dirt));
    assert_int_equal(log_compaction_begin(setup->log, &dirt, MAP_BYTES, NOW, &job), KC_ERR_NONE);
    log_compaction_run(job);
    assert_int_equal(log_compaction_end(setup->log, job, NOW), KC_ERR_CORRUPT_MESSAGE);
    assert_false(log_is_failed(setup->log));
    assert_false(log_compaction_is_due(setup->log, NOW, &dirt));
    assert_int_equal(log_segment_count(setup->log), 2);
    keyed_put(setup->log, "a=3", 1000);
    end(setup);
}
