/* record: reads message formats 0 and 1. */
#include "record/legacy.h"

#include "base/attr.h"

enum {
    LEGACY_SIZE_POSITION = 8,
    LEGACY_CRC_POSITION = 12,
    LEGACY_MAGIC_POSITION = 16,
    LEGACY_ATTRIBUTES_POSITION = 17,
    LEGACY_TIMESTAMP_POSITION = 18,
    LEGACY_ATTRIBUTES_V0 = BATCH_ATTRIBUTE_CODEC,
    LEGACY_ATTRIBUTES_V1 = BATCH_ATTRIBUTE_CODEC | BATCH_ATTRIBUTE_LOG_APPEND_TIME,
};

enum kc_err legacy_read(struct slice input, struct batch *ret_batch)
{
    if (input.size <= LEGACY_MAGIC_POSITION) {
        return KC_ERR_WOULD_BLOCK;
    }
    const uint8_t *data = input.data;
    int32_t size = (int32_t)load_u32(data + LEGACY_SIZE_POSITION);
    uint8_t magic = data[LEGACY_MAGIC_POSITION];
    if (magic > 1 || size < (magic == 0 ? LEGACY_SIZE_MIN_V0 : LEGACY_SIZE_MIN_V1)) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if ((size_t)size > input.size - BATCH_OVERHEAD) {
        return KC_ERR_WOULD_BLOCK;
    }
    struct batch batch = {
        .base_offset = (int64_t)load_u64(data),
        .batch_length = size,
        .partition_leader_epoch = -1,
        .magic = (int8_t)magic,
        .crc = load_u32(data + LEGACY_CRC_POSITION),
        .base_timestamp = BATCH_NO_TIMESTAMP,
        .producer_id = BATCH_NO_PRODUCER_ID,
        .producer_epoch = -1,
        .base_sequence = -1,
        .bytes = slice_of(data, (size_t)size + BATCH_OVERHEAD),
    };
    batch.attributes = data[LEGACY_ATTRIBUTES_POSITION] &
                       (magic == 0 ? LEGACY_ATTRIBUTES_V0 : LEGACY_ATTRIBUTES_V1);
    if (magic == 1) {
        batch.base_timestamp = (int64_t)load_u64(data + LEGACY_TIMESTAMP_POSITION);
    }
    batch.max_timestamp = batch.base_timestamp;
    batch.record_count = batch_codec(&batch) == COMPRESSION_NONE ? 1 : -1;
    *ret_batch = batch;
    return KC_ERR_NONE;
}

/* Reads a length and as many bytes at *position; a negative length is null. */
static bool read_bytes(struct slice message, size_t *position, struct slice *ret_bytes)
{
    if (message.size - *position < 4) {
        return false;
    }
    int32_t size = (int32_t)load_u32(message.data + *position);
    *position += 4;
    if (size < 0) {
        *ret_bytes = SLICE_NULL;
        return true;
    }
    if ((size_t)size > message.size - *position) {
        return false;
    }
    *ret_bytes = slice_of(message.data + *position, (size_t)size);
    *position += (size_t)size;
    return true;
}

static bool read_key_and_value(const struct batch *message, struct slice *ret_key,
                               struct slice *ret_value)
{
    size_t position = LEGACY_TIMESTAMP_POSITION + (message->magic == 0 ? 0 : 8);

    return read_bytes(message->bytes, &position, ret_key) &&
           read_bytes(message->bytes, &position, ret_value);
}

/* What is added to the offsets inside a wrapper (KIP-31). Those of magic 1 count from 0, while the
 * wrapper has the offset of the last one; those of magic 0 are absolute. */
static enum kc_err find_base(const struct batch_reader *reader, int64_t *ret_base)
{
    struct slice rest = slice_of(reader->data, (size_t)(reader->end - reader->data));
    struct batch message;
    int64_t last = -1;
    enum kc_err err;

    while (!(err = legacy_read(rest, &message))) {
        last = message.base_offset;
        rest = slice_of(rest.data + message.bytes.size, rest.size - message.bytes.size);
    }
    /* A cut message at the end is left alone, as in Java. */
    if (err != KC_ERR_WOULD_BLOCK || rest.data == reader->data) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    int64_t wrapper = reader->batch.base_offset;
    if (reader->batch.magic == 0 || wrapper == 0) {
        /* 0: some old clients sent wrappers without an offset. */
        *ret_base = 0;
        return KC_ERR_NONE;
    }
    if (last < 0 || wrapper < last) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    *ret_base = wrapper - last;
    return KC_ERR_NONE;
}

enum kc_err legacy_open(struct batch_reader *reader, struct decompressor *decompressor,
                        struct bytes *buffer)
{
    const struct batch *wrapper = &reader->batch;
    struct slice key;
    struct slice value;

    reader->data = wrapper->bytes.data;
    reader->end = wrapper->bytes.data + wrapper->bytes.size;
    if (batch_codec(wrapper) == COMPRESSION_NONE) {
        return KC_ERR_NONE;
    }
    /* zstd came with magic 2 (KIP-110). */
    if (batch_codec(wrapper) >= COMPRESSION_ZSTD || !read_key_and_value(wrapper, &key, &value) ||
        slice_is_null(value)) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    enum kc_err err =
        decompressor_run(decompressor, batch_codec(wrapper), value, wrapper->magic == 0, buffer);
    if (err) {
        return err;
    }
    struct slice content = bytes_slice(buffer);
    reader->data = content.data;
    reader->end = content.data + content.size;
    return find_base(reader, &reader->legacy_base);
}

enum kc_err legacy_next(struct batch_reader *reader, struct record *ret_record)
{
    struct slice rest = slice_of(reader->data, (size_t)(reader->end - reader->data));
    const struct batch *wrapper = &reader->batch;
    bool is_wrapped = batch_codec(wrapper) != COMPRESSION_NONE;
    struct batch message;
    struct slice key;
    struct slice value;

    enum kc_err err = legacy_read(rest, &message);
    if (err) {
        return err == KC_ERR_WOULD_BLOCK ? err : KC_ERR_INVALID_RECORD;
    }
    if (!read_key_and_value(&message, &key, &value) ||
        (is_wrapped && batch_codec(&message) != COMPRESSION_NONE)) {
        return KC_ERR_INVALID_RECORD;
    }
    *ret_record = (struct record){
        .offset = (int64_t)((uint64_t)message.base_offset + (uint64_t)reader->legacy_base),
        .timestamp = message.base_timestamp,
        .key = key,
        .value = value,
        .headers = SLICE_EMPTY,
    };
    if (message.magic == 1 && (wrapper->attributes & BATCH_ATTRIBUTE_LOG_APPEND_TIME)) {
        ret_record->timestamp = wrapper->max_timestamp;
    }
    reader->data += message.bytes.size;
    return KC_ERR_NONE;
}
