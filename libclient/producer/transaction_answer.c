/* producer: what the coordinators' answers mean for a transaction. */
#include "producer/transaction.h"

#include "base/attr.h"
#include "wire/error.h"

#include <assert.h>
#include <stdio.h>

enum {
    INIT_BUMPS_SINCE = 3,   /* KIP-360 */
    CONCURRENT_WAIT_MS = 20 /* the last transaction's markers are still being written */
};

enum verdict {
    VERDICT_DONE,
    VERDICT_RETRY,
    VERDICT_SEARCH, /* likewise, at another coordinator */
    VERDICT_ABORTABLE,
    VERDICT_FATAL
};

static enum verdict judge_transport(enum kc_err err)
{
    bool is_final =
        err == KC_ERR_UNSUPPORTED_VERSION || err == KC_ERR_UNSUPPORTED || error_is_login(err);
    return is_final ? VERDICT_FATAL : VERDICT_SEARCH;
}

/* Errors of TxnOffsetCommit that tell of the group, not of the transaction. */
static enum verdict judge_offsets(enum kc_err err)
{
    switch (err) {
    case KC_ERR_REQUEST_TIMED_OUT:
        return VERDICT_SEARCH;
    case KC_ERR_UNKNOWN_MEMBER_ID:
    case KC_ERR_ILLEGAL_GENERATION:
    case KC_ERR_FENCED_INSTANCE_ID:
    case KC_ERR_STALE_MEMBER_EPOCH:
    case KC_ERR_FENCED_MEMBER_EPOCH:
    case KC_ERR_REBALANCE_IN_PROGRESS:
    case KC_ERR_OFFSET_METADATA_TOO_LARGE:
    case KC_ERR_INVALID_COMMIT_OFFSET_SIZE:
    case KC_ERR_GROUP_ID_NOT_FOUND:
        return VERDICT_ABORTABLE;
    default:
        return kc_err_is_retriable(err) ? VERDICT_RETRY : VERDICT_FATAL;
    }
}

static enum verdict judge_code(const struct transaction *transaction, enum transaction_call call,
                               enum kc_err err)
{
    switch (err) {
    case KC_ERR_NONE:
        return VERDICT_DONE;
    case KC_ERR_NOT_COORDINATOR:
    case KC_ERR_COORDINATOR_NOT_AVAILABLE:
        return VERDICT_SEARCH;
    case KC_ERR_INVALID_PRODUCER_EPOCH:
    case KC_ERR_PRODUCER_FENCED:
    case KC_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case KC_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case KC_ERR_INVALID_PRODUCER_ID_MAPPING:
    case KC_ERR_INVALID_TXN_STATE:
        return VERDICT_FATAL;
    case KC_ERR_TRANSACTION_ABORTABLE:
    case KC_ERR_TOPIC_AUTHORIZATION_FAILED:
    case KC_ERR_GROUP_AUTHORIZATION_FAILED:
        return VERDICT_ABORTABLE;
    case KC_ERR_UNKNOWN_PRODUCER_ID:
        return transaction->can_bump ? VERDICT_ABORTABLE : VERDICT_FATAL;
    default:
        break;
    }
    if (call == TRANSACTION_CALL_COMMIT_OFFSETS) {
        return judge_offsets(err);
    }
    if (kc_err_is_retriable(err)) {
        return VERDICT_RETRY;
    }
    return call == TRANSACTION_CALL_ADD_PARTITIONS ? VERDICT_ABORTABLE : VERDICT_FATAL;
}

static const char *name_of_call(enum transaction_call call)
{
    static const char *const names[] = {
        [TRANSACTION_CALL_INIT] = "InitProducerId",
        [TRANSACTION_CALL_ADD_PARTITIONS] = "AddPartitionsToTxn",
        [TRANSACTION_CALL_ADD_OFFSETS] = "AddOffsetsToTxn",
        [TRANSACTION_CALL_COMMIT_OFFSETS] = "TxnOffsetCommit",
        [TRANSACTION_CALL_END] = "EndTxn",
    };
    return names[call];
}

static void tell_cause(struct kc_error *cause, enum transaction_call call,
                       const struct transaction_answer *answer)
{
    bool has_text = answer->text && answer->text[0];
    cause->code = answer->err;
    (void)snprintf(cause->text, sizeof(cause->text), "%s%s%s: %s: %s", name_of_call(call),
                   answer->subject ? " of " : "", answer->subject ? answer->subject : "",
                   kc_err_name(answer->err), has_text ? answer->text : kc_err_text(answer->err));
}

