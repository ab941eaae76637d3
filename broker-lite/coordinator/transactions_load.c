/* coordinator: reading __transaction_state back: ids gather beside those of this broker, on pool
 * threads, and join them when all is read. */
#include "coordinator/replay.h"
#include "coordinator/transactions_parts.h"
#include "coordinator/txn_record.h"

#include <stdlib.h>

struct transactions_loading {
    struct list link;                  /* transactions->loads */
    struct transactions *transactions; /* NULL: they are no more */
    int32_t partition;
    struct replay *replay;
    struct transactions state; /* what is read: its by_id, no more */
};

static enum kc_err take_record(void *context, const struct batch *batch,
                               const struct record *record, struct arena *arena)
{
    struct transactions *state = &((struct transactions_loading *)context)->state;
    struct txn_entry *transaction = NULL;
    struct slice id;
    (void)batch;
    enum kc_err err = txn_record_read(record->key, record->value, arena, &id, &transaction);
    if (err || slice_is_null(id)) {
        return err;
    }
    struct seated_transaction *seat = transactions_seat(state, id);
    if (!transaction) {
        if (seat) {
            transactions_remove(state, seat);
        }
        return KC_ERR_NONE;
    }
    if (seat) {
        /* The map's key lies in the transaction: the new one is put in before the old one goes. */
        struct txn_entry *old = seat->transaction;
        seat->transaction = transaction;
        bool put = map_put(&state->by_id, slice_text(transaction->id), seat, NULL);
        txn_entry_destroy(old);
        return put ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    }
    return transactions_put(state, transaction) ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

/* ---- joining the others ---- */

static void loading_free(struct transactions_loading *loading)
{
    size_t position = 0;
    struct seated_transaction *seat;
    while ((seat = map_next(&loading->state.by_id, &position))) {
        seat_destroy(seat);
    }
    map_finish(&loading->state.by_id);
    list_remove(&loading->link);
    free(loading);
}

/* False when memory is out: none of them has moved then. */
static bool move_seats(struct transactions *transactions, struct transactions *state)
{
    size_t position = 0;
    struct seated_transaction *seat;
    bool good = true;
    while (good && (seat = map_next(&state->by_id, &position))) {
        good = map_put(&transactions->by_id, slice_text(seat->transaction->id), seat, NULL);
    }
    position = 0;
    while (!good && (seat = map_next(&state->by_id, &position))) {
        (void)map_remove(&transactions->by_id, slice_text(seat->transaction->id));
    }
    if (good) {
        map_finish(&state->by_id);
        map_init(&state->by_id, 0);
    }
    return good;
}

static void loading_done(void *context, enum kc_err err)
{
    struct transactions_loading *loading = context;
    struct transactions *transactions = loading->transactions;
    int32_t partition = loading->partition;
    if (!err && transactions && !move_seats(transactions, &loading->state)) {
        err = KC_ERR_NO_MEMORY;
    }
    loading_free(loading);
    if (!err && transactions) {
        transactions_loaded(transactions, partition);
    } else if (transactions) {
        transactions->owes_load = transactions->owes_load || err == KC_ERR_NO_MEMORY;
        trace_log(transactions->options.trace,
                  err == KC_ERR_NOT_COORDINATOR ? TRACE_INFO : TRACE_ERROR, "coordinator",
                  "__transaction_state-%d is not read back: %s", partition, kc_err_text(err));
    }
}

/* ---- beginning and ending ---- */

static struct transactions_loading *find(const struct transactions *transactions, int32_t partition)
{
    LIST_EACH(link, &transactions->loads)
    {
        struct transactions_loading *loading = LIST_ITEM(link, struct transactions_loading, link);
        if (loading->partition == partition && loading->replay) {
            return loading;
        }
    }
    return NULL;
}

bool transactions_load_is_coming(const struct transactions *transactions, int32_t partition)
{
    return transactions->owes_load || find(transactions, partition);
}

bool transactions_are_unreadable(const struct transactions *transactions, int32_t partition)
{
    return partition < transactions->loaded_count && !transactions->loaded[partition] &&
           !transactions_load_is_coming(transactions, partition);
}

void transactions_load(struct transactions *transactions, struct partition *partition)
{
    if (find(transactions, partition->index)) {
        return;
    }
    if (log_start_offset(partition->log) == log_end_offset(partition->log)) {
        transactions_loaded(transactions, partition->index); /* as a new one is */
        return;
    }
    struct transactions_loading *loading = calloc(1, sizeof(*loading));
    if (!loading) {
        transactions->owes_load = true;
        return;
    }
    loading->transactions = transactions;
    loading->partition = partition->index;
    map_init(&loading->state.by_id, random_next(transactions->options.random));
    list_append(&transactions->loads, &loading->link);
    const struct replay_options options = { .loop = transactions->options.loop,
                                            .partition = partition,
                                            .record = take_record,
                                            .done = loading_done,
                                            .context = loading };
    loading->replay = replay_begin(&options);
    if (!loading->replay) {
        transactions->owes_load = true;
        loading_free(loading);
    }
}

static void cancel(struct transactions_loading *loading)
{
    if (loading->replay) {
        replay_cancel(loading->replay);
        loading->replay = NULL; /* another may begin */
    }
}

void transactions_load_cancel(struct transactions *transactions, int32_t partition)
{
    struct transactions_loading *loading = find(transactions, partition);
    if (loading) {
        cancel(loading);
    }
}

void transactions_load_end(struct transactions *transactions)
{
    LIST_EACH(link, &transactions->loads)
    {
        cancel(LIST_ITEM(link, struct transactions_loading, link));
    }
}

void transactions_load_disown(struct transactions *transactions)
{
    transactions_load_end(transactions);
    LIST_EACH_SAFE(link, &transactions->loads)
    {
        list_remove(link);
        LIST_ITEM(link, struct transactions_loading, link)->transactions = NULL;
    }
}
