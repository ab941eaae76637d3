/* tests: appending, reading, rolling, looking up, cutting and retaining one log. */
#include "unit/log/log_fixture.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct setup {
    struct log_dir dir;
    struct log *log;
    struct fixture_batch batch;
    char path[PATH_MAX];
};

static struct setup *begin(struct log_open *ret_open)
{
    struct setup *setup = calloc(1, sizeof(*setup));
    assert_non_null(setup);
    test_directory(setup->path);
    assert_int_equal(log_dir_init(&setup->dir, setup->path, &file_system_real, NULL), KC_ERR_NONE);
    *ret_open = fixture_open(&setup->dir);
    return setup;
}

static void open_log(struct setup *setup, const struct log_open *open)
{
    struct kc_error error = { 0 };
    enum kc_err err = log_open(open, &setup->log, NULL, &error);
    if (err != KC_ERR_NONE) {
        fail_msg("log_open: %s: %s", kc_err_name(err), error.text);
    }
}

static void reopen(struct setup *setup, struct log_open *open, bool clean)
{
    open->recovery_point = log_recovery_point(setup->log);
    open->log_start_offset = log_start_offset(setup->log);
    if (clean) {
        assert_int_equal(log_close(setup->log), KC_ERR_NONE);
    }
    log_destroy(setup->log);
    open->clean = clean;
    open_log(setup, open);
}

static void end(struct setup *setup)
{
    log_destroy(setup->log);
    log_dir_close(&setup->dir, false, -1);
    free(setup);
}

TEST(append_and_read)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    struct log_appended appended;
    open_log(setup, &open);
    fixture_batch(&setup->batch, &(struct fixture_options){ .count = 3, .timestamp = 900 });
    assert_int_equal(
        fixture_append(setup->log, &setup->batch, LOG_ORIGIN_CLIENT, 4, 1000, &appended),
        KC_ERR_NONE);
    assert_int_equal(appended.base_offset, 0);
    assert_int_equal(appended.last_offset, 2);
    assert_int_equal(appended.log_append_time, -1);
    assert_false(appended.duplicate);
    fixture_batch(&setup->batch, &(struct fixture_options){ .count = 5, .salt = 3 });
    assert_int_equal(
        fixture_append(setup->log, &setup->batch, LOG_ORIGIN_CLIENT, 4, 1000, &appended),
        KC_ERR_NONE);
    assert_int_equal(appended.base_offset, 3);
    assert_int_equal(log_end_offset(setup->log), 8);
    assert_int_equal(fixture_verify(setup->log), 8);
    assert_int_equal(log_latest_epoch(setup->log), 4);
    end(setup);
}

TEST(read_bounds)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    struct log_range range;
    open_log(setup, &open);
    fixture_fill(setup->log, 2, 1000);
    size_t batch_size = (size_t)log_size(setup->log);
    for (int i = 0; i < 9; i++) {
        fixture_fill(setup->log, 2, 1000);
    }
    struct log_read read = { .offset = 21, .offset_max = 20, .bytes_max = 1 };
    assert_int_equal(log_read(setup->log, &read, &range), KC_ERR_OFFSET_OUT_OF_RANGE);
    read.offset = -1;
    assert_int_equal(log_read(setup->log, &read, &range), KC_ERR_OFFSET_OUT_OF_RANGE);
    read.offset = 20;
    assert_int_equal(log_read(setup->log, &read, &range), KC_ERR_NONE);
    assert_int_equal(range.size, 0);
    log_range_release(&range);
    read =
        (struct log_read){ .offset = 5, .offset_max = 20, .bytes_max = 1, .one_batch_min = true };
    assert_int_equal(log_read(setup->log, &read, &range), KC_ERR_NONE);
    assert_int_equal(range.size, batch_size);
    assert_int_equal(range.position, 2 * batch_size);
    log_range_release(&range);
    read = (struct log_read){ .offset = 4, .offset_max = 10, .bytes_max = 1024 * 1024 };
    assert_int_equal(log_read(setup->log, &read, &range), KC_ERR_NONE);
    assert_int_equal(range.size, 3 * batch_size);
    log_range_release(&range);
    end(setup);
}

