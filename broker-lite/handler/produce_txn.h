/* handler: records of transactions, before they are appended: the coordinator must know that their
 * partitions are part of the transaction, or it would write no marker there (KIP-890). */
#ifndef HANDLER_PRODUCE_TXN_H
#define HANDLER_PRODUCE_TXN_H

#include "handler/txn_wait.h"

/* Lies in the call's arena. */
struct produce_txn {
    struct txn_wait wait;
    void (*ready)(struct call *call);
    struct txn_claim claim;
    struct transactions_partition *partitions; /* those that the coordinator is asked for */
    struct produce_txn_place *places;
    size_t count;
    enum kc_err err; /* for all of them */
};

/* Looks through a Produce request with a transactional id. What the logs know as open needs
 * nothing; the rest is added (version 12 and up) or verified. ready(call) runs once, at once or
 * from the loop, unless the connection is lost first. False when memory is out; ready has not run
 * then. */
bool produce_txn_check(struct call *call, struct produce_txn *txn,
                       void (*ready)(struct call *call));

/* What was found of one partition of the request: KC_ERR_NONE, or what its client hears. */
enum kc_err produce_txn_error(const struct produce_txn *txn, int32_t topic, int32_t partition);

#endif
