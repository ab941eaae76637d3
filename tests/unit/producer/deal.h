/* tests: one transaction of a producer without a network: calls of the application and answers of
 * coordinators in, requests out. */
#ifndef DEAL_H
#define DEAL_H

#include "producer/transaction.h"

struct deal_waiter {
    struct transaction_wait wait;
    int count;
    struct kc_error outcome;
};

/* A wait's `done`: keeps the outcome, counts. */
void deal_waiter_done(struct transaction_wait *wait, const struct kc_error *outcome);

struct deal {
    struct transaction transaction;
    struct enlistment a;
    struct enlistment b;
    struct deal_waiter waiter;
    struct transaction_offsets offsets;
    int offsets_count;
    struct kc_error offsets_outcome;
    struct kc_error refused;
    int64_t now_us;
};

/* A transactional producer that has done nothing yet; version: of the cluster's feature. */
void deal_init(struct deal *deal, int16_t version);
/* One that is ready for transactions. */
void deal_make_ready(struct deal *deal, int16_t version);
/* One with a transaction that holds partition a, as the coordinator knows. */
void deal_make_open(struct deal *deal, int16_t version);

/* The application's calls; deal->refused says why one was not taken. */
enum kc_err deal_start(struct deal *deal, enum transaction_act act, bool is_again);
enum kc_err deal_begin(struct deal *deal);

/* The request that goes out now. */
enum transaction_call deal_next(struct deal *deal);
/* Its answer, with this epoch (-1: none is told), or none; true: the coordinator is elsewhere. */
bool deal_answer(struct deal *deal, enum kc_err err, int16_t epoch);
bool deal_lose(struct deal *deal, enum kc_err err);

/* The same request comes again after its backoff, not before. */
void deal_check_again(struct deal *deal, enum transaction_call call, int64_t wait_ms_max);
void deal_check_state(struct deal *deal, enum kc_transaction_state state, enum kc_err refusal);
/* deal_start's call has ended, once, with this outcome. */
void deal_check_done(struct deal *deal, enum kc_err err, enum kc_error_kind kind);

#endif
