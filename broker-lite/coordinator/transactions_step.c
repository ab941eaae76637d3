/* coordinator: the steps of a transactional id: append, wait for the high watermark, take effect;
 * where a transaction ends, markers into every partition, and the note that all are out. A crash
 * between two steps is made good when the partition of __transaction_state is read back: what was
 * prepared is carried on, and a marker written twice ends nothing twice. */
#include "coordinator/marker.h"
#include "coordinator/transactions_parts.h"
#include "coordinator/txn_record.h"

#include <assert.h>
#include <stdlib.h>

/* ---- answers ---- */

void transactions_answer_end(struct transactions_answer *answer)
{
    if (answer && answer->place) {
        *answer->place = NULL;
        answer->place = NULL;
    }
}

void answer_fail(struct transactions_answer *answer, enum kc_err err)
{
    answer->done(answer, err, -1, -1);
}

/* Tells what the client may go on with: the id and epoch that will be once the transaction has
 * ended, though its markers may not be out yet. Nothing of the seat is looked at afterwards. */
void seat_answer(struct seated_transaction *seat, enum kc_err err)
{
    struct transactions_answer *answer = seat->answer;
    struct txn_fields now = seat->transaction->now;
    if (!answer) {
        return;
    }
    transactions_answer_end(answer);
    err = err ? err : seat->answer_err;
    if (err) {
        answer_fail(answer, err);
        return;
    }
    if (txn_entry_is_preparing(seat->transaction)) {
        txn_entry_plan_complete(seat->transaction, now.updated_ms, &now);
    }
    answer->done(answer, KC_ERR_NONE, now.producer_id, now.epoch);
}

void seat_drop_added(struct seated_transaction *seat)
{
    for (size_t i = 0; i < seat->added_count; i++) {
        free((void *)(uintptr_t)seat->added[i].topic.data);
    }
    free(seat->added);
    seat->added = NULL;
    seat->added_count = 0;
}

/* ---- waiting ---- */

static void woken(struct partition_wait *wait, struct partition *partition)
{
    struct transactions *transactions = wait->context;
    (void)partition;
    partition_wait_end(wait);
    loop_timer_start(&transactions->timer, 0);
}

/* Comes back when the partition changes, or with the next tick (NULL). */
static void come_back(struct transactions *transactions, struct seated_transaction *seat,
                      struct partition *partition)
{
    partition_wait_end(&seat->wait);
    if (partition) {
        seat->wait.woken = woken;
        seat->wait.context = transactions;
        partition_wait_begin(partition, &seat->wait);
    }
    list_remove(&seat->link);
    list_append(&transactions->busy, &seat->link);
    if (seat->answer) {
        seat->answer->has_waited = true;
    }
}

/* ---- appending ---- */

/* What a client is told when __transaction_state cannot take the change. */
static enum kc_err client_err(enum kc_err err)
{
    return err == KC_ERR_INVALID_COMMIT_OFFSET_SIZE ? KC_ERR_UNKNOWN_SERVER_ERROR : err;
}

/* The partitions as the record has them: those that are there and those that are added. */
static enum kc_err add_partitions(struct seated_transaction *seat)
{
    for (size_t i = 0; i < seat->added_count; i++) {
        if (!txn_entry_add(seat->transaction, seat->added[i].topic, seat->added[i].index)) {
            return KC_ERR_COORDINATOR_NOT_AVAILABLE;
        }
    }
    return KC_ERR_NONE;
}

/* They were not added after all. */
static void take_back(struct seated_transaction *seat)
{
    for (size_t i = 0; i < seat->added_count; i++) {
        struct txn_partition *partition =
            txn_entry_find(seat->transaction, seat->added[i].topic, seat->added[i].index);
        if (partition) {
            txn_entry_drop(seat->transaction, partition);
        }
    }
    seat_drop_added(seat);
}

static enum kc_err append(struct transactions *transactions, struct seated_transaction *seat,
                          const struct txn_fields *next)
{
    const struct txn_entry *transaction = seat->transaction;
    struct slice id = slice_text(transaction->id);
    struct partition *partition = transactions_log(transactions, id);
    bool keeps = next->state != TXN_EMPTY && next->state != TXN_COMPLETE_COMMIT &&
                 next->state != TXN_COMPLETE_ABORT;
    struct journal journal;
    enum kc_err err = add_partitions(seat);
    if (err || !partition) {
        return err ? err : KC_ERR_NOT_COORDINATOR;
    }
    journal_init(&journal);
    txn_record_add(&journal, id, next, transaction->partitions,
                   keeps ? transaction->partition_count : 0);
    err = journal_append(&journal, partition, clock_wall_ms(transactions->options.clock),
                         &seat->next_end);
    journal_finish(&journal);
    return client_err(err);
}

