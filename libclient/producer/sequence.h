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
    int64_t acked_offset;              /* its offset; -1: unknown. Outlives restarts */
    bool is_unresolved;      /* a batch was given up that may have been written: the next number is
                                in doubt until all earlier answers are here */
    int32_t unresolved_next; /* the number that follows that batch */
    bool wants_restart;      /* the broker's numbers and ours do not fit: new epoch, start at 0 */
};

void sequence_init(struct sequence *sequence);

/* base + count as Kafka counts: after INT32_MAX comes 0. */
int32_t sequence_add(int32_t base, int32_t count);

/* Starts anew at 0 under an identity; what is known of offsets stays. */
void sequence_restart(struct sequence *sequence, struct sequence_identity identity);

static inline bool sequence_is_of(const struct sequence *sequence,
                                  struct sequence_identity identity)
{
    return sequence->identity.id == identity.id && sequence->identity.epoch == identity.epoch;
}

/* Takes numbers for a batch of count records: its base sequence. */
int32_t sequence_take(struct sequence *sequence, int32_t count);

/* Acknowledged: base and count of a batch under this identity, and the offset of its first record
 * (-1: unknown). */
void sequence_acked(struct sequence *sequence, struct sequence_identity identity, int32_t base,
                    int32_t count, int64_t base_offset);

/* A batch was given up that may have been written. */
void sequence_doubt(struct sequence *sequence, int32_t base, int32_t count);

/* No batch with a number is open any more: settles a doubt. */
void sequence_settle(struct sequence *sequence);

enum sequence_verdict {
    SEQUENCE_OTHER,   /* the error is not about sequences */
    SEQUENCE_WRITTEN, /* the broker has the batch already */
    SEQUENCE_RETRY,   /* an earlier batch failed: this one follows it again with its number */
    SEQUENCE_RESTART, /* certainly not written; send again with new numbers (wants_restart) */
    SEQUENCE_GAP      /* records before it are lost, or others came between: it must fail */
};

/* An error answer to a batch. */
struct sequence_answer {
    enum kc_err err;
    struct sequence_identity identity; /* the batch's */
    int32_t base;
    bool maybe_written;       /* an earlier try got no answer */
    int64_t log_start_offset; /* that the broker told; -1: it did not */
    bool is_transactional;    /* numbers start anew within the epoch, which only the coordinator
                                 raises; a gap cannot be healed */
};

/* What it means; sets wants_restart. */
enum sequence_verdict sequence_judge(struct sequence *sequence,
                                     const struct sequence_answer *answer);

#endif
