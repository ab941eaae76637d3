/* tests/wire: lines of records/: what Kafka's reader makes of record batches, and what ours does.
 */
#include "record/control.h"
#include "wire/vector.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONTENT_MAX = 1 << 24, HEADERS_MAX = 64, CUT_SIZE_MAX = 4096 };

struct bench {
    struct vector *vector;
    struct decompressor *decompressor;
    struct bytes content;
    const char *stage; /* where reading stopped: iterate, crc, header, records; NULL: nowhere */
};

static bool has_number(struct vector *vector, const struct jsontree *tree, const char *name,
                       int64_t value)
{
    int64_t expected = 0;
    return (jsontree_number(tree, name, &expected) && expected == value) ||
           vector_fail(vector, "%s is %lld", name, (long long)value);
}

static bool has_text(struct vector *vector, const struct jsontree *tree, const char *name,
                     const char *value)
{
    struct slice expected;
    return (jsontree_string(tree, name, &expected) && slice_is(expected, value)) ||
           vector_fail(vector, "%s is %s", name, value);
}

static bool has_flag(struct vector *vector, const struct jsontree *tree, const char *name,
                     bool value)
{
    const struct jsontree *flag = jsontree_get(tree, name);
    return (flag && flag->kind == (value ? JSONTREE_TRUE : JSONTREE_FALSE)) ||
           vector_fail(vector, "%s is %d", name, value);
}

/* Hex, or a JSON null for the null slice. */
static bool has_bytes(struct vector *vector, const struct jsontree *tree, const char *name,
                      struct slice value)
{
    const struct jsontree *member = jsontree_get(tree, name);
    struct slice expected = vector_bytes(tree, name);
    bool same = member && slice_equal(expected, value);
    free((void *)(uintptr_t)expected.data);
    return same || vector_fail(vector, "%s has other bytes", name);
}

static bool check_headers(struct vector *vector, const struct jsontree *tree,
                          const struct record *record)
{
    const struct jsontree *expected = jsontree_get(tree, "headers");
    struct slice rest = record->headers;
    struct record_header header;

    if (!expected || (size_t)record->header_count != expected->count) {
        return vector_fail(vector, "%d headers", record->header_count);
    }
    for (expected = expected->first; expected; expected = expected->next) {
        struct slice key;
        if (!record_next_header(&rest, &header) || !jsontree_string(expected, "key", &key) ||
            !slice_equal(key, header.key) || !has_bytes(vector, expected, "value", header.value)) {
            return vector_fail(vector, "a header is another");
        }
    }
    return !record_next_header(&rest, &header) || vector_fail(vector, "one header too many");
}

static bool check_record(struct vector *vector, const struct jsontree *tree,
                         const struct record *record)
{
    static const char *const types[] = { "ABORT",           "COMMIT",          "LEADER_CHANGE",
                                         "SNAPSHOT_HEADER", "SNAPSHOT_FOOTER", "KRAFT_VERSION",
                                         "KRAFT_VOTERS" };
    if (jsontree_get(tree, "control_type") &&
        (control_type_of(record->key) == CONTROL_UNKNOWN ||
         !has_text(vector, tree, "control_type", types[control_type_of(record->key)]))) {
        return vector_fail(vector, "another control type");
    }
    return has_number(vector, tree, "offset", record->offset) &&
           has_number(vector, tree, "timestamp", record->timestamp) &&
           has_bytes(vector, tree, "key", record->key) &&
           has_bytes(vector, tree, "value", record->value) && check_headers(vector, tree, record);
}

static bool check_producer(struct vector *vector, const struct jsontree *tree,
                           const struct batch *batch)
{
    bool horizon = (batch->attributes & BATCH_ATTRIBUTE_DELETE_HORIZON) != 0;
    return has_number(vector, tree, "base_offset", batch->base_offset) &&
           has_number(vector, tree, "base_timestamp", batch->base_timestamp) &&
           has_number(vector, tree, "partition_leader_epoch", batch->partition_leader_epoch) &&
           has_number(vector, tree, "producer_id", batch->producer_id) &&
           has_number(vector, tree, "producer_epoch", batch->producer_epoch) &&
           has_number(vector, tree, "base_sequence", batch->base_sequence) &&
           has_number(vector, tree, "count", batch->record_count) &&
           has_flag(vector, tree, "transactional", batch_is_transactional(batch)) &&
           has_flag(vector, tree, "control", batch_is_control(batch)) &&
           (!horizon || has_number(vector, tree, "delete_horizon_ms", batch->base_timestamp));
}

