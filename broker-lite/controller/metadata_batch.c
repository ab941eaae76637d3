/* controller: gathers metadata records into one batch. */
#include "controller/metadata_batch.h"

#include <assert.h>
#include <stdlib.h>

enum { METADATA_FRAME_VERSION = 1, METADATA_RECORD_OVERHEAD_MAX = 24 };

void metadata_batch_init(struct metadata_batch *batch)
{
    bytes_init(&batch->values, METADATA_BATCH_BYTES_MAX);
    bytes_init(&batch->lengths, METADATA_BATCH_BYTES_MAX);
    batch->count = 0;
    batch->err = KC_ERR_NONE;
}

void metadata_batch_finish(struct metadata_batch *batch)
{
    bytes_finish(&batch->values);
    bytes_finish(&batch->lengths);
}

void metadata_batch_add(struct metadata_batch *batch, const struct message_type *type,
                        int16_t version, const void *record)
{
    if (batch->err) {
        return;
    }
    assert(message_key(type) >= 0);
    size_t before = batch->values.size;
    struct writer writer;
    writer_init(&writer, &batch->values);
    write_uvarint(&writer, METADATA_FRAME_VERSION);
    write_uvarint(&writer, (uint32_t)message_key(type));
    write_uvarint(&writer, (uint32_t)version);
    batch->err = message_encode(type, version, record, &writer);
    int32_t length = (int32_t)(batch->values.size - before);
    if (!batch->err && !bytes_append(&batch->lengths, &length, sizeof(length))) {
        batch->err = KC_ERR_NO_MEMORY;
    }
    batch->count++;
}

static enum kc_err join_record(struct metadata_batch *batch, struct slice value)
{
    int32_t length = (int32_t)value.size;
    if (!bytes_append(&batch->values, value.data, value.size) ||
        !bytes_append(&batch->lengths, &length, sizeof(length))) {
        return KC_ERR_NO_MEMORY;
    }
    batch->count++;
    return KC_ERR_NONE;
}

enum kc_err metadata_batch_join(struct metadata_batch *batch, struct slice closed)
{
    struct batch header;
    struct batch_reader reader;
    struct record record;
    if (batch->err) {
        return batch->err;
    }
    if (batch->values.size + closed.size > METADATA_BATCH_BYTES_MAX) {
        return KC_ERR_TOO_LARGE;
    }
    if (batch_read(closed, &header) || batch_reader_init(&reader, &header, NULL, NULL)) {
        batch->err = KC_ERR_INVALID;
    }
    while (!batch->err) {
        enum kc_err err = batch_reader_next(&reader, &record);
        if (err == KC_ERR_WOULD_BLOCK) {
            break;
        }
        batch->err = err ? KC_ERR_INVALID : join_record(batch, record.value);
    }
    return batch->err;
}

static bool append_all(const struct metadata_batch *batch, struct batch_writer *writer,
                       int64_t timestamp_ms)
{
    const uint8_t *value = batch->values.data;
    for (int32_t i = 0; i < batch->count; i++) {
        int32_t length;
        memcpy(&length, batch->lengths.data + (size_t)i * sizeof(length), sizeof(length));
        if (!batch_writer_append(writer, timestamp_ms, SLICE_NULL, slice_of(value, (size_t)length),
                                 NULL, 0)) {
            return false;
        }
        value += length;
    }
    return true;
}

enum kc_err metadata_batch_close(struct metadata_batch *batch, int64_t timestamp_ms,
                                 struct bytes *out)
{
    if (batch->err) {
        return batch->err;
    }
    assert(batch->count > 0);
    size_t capacity = BATCH_HEADER_SIZE + batch->values.size +
                      (size_t)batch->count * METADATA_RECORD_OVERHEAD_MAX;
    uint8_t *memory = malloc(capacity);
    if (!memory) {
        return KC_ERR_NO_MEMORY;
    }
    struct batch_writer writer;
    batch_writer_init(&writer, memory, capacity);
    bool fits = append_all(batch, &writer, timestamp_ms);
    assert(fits);
    (void)fits;
    struct batch_close close = { .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    struct slice closed;
    enum kc_err err = batch_writer_close(&writer, &close, NULL, NULL, &closed);
    if (!err && !bytes_append(out, closed.data, closed.size)) {
        err = KC_ERR_NO_MEMORY;
    }
    free(memory);
    return err;
}

enum kc_err metadata_record_open(struct reader *reader, uint32_t *ret_type, int16_t *ret_version)
{
    uint32_t frame = read_uvarint(reader);
    uint32_t type = read_uvarint(reader);
    uint32_t version = read_uvarint(reader);
    if (reader->err || frame != METADATA_FRAME_VERSION || version > INT16_MAX) {
        return KC_ERR_CORRUPT_FILE;
    }
    *ret_type = type;
    *ret_version = (int16_t)version;
    return KC_ERR_NONE;
}
