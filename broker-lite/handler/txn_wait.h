/* handler: a call that waits for the transaction coordinator. */
#ifndef HANDLER_TXN_WAIT_H
#define HANDLER_TXN_WAIT_H

#include "coordinator/transactions.h"
#include "handler/handler.h"

/* Lies in the call's arena. */
struct txn_wait {
    struct transactions_answer answer; /* to be given to a call of transactions.h */
    struct call *call;
    void (*done)(struct txn_wait *wait); /* err and the ids are set */
    enum kc_err err;
    int64_t producer_id;
    int16_t epoch;
};

/* Makes the call ready to wait: done runs once, at once or from the loop, unless the connection is
 * lost first. */
void txn_wait_init(struct txn_wait *wait, struct call *call, void (*done)(struct txn_wait *wait));

/* PRODUCER_FENCED is unknown to versions below `version_min`: they hear INVALID_PRODUCER_EPOCH. */
int16_t txn_error(const struct call *call, enum kc_err err, int16_t version_min);

/* What a client with records of a transaction hears when its partition could not be added or
 * verified (KIP-890): PRODUCER_FENCED as INVALID_PRODUCER_EPOCH; TRANSACTION_ABORTABLE only who
 * knows it, else INVALID_TXN_STATE; where the coordinator is not ready, or busy and the client of
 * before KIP-890, `later`: an error that it tries again after. */
enum kc_err txn_verify_error(enum kc_err err, bool knows_abortable, bool bumps_epoch,
                             enum kc_err later);

#endif
