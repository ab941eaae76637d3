/* coordinator: the transactional ids of this broker, and what is asked of them. */
#include "coordinator/journal.h"
#include "coordinator/transactions_parts.h"

#include <stdlib.h>

static void timer_due(struct loop_timer *timer);

struct transactions *transactions_create(const struct transactions_options *options)
{
    struct transactions *transactions = calloc(1, sizeof(*transactions));
    if (!transactions) {
        return NULL;
    }
    int64_t now_ms = clock_now_ms(options->clock);
    transactions->options = *options;
    map_init(&transactions->by_id, random_next(options->random));
    list_init(&transactions->busy);
    list_init(&transactions->loads);
    loop_timer_init(&transactions->timer, options->loop, timer_due, transactions);
    transactions->next_abort_ms = now_ms + options->abort_interval_ms;
    transactions->next_expiry_ms = now_ms + options->expire_interval_ms;
    return transactions;
}

void seat_destroy(struct seated_transaction *seat)
{
    list_remove(&seat->link);
    partition_wait_end(&seat->wait);
    seat_drop_added(seat);
    txn_entry_destroy(seat->transaction);
    free(seat);
}

void transactions_destroy(struct transactions *transactions)
{
    if (!transactions) {
        return;
    }
    size_t position = 0;
    struct seated_transaction *seat;
    transactions_load_disown(transactions);
    while ((seat = map_next(&transactions->by_id, &position))) {
        seat_destroy(seat);
    }
    loop_timer_finish(&transactions->timer);
    map_finish(&transactions->by_id);
    free(transactions->loaded);
    free(transactions);
}

const struct image_topic *transactions_topic(const struct transactions *transactions)
{
    return image_topic(transactions->options.image, slice_text("__transaction_state"));
}

struct partition *transactions_log(const struct transactions *transactions, struct slice id)
{
    const struct image_topic *topic = transactions_topic(transactions);
    if (!topic || topic->partition_count == 0) {
        return NULL;
    }
    return partitions_find(transactions->options.partitions, topic,
                           journal_partition_of(id, topic->partition_count));
}

struct seated_transaction *transactions_seat(const struct transactions *transactions,
                                             struct slice id)
{
    return map_get(&transactions->by_id, id);
}

struct seated_transaction *transactions_put(struct transactions *transactions,
                                            struct txn_entry *transaction)
{
    struct seated_transaction *seat = calloc(1, sizeof(*seat));
    if (!seat || !map_put(&transactions->by_id, slice_text(transaction->id), seat, NULL)) {
        txn_entry_destroy(transaction);
        free(seat);
        return NULL;
    }
    seat->transaction = transaction;
    list_init(&seat->link);
    list_init(&seat->wait.link);
    return seat;
}

void transactions_remove(struct transactions *transactions, struct seated_transaction *seat)
{
    (void)map_remove(&transactions->by_id, slice_text(seat->transaction->id));
    struct transactions_answer *answer = seat->answer;
    transactions_answer_end(answer);
    seat_destroy(seat);
    if (answer) {
        answer_fail(answer, KC_ERR_NOT_COORDINATOR);
    }
}

enum kc_err transactions_check(const struct transactions *transactions, struct slice id)
{
    const struct partition *partition = transactions_log(transactions, id);
    if (!partition) {
        return KC_ERR_COORDINATOR_NOT_AVAILABLE;
    }
    if (partition_check_leader(partition, -1)) {
        return KC_ERR_NOT_COORDINATOR;
    }
    if (partition->index < transactions->loaded_count && transactions->loaded[partition->index]) {
        return KC_ERR_NONE;
    }
    /* What cannot be read is not served, as in Kafka. */
    return transactions_load_is_coming(transactions, partition->index)
               ? KC_ERR_COORDINATOR_LOAD_IN_PROGRESS
               : KC_ERR_NOT_COORDINATOR;
}

const struct txn_entry *transactions_find(const struct transactions *transactions, struct slice id)
{
    const struct seated_transaction *seat = transactions_seat(transactions, id);
    return seat ? seat->transaction : NULL;
}

