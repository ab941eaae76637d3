/* coordinator: one transactional id: its producer, and where its transaction stands. Pure: a plan_
 * function tells whether a request may be served and what the id's fields would then be; when that
 * is in the log, txn_entry_enter makes it so. The rules are those of Kafka 4.3 (KIP-98, KIP-360,
 * KIP-890). */
#ifndef COORDINATOR_TXN_ENTRY_H
#define COORDINATOR_TXN_ENTRY_H

#include "base/slice.h"

#include <libclient/error.h>

/* As stored. */
enum txn_state {
    TXN_EMPTY = 0,
    TXN_ONGOING = 1,
    TXN_PREPARE_COMMIT = 2,
    TXN_PREPARE_ABORT = 3,
    TXN_COMPLETE_COMMIT = 4,
    TXN_COMPLETE_ABORT = 5,
    TXN_DEAD = 6,
    TXN_PREPARE_EPOCH_FENCE = 7 /* never entered: a fence goes on to PREPARE_ABORT at once */
};

/* "Empty", "Ongoing", ... */
const char *txn_entry_state_name(enum txn_state state);
/* False: no state has this name. */
bool txn_entry_state_find(struct slice name, enum txn_state *ret_state);

/* Everything of it that a record keeps, but the partitions. */
struct txn_fields {
    int64_t producer_id;
    int64_t previous_producer_id; /* that of the last change */
    int64_t next_producer_id;     /* -1, or what follows an exhausted id when the markers are out */
    int16_t epoch;                /* -1: none yet */
    int16_t last_epoch;
    int32_t timeout_ms;
    enum txn_state state;
    int64_t start_ms; /* wall time; -1: nothing has begun */
    int64_t updated_ms;
    int16_t client_version; /* 0, or 2 for who knows KIP-890 */
};

struct txn_partition {
    char *topic;
    int32_t index;
    /* While markers are written: */
    bool is_marked;
    int64_t marked_end; /* the high watermark that tells that the marker is committed */
};

struct txn_entry {
    char *id;
    struct txn_fields now;
    struct txn_partition *partitions; /* sorted by topic and index */
    size_t partition_count;
    size_t partition_capacity;
};

/* Empty, no epoch yet; NULL when memory is out. */
struct txn_entry *txn_entry_create(struct slice id, int64_t producer_id, int32_t timeout_ms,
                                   int64_t now_ms);
/* NULL is fine. */
void txn_entry_destroy(struct txn_entry *transaction);

struct txn_partition *txn_entry_find(const struct txn_entry *transaction, struct slice topic,
                                     int32_t index);
/* Adds a partition that is not there yet; false when memory is out. */
bool txn_entry_add(struct txn_entry *transaction, struct slice topic, int32_t index);
/* Drops one that txn_entry_find gave. */
void txn_entry_drop(struct txn_entry *transaction, struct txn_partition *partition);
void txn_entry_drop_all(struct txn_entry *transaction);

/* No further epoch is given to a client with this one: the last is kept for fencing. */
bool txn_entry_epoch_is_exhausted(int16_t epoch);

/* The one function that changes the state. Entering EMPTY or a COMPLETE state drops the
 * partitions. */
void txn_entry_enter(struct txn_entry *transaction, const struct txn_fields *next);

/* The fields as they stand, but for the state and the time; the id as it was is noted (Kafka's
 * TransitionData). Begins every plan. */
struct txn_fields txn_entry_change(const struct txn_entry *transaction, enum txn_state state,
                                   int64_t now_ms);

/* A producer's word of who it is. */
struct txn_claim {
    int64_t producer_id; /* -1 in InitProducerId: it makes none */
    int16_t epoch;
};

/* InitProducerId. new_producer_id is taken when the id's epochs are used up; -1: there is none now.
 * KC_ERR_NONE: *ret_next is EMPTY with the new epoch, or PREPARE_ABORT: the open transaction must
 * be aborted first, and the client told KC_ERR_CONCURRENT_TRANSACTIONS. KC_ERR_PRODUCER_FENCED,
 * KC_ERR_CONCURRENT_TRANSACTIONS, KC_ERR_COORDINATOR_LOAD_IN_PROGRESS (no id to take). */
enum kc_err txn_entry_plan_init(const struct txn_entry *transaction, int32_t timeout_ms,
                                const struct txn_claim *claim, int64_t new_producer_id,
                                int64_t now_ms, struct txn_fields *ret_next);

/* May partitions be added? KC_ERR_NONE: *ret_next is ONGOING; whether all are there already is the
 * caller's to see. KC_ERR_INVALID_PRODUCER_ID_MAPPING, KC_ERR_PRODUCER_FENCED,
 * KC_ERR_CONCURRENT_TRANSACTIONS. */
enum kc_err txn_entry_plan_add(const struct txn_entry *transaction, const struct txn_claim *claim,
                               int16_t client_version, int64_t now_ms, struct txn_fields *ret_next);

/* Is this partition part of the open transaction (KIP-890)? As txn_entry_plan_add, and
 * KC_ERR_TRANSACTION_ABORTABLE. */
enum kc_err txn_entry_verify(const struct txn_entry *transaction, const struct txn_claim *claim,
                             struct slice topic, int32_t index);

/* EndTxn. KC_ERR_NONE: *ret_next is PREPARE_COMMIT or PREPARE_ABORT, or *ret_done: it was ended
 * this way already, nothing changes. KC_ERR_INVALID_PRODUCER_ID_MAPPING, KC_ERR_PRODUCER_FENCED,
 * KC_ERR_CONCURRENT_TRANSACTIONS, KC_ERR_INVALID_TXN_STATE, KC_ERR_COORDINATOR_LOAD_IN_PROGRESS. */
enum kc_err txn_entry_plan_end(const struct txn_entry *transaction, const struct txn_claim *claim,
                               bool commit, int16_t client_version, int64_t new_producer_id,
                               int64_t now_ms, struct txn_fields *ret_next, bool *ret_done);

/* The coordinator aborts an open transaction: it timed out, or another producer begins. */
enum kc_err txn_entry_plan_fence(const struct txn_entry *transaction, int64_t new_producer_id,
                                 int64_t now_ms, struct txn_fields *ret_next);

/* All markers of a PREPARE state are committed. */
void txn_entry_plan_complete(const struct txn_entry *transaction, int64_t now_ms,
                             struct txn_fields *ret_next);

static inline bool txn_entry_is_preparing(const struct txn_entry *transaction)
{
    return transaction->now.state == TXN_PREPARE_COMMIT ||
           transaction->now.state == TXN_PREPARE_ABORT;
}

/* The open transaction is older than its timeout. */
bool txn_entry_is_timed_out(const struct txn_entry *transaction, int64_t now_ms);

/* Nothing is open, and nothing has changed for so long. */
bool txn_entry_is_expired(const struct txn_entry *transaction, int64_t now_ms,
                          int64_t expiration_ms);

#endif
