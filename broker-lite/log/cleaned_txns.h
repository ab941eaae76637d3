/* log: transactions as compaction passes over them: which batches belong to an aborted one and go,
 * which markers have nothing left to mark. Batches are told in the order of the log. Pure. Java's
 * CleanedTransactionMetadata is the model of the rule. */
#ifndef LOG_CLEANED_TXNS_H
#define LOG_CLEANED_TXNS_H

#include "log/producers.h"
#include "log/txn_index.h"

struct cleaned_txns {
    struct txn_index_entry *aborted; /* by first offset */
    size_t aborted_count;
    size_t aborted_capacity;
    size_t aborted_next; /* the first that no batch has reached yet */
    struct map open;     /* of struct cleaned_txn, by producer id */
};

void cleaned_txns_init(struct cleaned_txns *txns, uint64_t seed);
void cleaned_txns_finish(struct cleaned_txns *txns);

/* Before the first batch, in any order. False when memory is out. */
bool cleaned_txns_add(struct cleaned_txns *txns, const struct txn_index_entry *aborted);
/* All were added. */
void cleaned_txns_sort(struct cleaned_txns *txns);

/* A batch of data comes: *ret_is_aborted, its records go. KC_ERR_NO_MEMORY. */
enum kc_err cleaned_txns_batch(struct cleaned_txns *txns, const struct batch *batch,
                               bool *ret_is_aborted);

/* A control batch comes, whole: *ret_is_idle, no batch of its transaction was met, so that it may
 * go as soon as nobody can still read that transaction. For an abort marker that stays for batches
 * that were met, *ret_aborted is the index row to keep (producer_id -1: none).
 * KC_ERR_NO_MEMORY. */
enum kc_err cleaned_txns_marker(struct cleaned_txns *txns, const struct batch *batch,
                                bool *ret_is_idle, struct txn_index_entry *ret_aborted);

#endif