static int order_by_id(const void *a, const void *b)
{
    const struct txn_entry *const *left = a;
    const struct txn_entry *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

const struct txn_entry **transactions_sorted(const struct transactions *transactions,
                                             size_t *ret_count)
{
    const struct txn_entry **sorted =
        malloc((transactions->by_id.count + 1) * sizeof(struct txn_entry *));
    const struct seated_transaction *seat;
    size_t position = 0;
    size_t count = 0;
    if (!sorted) {
        return NULL;
    }
    while ((seat = map_next(&transactions->by_id, &position))) {
        sorted[count++] = seat->transaction;
    }
    qsort(sorted, count, sizeof(*sorted), order_by_id);
    *ret_count = count;
    return sorted;
}

/* ---- requests ---- */

static int64_t wall_ms(const struct transactions *transactions)
{
    return clock_wall_ms(transactions->options.clock);
}

/* The seat of an id that may be changed now. */
static enum kc_err find_free(const struct transactions *transactions, struct slice id,
                             struct seated_transaction **ret_seat)
{
    if (slice_is_null(id) || id.size == 0 || id.size > INT16_MAX) {
        return KC_ERR_INVALID_REQUEST; /* a record's key holds no longer one */
    }
    enum kc_err err = transactions_check(transactions, id);
    if (err) {
        return err;
    }
    *ret_seat = transactions_seat(transactions, id);
    if (!*ret_seat) {
        return KC_ERR_INVALID_PRODUCER_ID_MAPPING;
    }
    return (*ret_seat)->has_next ? KC_ERR_CONCURRENT_TRANSACTIONS : KC_ERR_NONE;
}

static enum kc_err make_seat(struct transactions *transactions, struct slice id, int32_t timeout_ms,
                             int64_t producer_id, struct seated_transaction **ret_seat)
{
    if (producer_id < 0) {
        return KC_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    }
    struct txn_entry *transaction =
        txn_entry_create(id, producer_id, timeout_ms, wall_ms(transactions));
    *ret_seat = transaction ? transactions_put(transactions, transaction) : NULL;
    return *ret_seat ? KC_ERR_NONE : KC_ERR_COORDINATOR_NOT_AVAILABLE;
}

void transactions_begin(struct transactions *transactions, struct slice id, int32_t timeout_ms,
                        const struct txn_claim *claim, int64_t new_producer_id,
                        struct transactions_answer *answer)
{
    struct seated_transaction *seat = NULL;
    struct txn_fields next;
    enum kc_err err = find_free(transactions, id, &seat);
    answer->place = NULL;
    answer->has_waited = false;
    if (err != KC_ERR_INVALID_REQUEST &&
        (timeout_ms <= 0 || timeout_ms > transactions->options.timeout_ms_max)) {
        err = KC_ERR_INVALID_TRANSACTION_TIMEOUT;
    }
    if (err == KC_ERR_INVALID_PRODUCER_ID_MAPPING) {
        err = make_seat(transactions, id, timeout_ms, new_producer_id, &seat);
        new_producer_id = -1;
    }
    if (!err) {
        err = txn_entry_plan_init(seat->transaction, timeout_ms, claim, new_producer_id,
                                  wall_ms(transactions), &next);
    }
    if (err) {
        answer_fail(answer, err);
        return;
    }
    /* An open transaction is aborted first; the client comes again for the epoch after that. */
    transactions_append(
        transactions, seat, &next,
        next.state == TXN_PREPARE_ABORT ? KC_ERR_CONCURRENT_TRANSACTIONS : KC_ERR_NONE, answer);
}

/* Those that the transaction does not have yet; their names are copied. */
static enum kc_err note_added(struct seated_transaction *seat,
                              const struct transactions_partition *partitions, size_t count)
{
    seat->added = calloc(count + 1, sizeof(*seat->added));
    if (!seat->added) {
        return KC_ERR_COORDINATOR_NOT_AVAILABLE;
    }
    for (size_t i = 0; i < count; i++) {
        if (txn_entry_find(seat->transaction, partitions[i].topic, partitions[i].index)) {
            continue;
        }
        char *topic = slice_dup_text(partitions[i].topic);
        if (!topic) {
            seat_drop_added(seat);
            return KC_ERR_COORDINATOR_NOT_AVAILABLE;
        }
        seat->added[seat->added_count++] =
            (struct transactions_partition){ .topic = slice_text(topic),
                                             .index = partitions[i].index };
    }
    return KC_ERR_NONE;
}

void transactions_add(struct transactions *transactions, struct slice id,
                      const struct txn_claim *claim, int16_t client_version,
                      const struct transactions_partition *partitions, size_t count,
                      struct transactions_answer *answer)
{
    struct seated_transaction *seat = NULL;
    struct txn_fields next;
    enum kc_err err = find_free(transactions, id, &seat);
    answer->place = NULL;
    answer->has_waited = false;
    if (!err) {
        err = txn_entry_plan_add(seat->transaction, claim, client_version, wall_ms(transactions),
                                 &next);
    }
    if (!err) {
        err = note_added(seat, partitions, count);
    }
    if (err) {
        answer_fail(answer, err);
        return;
    }
    if (seat->added_count == 0 && seat->transaction->now.state == TXN_ONGOING) {
        seat_drop_added(seat);
        answer->done(answer, KC_ERR_NONE, claim->producer_id, claim->epoch);
        return;
    }
    transactions_append(transactions, seat, &next, KC_ERR_NONE, answer);
}

/* Appended, not committed: it does not count yet. */
static bool is_being_added(const struct seated_transaction *seat,
                           const struct transactions_partition *partition)
{
    for (size_t i = 0; i < seat->added_count; i++) {
        if (seat->added[i].index == partition->index &&
            slice_equal(seat->added[i].topic, partition->topic)) {
            return true;
        }
    }
    return false;
}

void transactions_verify(const struct transactions *transactions, struct slice id,
                         const struct txn_claim *claim, struct transactions_partition *partitions,
                         size_t count)
{
    struct seated_transaction *seat = NULL;
    enum kc_err err = find_free(transactions, id, &seat);
    /* What is under way does not count: the log looks once more. */
    err = err == KC_ERR_CONCURRENT_TRANSACTIONS ? KC_ERR_NONE : err;
    for (size_t i = 0; i < count; i++) {
        partitions[i].err = err;
        if (!err) {
            partitions[i].err = is_being_added(seat, &partitions[i])
                                    ? KC_ERR_TRANSACTION_ABORTABLE
                                    : txn_entry_verify(seat->transaction, claim,
                                                       partitions[i].topic, partitions[i].index);
        }
    }
}

void transactions_end(struct transactions *transactions, struct slice id,
                      const struct txn_claim *claim, bool commit, int16_t client_version,
                      struct transactions_answer *answer)
{
    struct seated_transaction *seat = NULL;
    struct txn_fields next;
    bool done = false;
    enum kc_err err = find_free(transactions, id, &seat);
    answer->place = NULL;
    answer->has_waited = false;
    if (!err) {
        int64_t spare = txn_entry_epoch_is_exhausted(seat->transaction->now.epoch)
                            ? producer_ids_take(transactions->options.producer_ids)
                            : -1;
        err = txn_entry_plan_end(seat->transaction, claim, commit, client_version, spare,
                                 wall_ms(transactions), &next, &done);
    }
    if (err) {
        answer_fail(answer, err);
    } else if (done) {
        answer->done(answer, KC_ERR_NONE, seat->transaction->now.producer_id,
                     seat->transaction->now.epoch);
    } else {
        transactions_append(transactions, seat, &next, KC_ERR_NONE, answer);
    }
}

/* ---- the loop ---- */

/* The busy ones, each once: those that become busy meanwhile come with the next round. */
static void timer_due(struct loop_timer *timer)
{
    struct transactions *transactions = timer->context;
    struct list round;
    list_init(&round);
    list_splice(&round, &transactions->busy);
    while (!list_is_empty(&round)) {
        struct seated_transaction *seat =
            LIST_ITEM(list_first(&round), struct seated_transaction, link);
        list_remove(&seat->link);
        transactions_step(transactions, seat);
    }
}
