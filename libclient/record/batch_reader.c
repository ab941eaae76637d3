/* record: iterates the records of one batch. */
#include "record/legacy.h"
#include "record/record_layout.h"

enum { BATCH_READER_GOOD = 0, BATCH_READER_FAILED = 1 };

static enum kc_err open_current(struct batch_reader *reader, struct decompressor *decompressor,
                                struct bytes *buffer)
{
    const struct batch *batch = &reader->batch;
    struct slice content =
        slice_of(batch->bytes.data + BATCH_HEADER_SIZE, batch->bytes.size - BATCH_HEADER_SIZE);

    if (batch->record_count < 0) {
        return KC_ERR_INVALID_RECORD;
    }
    reader->left = batch->record_count;
    /* A batch that compaction emptied has nothing to decompress. */
    if (batch_codec(batch) != COMPRESSION_NONE && batch->record_count > 0) {
        enum kc_err err =
            decompressor_run(decompressor, batch_codec(batch), content, false, buffer);
        if (err) {
            return err;
        }
        content = bytes_slice(buffer);
    }
    reader->data = content.data;
    reader->end = content.data + content.size;
    return KC_ERR_NONE;
}

enum kc_err batch_reader_init(struct batch_reader *reader, const struct batch *batch,
                              struct decompressor *decompressor, struct bytes *buffer)
{
    struct batch_reader opened = { .batch = *batch };
    enum kc_err err;

    if (batch_codec(batch) > COMPRESSION_ZSTD) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if (batch_codec(batch) != COMPRESSION_NONE) {
        buffer->size = 0;
    }
    if (batch->magic < 2) {
        err = legacy_open(&opened, decompressor, buffer);
    } else {
        err = open_current(&opened, decompressor, buffer);
    }
    if (!err) {
        *reader = opened;
    }
    return err;
}

void batch_reader_over(struct batch_reader *reader, const struct batch *batch, struct slice content)
{
    *reader = (struct batch_reader){ .batch = *batch,
                                     .data = content.data,
                                     .end = content.data + content.size,
                                     .left = batch->record_count,
                                     .state = BATCH_READER_GOOD };
}

static enum kc_err next_current(struct batch_reader *reader, struct record *ret_record)
{
    struct record_layout layout;
    const struct batch *batch = &reader->batch;

    if (reader->left == 0) {
        return KC_ERR_WOULD_BLOCK;
    }
    const uint8_t *next = record_layout_read(reader->data, reader->end, &layout);
    /* As in Java, the last record is not given out when more bytes follow it. */
    if (BASE_UNLIKELY(!next || (reader->left == 1 && next != reader->end))) {
        return KC_ERR_INVALID_RECORD;
    }
    reader->data = next;
    reader->left--;
    bool is_append_time = (batch->attributes & BATCH_ATTRIBUTE_LOG_APPEND_TIME) != 0;
    uint64_t timestamp = (uint64_t)batch->base_timestamp + (uint64_t)layout.timestamp_delta;
    *ret_record = (struct record){
        .offset = (int64_t)((uint64_t)batch->base_offset + (uint64_t)(int64_t)layout.offset_delta),
        .timestamp = is_append_time ? batch->max_timestamp : (int64_t)timestamp,
        .key = layout.key,
        .value = layout.value,
        .headers = layout.headers,
        .header_count = layout.header_count,
    };
    return KC_ERR_NONE;
}

enum kc_err batch_reader_next(struct batch_reader *reader, struct record *ret_record)
{
    if (BASE_UNLIKELY(reader->state == BATCH_READER_FAILED)) {
        return KC_ERR_INVALID_RECORD;
    }
    enum kc_err err = reader->batch.magic < 2 ? legacy_next(reader, ret_record)
                                              : next_current(reader, ret_record);
    if (BASE_UNLIKELY(err == KC_ERR_INVALID_RECORD)) {
        reader->state = BATCH_READER_FAILED;
    }
    return err;
}