/* True when another coordinator is to be looked for. */
static bool try_again(struct transaction *transaction, enum transaction_call call,
                      enum verdict verdict, const struct transaction_answer *answer, int64_t now_us)
{
    /* The last transaction's end is near; that is not a failure that grows. */
    bool is_near = answer->err == KC_ERR_CONCURRENT_TRANSACTIONS;
    transaction->failures++;
    int64_t delay_ms = retry_delay_ms(&transaction->retry, is_near ? 1 : transaction->failures,
                                      &transaction->random);
    if (call == TRANSACTION_CALL_ADD_PARTITIONS && !transaction->is_started && is_near) {
        delay_ms = MIN_OF(delay_ms, (int64_t)CONCURRENT_WAIT_MS);
    }
    transaction->retry_at_us = now_us + delay_ms * 1000;
    bool adds = call == TRANSACTION_CALL_ADD_PARTITIONS || call == TRANSACTION_CALL_ADD_OFFSETS;
    transaction->is_doubtful |= adds && answer->is_transport;
    tell_cause(&transaction->cause, call, answer);
    return verdict == VERDICT_SEARCH;
}

static void partitions_added(struct transaction *transaction)
{
    struct list *link;
    transaction->is_started = true;
    while ((link = list_first(&transaction->pending)) != NULL) {
        list_remove(link);
        LIST_ITEM(link, struct enlistment, link)->is_added = true;
    }
}

static void offsets_done(struct transaction_offsets *offsets)
{
    struct kc_error fine = { .code = KC_ERR_NONE };
    if (offsets) {
        list_remove(&offsets->wait.link);
        offsets->wait.done(&offsets->wait, &fine);
    }
}

static void succeed(struct transaction *transaction, enum transaction_call call,
                    struct transaction_offsets *offsets, const struct transaction_answer *answer)
{
    switch (call) {
    case TRANSACTION_CALL_INIT:
        transaction->identity = answer->identity;
        transaction->can_bump = answer->version >= INIT_BUMPS_SINCE;
        transaction->is_bumping = false;
        transaction_enter(transaction, KC_TRANSACTION_READY);
        transaction_settle(transaction);
        break;
    case TRANSACTION_CALL_ADD_PARTITIONS:
        partitions_added(transaction);
        break;
    case TRANSACTION_CALL_ADD_OFFSETS:
        transaction->is_started = true;
        if (offsets) {
            offsets->is_added = true;
        }
        break;
    case TRANSACTION_CALL_COMMIT_OFFSETS:
        offsets_done(offsets);
        break;
    case TRANSACTION_CALL_END:
        if (answer->identity.id >= 0) {
            transaction->identity = answer->identity;
        }
        transaction_complete(transaction);
        break;
    case TRANSACTION_NO_CALL:
        break;
    }
}

/* An error that ends the call. */
static void fail(struct transaction *transaction, enum transaction_call call, enum verdict verdict,
                 const struct transaction_answer *answer)
{
    struct transaction_answer told = *answer;
    struct kc_error error;
    if (answer->err == KC_ERR_INVALID_PRODUCER_EPOCH) {
        told.err = KC_ERR_PRODUCER_FENCED; /* what older coordinators mean by it */
        told.text = NULL;
    }
    tell_cause(&error, call, &told);
    if (verdict == VERDICT_FATAL || call == TRANSACTION_CALL_INIT) {
        transaction_fatal(transaction, told.err, error.text);
        return;
    }
    transaction->wants_bump |= answer->err == KC_ERR_UNKNOWN_PRODUCER_ID;
    if (call == TRANSACTION_CALL_END && transaction->state == KC_TRANSACTION_ABORTING) {
        /* There is nothing gentler than an abort. */
        transaction_fatal(transaction, told.err, error.text);
    } else {
        transaction_abortable(transaction, told.err, error.text);
    }
}

bool transaction_answer(struct transaction *transaction, const struct transaction_answer *answer,
                        int64_t now_us)
{
    enum transaction_call call = transaction->flying;
    struct transaction_offsets *offsets = transaction->flying_offsets;
    assert(call != TRANSACTION_NO_CALL);
    transaction->flying = TRANSACTION_NO_CALL;
    transaction->flying_offsets = NULL;
    if (transaction->state == KC_TRANSACTION_FATAL) {
        return false;
    }
    enum verdict verdict = answer->is_transport && answer->err < 0
                               ? judge_transport(answer->err)
                               : judge_code(transaction, call, answer->err);
    /* It was only feared that the coordinator knows of this transaction: it does not. */
    if (call == TRANSACTION_CALL_END && answer->err == KC_ERR_INVALID_TXN_STATE &&
        !transaction->is_started && transaction->state == KC_TRANSACTION_ABORTING) {
        verdict = VERDICT_DONE;
    }
    if (verdict == VERDICT_RETRY || verdict == VERDICT_SEARCH) {
        return try_again(transaction, call, verdict, answer, now_us);
    }
    transaction->failures = 0;
    transaction->cause = (struct kc_error){ .code = KC_ERR_NONE };
    if (verdict == VERDICT_DONE) {
        succeed(transaction, call, offsets, answer);
    } else {
        fail(transaction, call, verdict, answer);
    }
    return false;
}
