/* handler: a call that waits for the transaction coordinator. */
#include "handler/txn_wait.h"

static void run(struct call *call)
{
    struct txn_wait *wait = call->context;
    wait->done(wait);
}

static void answered(struct transactions_answer *answer, enum kc_err err, int64_t producer_id,
                     int16_t epoch)
{
    struct txn_wait *wait = CONTAINER_OF(answer, struct txn_wait, answer);
    wait->err = err;
    wait->producer_id = producer_id;
    wait->epoch = epoch;
    if (answer->has_waited) {
        call_later(wait->call, run);
    } else {
        wait->done(wait);
    }
}

static void cancelled(struct call *call)
{
    struct txn_wait *wait = call->context;
    transactions_answer_end(&wait->answer);
    call_drop(call);
}

void txn_wait_init(struct txn_wait *wait, struct call *call, void (*done)(struct txn_wait *wait))
{
    *wait = (struct txn_wait){ .answer = { .done = answered }, .call = call, .done = done };
    call->context = wait;
    call->cancel = cancelled;
}

int16_t txn_error(const struct call *call, enum kc_err err, int16_t version_min)
{
    if (err == KC_ERR_PRODUCER_FENCED && call->version < version_min) {
        err = KC_ERR_INVALID_PRODUCER_EPOCH;
    }
    return (int16_t)(err == KC_ERR_NO_MEMORY ? KC_ERR_UNKNOWN_SERVER_ERROR : err);
}

enum kc_err txn_verify_error(enum kc_err err, bool knows_abortable, bool bumps_epoch,
                             enum kc_err later)
{
    switch (err) {
    case KC_ERR_PRODUCER_FENCED:
        return KC_ERR_INVALID_PRODUCER_EPOCH;
    case KC_ERR_TRANSACTION_ABORTABLE:
        return knows_abortable ? err : KC_ERR_INVALID_TXN_STATE;
    case KC_ERR_CONCURRENT_TRANSACTIONS:
        return bumps_epoch ? err : later;
    case KC_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case KC_ERR_COORDINATOR_NOT_AVAILABLE:
    case KC_ERR_NOT_COORDINATOR:
        return later;
    default:
        return err;
    }
}
