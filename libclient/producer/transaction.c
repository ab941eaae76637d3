/* producer: the states of a transactional producer: what the application asks for, and which
 * request goes out next. What brokers answer: transaction_answer.c. */
#include "producer/transaction.h"

#include "base/attr.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void transaction_init(struct transaction *transaction, bool is_on, const struct retry_policy *retry,
                      uint64_t seed)
{
    *transaction = (struct transaction){
        .is_on = is_on, .identity = { -1, -1 }, .version = 1, .retry = *retry
    };
    list_init(&transaction->waits);
    list_init(&transaction->offsets);
    list_init(&transaction->newcomers);
    list_init(&transaction->pending);
    random_init(&transaction->random, seed);
    if (is_on) {
        transaction_enter(transaction, KC_TRANSACTION_UNINITIALIZED);
    }
}

static bool may_enter(enum kc_transaction_state from, enum kc_transaction_state to)
{
    switch (to) {
    case KC_TRANSACTION_UNINITIALIZED:
        return from == KC_TRANSACTION_UNINITIALIZED;
    case KC_TRANSACTION_INITIALIZING:
        return from == KC_TRANSACTION_UNINITIALIZED || from == KC_TRANSACTION_COMMITTING ||
               from == KC_TRANSACTION_ABORTING;
    case KC_TRANSACTION_READY:
        return from == KC_TRANSACTION_INITIALIZING || from == KC_TRANSACTION_COMMITTING ||
               from == KC_TRANSACTION_ABORTING;
    case KC_TRANSACTION_OPEN:
        return from == KC_TRANSACTION_READY;
    case KC_TRANSACTION_COMMITTING:
        return from == KC_TRANSACTION_OPEN;
    case KC_TRANSACTION_ABORTING:
        return from == KC_TRANSACTION_OPEN || from == KC_TRANSACTION_ABORTABLE;
    case KC_TRANSACTION_ABORTABLE:
        return from == KC_TRANSACTION_OPEN || from == KC_TRANSACTION_COMMITTING;
    case KC_TRANSACTION_FATAL:
        return true;
    }
    return false;
}

void transaction_enter(struct transaction *transaction, enum kc_transaction_state state)
{
    assert(may_enter(transaction->state, state));
    bool is_failed = state == KC_TRANSACTION_ABORTABLE || state == KC_TRANSACTION_FATAL;
    assert(is_failed == (transaction->error.code != KC_ERR_NONE));
    transaction->state = state;
    atomic_store(&transaction->state_told, (int)state);
    atomic_store(&transaction->refusal, (int)(is_failed ? transaction->error.code
                                              : state == KC_TRANSACTION_OPEN ? KC_ERR_NONE
                                                                             : KC_ERR_WRONG_STATE));
}

BASE_PRINTF(4, 5)
static enum kc_err explain(struct kc_error *ret_error, enum kc_err err, enum kc_error_kind kind,
                           const char *format, ...)
{
    va_list arguments;
    ret_error->code = err;
    ret_error->kind = kind;
    va_start(arguments, format);
    (void)vsnprintf(ret_error->text, sizeof(ret_error->text), format, arguments);
    va_end(arguments);
    return err;
}

static const char *name_of_act(enum transaction_act act)
{
    return act == TRANSACTION_INITIALIZE ? "init_transactions"
           : act == TRANSACTION_COMMIT   ? "commit_transaction"
                                         : "abort_transaction";
}

static const char *describe(enum kc_transaction_state state)
{
    static const char *const texts[] = {
        [KC_TRANSACTION_UNINITIALIZED] = "kc_producer_init_transactions comes first",
        [KC_TRANSACTION_INITIALIZING] = "the producer is being initialised",
        [KC_TRANSACTION_READY] = "no transaction is open (kc_producer_begin_transaction opens one)",
        [KC_TRANSACTION_OPEN] = "a transaction is open",
        [KC_TRANSACTION_COMMITTING] = "a commit is under way: call it again until it tells",
        [KC_TRANSACTION_ABORTING] = "an abort is under way: call it again until it tells",
        [KC_TRANSACTION_ABORTABLE] = "the transaction must be aborted",
        [KC_TRANSACTION_FATAL] = "the producer must be destroyed",
    };
    return texts[state];
}

/* Why the state does not allow the call; the first cause when it is an error state. */
static enum kc_err refuse(const struct transaction *transaction, const char *call,
                          struct kc_error *ret_error)
{
    if (!transaction->is_on) {
        return explain(ret_error, KC_ERR_WRONG_STATE, KC_KIND_PLAIN,
                       "%s: the producer has no transactional.id", call);
    }
    if (transaction->error.code != KC_ERR_NONE) {
        *ret_error = transaction->error;
        return ret_error->code;
    }
    return explain(ret_error, KC_ERR_WRONG_STATE, KC_KIND_PLAIN, "%s: %s", call,
                   describe(transaction->state));
}

