/* record: the record batch, format v2 (magic 2): header layout, attributes, CRC. Formats 0 and 1
 * are only read (legacy.h). */
#ifndef RECORD_BATCH_H
#define RECORD_BATCH_H

#include "compress/codec.h"

enum {
    BATCH_HEADER_SIZE = 61, /* bytes from base offset to record count, both included */
    BATCH_OVERHEAD = 12,    /* base offset and length field: batch_length counts what follows */
    BATCH_MAGIC_POSITION = 16,
    BATCH_CRC_START = 21, /* the CRC covers from attributes to the end */

    BATCH_ATTRIBUTE_CODEC = 0x07,
    BATCH_ATTRIBUTE_LOG_APPEND_TIME = 0x08,
    BATCH_ATTRIBUTE_TRANSACTIONAL = 0x10,
    BATCH_ATTRIBUTE_CONTROL = 0x20,
    BATCH_ATTRIBUTE_DELETE_HORIZON = 0x40,
};

#define BATCH_NO_PRODUCER_ID ((int64_t)-1)
#define BATCH_NO_TIMESTAMP ((int64_t)-1)

/* A decoded header. */
struct batch {
    int64_t base_offset;
    int32_t batch_length;
    int32_t partition_leader_epoch;
    int8_t magic;
    uint32_t crc;
    int16_t attributes;
    int32_t last_offset_delta;
    int64_t base_timestamp; /* for magic 0 and 1: that of the (wrapper) message */
    int64_t max_timestamp;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t base_sequence;
    int32_t record_count;
    struct slice bytes; /* the whole batch, header included; borrowed */
};

/* Reads the header at the start of input. KC_ERR_NONE; KC_ERR_WOULD_BLOCK when input holds only a
 * part of a batch (or nothing); KC_ERR_CORRUPT_MESSAGE when the size is below the least possible or
 * the magic unknown. CRC is not checked. Magic 0 and 1 entries are presented as a batch of their
 * own (magic tells). */
enum kc_err batch_read(struct slice input, struct batch *ret_batch);

/* KC_ERR_CORRUPT_MESSAGE when the CRC does not fit (magic 2: CRC-32C; 0 and 1: CRC-32). */
enum kc_err batch_check_crc(const struct batch *batch);

/* Everything a broker checks of a produced magic 2 batch besides sequences: sizes, CRC, counts,
 * offsets deltas 0..n-1 of the records, timestamps, codec. Compressed batches are decompressed with
 * the given cap. KC_ERR_CORRUPT_MESSAGE or KC_ERR_INVALID_RECORD. */
struct batch_checker;
struct batch_checker *batch_checker_create(size_t decompressed_max);
void batch_checker_destroy(struct batch_checker *checker);
enum kc_err batch_check(struct batch_checker *checker, const struct batch *batch);

static inline enum compression batch_codec(const struct batch *batch)
{
    return (enum compression)(batch->attributes & BATCH_ATTRIBUTE_CODEC);
}

static inline bool batch_is_control(const struct batch *batch)
{
    return (batch->attributes & BATCH_ATTRIBUTE_CONTROL) != 0;
}

static inline bool batch_is_transactional(const struct batch *batch)
{
    return (batch->attributes & BATCH_ATTRIBUTE_TRANSACTIONAL) != 0;
}

static inline int64_t batch_last_offset(const struct batch *batch)
{
    return batch->base_offset + batch->last_offset_delta;
}

/* In place, without touching the CRC (these fields are outside it). */
void batch_set_base_offset(uint8_t *batch, int64_t base_offset);
void batch_set_leader_epoch(uint8_t *batch, int32_t leader_epoch);

/* In place, inside the CRC, which is made anew: log append time and the max timestamp that goes
 * with it. */
void batch_set_log_append_time(uint8_t *batch, size_t size, int64_t timestamp);

#endif
