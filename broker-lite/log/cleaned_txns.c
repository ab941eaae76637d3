/* log: transactions as compaction passes over them. */
#include "log/cleaned_txns.h"

#include "base/attr.h"

#include <stdlib.h>

/* One that is open where the walk stands. */
struct cleaned_txn {
    int64_t producer_id; /* the map's key */
    struct txn_index_entry row;
    bool is_aborted;
    bool has_batches;
};

void cleaned_txns_init(struct cleaned_txns *txns, uint64_t seed)
{
    *txns = (struct cleaned_txns){ 0 };
    map_init(&txns->open, seed);
}

void cleaned_txns_finish(struct cleaned_txns *txns)
{
    size_t position = 0;
    struct cleaned_txn *txn;
    while ((txn = map_next(&txns->open, &position))) {
        free(txn);
    }
    map_finish(&txns->open);
    free(txns->aborted);
    txns->aborted = NULL;
}

bool cleaned_txns_add(struct cleaned_txns *txns, const struct txn_index_entry *aborted)
{
    if (txns->aborted_count == txns->aborted_capacity) {
        size_t capacity = MAX_OF(txns->aborted_capacity * 2, (size_t)16);
        void *rows = realloc(txns->aborted, capacity * sizeof(*txns->aborted));
        if (!rows) {
            return false;
        }
        txns->aborted = rows;
        txns->aborted_capacity = capacity;
    }
    txns->aborted[txns->aborted_count++] = *aborted;
    return true;
}

static int compare_rows(const void *a, const void *b)
{
    const struct txn_index_entry *x = a;
    const struct txn_index_entry *y = b;
    return (x->first_offset > y->first_offset) - (x->first_offset < y->first_offset);
}

void cleaned_txns_sort(struct cleaned_txns *txns)
{
    if (txns->aborted_count > 1) {
        qsort(txns->aborted, txns->aborted_count, sizeof(*txns->aborted), compare_rows);
    }
}

static struct cleaned_txn *open_of(struct cleaned_txns *txns, int64_t producer_id)
{
    struct cleaned_txn *txn = map_get(&txns->open, map_key_of(&producer_id));
    if (txn) {
        return txn;
    }
    txn = calloc(1, sizeof(*txn));
    if (!txn) {
        return NULL;
    }
    txn->producer_id = producer_id;
    if (!map_put(&txns->open, map_key_of(&txn->producer_id), txn, NULL)) {
        free(txn);
        return NULL;
    }
    return txn;
}

/* Aborted ones that begin at or below the offset are open now. */
static enum kc_err advance(struct cleaned_txns *txns, int64_t offset)
{
    while (txns->aborted_next < txns->aborted_count &&
           txns->aborted[txns->aborted_next].first_offset <= offset) {
        const struct txn_index_entry *row = &txns->aborted[txns->aborted_next];
        struct cleaned_txn *txn = open_of(txns, row->producer_id);
        if (!txn) {
            return KC_ERR_NO_MEMORY;
        }
        txn->row = *row;
        txn->is_aborted = true;
        txn->has_batches = false;
        txns->aborted_next++;
    }
    return KC_ERR_NONE;
}

enum kc_err cleaned_txns_batch(struct cleaned_txns *txns, const struct batch *batch,
                               bool *ret_is_aborted)
{
    enum kc_err err = advance(txns, batch_last_offset(batch));
    bool is_aborted = false;
    if (err == KC_ERR_NONE && batch_is_transactional(batch)) {
        struct cleaned_txn *txn = open_of(txns, batch->producer_id);
        if (!txn) {
            return KC_ERR_NO_MEMORY;
        }
        txn->has_batches = true;
        is_aborted = txn->is_aborted;
    }
    if (err == KC_ERR_NONE) {
        *ret_is_aborted = is_aborted;
    }
    return err;
}

enum kc_err cleaned_txns_marker(struct cleaned_txns *txns, const struct batch *batch,
                                bool *ret_is_idle, struct txn_index_entry *ret_aborted)
{
    struct producers_marker marker;
    bool is_idle = true;
    struct txn_index_entry row = { .producer_id = -1 };
    enum kc_err err = advance(txns, batch_last_offset(batch));
    if (err != KC_ERR_NONE) {
        return err;
    }
    /* One that an earlier round emptied marks nothing; control records of other kinds stay. */
    if (batch->record_count > 0) {
        is_idle = producers_read_marker(batch, &marker) == KC_ERR_NONE;
        struct cleaned_txn *txn =
            is_idle ? map_remove(&txns->open, map_key_of(&batch->producer_id)) : NULL;
        if (txn && txn->has_batches) {
            is_idle = false;
            row = txn->is_aborted && !marker.commit ? txn->row : row;
        }
        free(txn);
    }
    *ret_is_idle = is_idle;
    *ret_aborted = row;
    return KC_ERR_NONE;
}
