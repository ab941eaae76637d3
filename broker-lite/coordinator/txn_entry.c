/* coordinator: one transactional id. */
#include "coordinator/txn_entry.h"

#include "base/attr.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_names[] = { "Empty",        "Ongoing",          "PrepareCommit",
                                           "PrepareAbort", "CompleteCommit",   "CompleteAbort",
                                           "Dead",         "PrepareEpochFence" };

const char *txn_entry_state_name(enum txn_state state)
{
    return state_names[state];
}

bool txn_entry_state_find(struct slice name, enum txn_state *ret_state)
{
    for (size_t i = 0; i < ARRAY_COUNT(state_names); i++) {
        if (slice_is(name, state_names[i])) {
            *ret_state = (enum txn_state)i;
            return true;
        }
    }
    return false;
}

struct txn_entry *txn_entry_create(struct slice id, int64_t producer_id, int32_t timeout_ms,
                                   int64_t now_ms)
{
    struct txn_entry *transaction = calloc(1, sizeof(*transaction));
    if (!transaction || !(transaction->id = slice_dup_text(id))) {
        free(transaction);
        return NULL;
    }
    transaction->now = (struct txn_fields){ .producer_id = producer_id,
                                            .previous_producer_id = -1,
                                            .next_producer_id = -1,
                                            .epoch = -1,
                                            .last_epoch = -1,
                                            .timeout_ms = timeout_ms,
                                            .state = TXN_EMPTY,
                                            .start_ms = -1,
                                            .updated_ms = now_ms };
    return transaction;
}

void txn_entry_destroy(struct txn_entry *transaction)
{
    if (transaction) {
        txn_entry_drop_all(transaction);
        free(transaction->partitions);
        free(transaction->id);
        free(transaction);
    }
}

/* ---- partitions ---- */

