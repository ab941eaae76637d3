/* coordinator: transactions that take too long, ids that nobody uses, and the partitions of
 * __transaction_state that come and go. */
#include "coordinator/journal.h"
#include "coordinator/transactions_parts.h"
#include "coordinator/txn_record.h"

#include <stdlib.h>

enum { ROUND_MAX = 128 /* ids dealt with in one go: the loop has others to serve */ };

/* What changes an id may move others in the map: so they are picked first. */
static size_t pick(const struct transactions *transactions,
                   bool (*wanted)(const struct transactions *transactions,
                                  const struct seated_transaction *seat),
                   struct seated_transaction *ret_seats[ROUND_MAX])
{
    struct seated_transaction *seat;
    size_t position = 0;
    size_t count = 0;
    while (count < ROUND_MAX && (seat = map_next(&transactions->by_id, &position))) {
        if (!seat->has_next && wanted(transactions, seat)) {
            ret_seats[count++] = seat;
        }
    }
    return count;
}

static bool is_timed_out(const struct transactions *transactions,
                         const struct seated_transaction *seat)
{
    return txn_entry_is_timed_out(seat->transaction, clock_wall_ms(transactions->options.clock));
}

static bool abort_timed_out(struct transactions *transactions)
{
    struct seated_transaction *seats[ROUND_MAX];
    size_t count = pick(transactions, is_timed_out, seats);
    for (size_t i = 0; i < count; i++) {
        const struct txn_entry *transaction = seats[i]->transaction;
        struct txn_fields next;
        int64_t spare = txn_entry_epoch_is_exhausted(transaction->now.epoch)
                            ? producer_ids_take(transactions->options.producer_ids)
                            : -1;
        if (txn_entry_plan_fence(transaction, spare, clock_wall_ms(transactions->options.clock),
                                 &next)) {
            continue; /* no id yet: with the next round */
        }
        trace_log(transactions->options.trace, TRACE_INFO, "coordinator",
                  "transaction of %s is aborted: it took more than %d ms", transaction->id,
                  transaction->now.timeout_ms);
        transactions_append(transactions, seats[i], &next, KC_ERR_NONE, NULL);
    }
    return count == ROUND_MAX;
}

static bool is_expired(const struct transactions *transactions,
                       const struct seated_transaction *seat)
{
    return txn_entry_is_expired(seat->transaction, clock_wall_ms(transactions->options.clock),
                                transactions->options.id_expiration_ms);
}

static bool expire_ids(struct transactions *transactions)
{
    struct seated_transaction *seats[ROUND_MAX];
    size_t count = pick(transactions, is_expired, seats);
    size_t removed = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice id = slice_text(seats[i]->transaction->id);
        struct partition *partition = transactions_log(transactions, id);
        struct journal journal;
        int64_t end;
        journal_init(&journal);
        txn_record_add_tombstone(&journal, id);
        enum kc_err err = partition
                              ? journal_append(&journal, partition,
                                               clock_wall_ms(transactions->options.clock), &end)
                              : KC_ERR_NOT_COORDINATOR;
        journal_finish(&journal);
        if (!err) {
            transactions_remove(transactions, seats[i]);
            removed++;
        }
    }
    /* Those that could not go are tried again with the next interval. */
    return count == ROUND_MAX && removed > 0;
}

/* ---- partitions ---- */

/* Carries on what was being ended when the last leader stopped. */
static void resume(struct transactions *transactions, const struct image_topic *topic,
                   int32_t index)
{
    struct seated_transaction *seat;
    size_t position = 0;
    while ((seat = map_next(&transactions->by_id, &position))) {
        if (txn_entry_is_preparing(seat->transaction) &&
            journal_partition_of(slice_text(seat->transaction->id), topic->partition_count) ==
                index) {
            list_remove(&seat->link);
            list_append(&transactions->busy, &seat->link);
        }
    }
    loop_timer_start(&transactions->timer, 0);
}

static void drop_partition(struct transactions *transactions, const struct image_topic *topic,
                           int32_t index)
{
    size_t position = 0;
    struct seated_transaction *seat;
    while ((seat = map_next(&transactions->by_id, &position))) {
        if (journal_partition_of(slice_text(seat->transaction->id), topic->partition_count) ==
            index) {
            transactions_remove(transactions, seat);
            position = 0; /* removing moves others */
        }
    }
    transactions->loaded[index] = false;
}

static bool make_room(struct transactions *transactions, int32_t count)
{
    if (count <= transactions->loaded_count) {
        return true;
    }
    bool *loaded = realloc(transactions->loaded, (size_t)count * sizeof(*loaded));
    if (!loaded) {
        return false;
    }
    for (int32_t i = transactions->loaded_count; i < count; i++) {
        loaded[i] = false;
    }
    transactions->loaded = loaded;
    transactions->loaded_count = count;
    return true;
}

void transactions_loaded(struct transactions *transactions, int32_t partition)
{
    const struct image_topic *topic = transactions_topic(transactions);
    transactions->loaded[partition] = true;
    if (topic) {
        resume(transactions, topic, partition);
    }
}

static void follow_partition(struct transactions *transactions, const struct image_topic *topic,
                             int32_t index)
{
    struct partition *partition = partitions_find(transactions->options.partitions, topic, index);
    if (!partition) {
        return;
    }
    if (!make_room(transactions, topic->partition_count)) {
        transactions->owes_load = true;
        return;
    }
    bool leads = partition_check_leader(partition, -1) == KC_ERR_NONE;
    if (leads && !transactions->loaded[index]) {
        transactions_load(transactions, partition);
    } else if (!leads) {
        transactions_load_cancel(transactions, index);
    }
    if (!leads && transactions->loaded[index]) {
        drop_partition(transactions, topic, index);
    }
}

void transactions_follow(struct transactions *transactions, const struct image_change *change)
{
    if (!change->topic || change->topic != transactions_topic(transactions)) {
        return;
    }
    if (change->kind == IMAGE_PARTITION_CHANGED) {
        follow_partition(transactions, change->topic, change->partition);
    } else if (change->kind == IMAGE_TOPIC_REMOVED) {
        for (int32_t i = 0; i < transactions->loaded_count; i++) {
            transactions_load_cancel(transactions, i);
            drop_partition(transactions, change->topic, i);
        }
    }
}

bool transactions_are_loading(const struct transactions *transactions)
{
    return transactions->owes_load || !list_is_empty(&transactions->loads);
}

static void load_again(struct transactions *transactions)
{
    const struct image_topic *topic = transactions_topic(transactions);
    transactions->owes_load = false;
    for (int32_t i = 0; topic && i < topic->partition_count; i++) {
        follow_partition(transactions, topic, i);
    }
}

void transactions_tick(struct transactions *transactions)
{
    int64_t now_ms = clock_now_ms(transactions->options.clock);
    if (transactions->owes_load) {
        load_again(transactions);
    }
    if (now_ms >= transactions->next_abort_ms && !abort_timed_out(transactions)) {
        transactions->next_abort_ms = now_ms + transactions->options.abort_interval_ms;
    }
    if (now_ms >= transactions->next_expiry_ms && !expire_ids(transactions)) {
        transactions->next_expiry_ms = now_ms + transactions->options.expire_interval_ms;
    }
    if (!list_is_empty(&transactions->busy)) {
        loop_timer_start(&transactions->timer, 0);
    }
}
