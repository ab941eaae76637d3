/* coordinator: how a transaction ends: by its client, by the coordinator, and when its markers are
 * out. */
#include "coordinator/txn_entry.h"

enum { CLIENT_VERSION_BUMPS = 2 /* from here on each transaction has its own epoch */ };

/* The fields of a transaction that ends. `idle`: nothing had begun, only the epoch is bumped. */
static enum kc_err prepare(const struct txn_entry *transaction, bool commit, int16_t client_version,
                           int64_t new_producer_id, bool idle, int64_t now_ms,
                           struct txn_fields *ret_next)
{
    const struct txn_fields *now = &transaction->now;
    struct txn_fields next =
        txn_entry_change(transaction, commit ? TXN_PREPARE_COMMIT : TXN_PREPARE_ABORT, now_ms);
    next.next_producer_id = -1;
    next.client_version = client_version;
    if (client_version >= CLIENT_VERSION_BUMPS) {
        if (txn_entry_epoch_is_exhausted(now->epoch)) {
            if (new_producer_id < 0) {
                return KC_ERR_COORDINATOR_LOAD_IN_PROGRESS;
            }
            next.next_producer_id = new_producer_id;
        }
        next.epoch = now->epoch == INT16_MAX ? now->epoch : (int16_t)(now->epoch + 1);
        next.last_epoch = now->epoch;
    }
    if (idle) {
        next.start_ms = now_ms;
    }
    *ret_next = next;
    return KC_ERR_NONE;
}

enum kc_err txn_entry_plan_fence(const struct txn_entry *transaction, int64_t new_producer_id,
                                 int64_t now_ms, struct txn_fields *ret_next)
{
    return prepare(transaction, false, CLIENT_VERSION_BUMPS, new_producer_id, false, now_ms,
                   ret_next);
}

/* A client before KIP-890: the epoch stays, so a repeated request looks like the first. */
static enum kc_err plan_end_1(const struct txn_entry *transaction, const struct txn_claim *claim,
                              bool commit, int64_t now_ms, struct txn_fields *ret_next,
                              bool *ret_done)
{
    const struct txn_fields *now = &transaction->now;
    if (now->producer_id != claim->producer_id) {
        return KC_ERR_INVALID_PRODUCER_ID_MAPPING;
    }
    if (now->epoch != claim->epoch) {
        return KC_ERR_PRODUCER_FENCED;
    }
    switch (now->state) {
    case TXN_ONGOING:
        return prepare(transaction, commit, 0, -1, false, now_ms, ret_next);
    case TXN_COMPLETE_COMMIT:
    case TXN_COMPLETE_ABORT:
        *ret_done = commit == (now->state == TXN_COMPLETE_COMMIT);
        return *ret_done ? KC_ERR_NONE : KC_ERR_INVALID_TXN_STATE;
    case TXN_PREPARE_COMMIT:
    case TXN_PREPARE_ABORT:
        return commit == (now->state == TXN_PREPARE_COMMIT) ? KC_ERR_CONCURRENT_TRANSACTIONS
                                                            : KC_ERR_INVALID_TXN_STATE;
    case TXN_EMPTY:
    case TXN_DEAD:
    case TXN_PREPARE_EPOCH_FENCE:
        break;
    }
    return KC_ERR_INVALID_TXN_STATE;
}

/* What a client that bumps its epoch with each transaction has done: asked for the first time with
 * the present epoch, or again with the one before. */
static enum kc_err plan_end_2(const struct txn_entry *transaction, const struct txn_claim *claim,
                              bool commit, int64_t new_producer_id, int64_t now_ms,
                              struct txn_fields *ret_next, bool *ret_done)
{
    const struct txn_fields *now = &transaction->now;
    bool is_first = claim->epoch == now->epoch;
    bool is_again = now->epoch == claim->epoch + 1;
    bool is_again_with_new_id = now->previous_producer_id == claim->producer_id &&
                                claim->epoch == INT16_MAX - 1 && now->epoch == 0;
    bool is_retry = is_again || is_again_with_new_id;
    if (now->producer_id != claim->producer_id && !is_again_with_new_id) {
        return KC_ERR_INVALID_PRODUCER_ID_MAPPING;
    }
    switch (now->state) {
    case TXN_ONGOING:
        return is_first ? prepare(transaction, commit, CLIENT_VERSION_BUMPS, new_producer_id, false,
                                  now_ms, ret_next)
                        : KC_ERR_PRODUCER_FENCED;
    case TXN_PREPARE_COMMIT:
    case TXN_PREPARE_ABORT:
        if (!is_again) {
            return KC_ERR_PRODUCER_FENCED;
        }
        return commit == (now->state == TXN_PREPARE_COMMIT) ? KC_ERR_CONCURRENT_TRANSACTIONS
                                                            : KC_ERR_INVALID_TXN_STATE;
    case TXN_COMPLETE_COMMIT:
    case TXN_COMPLETE_ABORT:
        if (is_retry) {
            *ret_done = commit == (now->state == TXN_COMPLETE_COMMIT);
            return *ret_done ? KC_ERR_NONE : KC_ERR_INVALID_TXN_STATE;
        }
        break;
    case TXN_EMPTY:
        break;
    case TXN_DEAD:
    case TXN_PREPARE_EPOCH_FENCE:
        return KC_ERR_INVALID_TXN_STATE;
    }
    if (!is_first) {
        return KC_ERR_PRODUCER_FENCED;
    }
    /* Nothing has begun here. An abort is served all the same: its client may have failed before
     * anything arrived, and wants the next epoch. */
    return commit ? KC_ERR_INVALID_TXN_STATE
                  : prepare(transaction, false, CLIENT_VERSION_BUMPS, new_producer_id, true, now_ms,
                            ret_next);
}

enum kc_err txn_entry_plan_end(const struct txn_entry *transaction, const struct txn_claim *claim,
                               bool commit, int16_t client_version, int64_t new_producer_id,
                               int64_t now_ms, struct txn_fields *ret_next, bool *ret_done)
{
    bool done = false;
    enum kc_err err =
        client_version >= CLIENT_VERSION_BUMPS
            ? plan_end_2(transaction, claim, commit, new_producer_id, now_ms, ret_next, &done)
            : plan_end_1(transaction, claim, commit, now_ms, ret_next, &done);
    if (!err) {
        *ret_done = done;
    }
    return err;
}

void txn_entry_plan_complete(const struct txn_entry *transaction, int64_t now_ms,
                             struct txn_fields *ret_next)
{
    const struct txn_fields *now = &transaction->now;
    struct txn_fields next = txn_entry_change(
        transaction, now->state == TXN_PREPARE_COMMIT ? TXN_COMPLETE_COMMIT : TXN_COMPLETE_ABORT,
        now_ms);
    if (now->client_version >= CLIENT_VERSION_BUMPS && now->next_producer_id >= 0) {
        next.producer_id = now->next_producer_id;
        next.epoch = 0;
    }
    next.next_producer_id = -1;
    *ret_next = next;
}