/* Where it stands, or where it would have to be put in. */
static size_t place_of(const struct txn_entry *transaction, struct slice topic, int32_t index,
                       bool *ret_found)
{
    size_t low = 0;
    size_t high = transaction->partition_count;
    *ret_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct txn_partition *item = &transaction->partitions[middle];
        int order = slice_compare(slice_text(item->topic), topic);
        order = order != 0 ? order : (item->index > index) - (item->index < index);
        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct txn_partition *txn_entry_find(const struct txn_entry *transaction, struct slice topic,
                                     int32_t index)
{
    bool found;
    size_t place = place_of(transaction, topic, index, &found);
    return found ? &transaction->partitions[place] : NULL;
}

bool txn_entry_add(struct txn_entry *transaction, struct slice topic, int32_t index)
{
    bool found;
    size_t place = place_of(transaction, topic, index, &found);
    if (found) {
        return true;
    }
    if (transaction->partition_count == transaction->partition_capacity) {
        size_t capacity = MAX_OF(transaction->partition_capacity * 2, (size_t)4);
        void *items = realloc(transaction->partitions, capacity * sizeof(*transaction->partitions));
        if (!items) {
            return false;
        }
        transaction->partitions = items;
        transaction->partition_capacity = capacity;
    }
    char *name = slice_dup_text(topic);
    if (!name) {
        return false;
    }
    struct txn_partition *item = &transaction->partitions[place];
    memmove(item + 1, item, (transaction->partition_count - place) * sizeof(*item));
    *item = (struct txn_partition){ .topic = name, .index = index };
    transaction->partition_count++;
    return true;
}

void txn_entry_drop(struct txn_entry *transaction, struct txn_partition *partition)
{
    size_t place = (size_t)(partition - transaction->partitions);
    free(partition->topic);
    transaction->partition_count--;
    memmove(partition, partition + 1, (transaction->partition_count - place) * sizeof(*partition));
}

void txn_entry_drop_all(struct txn_entry *transaction)
{
    for (size_t i = 0; i < transaction->partition_count; i++) {
        free(transaction->partitions[i].topic);
    }
    transaction->partition_count = 0;
}

/* ---- states ---- */

static bool may_follow(enum txn_state from, enum txn_state to)
{
#define BIT(state) (1u << TXN_##state)
    static const unsigned int before[] = {
        [TXN_EMPTY] = BIT(EMPTY) | BIT(COMPLETE_COMMIT) | BIT(COMPLETE_ABORT),
        [TXN_ONGOING] = BIT(ONGOING) | BIT(EMPTY) | BIT(COMPLETE_COMMIT) | BIT(COMPLETE_ABORT),
        [TXN_PREPARE_COMMIT] = BIT(ONGOING),
        [TXN_PREPARE_ABORT] =
            BIT(ONGOING) | BIT(EMPTY) | BIT(COMPLETE_COMMIT) | BIT(COMPLETE_ABORT),
        [TXN_COMPLETE_COMMIT] = BIT(PREPARE_COMMIT),
        [TXN_COMPLETE_ABORT] = BIT(PREPARE_ABORT),
        [TXN_DEAD] = BIT(EMPTY) | BIT(COMPLETE_COMMIT) | BIT(COMPLETE_ABORT),
        [TXN_PREPARE_EPOCH_FENCE] = 0,
    };
#undef BIT
    return (before[to] & 1u << from) != 0;
}

void txn_entry_enter(struct txn_entry *transaction, const struct txn_fields *next)
{
    assert(may_follow(transaction->now.state, next->state));
    assert(next->producer_id >= 0 && next->epoch >= 0);
    transaction->now = *next;
    if (next->state == TXN_EMPTY || next->state == TXN_COMPLETE_COMMIT ||
        next->state == TXN_COMPLETE_ABORT) {
        txn_entry_drop_all(transaction);
    }
    for (size_t i = 0; i < transaction->partition_count; i++) {
        transaction->partitions[i].is_marked = false;
    }
}

struct txn_fields txn_entry_change(const struct txn_entry *transaction, enum txn_state state,
                                   int64_t now_ms)
{
    struct txn_fields next = transaction->now;
    next.previous_producer_id = transaction->now.producer_id;
    next.state = state;
    next.updated_ms = now_ms;
    return next;
}

bool txn_entry_epoch_is_exhausted(int16_t epoch)
{
    return epoch >= INT16_MAX - 1;
}

/* ---- InitProducerId ---- */

/* A claim is good when it is that of the present id, or of the one before whose epochs were used
 * up (the answer that told the new one was lost), or when there is no epoch yet. */
static bool is_known(const struct txn_entry *transaction, const struct txn_claim *claim)
{
    return claim->producer_id < 0 || transaction->now.epoch == -1 ||
           claim->producer_id == transaction->now.producer_id ||
           (claim->producer_id == transaction->now.previous_producer_id &&
            txn_entry_epoch_is_exhausted(claim->epoch));
}

static enum kc_err bump_epoch(const struct txn_entry *transaction, const struct txn_claim *claim,
                              struct txn_fields *next)
{
    int16_t epoch = transaction->now.epoch;
    next->epoch = (int16_t)(epoch + 1);
    next->last_epoch = claim->producer_id < 0 ? -1 : epoch;
    if (claim->producer_id < 0 || epoch == -1 || claim->epoch == epoch) {
        return KC_ERR_NONE;
    }
    if (claim->epoch != transaction->now.last_epoch) {
        return KC_ERR_PRODUCER_FENCED;
    }
    /* Asked again: the answer was lost, and nobody else has begun since. */
    next->epoch = epoch;
    next->last_epoch = transaction->now.last_epoch;
    return KC_ERR_NONE;
}

enum kc_err txn_entry_plan_init(const struct txn_entry *transaction, int32_t timeout_ms,
                                const struct txn_claim *claim, int64_t new_producer_id,
                                int64_t now_ms, struct txn_fields *ret_next)
{
    const struct txn_fields *now = &transaction->now;
    if (!is_known(transaction, claim)) {
        return KC_ERR_PRODUCER_FENCED;
    }
    if (txn_entry_is_preparing(transaction) || now->state == TXN_DEAD) {
        return KC_ERR_CONCURRENT_TRANSACTIONS;
    }
    if (now->state == TXN_ONGOING) {
        return txn_entry_plan_fence(transaction, new_producer_id, now_ms, ret_next);
    }
    struct txn_fields next = txn_entry_change(transaction, TXN_EMPTY, now_ms);
    enum kc_err err = KC_ERR_NONE;
    next.timeout_ms = timeout_ms;
    next.start_ms = -1;
    if (txn_entry_epoch_is_exhausted(now->epoch) &&
        (claim->producer_id < 0 || claim->epoch == now->epoch)) {
        next.producer_id = new_producer_id;
        next.epoch = 0;
        next.last_epoch = claim->producer_id < 0 ? -1 : now->epoch;
        err = new_producer_id < 0 ? KC_ERR_COORDINATOR_LOAD_IN_PROGRESS : KC_ERR_NONE;
    } else if (txn_entry_epoch_is_exhausted(now->epoch)) {
        err = KC_ERR_PRODUCER_FENCED;
    } else {
        err = bump_epoch(transaction, claim, &next);
    }
    if (!err) {
        *ret_next = next;
    }
    return err;
}

/* ---- partitions of a transaction ---- */

static enum kc_err check_claim(const struct txn_entry *transaction, const struct txn_claim *claim)
{
    if (transaction->now.producer_id != claim->producer_id) {
        return KC_ERR_INVALID_PRODUCER_ID_MAPPING;
    }
    if (transaction->now.epoch != claim->epoch) {
        return KC_ERR_PRODUCER_FENCED;
    }
    return txn_entry_is_preparing(transaction) ? KC_ERR_CONCURRENT_TRANSACTIONS : KC_ERR_NONE;
}

enum kc_err txn_entry_plan_add(const struct txn_entry *transaction, const struct txn_claim *claim,
                               int16_t client_version, int64_t now_ms, struct txn_fields *ret_next)
{
    /* First of all: with the end of the transaction id and epoch may change. */
    enum kc_err err = txn_entry_is_preparing(transaction) ? KC_ERR_CONCURRENT_TRANSACTIONS
                                                          : check_claim(transaction, claim);
    if (err) {
        return err;
    }
    *ret_next = txn_entry_change(transaction, TXN_ONGOING, now_ms);
    ret_next->client_version = client_version;
    if (transaction->now.state != TXN_ONGOING) {
        ret_next->start_ms = now_ms;
    }
    return KC_ERR_NONE;
}

enum kc_err txn_entry_verify(const struct txn_entry *transaction, const struct txn_claim *claim,
                             struct slice topic, int32_t index)
{
    enum kc_err err = check_claim(transaction, claim);
    if (!err && !txn_entry_find(transaction, topic, index)) {
        err = KC_ERR_TRANSACTION_ABORTABLE;
    }
    return err;
}

/* ---- time ---- */

bool txn_entry_is_timed_out(const struct txn_entry *transaction, int64_t now_ms)
{
    return transaction->now.state == TXN_ONGOING &&
           transaction->now.start_ms + transaction->now.timeout_ms < now_ms;
}

bool txn_entry_is_expired(const struct txn_entry *transaction, int64_t now_ms,
                          int64_t expiration_ms)
{
    enum txn_state state = transaction->now.state;
    bool idle = state == TXN_EMPTY || state == TXN_COMPLETE_COMMIT || state == TXN_COMPLETE_ABORT;
    return idle && transaction->now.updated_ms <= now_ms - expiration_ms;
}
