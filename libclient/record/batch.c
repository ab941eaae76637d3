/* record: the header of a batch: read, checked, written, changed in place. */
#include "record/batch.h"

#include "base/attr.h"
#include "base/crc32c.h"
#include "record/legacy.h"

#include <assert.h>

enum {
    BATCH_LENGTH_POSITION = 8,
    BATCH_LEADER_EPOCH_POSITION = 12,
    BATCH_CRC_POSITION = 17,
    BATCH_ATTRIBUTES_POSITION = 21,
    BATCH_LAST_DELTA_POSITION = 23,
    BATCH_BASE_TIMESTAMP_POSITION = 27,
    BATCH_MAX_TIMESTAMP_POSITION = 35,
    BATCH_PRODUCER_ID_POSITION = 43,
    BATCH_PRODUCER_EPOCH_POSITION = 51,
    BATCH_BASE_SEQUENCE_POSITION = 53,
    BATCH_COUNT_POSITION = 57,
};

static struct batch load_header(const uint8_t *data)
{
    return (struct batch){
        .base_offset = (int64_t)load_u64(data),
        .batch_length = (int32_t)load_u32(data + BATCH_LENGTH_POSITION),
        .partition_leader_epoch = (int32_t)load_u32(data + BATCH_LEADER_EPOCH_POSITION),
        .magic = (int8_t)data[BATCH_MAGIC_POSITION],
        .crc = load_u32(data + BATCH_CRC_POSITION),
        .attributes = (int16_t)load_u16(data + BATCH_ATTRIBUTES_POSITION),
        .last_offset_delta = (int32_t)load_u32(data + BATCH_LAST_DELTA_POSITION),
        .base_timestamp = (int64_t)load_u64(data + BATCH_BASE_TIMESTAMP_POSITION),
        .max_timestamp = (int64_t)load_u64(data + BATCH_MAX_TIMESTAMP_POSITION),
        .producer_id = (int64_t)load_u64(data + BATCH_PRODUCER_ID_POSITION),
        .producer_epoch = (int16_t)load_u16(data + BATCH_PRODUCER_EPOCH_POSITION),
        .base_sequence = (int32_t)load_u32(data + BATCH_BASE_SEQUENCE_POSITION),
        .record_count = (int32_t)load_u32(data + BATCH_COUNT_POSITION),
    };
}

enum kc_err batch_read(struct slice input, struct batch *ret_batch)
{
    if (input.size < BATCH_OVERHEAD) {
        return KC_ERR_WOULD_BLOCK;
    }
    int32_t length = (int32_t)load_u32(input.data + BATCH_LENGTH_POSITION);
    if (length < LEGACY_SIZE_MIN_V0) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if (input.size <= BATCH_MAGIC_POSITION) {
        return KC_ERR_WOULD_BLOCK;
    }
    uint8_t magic = input.data[BATCH_MAGIC_POSITION];
    if (magic < 2) {
        return legacy_read(input, ret_batch);
    }
    if (magic > 2 || length < BATCH_HEADER_SIZE - BATCH_OVERHEAD) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if ((size_t)length > input.size - BATCH_OVERHEAD) {
        return KC_ERR_WOULD_BLOCK;
    }
    *ret_batch = load_header(input.data);
    ret_batch->bytes = slice_of(input.data, (size_t)length + BATCH_OVERHEAD);
    return KC_ERR_NONE;
}

static uint32_t compute_crc(const uint8_t *batch, size_t size)
{
    return crc32c(0, batch + BATCH_CRC_START, size - BATCH_CRC_START);
}

static void renew_crc(uint8_t *batch, size_t size)
{
    store_u32(batch + BATCH_CRC_POSITION, compute_crc(batch, size));
}

enum kc_err batch_check_crc(const struct batch *batch)
{
    struct slice bytes = batch->bytes;
    uint32_t crc;

    if (batch->magic < 2) {
        crc = crc32_zlib(0, bytes.data + LEGACY_CRC_START, bytes.size - LEGACY_CRC_START);
    } else {
        crc = compute_crc(bytes.data, bytes.size);
    }
    return crc == batch->crc ? KC_ERR_NONE : KC_ERR_CORRUPT_MESSAGE;
}

void batch_write_header(uint8_t *batch, size_t size, const struct batch *fields)
{
    assert(size >= BATCH_HEADER_SIZE && size - BATCH_OVERHEAD <= INT32_MAX);
    store_u64(batch, (uint64_t)fields->base_offset);
    store_u32(batch + BATCH_LENGTH_POSITION, (uint32_t)(size - BATCH_OVERHEAD));
    store_u32(batch + BATCH_LEADER_EPOCH_POSITION, (uint32_t)fields->partition_leader_epoch);
    batch[BATCH_MAGIC_POSITION] = 2;
    store_u16(batch + BATCH_ATTRIBUTES_POSITION, (uint16_t)fields->attributes);
    store_u32(batch + BATCH_LAST_DELTA_POSITION, (uint32_t)fields->last_offset_delta);
    store_u64(batch + BATCH_BASE_TIMESTAMP_POSITION, (uint64_t)fields->base_timestamp);
    store_u64(batch + BATCH_MAX_TIMESTAMP_POSITION, (uint64_t)fields->max_timestamp);
    store_u64(batch + BATCH_PRODUCER_ID_POSITION, (uint64_t)fields->producer_id);
    store_u16(batch + BATCH_PRODUCER_EPOCH_POSITION, (uint16_t)fields->producer_epoch);
    store_u32(batch + BATCH_BASE_SEQUENCE_POSITION, (uint32_t)fields->base_sequence);
    store_u32(batch + BATCH_COUNT_POSITION, (uint32_t)fields->record_count);
    renew_crc(batch, size);
}

static void assert_current(const uint8_t *batch, size_t size)
{
    assert(size >= BATCH_HEADER_SIZE && batch[BATCH_MAGIC_POSITION] == 2);
}

void batch_set_base_offset(uint8_t *batch, int64_t base_offset)
{
    store_u64(batch, (uint64_t)base_offset);
}

void batch_set_leader_epoch(uint8_t *batch, int32_t leader_epoch)
{
    store_u32(batch + BATCH_LEADER_EPOCH_POSITION, (uint32_t)leader_epoch);
}

void batch_set_max_timestamp(uint8_t *batch, size_t size, int64_t timestamp)
{
    assert_current(batch, size);
    store_u64(batch + BATCH_MAX_TIMESTAMP_POSITION, (uint64_t)timestamp);
    renew_crc(batch, size);
}

void batch_set_log_append_time(uint8_t *batch, size_t size, int64_t timestamp)
{
    assert_current(batch, size);
    uint16_t attributes = load_u16(batch + BATCH_ATTRIBUTES_POSITION);
    store_u16(batch + BATCH_ATTRIBUTES_POSITION, attributes | BATCH_ATTRIBUTE_LOG_APPEND_TIME);
    batch_set_max_timestamp(batch, size, timestamp);
}

void batch_set_producer(uint8_t *batch, size_t size, int64_t producer_id, int16_t producer_epoch,
                        int32_t base_sequence)
{
    assert_current(batch, size);
    store_u64(batch + BATCH_PRODUCER_ID_POSITION, (uint64_t)producer_id);
    store_u16(batch + BATCH_PRODUCER_EPOCH_POSITION, (uint16_t)producer_epoch);
    store_u32(batch + BATCH_BASE_SEQUENCE_POSITION, (uint32_t)base_sequence);
    renew_crc(batch, size);
}