void transactions_append(struct transactions *transactions, struct seated_transaction *seat,
                         const struct txn_fields *next, enum kc_err answer_err,
                         struct transactions_answer *answer)
{
    assert(!seat->has_next && !seat->answer);
    enum kc_err err = append(transactions, seat, next);
    if (err) {
        take_back(seat);
        if (seat->transaction->now.epoch < 0) {
            transactions_remove(transactions, seat); /* it was never stored */
        }
        if (answer) {
            answer_fail(answer, err);
        }
        return;
    }
    seat->next = *next;
    seat->has_next = true;
    seat->answer = answer;
    seat->answer_err = answer_err;
    if (answer) {
        answer->place = &seat->answer;
    }
    transactions_step(transactions, seat);
}

/* False: it is not committed yet, or never will be. */
static bool take_effect(struct transactions *transactions, struct seated_transaction *seat)
{
    struct partition *partition = transactions_log(transactions, slice_text(seat->transaction->id));
    enum kc_err err = partition ? partition_check_leader(partition, -1) : KC_ERR_NOT_COORDINATOR;
    if (err) {
        /* Whoever leads next reads what there is. */
        take_back(seat);
        seat->has_next = false;
        seat_answer(seat, KC_ERR_NOT_COORDINATOR);
        return false;
    }
    if (log_high_watermark(partition->log) < seat->next_end) {
        come_back(transactions, seat, partition);
        return false;
    }
    seat_drop_added(seat);
    seat->has_next = false;
    txn_entry_enter(seat->transaction, &seat->next);
    return true;
}

/* ---- markers ---- */

/* True: this partition needs no marker any more, or has a committed one. Else *ret_waits_for tells
 * whom to wait for; NULL: the next tick. */
static bool mark(struct transactions *transactions, const struct txn_entry *transaction,
                 struct txn_partition *item, int32_t coordinator_epoch,
                 struct partition **ret_waits_for)
{
    const struct transactions_options *options = &transactions->options;
    const struct image_topic *topic = image_topic(options->image, slice_text(item->topic));
    struct partition *partition = partitions_find(options->partitions, topic, item->index);
    const struct marker marker = {
        .producer_id = transaction->now.producer_id,
        .epoch = transaction->now.epoch,
        .commit = transaction->now.state == TXN_PREPARE_COMMIT,
        .coordinator_epoch = coordinator_epoch,
        .transaction_version = (int8_t)transaction->now.client_version,
    };
    *ret_waits_for = NULL;
    if (!image_partition(topic, item->index)) {
        return true; /* the topic was deleted, and its records with it */
    }
    if (!item->is_marked) {
        enum kc_err err = marker_write(&marker, partition, options->groups,
                                       clock_wall_ms(options->clock), &item->marked_end);
        if (err == KC_ERR_INVALID_PRODUCER_EPOCH || err == KC_ERR_TRANSACTION_COORDINATOR_FENCED) {
            return true; /* somebody later has ended it there */
        }
        if (err) {
            return false;
        }
        item->is_marked = true;
    }
    if (log_high_watermark(partition->log) >= item->marked_end) {
        return true;
    }
    *ret_waits_for = partition;
    return false;
}

/* True: all markers are committed. */
static bool mark_all(struct transactions *transactions, struct seated_transaction *seat)
{
    struct txn_entry *transaction = seat->transaction;
    const struct partition *log = transactions_log(transactions, slice_text(transaction->id));
    struct partition *waits_for = NULL;
    bool all = log != NULL;
    for (size_t i = 0; log && i < transaction->partition_count; i++) {
        struct partition *whom;
        if (!mark(transactions, transaction, &transaction->partitions[i], log->leader_epoch,
                  &whom)) {
            all = false;
            waits_for = whom ? whom : waits_for;
        }
    }
    if (!all) {
        come_back(transactions, seat, waits_for);
        seat_answer(seat, KC_ERR_NONE); /* the decision is made, whatever the markers need */
    }
    return all;
}

void transactions_step(struct transactions *transactions, struct seated_transaction *seat)
{
    for (;;) {
        if (seat->has_next && !take_effect(transactions, seat)) {
            return;
        }
        if (!txn_entry_is_preparing(seat->transaction)) {
            seat_answer(seat, KC_ERR_NONE);
            return;
        }
        if (!mark_all(transactions, seat)) {
            return;
        }
        struct txn_fields next;
        txn_entry_plan_complete(seat->transaction, clock_wall_ms(transactions->options.clock),
                                &next);
        if (append(transactions, seat, &next)) {
            come_back(transactions, seat, NULL);
            seat_answer(seat, KC_ERR_NONE);
            return;
        }
        seat->next = next;
        seat->has_next = true;
    }
}
