/* consumer: the loop over the records of a batch that the application holds. The hottest code of
 * the consumer: one call a record, everything inside it inline. */
#include "base/varint.h"
#include "consumer/fetched.h"

#include <stdlib.h>

/* A position that fails sticky: once cut short, everything reads as 0 and `at` stays NULL. */
struct span {
    const uint8_t *at;
    const uint8_t *end;
};

static inline int64_t span_varlong(struct span *span)
{
    uint64_t value;

    /* One byte may also be the last: the number of headers mostly is. */
    if (BASE_LIKELY(span->end > span->at && span->at[0] < 0x80)) {
        value = span->at[0];
        span->at += 1;
        return (int64_t)(value >> 1 ^ (0 - (value & 1)));
    }
    if (BASE_LIKELY(span->end - span->at >= 2)) {
        value = span->at[0];
        if (BASE_LIKELY(span->at[1] < 0x80)) {
            value = (value & 0x7f) | (uint64_t)span->at[1] << 7;
            span->at += 2;
            return (int64_t)(value >> 1 ^ (0 - (value & 1)));
        }
        if (BASE_LIKELY(span->end - span->at >= 3 && span->at[2] < 0x80)) {
            value =
                (value & 0x7f) | (uint64_t)(span->at[1] & 0x7f) << 7 | (uint64_t)span->at[2] << 14;
            span->at += 3;
            return (int64_t)(value >> 1 ^ (0 - (value & 1)));
        }
    }
    if (!span->at) {
        return 0;
    }
    size_t size = varint_get_long(span->at, span->end, VARLONG_SIZE_MAX, &value);
    if (size == 0) {
        span->at = span->end = NULL;
        return 0;
    }
    span->at += size;
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

/* Bytes with their length in front; -1 is null. */
static inline struct kc_bytes span_bytes(struct span *span)
{
    int64_t size = span_varlong(span);

    if (size < 0) {
        return (struct kc_bytes){ NULL, 0 };
    }
    if (BASE_UNLIKELY(size > span->end - span->at)) {
        span->at = span->end = NULL;
        return (struct kc_bytes){ NULL, 0 };
    }
    struct kc_bytes bytes = { span->at, (size_t)size };
    span->at += size;
    return bytes;
}

static bool batch_damage(struct kc_batch *batch, int64_t offset)
{
    int64_t none = -1;

    batch->is_damaged = true;
    batch->rest = slice_of(NULL, 0);
    batch->reader.left = 0;
    (void)atomic_compare_exchange_strong(&batch->claim->damaged, &none, offset);
    return false;
}

/* Reads one record of a batch v2; false when its bytes are senseless. */
static inline bool batch_record(struct batch_reader *reader, struct kc_record *ret_record)
{
    struct span span = { reader->data, reader->end };
    int64_t size = span_varlong(&span);

    if (BASE_UNLIKELY(!span.at || size <= 0 || size > span.end - span.at)) {
        return false;
    }
    span.end = span.at + size;
    const uint8_t *next = span.end;
    span.at += 1; /* attributes: unused */
    int64_t timestamp_delta = span_varlong(&span);
    int64_t offset_delta = span_varlong(&span);
    ret_record->key = span_bytes(&span);
    ret_record->value = span_bytes(&span);
    int64_t header_count = span_varlong(&span);
    if (BASE_UNLIKELY(!span.at || offset_delta < 0 || offset_delta > INT32_MAX ||
                      header_count < 0 || header_count > span.end - span.at)) {
        return false;
    }
    ret_record->offset = reader->batch.base_offset + offset_delta;
    ret_record->timestamp_ms =
        (reader->batch.attributes & BATCH_ATTRIBUTE_LOG_APPEND_TIME)
            ? reader->batch.max_timestamp
            : (int64_t)((uint64_t)reader->batch.base_timestamp + (uint64_t)timestamp_delta);
    ret_record->header_count = (size_t)header_count;
    ret_record->encoded_headers = (struct kc_bytes){ span.at, (size_t)(span.end - span.at) };
    reader->data = next;
    return true;
}

static bool batch_record_legacy(struct batch_reader *reader, struct kc_record *ret_record,
                                bool *ret_end)
{
    struct record record;
    enum kc_err err = batch_reader_next(reader, &record);

    *ret_end = err == KC_ERR_WOULD_BLOCK;
    if (err) {
        return false;
    }
    ret_record->key = kc_bytes(record.key.data, record.key.size);
    ret_record->value = kc_bytes(record.value.data, record.value.size);
    ret_record->offset = record.offset;
    ret_record->timestamp_ms = record.timestamp;
    ret_record->header_count = 0;
    ret_record->encoded_headers = kc_bytes("", 0);
    return true;
}

/* Opens the record batch after this one; false at the end of all. They were looked at when the
 * batch was cut: what fails here is memory only. */
static bool batch_open_next(struct kc_batch *batch)
{
    struct batch header;

    if (batch->rest.size == 0 || batch_read(batch->rest, &header) ||
        batch_reader_init(&batch->reader, &header, NULL, NULL)) {
        return false;
    }
    batch->rest =
        slice_of(batch->rest.data + header.bytes.size, batch->rest.size - header.bytes.size);
    return true;
}

/* The next record wherever it is: in this record batch or the next. */
static inline bool batch_step(struct kc_batch *batch, struct kc_record *ret_record)
{
    struct batch_reader *reader = &batch->reader;
    bool is_end = true;

    if (BASE_UNLIKELY(reader->batch.magic < 2)) {
        if (batch->is_damaged) {
            return false;
        }
        return batch_record_legacy(reader, ret_record, &is_end) ||
               (!is_end && batch_damage(batch, batch->from_offset));
    }
    while (BASE_UNLIKELY(reader->left <= 0)) {
        if (!batch_open_next(batch)) {
            return false;
        }
    }
    if (BASE_UNLIKELY(!batch_record(reader, ret_record))) {
        return batch_damage(batch, MAX_OF(batch->from_offset, reader->batch.base_offset));
    }
    reader->left--;
    return true;
}

bool fetched_batch_next(struct kc_batch *batch, struct kc_record *ret_record)
{
    do {
        if (!batch_step(batch, ret_record)) {
            return false;
        }
    } while (BASE_UNLIKELY(ret_record->offset < batch->from_offset));
    ret_record->topic = batch->claim->topic;
    ret_record->partition = batch->claim->partition;
    ret_record->leader_epoch = batch->reader.batch.partition_leader_epoch;
    ret_record->flags = KC_RECORD_PARTITION | KC_RECORD_TIMESTAMP |
                        ((batch->reader.batch.attributes & BATCH_ATTRIBUTE_LOG_APPEND_TIME)
                             ? (unsigned)KC_RECORD_LOG_APPEND_TIME
                             : 0u);
    ret_record->headers = NULL;
    batch->from_offset = ret_record->offset + 1;
    return true;
}

/* As batch_record, but only to count it. */
static inline bool batch_pass(struct batch_reader *reader, int64_t *ret_offset)
{
    struct span span = { reader->data, reader->end };
    int64_t size = span_varlong(&span);

    if (!span.at || size <= 0 || size > span.end - span.at) {
        return false;
    }
    span.end = span.at + size;
    reader->data = span.end;
    span.at += 1;
    (void)span_varlong(&span);
    int64_t offset_delta = span_varlong(&span);
    *ret_offset = reader->batch.base_offset + offset_delta;
    return span.at && offset_delta >= 0 && offset_delta <= INT32_MAX;
}

static bool batch_pass_any(struct batch_reader *reader, int64_t *ret_offset)
{
    struct record record;

    if (reader->batch.magic < 2) {
        if (batch_reader_next(reader, &record)) {
            return false;
        }
        *ret_offset = record.offset;
        return true;
    }
    return reader->left-- > 0 && batch_pass(reader, ret_offset);
}

/* Steps over records whose offsets nobody asks for. */
static bool batch_skip(struct batch_reader *reader, int32_t count)
{
    struct span span = { reader->data, reader->end };

    for (int32_t i = 0; i < count; i++) {
        int64_t size = span_varlong(&span);
        if (BASE_UNLIKELY(!span.at || size <= 0 || size > span.end - span.at)) {
            return false;
        }
        span.at += size;
    }
    reader->data = span.at;
    reader->left -= count;
    return true;
}

/* Steps over the records that are asked for, at most so many; false when that is all of them, or
 * they cannot be read. The first visible one is looked for; after it offsets only rise. */
static bool batch_pass_many(struct batch_reader *reader, int64_t from_offset, int32_t records_max,
                            int64_t *ret_offset)
{
    bool is_good = true;
    int32_t count = 0;

    while (is_good && (count == 0 || (count < records_max && reader->batch.magic < 2))) {
        is_good = batch_pass_any(reader, ret_offset);
        count += is_good && *ret_offset >= from_offset;
    }
    if (!is_good || count == records_max) {
        return is_good;
    }
    return reader->left > records_max - count && batch_skip(reader, records_max - count - 1) &&
           batch_pass_any(reader, ret_offset);
}

enum kc_err fetched_batch_split(struct kc_batch *batch, int32_t records_max,
                                struct kc_batch **ret_part)
{
    struct batch_reader reader = batch->reader;
    int64_t offset = -1;
    bool is_good = batch_pass_many(&reader, batch->from_offset, records_max, &offset);

    if (!is_good || reader.data == reader.end || (reader.batch.magic >= 2 && reader.left <= 0)) {
        *ret_part = NULL;
        return KC_ERR_NONE;
    }
    struct kc_batch *part = malloc(sizeof(*part));
    if (!part) {
        return KC_ERR_NO_MEMORY;
    }
    *part = *batch;
    claim_take(part->claim);
    frame_buffer_take(part->frame);
    if (part->unpacked) {
        refs_take(&part->unpacked->refs);
    }
    part->reader = reader;
    batch->next_offset = MIN_OF(batch->next_offset, offset + 1);
    part->from_offset = batch->next_offset;
    batch->reader.end = reader.data;
    batch->reader.left -= reader.left;
    *ret_part = part;
    return KC_ERR_NONE;
}

static void unpacked_drop(struct unpacked *unpacked)
{
    if (unpacked && refs_drop(&unpacked->refs)) {
        bytes_finish(&unpacked->bytes);
        free(unpacked);
    }
}

void fetched_batch_destroy(struct kc_batch *batch)
{
    if (!batch) {
        return;
    }
    if (batch->sieve) {
        batch->drop_sieve(batch->sieve);
    }
    unpacked_drop(batch->unpacked);
    frame_buffer_drop(batch->frame);
    claim_drop(batch->claim);
    free(batch);
}