TEST(rolls_by_size_and_finds_every_offset)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    open.options.segment_bytes = 4096;
    open.options.index_interval_bytes = 256;
    open_log(setup, &open);
    for (int i = 0; i < 400; i++) {
        fixture_fill(setup->log, 1 + i % 3, 1000 + i);
    }
    assert_true(log_segment_count(setup->log) > 5);
    int64_t last = log_end_offset(setup->log);
    assert_int_equal(fixture_verify(setup->log), last);
    for (int pass = 0; pass < 3; pass++) {
        for (int64_t offset = 0; offset < last; offset++) {
            struct log_range range;
            struct log_read read = {
                .offset = offset, .offset_max = last, .bytes_max = 61, .one_batch_min = true
            };
            uint8_t data[FIXTURE_BATCH_MAX];
            size_t size = 0;
            struct batch batch;
            assert_int_equal(log_read(setup->log, &read, &range), KC_ERR_NONE);
            assert_int_equal(log_range_copy(&range, data, &size), KC_ERR_NONE);
            assert_int_equal(batch_read(slice_of(data, size), &batch), KC_ERR_NONE);
            assert_true(batch.base_offset <= offset && batch_last_offset(&batch) >= offset);
            log_range_release(&range);
        }
        reopen(setup, &open, pass == 0);
        assert_int_equal(log_end_offset(setup->log), last);
    }
    end(setup);
}

TEST(finds_timestamps)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    struct log_offset found;
    open.options.segment_bytes = 2048;
    open.options.index_interval_bytes = 100;
    open_log(setup, &open);
    for (int i = 0; i < 200; i++) {
        fixture_fill(setup->log, 2, 10000 + i * 10);
    }
    for (int pass = 0; pass < 3; pass++) {
        int64_t last = log_end_offset(setup->log);
        for (int i = 0; i < 200; i++) {
            assert_int_equal(log_offset_for_timestamp(setup->log, 10000 + i * 10 - 3, last, &found),
                             KC_ERR_NONE);
            assert_int_equal(found.offset, i * 2);
            assert_int_equal(found.timestamp, 10000 + i * 10);
            assert_int_equal(found.leader_epoch, 0);
        }
        assert_int_equal(log_offset_for_timestamp(setup->log, 99999, last, &found), KC_ERR_NONE);
        assert_int_equal(found.offset, -1);
        assert_int_equal(log_offset_for_timestamp(setup->log, LOG_TIMESTAMP_EARLIEST, last, &found),
                         KC_ERR_NONE);
        assert_int_equal(found.offset, 0);
        assert_int_equal(log_offset_for_timestamp(setup->log, LOG_TIMESTAMP_LATEST, last, &found),
                         KC_ERR_NONE);
        assert_int_equal(found.offset, 400);
        assert_int_equal(log_offset_for_timestamp(setup->log, LOG_TIMESTAMP_MAX, last, &found),
                         KC_ERR_NONE);
        assert_int_equal(found.offset, 398);
        reopen(setup, &open, pass == 0);
    }
    end(setup);
}

TEST(refuses_what_kafka_refuses)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    struct log_appended appended;
    open.options.max_message_bytes = 1000;
    open.options.segment_bytes = 3000;
    open_log(setup, &open);
    struct fixture_batch *batch = &setup->batch;
    fixture_batch(batch, &(struct fixture_options){ .count = 1, .value_size = 2000 });
    assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
                     KC_ERR_MESSAGE_TOO_LARGE);
    fixture_batch(batch, &(struct fixture_options){ .count = 1, .value_size = 4000 });
    assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_REPLICA, 0, 1000, &appended),
                     KC_ERR_RECORD_LIST_TOO_LARGE);
    fixture_marker(batch, true, 5, 0, 0);
    assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
                     KC_ERR_INVALID_RECORD);
    fixture_batch(batch, &(struct fixture_options){ .count = 2 });
    batch->data[batch->size - 1] ^= 1;
    assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
                     KC_ERR_CORRUPT_MESSAGE);
    fixture_batch(batch, &(struct fixture_options){ .count = 2 });
    batch->size -= 1;
    assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
                     KC_ERR_CORRUPT_MESSAGE);
    assert_int_equal(log_end_offset(setup->log), 0);
    assert_int_equal(log_size(setup->log), 0);
    end(setup);
}

/* By what the check of the batch has found; the coordinators' own records are not looked at. */
TEST(rejects_for_single_records_of_clients)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    struct log_appended appended;
    struct fixture_batch *batch = &setup->batch;
    struct batch_findings findings = { .min_timestamp = 900, .max_timestamp = 900 };
    open.options.cleanup_policy_compact = true;
    open_log(setup, &open);
    fixture_batch(batch, &(struct fixture_options){ .count = 2, .timestamp = 900 });
    struct log_append append = { .data = batch->data,
                                 .size = batch->size,
                                 .origin = LOG_ORIGIN_CLIENT,
                                 .now_ms = 1000,
                                 .findings = &findings };
    findings.has_null_key = true;
    assert_int_equal(log_append(setup->log, &append, &appended), KC_ERR_INVALID_RECORD);
    findings.has_null_key = false;
    findings.max_timestamp = 9000000;
    assert_int_equal(log_append(setup->log, &append, &appended), KC_ERR_INVALID_TIMESTAMP);
    assert_int_equal(log_end_offset(setup->log), 0);
    findings.max_timestamp = 900;
    assert_int_equal(log_append(setup->log, &append, &appended), KC_ERR_NONE);
    assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_COORDINATOR, 0, 1000, &appended),
                     KC_ERR_NONE);
    assert_int_equal(log_end_offset(setup->log), 4);
    end(setup);
}

