/* log: the .snapshot file of producer state: Kafka's ProducerSnapshot, version 1. */
#include "log/producer_snapshot.h"

#include "base/attr.h"
#include "base/crc32c.h"
#include "wire/cursor.h"

enum { SNAPSHOT_CRC_END = 6, SNAPSHOT_ENTRY_SIZE = 46 };

bool producer_snapshot_show(const struct producers *producers, struct bytes *out)
{
    struct writer writer;
    size_t start = out->size;
    size_t position = 0;
    int32_t count = 0;
    const struct producer_entry *entry;
    writer_init(&writer, out);
    write_i16(&writer, 1);
    write_u32(&writer, 0);
    write_i32(&writer, 0);
    while ((entry = map_next(&producers->entries, &position))) {
        if (entry->epoch < 0) {
            continue; /* only reserved */
        }
        struct producer_batch last = { .last_offset = -1, .timestamp = -1, .last_sequence = -1 };
        if (entry->batch_count > 0) {
            last = entry->batches[entry->batch_count - 1];
        }
        count++;
        write_i64(&writer, entry->producer_id);
        write_i16(&writer, entry->epoch);
        write_i32(&writer, last.last_sequence);
        write_i64(&writer, last.last_offset);
        write_i32(&writer, last.offset_delta);
        write_i64(&writer, entry->last_timestamp);
        write_i32(&writer, entry->coordinator_epoch);
        write_i64(&writer, entry->current_txn_first_offset);
    }
    if (writer.err != KC_ERR_NONE) {
        return false;
    }
    uint8_t *file = out->data + start;
    store_u32(file + SNAPSHOT_CRC_END, (uint32_t)count);
    store_u32(file + 2, crc32c(0, file + SNAPSHOT_CRC_END, out->size - start - SNAPSHOT_CRC_END));
    return true;
}

static enum kc_err read_entry(struct producers *producers, struct reader *reader)
{
    struct batch key = { .producer_id = read_i64(reader) };
    if (producers_reserve(producers, &key) != KC_ERR_NONE) {
        return KC_ERR_NO_MEMORY;
    }
    struct producer_entry *entry = producers_entry(producers, key.producer_id);
    struct producer_batch last = { 0 };
    if (!entry) {
        return KC_ERR_CORRUPT_FILE; /* id -1 */
    }
    entry->epoch = read_i16(reader);
    last.last_sequence = read_i32(reader);
    last.last_offset = read_i64(reader);
    last.offset_delta = read_i32(reader);
    last.timestamp = entry->last_timestamp = read_i64(reader);
    entry->coordinator_epoch = read_i32(reader);
    int64_t first_offset = read_i64(reader);
    entry->current_txn_first_offset = MAX_OF(first_offset, (int64_t)-1);
    entry->batch_count = 0;
    if (last.last_offset >= 0) {
        entry->batches[entry->batch_count++] = last;
    }
    return KC_ERR_NONE;
}

enum kc_err producer_snapshot_parse(struct producers *producers, struct slice file,
                                    int64_t end_offset)
{
    struct reader reader;
    producers_clear(producers, end_offset);
    reader_init(&reader, file);
    int16_t version = read_i16(&reader);
    uint32_t crc = read_u32(&reader);
    if (reader.err != KC_ERR_NONE || version != 1 ||
        crc != crc32c(0, file.data + SNAPSHOT_CRC_END, file.size - SNAPSHOT_CRC_END)) {
        return KC_ERR_CORRUPT_FILE;
    }
    int32_t count = read_count(&reader, false, SNAPSHOT_ENTRY_SIZE);
    enum kc_err err = KC_ERR_NONE;
    for (int32_t i = 0; i < count && err == KC_ERR_NONE && reader.err == KC_ERR_NONE; i++) {
        err = read_entry(producers, &reader);
    }
    if (err == KC_ERR_NONE &&
        (count < 0 || reader.err != KC_ERR_NONE || reader_left(&reader) != 0)) {
        err = KC_ERR_CORRUPT_FILE;
    }
    if (err != KC_ERR_NONE) {
        producers_clear(producers, end_offset);
        return err;
    }
    if (!producers_sort_open(producers)) {
        producers_clear(producers, end_offset);
        return KC_ERR_NO_MEMORY;
    }
    return KC_ERR_NONE;
}
