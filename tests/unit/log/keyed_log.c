/* tests: logs of records with keys. */
#include "unit/log/keyed_log.h"

#include "log/log_compaction.h"
#include "log/log_core.h"
#include "record/batch_writer.h"
#include "record/control.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEYED_BYTES = 64 * 1024 };

static void write_records(struct batch_writer *writer, const char *records, int64_t timestamp)
{
    for (const char *at = records; *at != 0;) {
        const char *equals = strchr(at, '=');
        size_t size = strcspn(equals + 1, " ");
        struct slice value = equals[1] == '-' ? SLICE_NULL : slice_of(equals + 1, size);
        struct record_header header = { slice_text("h"), slice_text("x") };
        assert_true(batch_writer_append(writer, timestamp, slice_of(at, (size_t)(equals - at)),
                                        value, &header, 1));
        at = equals + 1 + size;
        at += *at == ' ';
    }
}

void keyed_append(struct log *log, const struct keyed_batch *batch)
{
    uint8_t *data = malloc(KEYED_BYTES);
    struct batch_writer writer;
    struct log_appended appended;
    struct bytes packed;
    struct slice done;
    assert_non_null(data);
    bytes_init(&packed, KEYED_BYTES);
    struct compressor *compressor =
        batch->codec ? compressor_create(batch->codec, COMPRESSION_LEVEL_DEFAULT) : NULL;
    batch_writer_init(&writer, data, KEYED_BYTES);
    write_records(&writer, batch->records, batch->timestamp);
    struct batch_close close = {
        .partition_leader_epoch = -1,
        .codec = batch->codec,
        .transactional = batch->transactional,
        .producer_id = batch->producer_id ? batch->producer_id : BATCH_NO_PRODUCER_ID,
        .producer_epoch = batch->producer_id ? 0 : -1,
        .base_sequence = batch->producer_id ? batch->base_sequence : -1,
    };
    assert_int_equal(batch_writer_close(&writer, &close, compressor, &packed, &done), KC_ERR_NONE);
    struct log_append append = { .data = packed.size > 0 ? packed.data : data,
                                 .size = done.size,
                                 .now_ms = batch->timestamp };
    assert_int_equal(log_append(log, &append, &appended), KC_ERR_NONE);
    (void)log_set_high_watermark(log, log_end_offset(log));
    compressor_destroy(compressor);
    bytes_finish(&packed);
    free(data);
}

void keyed_put(struct log *log, const char *records, int64_t timestamp)
{
    keyed_append(log, &(struct keyed_batch){ .records = records, .timestamp = timestamp });
}

void keyed_marker(struct log *log, bool commit, int64_t producer_id)
{
    struct fixture_batch *batch = malloc(sizeof(*batch));
    struct log_appended appended;
    assert_non_null(batch);
    fixture_marker(batch, commit, producer_id, 0, 0);
    assert_int_equal(fixture_append(log, batch, LOG_ORIGIN_COORDINATOR, 0, 1000, &appended),
                     KC_ERR_NONE);
    (void)log_set_high_watermark(log, log_end_offset(log));
    free(batch);
}

static size_t show_record(const struct record *record, bool is_control, char *text, size_t size)
{
    if (is_control) {
        return (size_t)snprintf(text, size, "%" PRId64 ":%s ", record->offset,
                                control_type_of(record->key) == CONTROL_COMMIT ? "commit"
                                                                               : "abort");
    }
    assert_int_equal(record->header_count, 1);
    return (size_t)snprintf(
        text, size, "%" PRId64 ":%.*s=%.*s ", record->offset, SLICE_ARGS(record->key),
        SLICE_ARGS(slice_is_null(record->value) ? slice_text("-") : record->value));
}

static size_t show_batch(const struct batch *batch, char *text, size_t size)
{
    struct decompressor *decompressor = decompressor_create();
    struct batch_reader reader;
    struct record record;
    struct bytes buffer;
    size_t used = 0;
    bytes_init(&buffer, KEYED_BYTES);
    assert_int_equal(batch_check_crc(batch), KC_ERR_NONE);
    assert_int_equal(batch_reader_init(&reader, batch, decompressor, &buffer), KC_ERR_NONE);
    if (batch->record_count == 0) {
        used += (size_t)snprintf(text, size, "%" PRId64 ":() ", batch_last_offset(batch));
    }
    enum kc_err err;
    while ((err = batch_reader_next(&reader, &record)) == KC_ERR_NONE) {
        used += show_record(&record, batch_is_control(batch), text + used, size - used);
        assert_true(used < size);
    }
    assert_int_equal(err, KC_ERR_WOULD_BLOCK);
    bytes_finish(&buffer);
    decompressor_destroy(decompressor);
    return used;
}

const char *keyed_show(struct log *log, char *text, size_t size)
{
    struct bytes out;
    struct batch batch;
    size_t used = 0;
    int64_t offset = log_start_offset(log);
    bytes_init(&out, 16 * 1024 * 1024);
    text[0] = 0;
    while (offset < log_end_offset(log)) {
        struct log_read read = { .offset = offset,
                                 .offset_max = log_end_offset(log),
                                 .bytes_max = 1,
                                 .one_batch_min = true };
        out.size = 0;
        assert_int_equal(log_read_into(log, &read, &out), KC_ERR_NONE);
        if (out.size == 0) {
            break; /* nothing is left behind this offset */
        }
        assert_int_equal(batch_read(bytes_slice(&out), &batch), KC_ERR_NONE);
        assert_true(batch_last_offset(&batch) >= offset);
        used += show_batch(&batch, text + used, size - used);
        offset = batch_last_offset(&batch) + 1;
    }
    if (used > 0) {
        text[used - 1] = 0;
    }
    bytes_finish(&out);
    return text;
}

bool keyed_compact(struct log *log, size_t map_bytes_max, int64_t now_ms)
{
    struct log_dirt dirt;
    struct log_compaction *job = NULL;
    assert_int_equal(log_flush(log), KC_ERR_NONE);
    log->checkpointed_offset = log_recovery_point(log);
    if (!log_compaction_is_due(log, now_ms, &dirt)) {
        return false;
    }
    assert_int_equal(log_compaction_begin(log, &dirt, map_bytes_max, now_ms, &job), KC_ERR_NONE);
    log_compaction_run(job);
    assert_int_equal(log_compaction_end(log, job, now_ms), KC_ERR_NONE);
    return true;
}
