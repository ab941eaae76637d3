/* coordinator: what the files of transactions share. */
#ifndef COORDINATOR_TRANSACTIONS_PARTS_H
#define COORDINATOR_TRANSACTIONS_PARTS_H

#include "base/list.h"
#include "coordinator/transactions.h"

/* An id with what is under way for it. */
struct seated_transaction {
    struct txn_entry *transaction;
    struct list link;       /* transactions->busy, while something is under way */
    struct txn_fields next; /* appended, not committed */
    bool has_next;
    int64_t next_end;                     /* the high watermark that commits it */
    struct transactions_partition *added; /* partitions that come with it; names owned */
    size_t added_count;
    struct transactions_answer *answer; /* who waits for it */
    enum kc_err answer_err;             /* what it is told when all went well */
    struct partition_wait wait;         /* on the partition that is looked for next */
};

struct transactions {
    struct transactions_options options;
    struct map by_id; /* struct seated_transaction */
    struct list busy;
    struct loop_timer timer; /* goes over the busy ones, soon */
    bool *loaded;            /* by partition of __transaction_state */
    int32_t loaded_count;
    struct list loads; /* struct transactions_loading: partitions that are being read back */
    bool owes_load;
    int64_t next_abort_ms;
    int64_t next_expiry_ms;
};

/* The topic, or NULL while it does not exist. */
const struct image_topic *transactions_topic(const struct transactions *transactions);

struct seated_transaction *transactions_seat(const struct transactions *transactions,
                                             struct slice id);
/* Takes the transaction over, also when memory is out (NULL then). */
struct seated_transaction *transactions_put(struct transactions *transactions,
                                            struct txn_entry *transaction);
void transactions_remove(struct transactions *transactions, struct seated_transaction *seat);

/* transactions_step.c: appends the next fields (with the partitions that seat->added has), then
 * takes as many steps as can be taken; `answer` (may be NULL) is told. */
void transactions_append(struct transactions *transactions, struct seated_transaction *seat,
                         const struct txn_fields *next, enum kc_err answer_err,
                         struct transactions_answer *answer);
/* Goes on with a seat that has something under way. */
void transactions_step(struct transactions *transactions, struct seated_transaction *seat);
/* Tells who waits, if anybody does. */
void seat_answer(struct seated_transaction *seat, enum kc_err err);
/* Answers with an error at once. */
void answer_fail(struct transactions_answer *answer, enum kc_err err);
void seat_drop_added(struct seated_transaction *seat);

/* transactions_load.c: begins to read a partition of __transaction_state back, unless that is under
 * way; an empty one is loaded at once. */
void transactions_load(struct transactions *transactions, struct partition *partition);
void transactions_load_cancel(struct transactions *transactions, int32_t partition);
/* It is under way, or will be tried again. False: it is done, or has failed for good. */
bool transactions_load_is_coming(const struct transactions *transactions, int32_t partition);
/* They are about to be freed: jobs that are out will find nobody. */
void transactions_load_disown(struct transactions *transactions);
/* transactions_time.c: the partition is read back; goes on with what was being ended there. */
void transactions_loaded(struct transactions *transactions, int32_t partition);
/* transactions.c */
void seat_destroy(struct seated_transaction *seat);

#endif
