/* record: builds a batch v2 in the caller's buffer. */
#include "record/batch_writer.h"

void batch_writer_init(struct batch_writer *writer, void *buffer, size_t capacity)
{
    *writer = (struct batch_writer){
        .data = buffer,
        .size = BATCH_HEADER_SIZE,
        .capacity = MIN_OF(capacity, (size_t)INT32_MAX),
        .base_timestamp = BATCH_NO_TIMESTAMP,
        .max_timestamp = BATCH_NO_TIMESTAMP,
    };
}

void batch_writer_set_base_timestamp(struct batch_writer *writer, int64_t timestamp)
{
    writer->base_timestamp = timestamp;
    writer->is_base_set = true;
}

static inline size_t measure_bytes(struct slice bytes)
{
    return bytes.data ? varint_size((int32_t)bytes.size) + bytes.size : 1;
}

/* 0 when the headers are too large for any batch. */
static size_t measure_headers(const struct record_header *headers, int32_t header_count)
{
    size_t size = varint_size(header_count);

    for (int32_t i = 0; i < header_count; i++) {
        if (headers[i].key.size > INT32_MAX || headers[i].value.size > INT32_MAX) {
            return 0;
        }
        size += measure_bytes(headers[i].key) + measure_bytes(headers[i].value);
        if (size > INT32_MAX) {
            return 0;
        }
    }
    return size;
}

static uint8_t *put_headers(uint8_t *out, const struct record_header *headers, int32_t header_count)
{
    out += varint_put(out, header_count);
    for (int32_t i = 0; i < header_count; i++) {
        struct slice key = headers[i].key;
        out = batch_writer_put_bytes(out, key.data ? key : SLICE_EMPTY);
        out = batch_writer_put_bytes(out, headers[i].value);
    }
    return out;
}

static inline int64_t delta_of(const struct batch_writer *writer, int64_t timestamp)
{
    if (writer->count == 0 && !writer->is_base_set) {
        return 0;
    }
    return (int64_t)((uint64_t)timestamp - (uint64_t)writer->base_timestamp);
}

/* Bytes after the record's length; SIZE_MAX when no batch can hold them. */
static inline size_t measure_body(const struct batch_writer *writer, int64_t timestamp,
                                  struct slice key, struct slice value,
                                  const struct record_header *headers, int32_t header_count)
{
    size_t headers_size = 1;

    if (BASE_UNLIKELY(header_count != 0)) {
        headers_size = header_count > 0 ? measure_headers(headers, header_count) : 0;
    }
    if (BASE_UNLIKELY(key.size > INT32_MAX || value.size > INT32_MAX || headers_size == 0)) {
        return SIZE_MAX;
    }
    return 1 + varlong_size(delta_of(writer, timestamp)) + varint_size(writer->next_delta) +
           measure_bytes(key) + measure_bytes(value) + headers_size;
}

size_t batch_writer_record_size(const struct batch_writer *writer, int64_t timestamp,
                                struct slice key, struct slice value,
                                const struct record_header *headers, int32_t header_count)
{
    size_t size = measure_body(writer, timestamp, key, value, headers, header_count);

    return size > INT32_MAX ? SIZE_MAX : size + varint_size((int32_t)size);
}

/* The length of a value whose bytes come later, and its place. */
static uint8_t *put_place(uint8_t *out, struct slice value, uint8_t **ret_value)
{
    out += varint_put(out, (int32_t)value.size);
    *ret_value = out;
    return out + value.size;
}

