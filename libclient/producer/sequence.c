/* producer: sequence numbers of one partition and what an answer means for them. */
#include "producer/sequence.h"

#include <assert.h>

void sequence_init(struct sequence *sequence)
{
    *sequence = (struct sequence){ .identity = { -1, -1 }, .acked = -1 };
}

int32_t sequence_add(int32_t base, int32_t count)
{
    return (int32_t)(((int64_t)base + count) & INT32_MAX);
}

void sequence_restart(struct sequence *sequence, struct sequence_identity identity)
{
    sequence_init(sequence);
    sequence->identity = identity;
}

int32_t sequence_take(struct sequence *sequence, int32_t count)
{
    assert(sequence->identity.id >= 0 && count > 0);
    int32_t base = sequence->next;
    sequence->next = sequence_add(base, count);
    return base;
}

void sequence_acked(struct sequence *sequence, struct sequence_identity identity, int32_t base,
                    int32_t count)
{
    if (!sequence_is_of(sequence, identity)) {
        return;
    }
    int32_t last = sequence_add(base, count - 1);
    /* Answers of one connection come in order; after a change of leader an old one may be late. The
     * distance on the circle tells which is newer. */
    int32_t ahead = (int32_t)(((int64_t)last - sequence->acked) & INT32_MAX);
    if (sequence->acked < 0 || ahead < INT32_MAX / 2) {
        sequence->acked = last;
    }
}

static bool is_next(const struct sequence *sequence, int32_t base)
{
    return base == (sequence->acked < 0 ? 0 : sequence_add(sequence->acked, 1));
}

void sequence_settle(struct sequence *sequence)
{
    if (sequence->is_unresolved) {
        sequence->is_unresolved = false;
        sequence->wants_restart |= !is_next(sequence, sequence->next);
    }
}

enum sequence_verdict sequence_judge(struct sequence *sequence, enum kc_err err,
                                     struct sequence_identity identity, int32_t base)
{
    switch (err) {
    case KC_ERR_DUPLICATE_SEQUENCE_NUMBER:
        return SEQUENCE_WRITTEN;
    case KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
        /* Of a batch under an older epoch, or behind one that failed: not its own fault. */
        if (!sequence_is_of(sequence, identity) ||
            (!sequence->is_unresolved && !is_next(sequence, base))) {
            return SEQUENCE_RETRY;
        }
        break;
    case KC_ERR_UNKNOWN_PRODUCER_ID:
    case KC_ERR_INVALID_PRODUCER_EPOCH:
        break;
    default:
        return SEQUENCE_OTHER;
    }
    if (sequence_is_of(sequence, identity)) {
        sequence->wants_restart = true;
    }
    return SEQUENCE_RESTART;
}