TEST(stamps_log_append_time)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    struct log_appended appended;
    struct log_offset found;
    open.options.message_timestamp_type_log_append_time = true;
    open_log(setup, &open);
    fixture_batch(&setup->batch, &(struct fixture_options){ .count = 2, .timestamp = 5 });
    assert_int_equal(
        fixture_append(setup->log, &setup->batch, LOG_ORIGIN_CLIENT, 0, 7777, &appended),
        KC_ERR_NONE);
    assert_int_equal(appended.log_append_time, 7777);
    assert_int_equal(log_offset_for_timestamp(setup->log, 7777, 2, &found), KC_ERR_NONE);
    assert_int_equal(found.offset, 0);
    assert_int_equal(found.timestamp, 7777);
    end(setup);
}

TEST(truncates)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    open.options.segment_bytes = 1024;
    open.options.index_interval_bytes = 64;
    open_log(setup, &open);
    for (int i = 0; i < 100; i++) {
        fixture_fill(setup->log, 1, 1000 + i);
    }
    assert_int_equal(log_flush(setup->log), KC_ERR_NONE);
    assert_int_equal(log_recovery_point(setup->log), 100);
    for (int64_t offset = 97; offset > 40; offset -= 7) {
        assert_int_equal(log_truncate_to(setup->log, offset), KC_ERR_NONE);
        assert_int_equal(log_end_offset(setup->log), offset);
        assert_int_equal(log_recovery_point(setup->log), offset);
        assert_int_equal(fixture_verify(setup->log), offset);
        fixture_fill(setup->log, 1, 5000);
        assert_int_equal(fixture_verify(setup->log), offset + 1);
    }
    int64_t last = log_end_offset(setup->log);
    reopen(setup, &open, false);
    assert_int_equal(fixture_verify(setup->log), last);
    assert_int_equal(log_truncate_fully(setup->log, 1000), KC_ERR_NONE);
    assert_int_equal(log_start_offset(setup->log), 1000);
    assert_int_equal(log_end_offset(setup->log), 1000);
    fixture_fill(setup->log, 3, 5000);
    reopen(setup, &open, true);
    assert_int_equal(log_end_offset(setup->log), 1003);
    assert_int_equal(fixture_verify(setup->log), 3);
    end(setup);
}

TEST(keeps_epochs)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    struct log_appended appended;
    int32_t epoch;
    int64_t offset;
    open_log(setup, &open);
    for (int32_t i = 1; i < 6; i++) {
        fixture_batch(&setup->batch,
                      &(struct fixture_options){ .count = 10, .salt = (i - 1) * 10 });
        assert_int_equal(
            fixture_append(setup->log, &setup->batch, LOG_ORIGIN_CLIENT, i * 2, 1000, &appended),
            KC_ERR_NONE);
    }
    for (int pass = 0; pass < 3; pass++) {
        log_epoch_end_offset(setup->log, 10, &epoch, &offset);
        assert_int_equal(epoch, 10);
        assert_int_equal(offset, 50);
        log_epoch_end_offset(setup->log, 5, &epoch, &offset);
        assert_int_equal(epoch, 4);
        assert_int_equal(offset, 20);
        log_epoch_end_offset(setup->log, 11, &epoch, &offset);
        assert_int_equal(epoch, -1);
        reopen(setup, &open, pass == 0);
    }
    assert_int_equal(log_truncate_to(setup->log, 30), KC_ERR_NONE);
    assert_int_equal(log_latest_epoch(setup->log), 6);
    end(setup);
}

TEST(retention)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    size_t count = 0;
    open.options.segment_bytes = 512;
    open.options.retention_ms = 1000;
    open_log(setup, &open);
    for (int i = 0; i < 100; i++) {
        fixture_fill(setup->log, 1, 1000 + i * 10);
    }
    size_t segments = log_segment_count(setup->log);
    assert_int_equal(log_delete_old_segments(setup->log, 2600, &count), KC_ERR_NONE);
    assert_int_equal(count, 0); /* nothing is committed */
    (void)log_set_high_watermark(setup->log, 100);
    assert_int_equal(log_delete_old_segments(setup->log, 2600, &count), KC_ERR_NONE);
    assert_true(count > 2 && count < segments);
    assert_int_equal(log_segment_count(setup->log), segments - count);
    assert_int_equal(fixture_verify(setup->log), 100 - log_start_offset(setup->log));
    log_remove_deleted(setup->log, 2600 + 60000);
    reopen(setup, &open, false);
    assert_int_equal(log_end_offset(setup->log), 100);
    (void)log_set_high_watermark(setup->log, 100);
    assert_int_equal(log_delete_old_segments(setup->log, 100000, &count), KC_ERR_NONE);
    assert_int_equal(log_segment_count(setup->log), 1);
    assert_int_equal(log_start_offset(setup->log), 100);
    assert_int_equal(log_size(setup->log), 0);
    end(setup);
}

