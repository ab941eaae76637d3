/* record: message formats 0 and 1, read only: a message with a CRC of its own, or a wrapper whose
 * value is a compressed run of messages. Internal to the room. */
#ifndef RECORD_LEGACY_H
#define RECORD_LEGACY_H

#include "record/record.h"

enum {
    LEGACY_SIZE_MIN_V0 = 14, /* of what the size field counts */
    LEGACY_SIZE_MIN_V1 = 22,
    LEGACY_CRC_START = 16, /* the CRC covers from the magic to the end */
};

/* One message. `input` starts with its offset and size; KC_ERR_WOULD_BLOCK when it holds only a
 * part, KC_ERR_CORRUPT_MESSAGE when the size or the magic is impossible. Key and value are not
 * looked at. */
enum kc_err legacy_read(struct slice input, struct batch *ret_batch);

/* batch_reader_init and batch_reader_next for magic 0 and 1. */
enum kc_err legacy_open(struct batch_reader *reader, struct decompressor *decompressor,
                        struct bytes *buffer);
enum kc_err legacy_next(struct batch_reader *reader, struct record *ret_record);

#endif