static void finish_wait(struct transaction_wait *wait, const struct kc_error *outcome)
{
    list_remove(&wait->link);
    wait->done(wait, outcome);
}

static void finish_waits(struct list *waits, const struct kc_error *outcome)
{
    struct list *link;
    while ((link = list_first(waits)) != NULL) {
        finish_wait(LIST_ITEM(link, struct transaction_wait, link), outcome);
    }
}

static void drop_newcomers(struct transaction *transaction)
{
    struct list *link;
    while ((link = list_first(&transaction->newcomers)) != NULL) {
        list_remove(link);
    }
    while (transaction->flying != TRANSACTION_CALL_ADD_PARTITIONS &&
           (link = list_first(&transaction->pending)) != NULL) {
        list_remove(link);
    }
}

/* Everything that waits hears of the error, which stands in transaction->error. */
static void fail_all(struct transaction *transaction)
{
    transaction->act = TRANSACTION_NO_ACT;
    transaction->flying_offsets = NULL;
    finish_waits(&transaction->offsets, &transaction->error);
    finish_waits(&transaction->waits, &transaction->error);
    drop_newcomers(transaction);
}

void transaction_abortable(struct transaction *transaction, enum kc_err err, const char *text)
{
    if (transaction->state == KC_TRANSACTION_ABORTABLE ||
        transaction->state == KC_TRANSACTION_ABORTING) {
        return;
    }
    if (!transaction_is_live(transaction)) {
        transaction_fatal(transaction, err, text);
        return;
    }
    (void)explain(&transaction->error, err, KC_KIND_ABORTABLE, "%s", text);
    transaction_enter(transaction, KC_TRANSACTION_ABORTABLE);
    fail_all(transaction);
}

void transaction_fatal(struct transaction *transaction, enum kc_err err, const char *text)
{
    if (transaction->state == KC_TRANSACTION_FATAL) {
        return;
    }
    (void)explain(&transaction->error, err, KC_KIND_FATAL, "%s", text);
    transaction_enter(transaction, KC_TRANSACTION_FATAL);
    fail_all(transaction);
}

void transaction_fail_records(struct transaction *transaction, enum kc_err err, const char *text,
                              bool had_numbers)
{
    if (!transaction->is_on || transaction->state == KC_TRANSACTION_FATAL) {
        return;
    }
    bool is_final = err == KC_ERR_CLUSTER_AUTHORIZATION_FAILED ||
                    err == KC_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
                    err == KC_ERR_PRODUCER_FENCED || err == KC_ERR_UNSUPPORTED_VERSION ||
                    err == KC_ERR_INVALID_PRODUCER_ID_MAPPING;
    /* With version 2 the end of the transaction brings the new epoch. */
    bool needs_bump = had_numbers && transaction->version < 2;
    if (is_final || (needs_bump && !transaction->can_bump)) {
        transaction_fatal(transaction, err, text);
        return;
    }
    transaction->wants_bump |= needs_bump;
    if (transaction_is_live(transaction)) {
        transaction_abortable(transaction, err, text);
    }
}

void transaction_settle(struct transaction *transaction)
{
    struct kc_error fine = { .code = KC_ERR_NONE };
    transaction->act = TRANSACTION_NO_ACT;
    finish_waits(&transaction->waits, &fine);
}

void transaction_complete(struct transaction *transaction)
{
    /* A cluster that moved to version 2 meanwhile expects an epoch that version 1 did not use. */
    bool is_upgrade = transaction->version < 2 && transaction->version_told >= 2;
    transaction->is_bumping = transaction->can_bump && transaction->version < 2 &&
                              (transaction->wants_bump || (is_upgrade && transaction->is_started));
    transaction->wants_bump = false;
    transaction->is_started = false;
    transaction->is_doubtful = false;
    transaction->number++;
    drop_newcomers(transaction);
    if (transaction->is_bumping) {
        transaction_enter(transaction, KC_TRANSACTION_INITIALIZING);
        return;
    }
    transaction_enter(transaction, KC_TRANSACTION_READY);
    transaction_settle(transaction);
}

static void start_abort(struct transaction *transaction)
{
    struct kc_error outcome;
    (void)explain(&outcome, KC_ERR_TXN_ABORTED, KC_KIND_PLAIN,
                  "the transaction was aborted before the offsets were in it");
    transaction->flying_offsets = NULL;
    finish_waits(&transaction->offsets, &outcome);
    drop_newcomers(transaction);
    transaction->error = (struct kc_error){ .code = KC_ERR_NONE };
    transaction_enter(transaction, KC_TRANSACTION_ABORTING);
}

