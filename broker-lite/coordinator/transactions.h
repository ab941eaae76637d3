/* coordinator: all transactional ids that this broker coordinates. State lives in
 * __transaction_state; memory is its image. Every change is appended first and takes effect when
 * the high watermark has passed it; until then the id answers KC_ERR_CONCURRENT_TRANSACTIONS. Owner
 * thread only. */
#ifndef COORDINATOR_TRANSACTIONS_H
#define COORDINATOR_TRANSACTIONS_H

#include "coordinator/groups.h"
#include "coordinator/producer_ids.h"
#include "coordinator/txn_entry.h"

struct transactions;

struct transactions_options {
    struct loop *loop;
    const struct clock *clock;
    struct random *random;
    const struct trace *trace;
    const struct image *image;
    struct partitions *partitions;
    struct groups *groups;             /* told of markers in __consumer_offsets */
    struct producer_ids *producer_ids; /* for those whose epochs are used up */
    int32_t timeout_ms_max;            /* transaction.max.timeout.ms */
    int64_t id_expiration_ms;          /* transactional.id.expiration.ms */
    int32_t abort_interval_ms;         /* transaction.abort.timed.out.transaction... */
    int32_t expire_interval_ms;        /* transaction.remove.expired.transaction... */
};

/* NULL when memory is out. */
struct transactions *transactions_create(const struct transactions_options *options);

/* Parked calls must have been cancelled before. NULL is fine. */
void transactions_destroy(struct transactions *transactions);

/* A change of the image, after partitions_follow and groups_follow: loads a partition of
 * __transaction_state that this broker now leads, and goes on with what was being ended there;
 * drops what it lost. */
void transactions_follow(struct transactions *transactions, const struct image_change *change);

/* The broker stops: what is being read back ends soon. */
void transactions_load_end(struct transactions *transactions);

/* Timeouts, expiry, and markers whose partition could not take them before. */
enum { TRANSACTIONS_TICK_MS = 100 };
void transactions_tick(struct transactions *transactions);

/* ---- what the handlers ask ---- */

/* May this broker answer for the id now? KC_ERR_COORDINATOR_NOT_AVAILABLE (no __transaction_state
 * yet), KC_ERR_COORDINATOR_LOAD_IN_PROGRESS, KC_ERR_NOT_COORDINATOR. */
enum kc_err transactions_check(const struct transactions *transactions, struct slice id);

/* A partition of __transaction_state that is led here could not be read back: its ids get
 * KC_ERR_NOT_COORDINATOR. */
bool transactions_are_unreadable(const struct transactions *transactions, int32_t partition);

/* The partition of __transaction_state that keeps the id; NULL while there is none. */
struct partition *transactions_log(const struct transactions *transactions, struct slice id);

/* NULL when there is no such id. */
const struct txn_entry *transactions_find(const struct transactions *transactions, struct slice id);

/* All of them, sorted by id, in malloc'ed memory that the caller frees; NULL when memory is out. */
const struct txn_entry **transactions_sorted(const struct transactions *transactions,
                                             size_t *ret_count);

/* True while a partition of __transaction_state is read back: lists are not complete. */
bool transactions_are_loading(const struct transactions *transactions);

/* Who waits for a change; caller-owned. done is called once, maybe before the call returns; with
 * an error the ids are -1. */
struct transactions_answer {
    void (*done)(struct transactions_answer *answer, enum kc_err err, int64_t producer_id,
                 int16_t epoch);
    void *context;
    struct transactions_answer **place; /* where it waits; NULL: nowhere */
    bool has_waited;                    /* done comes from the loop, not from the call */
};

/* The caller goes away without waiting. Harmless when it does not wait. */
void transactions_answer_end(struct transactions_answer *answer);

/* InitProducerId; makes the id, with new_producer_id (that the caller took; -1: none), when it is
 * not there. KC_ERR_INVALID_REQUEST (an empty id, or one of more than INT16_MAX bytes),
 * KC_ERR_INVALID_TRANSACTION_TIMEOUT, as transactions_check and txn_entry_plan_init. */
void transactions_begin(struct transactions *transactions, struct slice id, int32_t timeout_ms,
                        const struct txn_claim *claim, int64_t new_producer_id,
                        struct transactions_answer *answer);

struct transactions_partition {
    struct slice topic;
    int32_t index;
    enum kc_err err; /* of transactions_verify */
};

/* Adds partitions to the id's transaction, beginning one. As transactions_check and
 * txn_entry_plan_add. */
void transactions_add(struct transactions *transactions, struct slice id,
                      const struct txn_claim *claim, int16_t client_version,
                      const struct transactions_partition *partitions, size_t count,
                      struct transactions_answer *answer);

/* Tells of each partition whether it is part of the open transaction (see txn_entry_verify). */
void transactions_verify(const struct transactions *transactions, struct slice id,
                         const struct txn_claim *claim, struct transactions_partition *partitions,
                         size_t count);

/* EndTxn: answered when the decision is committed (and not before the markers, where they can be
 * written at once). As transactions_check and txn_entry_plan_end. */
void transactions_end(struct transactions *transactions, struct slice id,
                      const struct txn_claim *claim, bool commit, int16_t client_version,
                      struct transactions_answer *answer);

#endif
