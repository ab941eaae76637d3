/* tests: the log's fixture. */
#include "unit/log/log_fixture.h"

#include "record/batch_writer.h"
#include "record/control.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void fixture_batch(struct fixture_batch *batch, const struct fixture_options *options)
{
    struct batch_writer writer;
    struct slice done;
    char value[FIXTURE_BATCH_MAX / 2];
    batch_writer_init(&writer, batch->data, sizeof(batch->data));
    for (int32_t i = 0; i < options->count; i++) {
        int size = snprintf(value, sizeof(value), "v%" PRId64, options->salt + i);
        size_t whole = options->value_size > (size_t)size ? options->value_size : (size_t)size;
        memset(value + size, '.', whole - (size_t)size);
        assert_true(batch_writer_append(&writer, options->timestamp, SLICE_NULL,
                                        slice_of(value, whole), NULL, 0));
    }
    bool has_producer = options->producer_id != 0;
    struct batch_close end = {
        .partition_leader_epoch = -1,
        .transactional = options->transactional,
        .producer_id = has_producer ? options->producer_id : BATCH_NO_PRODUCER_ID,
        .producer_epoch = has_producer ? options->producer_epoch : (int16_t)-1,
        .base_sequence = has_producer ? options->base_sequence : -1,
    };
    assert_int_equal(batch_writer_close(&writer, &end, NULL, NULL, &done), KC_ERR_NONE);
    assert_ptr_equal(done.data, batch->data);
    batch->size = done.size;
}

void fixture_marker(struct fixture_batch *batch, bool commit, int64_t producer_id,
                    int16_t producer_epoch, int32_t coordinator_epoch)
{
    batch->size = control_write_marker(batch->data, sizeof(batch->data), commit, 1000, producer_id,
                                       producer_epoch, coordinator_epoch);
    assert_true(batch->size > 0);
}

enum kc_err fixture_append(struct log *log, struct fixture_batch *batch, enum log_origin origin,
                           int32_t leader_epoch, int64_t now_ms, struct log_appended *ret)
{
    struct log_append append = { .data = batch->data,
                                 .size = batch->size,
                                 .origin = origin,
                                 .leader_epoch = leader_epoch,
                                 .now_ms = now_ms };
    return log_append(log, &append, ret);
}

enum kc_err fixture_try_fill(struct log *log, int32_t count, int64_t now_ms)
{
    struct fixture_batch *batch = malloc(sizeof(*batch));
    struct log_appended appended;
    assert_non_null(batch);
    fixture_batch(batch, &(struct fixture_options){
                             .count = count, .timestamp = now_ms, .salt = log_end_offset(log) });
    enum kc_err err = fixture_append(log, batch, LOG_ORIGIN_CLIENT, 0, now_ms, &appended);
    free(batch);
    return err;
}

void fixture_fill(struct log *log, int32_t count, int64_t now_ms)
{
    assert_int_equal(fixture_try_fill(log, count, now_ms), KC_ERR_NONE);
}

static void verify_batch(const struct batch *batch, int64_t *offset)
{
    struct batch_reader reader;
    struct record record;
    char value[32];
    assert_int_equal(batch_check_crc(batch), KC_ERR_NONE);
    assert_int_equal(batch_reader_init(&reader, batch, NULL, NULL), KC_ERR_NONE);
    while (batch_reader_next(&reader, &record) == KC_ERR_NONE) {
        size_t size = (size_t)snprintf(value, sizeof(value), "v%" PRId64, record.offset);
        if (record.offset < *offset) {
            continue; /* the first batch may begin below the log's start */
        }
        assert_int_equal(record.offset, *offset);
        assert_true(record.value.size >= size && memcmp(record.value.data, value, size) == 0);
        assert_true(record.value.size == size || record.value.data[size] == '.');
        (*offset)++;
    }
}

int64_t fixture_verify(struct log *log)
{
    struct bytes out;
    int64_t start = log_start_offset(log);
    int64_t offset = start;
    bytes_init(&out, 64 * 1024 * 1024);
    while (offset < log_end_offset(log)) {
        struct log_read read = { .offset = offset,
                                 .offset_max = log_end_offset(log),
                                 .bytes_max = 1024 * 1024,
                                 .one_batch_min = true };
        out.size = 0;
        assert_int_equal(log_read_into(log, &read, &out), KC_ERR_NONE);
        assert_true(out.size > 0);
        struct slice rest = bytes_slice(&out);
        struct batch batch;
        int64_t before = offset;
        while (batch_read(rest, &batch) == KC_ERR_NONE) {
            verify_batch(&batch, &offset);
            rest = slice_of(rest.data + batch.bytes.size, rest.size - batch.bytes.size);
        }
        assert_true(offset > before);
    }
    bytes_finish(&out);
    return offset - start;
}

struct log_open fixture_open(struct log_dir *dir)
{
    struct log_open open = { .dir = dir,
                             .topic = slice_text("topic"),
                             .partition = 0,
                             .create = true,
                             .high_watermark = -1,
                             .log_start_offset = -1,
                             .now_ms = 1000,
                             .seed = 7 };
    log_options_init(&open.options);
    open.options.segment_index_bytes = 1024;
    return open;
}

static void note_line(void *context, enum trace_level level, const char *room, const char *text)
{
    struct fixture_trace *trace = context;
    trace->lines++;
    (void)snprintf(trace->last, sizeof(trace->last), "%s", text);
}

void fixture_trace_init(struct fixture_trace *trace)
{
    memset(trace, 0, sizeof(*trace));
    trace->trace = (struct trace){ note_line, trace, TRACE_DEBUG };
}
