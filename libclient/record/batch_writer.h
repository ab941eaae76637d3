/* record: builds a batch v2, record by record, straight into one buffer. This is the producer's hot
 * path: no allocation per record. */
#ifndef RECORD_BATCH_WRITER_H
#define RECORD_BATCH_WRITER_H

#include "base/attr.h"
#include "base/varint.h"
#include "record/record.h"

struct batch_writer {
    uint8_t *data; /* the caller's buffer, header first */
    size_t size;   /* bytes used, BATCH_HEADER_SIZE when empty */
    size_t capacity;
    int64_t base_timestamp;
    int64_t max_timestamp;
    int32_t count;
    int32_t next_delta; /* offset delta of the next record; raised by who leaves gaps (compaction),
                           also before close, to keep the last offset */
    bool is_base_set;
};

/* Fields that close fills in; zero-initialise and set what is needed. */
struct batch_close {
    int64_t base_offset;
    int32_t partition_leader_epoch; /* -1 from clients */
    enum compression codec;
    bool transactional;
    bool control;
    bool log_append_time; /* max timestamp is then append_time */
    bool delete_horizon;  /* the base timestamp is one (batch_writer_set_base_timestamp) */
    int64_t append_time;
    int64_t producer_id; /* BATCH_NO_PRODUCER_ID (-1), with epoch -1 and sequence -1, when not
                            idempotent */
    int16_t producer_epoch;
    int32_t base_sequence;
};

/* Takes a buffer of at least BATCH_HEADER_SIZE bytes that the caller owns. */
void batch_writer_init(struct batch_writer *writer, void *buffer, size_t capacity);

/* Before the first record: deltas count from here instead of from the first record's timestamp (a
 * compacted batch keeps its base, or takes its delete horizon as base). */
void batch_writer_set_base_timestamp(struct batch_writer *writer, int64_t timestamp);

/* Bytes that this record would add now (exact); SIZE_MAX when no batch could hold it. */
size_t batch_writer_record_size(const struct batch_writer *writer, int64_t timestamp,
                                struct slice key, struct slice value,
                                const struct record_header *headers, int32_t header_count);

/* Appends a record; false when it does not fit (nothing is then changed). A null header key is
 * written as an empty one. */
bool batch_writer_append(struct batch_writer *writer, int64_t timestamp, struct slice key,
                         struct slice value, const struct record_header *headers,
                         int32_t header_count);

/* The same, but the value, which is not null, is only given its place: the caller writes its bytes
 * to *ret_value before the batch is closed, or moved. */
bool batch_writer_append_apart(struct batch_writer *writer, int64_t timestamp, struct slice key,
                               struct slice value, const struct record_header *headers,
                               int32_t header_count, uint8_t **ret_value);

/* What a record without headers takes beside key and value, at most: behind its length, and with
 * it.
 */
enum {
    BATCH_WRITER_BODY_EXTRA = 1 + VARLONG_SIZE_MAX + 3 * VARINT_SIZE_MAX + 1,
    BATCH_WRITER_PLAIN_EXTRA = VARINT_SIZE_MAX + BATCH_WRITER_BODY_EXTRA,
    BATCH_WRITER_AHEAD = 512 /* bytes by which the cache is told what is written next */
};

BASE_INLINE uint8_t *batch_writer_put_bytes(uint8_t *out, struct slice bytes)
{
    if (!bytes.data) {
        return out + varint_put(out, -1);
    }
    out += varint_put(out, (int32_t)bytes.size);
    memcpy(out, bytes.data, bytes.size);
    return out + bytes.size;
}

/* The short way for most records: no headers, small, not the first, and plenty of room; false when
 * it is not one of those (nothing is changed: batch_writer_append takes it, or not). The size of
 * the length is known beforehand, so that nothing is measured. */
BASE_INLINE bool batch_writer_append_plain(struct batch_writer *writer, int64_t timestamp,
                                           struct slice key, struct slice value)
{
    size_t content = key.size + value.size;
    bool is_short = content < 64 - BATCH_WRITER_BODY_EXTRA;
    if (BASE_UNLIKELY(writer->count == 0 || (key.size | value.size) >= 8192 ||
                      content >= 8192 - BATCH_WRITER_BODY_EXTRA || (!is_short && content < 64) ||
                      writer->next_delta == INT32_MAX ||
                      writer->capacity - writer->size < content + BATCH_WRITER_PLAIN_EXTRA)) {
        return false;
    }
    uint8_t *start = writer->data + writer->size;
    BASE_PREFETCH_WRITE(start + BATCH_WRITER_AHEAD);
    BASE_PREFETCH_WRITE(start + BATCH_WRITER_AHEAD + 64);
    uint8_t *body = start + (is_short ? 1 : 2);
    uint8_t *out = body;
    *out++ = 0;
    out += varlong_put(out, (int64_t)((uint64_t)timestamp - (uint64_t)writer->base_timestamp));
    out += varint_put_unsigned(out, (uint32_t)writer->next_delta << 1);
    out = batch_writer_put_bytes(out, key);
    out = batch_writer_put_bytes(out, value);
    *out++ = 0;
    size_t length = (size_t)(out - body) << 1;
    start[0] = (uint8_t)(is_short ? length : length | 0x80);
    if (!is_short) {
        start[1] = (uint8_t)(length >> 7);
    }
    writer->max_timestamp = MAX_OF(writer->max_timestamp, timestamp);
    writer->size = (size_t)(out - writer->data);
    writer->next_delta++;
    writer->count++;
    return true;
}

/* Writes header and CRC. Without compression the batch is then data[0, size); returned as a slice
 * of it. With a codec the records are compressed by `compressor` (of that codec) into `out`
 * (emptied first), and the slice points there; when that is not smaller the batch may still be sent
 * compressed, as Kafka does. KC_ERR_INVALID: no room for a header, or no such codec;
 * KC_ERR_NO_MEMORY, KC_ERR_TOO_LARGE: as compressor_run. The writer can be closed again with other
 * producer fields (retry after an epoch bump) as long as its buffer lives. */
enum kc_err batch_writer_close(struct batch_writer *writer, const struct batch_close *close,
                               struct compressor *compressor, struct bytes *out,
                               struct slice *ret_batch);

#endif
