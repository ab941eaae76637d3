/* coordinator: reading __transaction_state back. */
#include "coordinator/replay.h"
#include "coordinator/transactions_parts.h"
#include "coordinator/txn_record.h"

static enum kc_err take_record(void *context, const struct batch *batch,
                               const struct record *record, struct arena *arena)
{
    struct transactions *transactions = context;
    struct txn_entry *transaction = NULL;
    struct slice id;
    (void)batch;
    enum kc_err err = txn_record_read(record->key, record->value, arena, &id, &transaction);
    if (err || slice_is_null(id)) {
        return err;
    }
    struct seated_transaction *seat = transactions_seat(transactions, id);
    if (!transaction) {
        if (seat) {
            transactions_remove(transactions, seat);
        }
        return KC_ERR_NONE;
    }
    if (seat) {
        /* The map's key lies in the transaction: the new one is put in before the old one goes. */
        struct txn_entry *old = seat->transaction;
        seat->transaction = transaction;
        bool put = map_put(&transactions->by_id, slice_text(transaction->id), seat, NULL);
        txn_entry_destroy(old);
        return put ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    }
    return transactions_put(transactions, transaction) ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

enum kc_err transactions_load(struct transactions *transactions, struct partition *partition)
{
    const struct replay replay = { .record = take_record, .context = transactions };
    return replay_partition(&replay, partition);
}
