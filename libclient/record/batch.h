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
    int64_t base_timestamp; /* for magic 0 and 1: that of the (wrapper) message; with the delete
                               horizon bit: the horizon (deltas count from it all the same) */
    int64_t max_timestamp;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t base_sequence;
    int32_t record_count; /* magic 0 and 1: 1, or -1 (unknown) when compressed */
    struct slice bytes;   /* the whole batch, header included; borrowed */
};

/* Reads the header at the start of input. KC_ERR_NONE; KC_ERR_WOULD_BLOCK when input holds only a
 * part of a batch (or nothing); KC_ERR_CORRUPT_MESSAGE when the size is below the least possible or
 * the magic unknown. CRC is not checked, nor whether the codec is one. Magic 0 and 1 entries are
 * presented as a batch of their own (magic tells), with the entry's offset as base and last: that
 * of a compressed one is the last inside, the first is known only by reading. */
enum kc_err batch_read(struct slice input, struct batch *ret_batch);

/* KC_ERR_CORRUPT_MESSAGE when the CRC does not fit (magic 2: CRC-32C; 0 and 1: CRC-32). */
enum kc_err batch_check_crc(const struct batch *batch);

/* What batch_check came across in the records. */
struct batch_findings {
    int64_t min_timestamp; /* of those that have one; BATCH_NO_TIMESTAMP when none has */
    int64_t max_timestamp;
    int32_t max_timestamp_delta; /* offset delta of the first record that has the maximum, or -1 */
    bool has_null_key;
    size_t content_size; /* of the records, decompressed */
};

/* Everything a broker checks of a batch that a client produced, besides sequences and what depends
 * on the topic (keys, timestamps): CRC, magic, codec, no control batch, counts, that a producer has
 * epoch and sequence, that each record and its headers fill their length, offset deltas 0..n-1.
 * Compressed batches are decompressed with the given cap. One checker, one thread.
 * KC_ERR_CORRUPT_MESSAGE: the CRC does not fit (worth a retry); KC_ERR_INVALID_RECORD: anything
 * else is wrong; KC_ERR_MESSAGE_TOO_LARGE: passes the cap; KC_ERR_NO_MEMORY. */
struct batch_checker;
struct batch_checker *batch_checker_create(size_t decompressed_max);
void batch_checker_destroy(struct batch_checker *checker);
enum kc_err batch_check(struct batch_checker *checker, const struct batch *batch);

/* The findings of the last batch that passed. As Kafka does, a maximum that differs from the
 * header's is no error: the broker corrects the header (batch_set_max_timestamp). */
const struct batch_findings *batch_checker_findings(const struct batch_checker *checker);

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

/* In place, inside the CRC, which is made anew: the max timestamp; log append time and the max
 * timestamp that goes with it; producer id, epoch and base sequence (an epoch bump before a
 * resend). */
void batch_set_max_timestamp(uint8_t *batch, size_t size, int64_t timestamp);
void batch_set_log_append_time(uint8_t *batch, size_t size, int64_t timestamp);
void batch_set_producer(uint8_t *batch, size_t size, int64_t producer_id, int16_t producer_epoch,
                        int32_t base_sequence);

/* Writes a magic 2 header in front of records that stand at batch + BATCH_HEADER_SIZE already, and
 * the CRC. Length, magic and CRC come from what is there, the rest from the fields. */
void batch_write_header(uint8_t *batch, size_t size, const struct batch *fields);

#endif
