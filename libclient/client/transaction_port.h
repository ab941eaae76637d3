/* client: the way of a producer's transaction to its coordinators: requests out, answers in. Loop
 * thread. */
#ifndef CLIENT_TRANSACTION_PORT_H
#define CLIENT_TRANSACTION_PORT_H

#include "base/arena.h"
#include "client/ask.h"
#include "cluster/cluster.h"
#include "producer/transaction.h"
#include "wire/messages.h"

struct kc_producer;

struct transaction_port {
    struct cluster_request request;
    struct arena arena; /* of the request under way */
    struct thread_task unsent;
    bool is_asking;
    union {
        struct init_producer_id_request init;
        struct add_partitions_to_txn_request add_partitions;
        struct add_offsets_to_txn_request add_offsets;
        struct txn_offset_commit_request commit_offsets;
        struct end_txn_request end;
    } message;
};

/* A call of kc_producer_send_offsets_to_transaction. */
struct transaction_port_offsets {
    struct ask ask;
    struct kc_producer *producer;
    struct transaction_offsets offsets;
    struct arena arena; /* of what follows */
    const char *member_id;
    const char *instance_id;
    int32_t generation_id;
    struct kc_position *positions;
    size_t count;
};

/* The producer's port: `transact`. */
void transaction_port_send(void *context, enum transaction_call call);

/* What the answer to `call` says; subject has room for the name of what an error is about, and may
 * end up as ret_answer->subject. */
enum { TRANSACTION_PORT_SUBJECT_SIZE = 288 };
void transaction_port_read(enum transaction_call call, const struct conn_reply *reply,
                           struct arena *arena, char subject[TRANSACTION_PORT_SUBJECT_SIZE],
                           struct transaction_answer *ret_answer, int32_t *ret_throttle_ms);

/* The transaction as the cluster sees it now: its version is learnt. */
void transaction_port_learn(struct kc_producer *producer);

void transaction_port_open(struct kc_producer *producer);
void transaction_port_close(struct kc_producer *producer);

#endif
