/* producer: sequence numbers of one partition and what an answer means for them (KIP-98, KIP-360).
 * Pure. Java's TransactionManager without transactions is the model. */
#ifndef PRODUCER_SEQUENCE_H
#define PRODUCER_SEQUENCE_H

#include <libclient/error.h>
#include <stdint.h>

/* The producer's identity; id -1: none yet. */
struct sequence_identity {
    int64_t id;
    int16_t epoch;
};

struct sequence {
    struct sequence_identity identity; /* the one that this partition's numbers belong to */
    int32_t next;                      /* base sequence of the next new batch */
    int32_t acked;                     /* last acknowledged record's, -1: none */
    bool is_unresolved; /* a batch was given up that may have been written: the next number is in
                           doubt until all earlier answers are here */
    bool wants_restart; /* the broker's numbers and ours do not fit: new epoch, start at 0 */
};

void sequence_init(struct sequence *sequence);

/* base + count as Kafka counts: after INT32_MAX comes 0. */
int32_t sequence_add(int32_t base, int32_t count);

/* Starts anew at 0 under an identity. */
void sequence_restart(struct sequence *sequence, struct sequence_identity identity);

static inline bool sequence_is_of(const struct sequence *sequence,
                                  struct sequence_identity identity)
{
    return sequence->identity.id == identity.id && sequence->identity.epoch == identity.epoch;
}

/* Takes numbers for a batch of count records: its base sequence. */
int32_t sequence_take(struct sequence *sequence, int32_t count);

/* Acknowledged: base and count of a batch under this identity. */
void sequence_acked(struct sequence *sequence, struct sequence_identity identity, int32_t base,
                    int32_t count);

/* No batch with a number is open any more: settles a doubt. */
void sequence_settle(struct sequence *sequence);

enum sequence_verdict {
    SEQUENCE_OTHER,   /* the error is not about sequences */
    SEQUENCE_WRITTEN, /* the broker has the batch already */
    SEQUENCE_RETRY,   /* an earlier batch failed: this one follows it again with its number */
    SEQUENCE_RESTART  /* certainly not written; send again under a new epoch (wants_restart) */
};

/* What an error answer to a batch of this identity and base sequence means; sets wants_restart. */
enum sequence_verdict sequence_judge(struct sequence *sequence, enum kc_err err,
                                     struct sequence_identity identity, int32_t base);

#endif