enum kc_err transaction_start(struct transaction *transaction, enum transaction_act act,
                              bool is_again, struct transaction_wait *wait,
                              struct kc_error *ret_error)
{
    enum kc_transaction_state state = transaction->state;
    list_init(&wait->link);
    if (!transaction->is_on) {
        return refuse(transaction, name_of_act(act), ret_error);
    }
    if (act == transaction->act) {
        list_append(&transaction->waits, &wait->link);
        return KC_ERR_NONE;
    }
    if (is_again && state == KC_TRANSACTION_READY) {
        list_append(&transaction->waits, &wait->link);
        transaction_settle(transaction);
        return KC_ERR_NONE;
    }
    if (act == TRANSACTION_INITIALIZE && state == KC_TRANSACTION_UNINITIALIZED) {
        transaction_enter(transaction, KC_TRANSACTION_INITIALIZING);
    } else if (act == TRANSACTION_COMMIT && state == KC_TRANSACTION_OPEN) {
        transaction_enter(transaction, KC_TRANSACTION_COMMITTING);
    } else if (act == TRANSACTION_ABORT &&
               (state == KC_TRANSACTION_OPEN || state == KC_TRANSACTION_ABORTABLE)) {
        start_abort(transaction);
    } else if (act == TRANSACTION_INITIALIZE && state == KC_TRANSACTION_READY) {
        return explain(ret_error, KC_ERR_WRONG_STATE, KC_KIND_PLAIN,
                       "%s: it was called before, and is needed once", name_of_act(act));
    } else {
        return refuse(transaction, name_of_act(act), ret_error);
    }
    transaction->act = act;
    list_append(&transaction->waits, &wait->link);
    return KC_ERR_NONE;
}

enum kc_err transaction_begin(struct transaction *transaction, struct kc_error *ret_error)
{
    if (!transaction->is_on || transaction->state != KC_TRANSACTION_READY) {
        return refuse(transaction, "begin_transaction", ret_error);
    }
    transaction->version = transaction->version_told >= 2 ? 2 : 1;
    transaction->number++;
    transaction_enter(transaction, KC_TRANSACTION_OPEN);
    return KC_ERR_NONE;
}

enum kc_err transaction_send_offsets(struct transaction *transaction,
                                     struct transaction_offsets *offsets,
                                     struct kc_error *ret_error)
{
    list_init(&offsets->wait.link);
    if (!transaction->is_on || transaction->state != KC_TRANSACTION_OPEN) {
        return refuse(transaction, "send_offsets_to_transaction", ret_error);
    }
    /* Version 2: the group's coordinator adds itself. */
    offsets->is_added = transaction->version >= 2;
    transaction->is_started |= offsets->is_added;
    list_append(&transaction->offsets, &offsets->wait.link);
    return KC_ERR_NONE;
}

void transaction_enlist(struct transaction *transaction, struct enlistment *enlistment)
{
    if (!transaction_is_live(transaction) || enlistment->number == transaction->number) {
        return;
    }
    assert(!list_is_linked(&enlistment->link));
    enlistment->number = transaction->number;
    enlistment->is_added = transaction->version >= 2;
    if (enlistment->is_added) {
        transaction->is_started = true;
    } else {
        list_append(&transaction->newcomers, &enlistment->link);
    }
}

static enum transaction_call choose(struct transaction *transaction, bool is_idle)
{
    struct list *offsets = list_first(&transaction->offsets);
    bool is_ending = transaction->state == KC_TRANSACTION_COMMITTING ||
                     transaction->state == KC_TRANSACTION_ABORTING;
    if (transaction->state == KC_TRANSACTION_INITIALIZING) {
        return TRANSACTION_CALL_INIT;
    }
    if (transaction_is_live(transaction) &&
        !(list_is_empty(&transaction->newcomers) && list_is_empty(&transaction->pending))) {
        list_splice(&transaction->pending, &transaction->newcomers);
        return TRANSACTION_CALL_ADD_PARTITIONS;
    }
    if (transaction_is_live(transaction) && offsets) {
        transaction->flying_offsets = LIST_ITEM(offsets, struct transaction_offsets, wait.link);
        return transaction->flying_offsets->is_added ? TRANSACTION_CALL_COMMIT_OFFSETS
                                                     : TRANSACTION_CALL_ADD_OFFSETS;
    }
    if (!is_ending || !is_idle) {
        return TRANSACTION_NO_CALL;
    }
    if (transaction->is_started || transaction->is_doubtful) {
        return TRANSACTION_CALL_END;
    }
    /* Nothing was written: nobody needs to hear of it. */
    transaction_complete(transaction);
    return transaction->state == KC_TRANSACTION_INITIALIZING ? TRANSACTION_CALL_INIT
                                                             : TRANSACTION_NO_CALL;
}

enum transaction_call transaction_next(struct transaction *transaction, bool is_idle,
                                       int64_t now_us)
{
    if (!transaction->is_on || transaction->flying != TRANSACTION_NO_CALL ||
        now_us < transaction->retry_at_us) {
        return TRANSACTION_NO_CALL;
    }
    transaction->retry_at_us = 0;
    transaction->flying = choose(transaction, is_idle);
    return transaction->flying;
}

void transaction_close(struct transaction *transaction)
{
    if (transaction->is_on) {
        transaction_fatal(transaction, KC_ERR_CLOSED, "the producer was closed");
    }
}
