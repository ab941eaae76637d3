/* log: what one log knows of its idempotent and transactional producers: epochs, the last five
 * batches with their offsets, open transactions (KIP-98, KIP-360, KIP-890). Pure; the log asks
 * producers_check before it writes and tells producers_apply after. Owner thread. */
#ifndef LOG_PRODUCERS_H
#define LOG_PRODUCERS_H

#include "log/file.h"

#include "base/list.h"
#include "base/map.h"
#include "record/batch.h"

enum { PRODUCERS_BATCHES = 5 }; /* the window of de-duplication, Kafka's number */

struct producer_batch {
    int64_t last_offset;
    int64_t timestamp;
    int32_t last_sequence;
    int32_t offset_delta; /* last_offset minus first offset */
};

struct producer_entry {
    struct list open_link; /* producers->open, while a transaction is open */
    int64_t producer_id;
    int64_t current_txn_first_offset; /* -1: no open transaction */
    int64_t last_timestamp;
    int32_t coordinator_epoch; /* -1: none seen */
    int16_t epoch;             /* -1: none */
    uint8_t batch_count;       /* 0 to PRODUCERS_BATCHES, oldest first */
    struct producer_batch batches[PRODUCERS_BATCHES];
};

/* A transaction that ended. */
struct producer_txn {
    int64_t producer_id;
    int64_t first_offset;
    int64_t last_offset; /* that of the marker */
    bool aborted;
};

struct producers {
    struct map entries; /* of struct producer_entry */
    /* Ended transactions whose marker is not below the high watermark yet. */
    struct producer_txn *unreplicated;
    size_t unreplicated_count;
    size_t unreplicated_capacity;
    struct list open;   /* producers with open transactions, in the order of their first offsets */
    int64_t end_offset; /* all batches below it are in */
};

void producers_init(struct producers *producers, uint64_t seed);
void producers_finish(struct producers *producers);

/* Forgets everything. */
void producers_clear(struct producers *producers, int64_t end_offset);

/* What an end marker says. */
struct producers_marker {
    bool commit;
    int32_t coordinator_epoch;
};

/* Reads a control batch's marker: KC_ERR_NONE; KC_ERR_UNSUPPORTED when it is a control record of
 * another kind; KC_ERR_INVALID_RECORD. */
enum kc_err producers_read_marker(const struct batch *batch, struct producers_marker *ret_marker);

/* Where a batch to be appended comes from. */
struct producers_origin {
    bool is_client; /* sequences count */
    /* Of a marker: from 2 on (KIP-890) each transaction ends with an epoch of its own, above that
     * of its records; one that ended already may be ended again with the same. */
    int8_t transaction_version;
};

/* May this batch of a client or a coordinator be appended? KC_ERR_NONE;
 * KC_ERR_DUPLICATE_SEQUENCE_NUMBER with *ret_duplicate set: it is one of the last five, answer
 * success with its offsets; KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER; KC_ERR_INVALID_PRODUCER_EPOCH;
 * KC_ERR_INVALID_TXN_STATE (a batch without the transactional flag inside a transaction);
 * KC_ERR_TRANSACTION_COORDINATOR_FENCED; KC_ERR_INVALID_RECORD (a marker that cannot be read).
 * Batches without a producer id pass; those of a coordinator have no sequences to check. */
enum kc_err producers_check(const struct producers *producers, const struct batch *batch,
                            const struct producers_origin *origin,
                            struct producer_batch *ret_duplicate);

/* Is a transaction of this producer and epoch open here? */
bool producers_is_open(const struct producers *producers, int64_t producer_id, int16_t epoch);

/* Reserves what producers_apply needs, so that it cannot fail: KC_ERR_NO_MEMORY. */
enum kc_err producers_reserve(struct producers *producers, const struct batch *batch);

/* Takes in a batch that is in the log, with its final offsets. When it ends a transaction,
 * *ret_txn is filled and true is returned; for an aborted one the caller writes the transaction
 * index with producers_stable_after. */
bool producers_apply(struct producers *producers, const struct batch *batch,
                     struct producer_txn *ret_txn);

/* The last stable offset that an ended transaction leaves, for the index. */
int64_t producers_stable_after(const struct producers *producers, const struct producer_txn *txn);

/* The smallest offset that a read_committed reader must not pass, or INT64_MAX. */
int64_t producers_first_unstable(const struct producers *producers);

/* Ended transactions below the high watermark count as replicated. */
void producers_advance(struct producers *producers, int64_t high_watermark);

/* Drops producers that have been silent for expiration_ms and have no open transaction. */
void producers_expire(struct producers *producers, int64_t now_ms, int64_t expiration_ms);

/* The entry of an id, or NULL; valid until the next change. */
const struct producer_entry *producers_find(const struct producers *producers, int64_t producer_id);

/* Iterates all entries (DescribeProducers): *position starts at 0; NULL at the end. */
const struct producer_entry *producers_next(const struct producers *producers, size_t *position);

/* Inside the room: the entry of an id that may be changed; and the open transactions put in order
 * after entries were filled by hand: false when memory is out. */
struct producer_entry *producers_entry(const struct producers *producers, int64_t producer_id);
bool producers_sort_open(struct producers *producers);

#endif
