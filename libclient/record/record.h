/* record: one record of a batch, and iteration over the records of one batch (any magic),
 * decompressing where needed. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "record/batch.h"

struct record_header {
    struct slice key;
    struct slice value; /* null allowed */
};

struct record {
    int64_t offset;
    int64_t
        timestamp;    /* of the batch when log append time is set; BATCH_NO_TIMESTAMP for magic 0 */
    struct slice key; /* null allowed */
    struct slice value;   /* null allowed */
    struct slice headers; /* the undecoded header bytes (after the count) */
    int32_t header_count;
};

/* Iterates the records of one batch. Slices point into the batch's bytes, or into the decompressed
 * buffer given to batch_reader_init. */
struct batch_reader {
    struct batch batch;
    const uint8_t *data;
    const uint8_t *end;
    int32_t left;        /* records not read yet (magic 2) */
    int64_t legacy_base; /* magic 0 and 1: what is added to inner offsets */
    int32_t state;
};

/* Prepares reading. A compressed batch is decompressed into *buffer (emptied first; its size_max is
 * the cap), which must live as long as the records are used; uncompressed batches touch neither it
 * nor the decompressor. KC_ERR_CORRUPT_MESSAGE, KC_ERR_TOO_LARGE, KC_ERR_NO_MEMORY;
 * KC_ERR_INVALID_RECORD for a negative record count. CRCs are not checked (batch_check_crc). */
enum kc_err batch_reader_init(struct batch_reader *reader, const struct batch *batch,
                              struct decompressor *decompressor, struct bytes *buffer);

/* Prepares reading of a magic 2 batch whose records are at hand without compression. */
void batch_reader_over(struct batch_reader *reader, const struct batch *batch,
                       struct slice content);

/* The next record: KC_ERR_NONE; KC_ERR_WOULD_BLOCK at the end; KC_ERR_INVALID_RECORD, from then on,
 * when the bytes are senseless, records are missing or bytes are left over. The headers of the
 * records given out are sound. */
enum kc_err batch_reader_next(struct batch_reader *reader, struct record *ret_record);

/* Walks the headers: *rest starts as record.headers; false at the end (or on damage, which the
 * records of a batch_reader never have). */
bool record_next_header(struct slice *rest, struct record_header *ret_header);

#endif