/* ret_value NULL: the value is copied. */
BASE_INLINE bool append(struct batch_writer *writer, int64_t timestamp, struct slice key,
                        struct slice value, const struct record_header *headers,
                        int32_t header_count, uint8_t **ret_value)
{
    size_t size = measure_body(writer, timestamp, key, value, headers, header_count);

    if (BASE_UNLIKELY(size > INT32_MAX || writer->next_delta == INT32_MAX)) {
        return false;
    }
    if (writer->size + size + varint_size((int32_t)size) > writer->capacity) {
        return false;
    }
    int64_t timestamp_delta = delta_of(writer, timestamp);
    uint8_t *out = writer->data + writer->size;
    out += varint_put(out, (int32_t)size);
    *out++ = 0;
    out += varlong_put(out, timestamp_delta);
    out += varint_put(out, writer->next_delta);
    out = batch_writer_put_bytes(out, key);
    out = ret_value ? put_place(out, value, ret_value) : batch_writer_put_bytes(out, value);
    if (BASE_LIKELY(header_count == 0)) {
        *out++ = 0;
    } else {
        out = put_headers(out, headers, header_count);
    }
    if (writer->count == 0 && !writer->is_base_set) {
        writer->base_timestamp = timestamp;
    }
    writer->max_timestamp = MAX_OF(writer->max_timestamp, timestamp);
    writer->size = (size_t)(out - writer->data);
    writer->next_delta++;
    writer->count++;
    return true;
}

bool batch_writer_append(struct batch_writer *writer, int64_t timestamp, struct slice key,
                         struct slice value, const struct record_header *headers,
                         int32_t header_count)
{
    return append(writer, timestamp, key, value, headers, header_count, NULL);
}

bool batch_writer_append_apart(struct batch_writer *writer, int64_t timestamp, struct slice key,
                               struct slice value, const struct record_header *headers,
                               int32_t header_count, uint8_t **ret_value)
{
    return append(writer, timestamp, key, value, headers, header_count, ret_value);
}

static struct batch fields_of(const struct batch_writer *writer, const struct batch_close *close)
{
    int attributes = close->codec;

    attributes |= close->transactional ? BATCH_ATTRIBUTE_TRANSACTIONAL : 0;
    attributes |= close->control ? BATCH_ATTRIBUTE_CONTROL : 0;
    attributes |= close->log_append_time ? BATCH_ATTRIBUTE_LOG_APPEND_TIME : 0;
    attributes |= close->delete_horizon ? BATCH_ATTRIBUTE_DELETE_HORIZON : 0;
    return (struct batch){
        .base_offset = close->base_offset,
        .partition_leader_epoch = close->partition_leader_epoch,
        .attributes = (int16_t)attributes,
        .last_offset_delta = writer->next_delta - 1,
        .base_timestamp = writer->base_timestamp,
        .max_timestamp = close->log_append_time ? close->append_time : writer->max_timestamp,
        .producer_id = close->producer_id,
        .producer_epoch = close->producer_epoch,
        .base_sequence = close->base_sequence,
        .record_count = writer->count,
    };
}

enum kc_err batch_writer_close(struct batch_writer *writer, const struct batch_close *close,
                               struct compressor *compressor, struct bytes *out,
                               struct slice *ret_batch)
{
    struct batch fields = fields_of(writer, close);
    uint8_t *batch = writer->data;
    size_t size = writer->size;

    if (writer->capacity < BATCH_HEADER_SIZE || (unsigned)close->codec >= COMPRESSION_COUNT) {
        return KC_ERR_INVALID;
    }
    if (close->codec != COMPRESSION_NONE) {
        struct slice content =
            slice_of(writer->data + BATCH_HEADER_SIZE, writer->size - BATCH_HEADER_SIZE);
        out->size = 0;
        if (out->size_max < BATCH_HEADER_SIZE) {
            return KC_ERR_TOO_LARGE;
        }
        if (!bytes_reserve(out, BATCH_HEADER_SIZE)) {
            return KC_ERR_NO_MEMORY;
        }
        out->size = BATCH_HEADER_SIZE;
        enum kc_err err = compressor_run(compressor, &content, 1, out);
        if (!err && out->size > INT32_MAX) {
            err = KC_ERR_TOO_LARGE;
        }
        if (err) {
            out->size = 0;
            return err;
        }
        batch = out->data;
        size = out->size;
    }
    batch_write_header(batch, size, &fields);
    *ret_batch = slice_of(batch, size);
    return KC_ERR_NONE;
}
