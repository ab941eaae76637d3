/* producer: sequence numbers of one partition and what an answer means for them. */
#include "producer/sequence.h"

#include "base/attr.h"

#include <assert.h>

void sequence_init(struct sequence *sequence)
{
    *sequence = (struct sequence){ .identity = { -1, -1 }, .acked = -1, .acked_offset = -1 };
}

int32_t sequence_add(int32_t base, int32_t count)
{
    return (int32_t)(((int64_t)base + count) & INT32_MAX);
}

void sequence_restart(struct sequence *sequence, struct sequence_identity identity)
{
    int64_t acked_offset = sequence->acked_offset;
    sequence_init(sequence);
    sequence->identity = identity;
    sequence->acked_offset = acked_offset;
}

int32_t sequence_take(struct sequence *sequence, int32_t count)
{
    assert(sequence->identity.id >= 0 && count > 0);
    int32_t base = sequence->next;
    sequence->next = sequence_add(base, count);
    return base;
}

void sequence_acked(struct sequence *sequence, struct sequence_identity identity, int32_t base,
                    int32_t count, int64_t base_offset)
{
    if (base_offset >= 0) {
        sequence->acked_offset = MAX_OF(sequence->acked_offset, base_offset + count - 1);
    }
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

void sequence_doubt(struct sequence *sequence, int32_t base, int32_t count)
{
    int32_t next = sequence_add(base, count);
    int32_t ahead = (int32_t)(((int64_t)next - sequence->unresolved_next) & INT32_MAX);
    if (!sequence->is_unresolved || ahead < INT32_MAX / 2) {
        sequence->unresolved_next = next;
    }
    sequence->is_unresolved = true;
}

void sequence_settle(struct sequence *sequence)
{
    if (sequence->is_unresolved) {
        sequence->is_unresolved = false;
        sequence->wants_restart |= !is_next(sequence, sequence->next);
    }
}

static enum sequence_verdict restart(struct sequence *sequence)
{
    sequence->wants_restart = true;
    return SEQUENCE_RESTART;
}

static enum sequence_verdict judge_out_of_order(struct sequence *sequence,
                                                const struct sequence_answer *answer)
{
    if (!sequence->is_unresolved && !is_next(sequence, answer->base)) {
        return SEQUENCE_RETRY; /* behind one that failed: not its own fault */
    }
    if (answer->is_transactional) {
        return SEQUENCE_GAP;
    }
    if (sequence->is_unresolved && answer->base != sequence->unresolved_next) {
        return SEQUENCE_RETRY;
    }
    return restart(sequence);
}

/* The broker has forgotten this producer: rightly, when the log's start went past all that it wrote
 * (retention); else records are lost. */
static enum sequence_verdict judge_forgotten(struct sequence *sequence,
                                             const struct sequence_answer *answer)
{
    if (answer->log_start_offset < 0) {
        return SEQUENCE_RETRY; /* until it tells where the log starts */
    }
    bool is_aged = sequence->acked_offset < answer->log_start_offset;
    return is_aged || !answer->is_transactional ? restart(sequence) : SEQUENCE_GAP;
}

enum sequence_verdict sequence_judge(struct sequence *sequence,
                                     const struct sequence_answer *answer)
{
    bool is_current = sequence_is_of(sequence, answer->identity);
    switch (answer->err) {
    case KC_ERR_DUPLICATE_SEQUENCE_NUMBER:
        return SEQUENCE_WRITTEN;
    case KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
        return is_current ? judge_out_of_order(sequence, answer) : SEQUENCE_RETRY;
    case KC_ERR_UNKNOWN_PRODUCER_ID:
        return is_current ? judge_forgotten(sequence, answer) : SEQUENCE_RETRY;
    case KC_ERR_INVALID_PRODUCER_EPOCH:
        /* The coordinator's word in a transaction. Else nobody but us raises the epoch; a try that
         * got no answer may stand in the log under the old one. */
        if (answer->is_transactional || answer->maybe_written) {
            return SEQUENCE_GAP;
        }
        return is_current ? restart(sequence) : SEQUENCE_RETRY;
    default:
        return SEQUENCE_OTHER;
    }
}
