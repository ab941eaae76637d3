/* log: reads a data file batch by batch through one growing buffer. */
#include "log/batch_walk.h"

#include "base/attr.h"

enum { BATCH_LENGTH_MIN = BATCH_HEADER_SIZE - BATCH_OVERHEAD };

void batch_walk_init(struct batch_walk *walk, const struct file_system *files, int file,
                     int64_t position, int64_t end, size_t chunk)
{
    *walk = (struct batch_walk){
        .files = files, .file = file, .position = position, .end = end, .chunk = chunk
    };
    bytes_init(&walk->buffer, (size_t)INT32_MAX + BATCH_OVERHEAD);
}

void batch_walk_finish(struct batch_walk *walk)
{
    bytes_finish(&walk->buffer);
}

/* Makes [position, position + size) readable in the buffer; the caller has checked that it is below
 * the end. */
static enum kc_err fill(struct batch_walk *walk, size_t size, const uint8_t **ret_data)
{
    int64_t skip = walk->position - walk->buffer_position;
    if (skip < 0 || skip + (int64_t)size > (int64_t)walk->buffer.size) {
        size_t wanted =
            (size_t)MIN_OF((int64_t)MAX_OF(size, walk->chunk), walk->end - walk->position);
        size_t count = 0;
        walk->buffer.size = 0;
        if (!bytes_reserve(&walk->buffer, wanted)) {
            return KC_ERR_NO_MEMORY;
        }
        walk->system_error =
            file_read(walk->files, walk->file, walk->buffer.data, wanted, walk->position, &count);
        if (walk->system_error != 0) {
            return KC_ERR_IO;
        }
        walk->buffer.size = count;
        walk->buffer_position = walk->position;
        skip = 0;
        if (count < size) {
            return KC_ERR_CORRUPT_MESSAGE; /* the file is shorter than it was said to be */
        }
    }
    *ret_data = walk->buffer.data + skip;
    return KC_ERR_NONE;
}

static void read_header(const uint8_t *data, struct batch *ret_batch)
{
    *ret_batch = (struct batch){
        .base_offset = (int64_t)load_u64(data),
        .batch_length = (int32_t)load_u32(data + 8),
        .partition_leader_epoch = (int32_t)load_u32(data + 12),
        .magic = (int8_t)data[BATCH_MAGIC_POSITION],
        .crc = load_u32(data + 17),
        .attributes = (int16_t)load_u16(data + BATCH_CRC_START),
        .last_offset_delta = (int32_t)load_u32(data + 23),
        .base_timestamp = (int64_t)load_u64(data + 27),
        .max_timestamp = (int64_t)load_u64(data + 35),
        .producer_id = (int64_t)load_u64(data + 43),
        .producer_epoch = (int16_t)load_u16(data + 51),
        .base_sequence = (int32_t)load_u32(data + 53),
        .record_count = (int32_t)load_u32(data + 57),
    };
}

enum kc_err batch_walk_next(struct batch_walk *walk, bool whole, struct batch *ret_batch)
{
    const uint8_t *data = NULL;
    struct batch batch;
    int64_t left = walk->end - walk->position;
    if (left <= 0) {
        return KC_ERR_WOULD_BLOCK;
    }
    if (left < BATCH_HEADER_SIZE) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    enum kc_err err = fill(walk, BATCH_HEADER_SIZE, &data);
    if (err != KC_ERR_NONE) {
        return err;
    }
    read_header(data, &batch);
    if (batch.magic != 2 || batch.batch_length < BATCH_LENGTH_MIN || batch.base_offset < 0 ||
        batch.last_offset_delta < 0 ||
        batch.base_offset > INT64_MAX - 1 - batch.last_offset_delta ||
        batch.batch_length > left - BATCH_OVERHEAD) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    size_t size = (size_t)batch.batch_length + BATCH_OVERHEAD;
    if (whole) {
        err = fill(walk, size, &data);
        if (err != KC_ERR_NONE) {
            return err;
        }
        batch.bytes = slice_of(data, size);
    }
    walk->position += (int64_t)size;
    *ret_batch = batch;
    return KC_ERR_NONE;
}