static bool check_batch(struct vector *vector, const struct jsontree *tree,
                        const struct batch *batch, size_t position)
{
    const char *kind = batch->magic == 0                                       ? "NoTimestampType"
                       : (batch->attributes & BATCH_ATTRIBUTE_LOG_APPEND_TIME) ? "LogAppendTime"
                                                                               : "CreateTime";
    return has_number(vector, tree, "position", (int64_t)position) &&
           has_number(vector, tree, "magic", batch->magic) &&
           has_number(vector, tree, "size", (int64_t)batch->bytes.size) &&
           has_number(vector, tree, "attributes", batch->attributes) &&
           has_number(vector, tree, "crc", batch->crc) &&
           has_number(vector, tree, "last_offset", batch_last_offset(batch)) &&
           has_number(vector, tree, "max_timestamp", batch->max_timestamp) &&
           has_text(vector, tree, "compression", compression_name(batch_codec(batch))) &&
           has_text(vector, tree, "timestamp_type", kind) &&
           (batch->magic < 2 || check_producer(vector, tree, batch));
}

/* Reads the records against those of the tree; sets the stage when they are damaged. */
static bool check_records(struct bench *bench, const struct jsontree *tree,
                          const struct batch *batch)
{
    const struct jsontree *expected = jsontree_get(tree, "records");
    struct batch_reader reader;
    struct record record;

    if (batch_reader_init(&reader, batch, bench->decompressor, &bench->content)) {
        bench->stage = "records";
        return true;
    }
    expected = expected ? expected->first : NULL;
    for (size_t i = 0;; i++) {
        enum kc_err err = batch_reader_next(&reader, &record);
        if (err && err != KC_ERR_WOULD_BLOCK) {
            bench->stage = "records";
            return true;
        }
        if (err) {
            return !expected || vector_fail(bench->vector, "only %zu records", i);
        }
        /* The list of a damaged batch ends where Java gave up, which may be before us. */
        if (expected && !check_record(bench->vector, expected, &record)) {
            return false;
        }
        if (!expected && !jsontree_get(bench->vector->line, "error")) {
            return vector_fail(bench->vector, "more than %zu records", i);
        }
        if (i == 0 && expected &&
            !has_number(bench->vector, tree, "base_offset",
                        batch->magic < 2 ? record.offset : batch->base_offset)) {
            return false;
        }
        expected = expected ? expected->next : NULL;
    }
}

/* All batches against the line. Java opens a batch's payload before it shows the batch, so what
 * fails there is its stage `header`. */
static bool check_batches(struct bench *bench, struct slice input, size_t *ret_left)
{
    const struct jsontree *tree = jsontree_get(bench->vector->line, "batches");
    size_t position = 0;

    tree = tree ? tree->first : NULL;
    for (; !bench->stage; tree = tree ? tree->next : NULL) {
        struct batch batch;
        enum kc_err err =
            batch_read(slice_of(input.data + position, input.size - position), &batch);
        if (err == KC_ERR_WOULD_BLOCK) {
            break;
        }
        if (err || batch_check_crc(&batch)) {
            bench->stage = err ? "iterate" : "crc";
            break;
        }
        if (!tree && jsontree_get(bench->vector->line, "error")) {
            return check_records(bench, NULL, &batch);
        }
        if (!tree || !check_batch(bench->vector, tree, &batch, position) ||
            !has_flag(bench->vector, tree, "crc_ok", true) || !check_records(bench, tree, &batch)) {
            return vector_fail(bench->vector, "one batch too many");
        }
        position += batch.bytes.size;
    }
    *ret_left = input.size - position;
    return !tree || bench->stage || vector_fail(bench->vector, "too few batches");
}

static bool check_stage(struct bench *bench, size_t left)
{
    struct slice stage;
    const char *ours = bench->stage;

    if (!jsontree_string(bench->vector->line, "error_stage", &stage)) {
        return (!ours &&
                has_number(bench->vector, bench->vector->line, "trailing_bytes", (int64_t)left)) ||
               vector_fail(bench->vector, "fails at %s", ours ? ours : "nothing");
    }
    /* A length that overflows in Java looks like a partial batch to us. */
    if (!ours && slice_is(stage, "iterate") && left > 0) {
        return has_text(bench->vector, bench->vector->line, "name", "length-huge");
    }
    /* Java reads a wrapper message to know its first offset before it looks at the CRC. */
    if (ours && slice_is(stage, "header")) {
        return strcmp(ours, "iterate") != 0;
    }
    return (ours && slice_is(stage, ours)) ||
           vector_fail(bench->vector, "fails at %s", ours ? ours : "nothing");
}

/* Appends every record of the batch to the writer, as it stands. */
static bool copy_records(struct bench *bench, const struct batch *batch,
                         struct batch_writer *writer)
{
    struct batch_reader reader;
    struct record record;
    struct record_header headers[HEADERS_MAX];

    if (batch_reader_init(&reader, batch, bench->decompressor, &bench->content)) {
        return false;
    }
    while (batch_reader_next(&reader, &record) == KC_ERR_NONE) {
        struct slice rest = record.headers;
        int32_t count = 0;
        while (count < HEADERS_MAX && record_next_header(&rest, &headers[count])) {
            count++;
        }
        writer->next_delta = (int32_t)(record.offset - batch->base_offset);
        if (count != record.header_count ||
            !batch_writer_append(writer, record.timestamp, record.key, record.value, headers,
                                 count)) {
            return false;
        }
    }
    writer->next_delta = batch->last_offset_delta + 1;
    return true;
}