TEST(delete_records)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    open_log(setup, &open);
    fixture_fill(setup->log, 10, 1000);
    assert_int_equal(log_delete_records(setup->log, 4), KC_ERR_OFFSET_OUT_OF_RANGE);
    (void)log_set_high_watermark(setup->log, 10);
    assert_int_equal(log_delete_records(setup->log, 4), KC_ERR_NONE);
    assert_int_equal(log_start_offset(setup->log), 4);
    assert_int_equal(fixture_verify(setup->log), 6);
    reopen(setup, &open, true);
    assert_int_equal(log_start_offset(setup->log), 4);
    end(setup);
}

TEST(sequences_and_transactions)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    struct log_appended appended;
    struct fixture_batch *batch = &setup->batch;
    open_log(setup, &open);
    for (int32_t i = 0; i < 7; i++) {
        fixture_batch(batch, &(struct fixture_options){
                                 .count = 2, .producer_id = 9, .base_sequence = i * 2 });
        assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
                         KC_ERR_NONE);
    }
    for (int32_t i = 2; i < 7; i++) {
        fixture_batch(batch, &(struct fixture_options){
                                 .count = 2, .producer_id = 9, .base_sequence = i * 2 });
        assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
                         KC_ERR_NONE);
        assert_true(appended.duplicate);
        assert_int_equal(appended.base_offset, i * 2);
        assert_int_equal(appended.last_offset, i * 2 + 1);
    }
    fixture_batch(batch, &(struct fixture_options){ .count = 2, .producer_id = 9 });
    assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
                     KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_int_equal(log_end_offset(setup->log), 14);

    fixture_batch(batch,
                  &(struct fixture_options){
                      .count = 3, .producer_id = 20, .producer_epoch = 1, .transactional = true });
    assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
                     KC_ERR_NONE);
    (void)log_set_high_watermark(setup->log, 17);
    assert_int_equal(log_last_stable_offset(setup->log), 14);
    fixture_marker(batch, false, 20, 1, 3);
    assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_COORDINATOR, 0, 1000, &appended),
                     KC_ERR_NONE);
    assert_int_equal(log_last_stable_offset(setup->log), 14);
    fixture_marker(batch, false, 20, 1, 2);
    assert_int_equal(fixture_append(setup->log, batch, LOG_ORIGIN_COORDINATOR, 0, 1000, &appended),
                     KC_ERR_TRANSACTION_COORDINATOR_FENCED);
    for (int pass = 0; pass < 3; pass++) {
        struct bytes out;
        (void)log_set_high_watermark(setup->log, 18);
        assert_int_equal(log_last_stable_offset(setup->log), 18);
        bytes_init(&out, 4096);
        assert_int_equal(log_aborted_in(setup->log, 0, 18, &out), KC_ERR_NONE);
        assert_int_equal(out.size, sizeof(struct log_aborted));
        struct log_aborted aborted;
        memcpy(&aborted, out.data, sizeof(aborted));
        assert_int_equal(aborted.producer_id, 20);
        assert_int_equal(aborted.first_offset, 14);
        bytes_finish(&out);
        const struct producer_entry *entry = producers_find(log_producers(setup->log), 9);
        assert_non_null(entry);
        assert_int_equal(entry->batches[entry->batch_count - 1].last_sequence, 13);
        reopen(setup, &open, pass == 0);
    }
    end(setup);
}

TEST(topic_id_and_delete)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    struct random random;
    struct uuid other;
    char path[FILE_PATH_MAX];
    random_init(&random, 1);
    uuid_random(&random, &open.topic_id);
    uuid_random(&random, &other);
    open_log(setup, &open);
    fixture_fill(setup->log, 3, 1000);
    reopen(setup, &open, false);
    struct uuid id = log_topic_id(setup->log);
    assert_true(uuid_equal(&id, &open.topic_id));
    assert_int_equal(log_set_topic_id(setup->log, &other), KC_ERR_INCONSISTENT_TOPIC_ID);
    assert_int_equal(log_delete(setup->log, &random, path), KC_ERR_NONE);
    assert_int_equal(fixture_try_fill(setup->log, 1, 1000), KC_ERR_KAFKA_STORAGE_ERROR);
    assert_true(file_exists(&file_system_real, path));
    assert_int_equal(file_remove_tree(&file_system_real, path), 0);
    end(setup);
}
