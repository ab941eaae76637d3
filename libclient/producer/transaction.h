/* producer: the states of a transactional producer (KIP-98, KIP-360, KIP-447, KIP-890). Pure: what
 * the application and the brokers say in, which request goes out next. Java's TransactionManager
 * (4.x) is the model. One request is under way at a time; each is tried again until the coordinator
 * has told its outcome, however long the application waits for it. */
#ifndef PRODUCER_TRANSACTION_H
#define PRODUCER_TRANSACTION_H

#include "base/list.h"
#include "cluster/retry.h"
#include "producer/sequence.h"

#include <libclient/transaction.h>
#include <stdatomic.h>

/* A partition's part in the transaction; zeroed, then list_init of link. */
struct enlistment {
    struct list link; /* in newcomers or pending */
    uint64_t number;  /* of the transaction that it belongs or belonged to */
    bool is_added;    /* records may go out */
};

/* What a call of the application waits for. */
enum transaction_act {
    TRANSACTION_NO_ACT,
    TRANSACTION_INITIALIZE,
    TRANSACTION_COMMIT,
    TRANSACTION_ABORT
};

/* The caller's, until done is called once with the outcome (borrowed; code KC_ERR_NONE when all is
 * well). */
struct transaction_wait {
    struct list link;
    void (*done)(struct transaction_wait *wait, const struct kc_error *outcome);
};

/* Offsets on their way into the transaction; what they are is the caller's business. */
struct transaction_offsets {
    struct transaction_wait wait;
    const char *group_id;
    bool is_added; /* the coordinator knows of the group (AddOffsetsToTxn) */
};

enum transaction_call {
    TRANSACTION_NO_CALL,
    TRANSACTION_CALL_INIT,           /* InitProducerId; with the identity when is_bumping */
    TRANSACTION_CALL_ADD_PARTITIONS, /* AddPartitionsToTxn: those in pending */
    TRANSACTION_CALL_ADD_OFFSETS,    /* AddOffsetsToTxn: the first of offsets */
    TRANSACTION_CALL_COMMIT_OFFSETS, /* TxnOffsetCommit: the first of offsets */
    TRANSACTION_CALL_END             /* EndTxn: commits in KC_TRANSACTION_COMMITTING, else aborts */
};

struct transaction {
    bool is_on; /* there is a transactional.id */
    enum kc_transaction_state state;
    atomic_int state_told; /* the same, for any thread */
    atomic_int refusal;    /* what sends are refused with; KC_ERR_NONE: taken. Any thread */
    uint64_t number;       /* of the transaction */
    struct sequence_identity identity;
    int16_t version;      /* of the protocol in this transaction: 1 or 2 */
    int16_t version_told; /* transaction.version of the cluster now */
    bool is_started;      /* the coordinator knows of the transaction: it must be ended */
    bool is_doubtful;     /* it may know: a request that adds to it got no answer */
    bool wants_bump;      /* a new epoch from InitProducerId when it has ended */
    bool can_bump;        /* the coordinator takes InitProducerId 3 or later (KIP-360) */
    bool is_bumping;      /* INITIALIZING is for that */
    enum transaction_act act;
    struct list waits;   /* for act */
    struct list offsets; /* struct transaction_offsets by wait.link, in turn */
    struct list newcomers;
    struct list pending;          /* in the AddPartitionsToTxn that is under way or comes next */
    enum transaction_call flying; /* under way */
    struct transaction_offsets *flying_offsets; /* what it is about; NULL: nobody's any more */
    int failures;                               /* of this call in a row */
    int64_t retry_at_us;
    struct retry_policy retry;
    struct random random;
    struct kc_error error; /* the first cause, in ABORTABLE and FATAL; else code 0 */
    struct kc_error cause; /* why the call under way takes so long; code 0: it does not */
};

void transaction_init(struct transaction *transaction, bool is_on, const struct retry_policy *retry,
                      uint64_t seed);

/* The one place that changes the state; what sends are told follows it. */
void transaction_enter(struct transaction *transaction, enum kc_transaction_state state);

/* The application's calls. With an error (filled) nothing has changed and wait->done is not called;
 * else it will be, maybe before this returns. is_again: the same call timed out before and is
 * repeated: when it is over meanwhile, that is its outcome. */
enum kc_err transaction_start(struct transaction *transaction, enum transaction_act act,
                              bool is_again, struct transaction_wait *wait,
                              struct kc_error *ret_error);
enum kc_err transaction_begin(struct transaction *transaction, struct kc_error *ret_error);
enum kc_err transaction_send_offsets(struct transaction *transaction,
                                     struct transaction_offsets *offsets,
                                     struct kc_error *ret_error);

/* Records wait for this partition: it is part of the transaction from now on. */
void transaction_enlist(struct transaction *transaction, struct enlistment *enlistment);

static inline bool transaction_has(const struct transaction *transaction,
                                   const struct enlistment *enlistment)
{
    return enlistment->number == transaction->number && enlistment->is_added;
}

/* Records may go out, and be tried again. */
static inline bool transaction_is_live(const struct transaction *transaction)
{
    return transaction->state == KC_TRANSACTION_OPEN ||
           transaction->state == KC_TRANSACTION_COMMITTING;
}

/* Records failed for good. had_numbers: they had sequence numbers, which the brokers may miss. */
void transaction_fail_records(struct transaction *transaction, enum kc_err err, const char *text,
                              bool had_numbers);

/* The request that is to be sent now, which then counts as under way. is_idle: no record is under
 * way. When it is TRANSACTION_NO_CALL and retry_at_us is later than now, ask again then. */
enum transaction_call transaction_next(struct transaction *transaction, bool is_idle,
                                       int64_t now_us);

/* How a request ended. */
struct transaction_answer {
    enum kc_err err;                   /* the transport's, or the one that decides in the answer */
    bool is_transport;                 /* there was no answer */
    const char *subject;               /* whose error it is: "topic-3", "group 'g'"; NULL */
    const char *text;                  /* of the transport's error; NULL */
    int16_t version;                   /* that was spoken */
    struct sequence_identity identity; /* INIT, END since 5; id -1: none */
};

/* True: the coordinator is elsewhere (or gone): look for it anew. */
bool transaction_answer(struct transaction *transaction, const struct transaction_answer *answer,
                        int64_t now_us);

/* Ends everything that waits with KC_ERR_CLOSED. */
void transaction_close(struct transaction *transaction);

/* This room's own: the transaction is lost, or the producer is; whatever waits hears of it. */
void transaction_abortable(struct transaction *transaction, enum kc_err err, const char *text);
void transaction_fatal(struct transaction *transaction, enum kc_err err, const char *text);
/* The transaction has ended at the coordinator, or was never known there. */
void transaction_complete(struct transaction *transaction);
/* Whatever waits for the act hears that it went well. */
void transaction_settle(struct transaction *transaction);

#endif