static bool close_batch(const struct batch *batch, struct batch_writer *writer, struct bytes *out,
                        struct slice *ret_batch)
{
    struct batch_close close = {
        .base_offset = batch->base_offset,
        .partition_leader_epoch = batch->partition_leader_epoch,
        .codec = batch_codec(batch),
        .transactional = batch_is_transactional(batch),
        .control = batch_is_control(batch),
        .delete_horizon = (batch->attributes & BATCH_ATTRIBUTE_DELETE_HORIZON) != 0,
        .producer_id = batch->producer_id,
        .producer_epoch = batch->producer_epoch,
        .base_sequence = batch->base_sequence,
    };
    struct compressor *compressor =
        close.codec ? compressor_create(close.codec, COMPRESSION_LEVEL_DEFAULT) : NULL;
    enum kc_err err = batch_writer_close(writer, &close, compressor, out, ret_batch);
    compressor_destroy(compressor);
    return !err;
}

/* The same fields again: the same bytes if they are not compressed, else the same content. */
static bool check_rebuilt(struct bench *bench, const struct batch *batch)
{
    struct batch_writer writer;
    struct bytes out;
    struct slice rebuilt = SLICE_NULL;
    void *buffer = malloc(CONTENT_MAX);

    bytes_init(&out, CONTENT_MAX);
    batch_writer_init(&writer, buffer, CONTENT_MAX);
    batch_writer_set_base_timestamp(&writer, batch->base_timestamp);
    bool same = copy_records(bench, batch, &writer) && close_batch(batch, &writer, &out, &rebuilt);
    if (same && batch_codec(batch) == COMPRESSION_NONE) {
        same = slice_equal(rebuilt, batch->bytes) || vector_fail(bench->vector, "other bytes");
    } else if (same) {
        struct batch again;
        const struct jsontree *tree = jsontree_get(bench->vector->line, "batches");
        same = batch_read(rebuilt, &again) == KC_ERR_NONE && !batch_check_crc(&again) &&
               check_producer(bench->vector, tree->first, &again) &&
               check_records(bench, tree->first, &again) && !bench->stage;
    }
    bytes_finish(&out);
    free(buffer);
    return same || vector_fail(bench->vector, "cannot be built again");
}

static bool check_rebuild(struct bench *bench, struct slice input)
{
    struct batch batch;
    bool whole = batch_read(input, &batch) == KC_ERR_NONE && batch.bytes.size == input.size;
    /* Log append time hides the records' own; an empty batch keeps a maximum of records gone. */
    if (!whole || batch.magic < 2 || batch.record_count == 0 ||
        (batch.attributes & BATCH_ATTRIBUTE_LOG_APPEND_TIME)) {
        return true;
    }
    return check_rebuilt(bench, &batch);
}

/* Reads whatever can be read; nothing is expected but to survive. */
static void read_all(struct bench *bench, struct slice input)
{
    struct batch batch;
    while (batch_read(input, &batch) == KC_ERR_NONE) {
        struct batch_reader reader;
        struct record record;
        if (!batch_reader_init(&reader, &batch, bench->decompressor, &bench->content)) {
            while (batch_reader_next(&reader, &record) == KC_ERR_NONE) {
            }
        }
        input = slice_of(input.data + batch.bytes.size, input.size - batch.bytes.size);
    }
}

static void check_damaged(struct bench *bench, struct slice input)
{
    for (size_t size = 0; size < input.size && input.size <= CUT_SIZE_MAX; size++) {
        uint8_t *data = malloc(size > 0 ? size : 1);
        memcpy(data, input.data, size);
        read_all(bench, slice_of(data, size));
        free(data);
        uint8_t *place = (uint8_t *)(uintptr_t)input.data + size;
        *place ^= 0xff;
        read_all(bench, input);
        *place ^= 0xff ^ 0x01;
        read_all(bench, input);
        *place ^= 0x01;
    }
}

enum vector_result vector_check_records(struct vector *vector)
{
    struct bench bench = { .vector = vector, .decompressor = decompressor_create() };
    struct slice input = vector_bytes(vector->line, "bytes");
    size_t left = 0;

    bytes_init(&bench.content, CONTENT_MAX);
    bool passed = !slice_is_null(input) && check_batches(&bench, input, &left) &&
                  check_stage(&bench, left) && (bench.stage || check_rebuild(&bench, input));
    if (passed) {
        check_damaged(&bench, input);
    }
    bytes_finish(&bench.content);
    decompressor_destroy(bench.decompressor);
    free((void *)(uintptr_t)input.data);
    return passed ? VECTOR_PASSED : VECTOR_FAILED;
}
