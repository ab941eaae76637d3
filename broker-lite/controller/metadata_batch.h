/* controller: a proposal to the metadata log: records gathered into one record batch v2, so that
 * they commit together. */
#ifndef CONTROLLER_METADATA_BATCH_H
#define CONTROLLER_METADATA_BATCH_H

#include "record/batch_writer.h"
#include "wire/codec.h"

enum { METADATA_BATCH_BYTES_MAX = 8 << 20 };

/* Records framed as Kafka frames them: unsigned varints frame version 1, record type, version; then
 * the body (KIP-631). */
struct metadata_batch {
    struct bytes values;  /* framed records, one after another */
    struct bytes lengths; /* an int32 (host order) a record */
    int32_t count;
    enum kc_err err; /* the first failure; later calls do nothing */
};

void metadata_batch_init(struct metadata_batch *batch);
void metadata_batch_finish(struct metadata_batch *batch);

/* Adds a record of a message type that has a record type (message_key), at the given version.
 * Failures are kept in batch->err. */
void metadata_batch_add(struct metadata_batch *batch, const struct message_type *type,
                        int16_t version, const void *record);

/* Adds the records of a finished batch as they are. KC_ERR_TOO_LARGE leaves this one as it was (and
 * without an error): it does not fit. Any other failure is kept: KC_ERR_INVALID, KC_ERR_NO_MEMORY.
 */
enum kc_err metadata_batch_join(struct metadata_batch *batch, struct slice closed);

/* The finished batch (base offset 0), appended to out. The first failure of all adds, or
 * KC_ERR_NO_MEMORY. */
enum kc_err metadata_batch_close(struct metadata_batch *batch, int64_t timestamp_ms,
                                 struct bytes *out);

/* Takes the frame off a stored record: type and version, and the reader is left at the body.
 * KC_ERR_CORRUPT_FILE. */
enum kc_err metadata_record_open(struct reader *reader, uint32_t *ret_type, int16_t *ret_version);

#endif
