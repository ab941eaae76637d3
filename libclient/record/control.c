/* record: control batches. */
#include "record/control.h"

enum { CONTROL_KEY_SIZE = 4, CONTROL_MARKER_VALUE_SIZE = 6 };

enum control_type control_type_of(struct slice key)
{
    if (key.size < CONTROL_KEY_SIZE || (int16_t)load_u16(key.data) < 0) {
        return CONTROL_UNKNOWN;
    }
    /* Later versions of the key only add fields behind. */
    int16_t type = (int16_t)load_u16(key.data + 2);
    return type >= CONTROL_ABORT && type <= CONTROL_KRAFT_VOTERS ? (enum control_type)type
                                                                 : CONTROL_UNKNOWN;
}

size_t control_write_marker(void *buffer, size_t capacity, bool commit, int64_t timestamp,
                            int64_t producer_id, int16_t producer_epoch, int32_t coordinator_epoch)
{
    uint8_t key[CONTROL_KEY_SIZE] = { 0 };
    uint8_t value[CONTROL_MARKER_VALUE_SIZE] = { 0 };
    struct batch_writer writer;
    struct batch_close close = {
        .partition_leader_epoch = -1,
        .transactional = true,
        .control = true,
        .producer_id = producer_id,
        .producer_epoch = producer_epoch,
        .base_sequence = -1,
    };
    struct slice batch;

    if (capacity < BATCH_HEADER_SIZE) {
        return 0;
    }
    store_u16(key + 2, commit ? CONTROL_COMMIT : CONTROL_ABORT);
    store_u32(value + 2, (uint32_t)coordinator_epoch);
    batch_writer_init(&writer, buffer, capacity);
    if (!batch_writer_append(&writer, timestamp, slice_of(key, sizeof(key)),
                             slice_of(value, sizeof(value)), NULL, 0) ||
        batch_writer_close(&writer, &close, NULL, NULL, &batch)) {
        return 0;
    }
    return batch.size;
}
