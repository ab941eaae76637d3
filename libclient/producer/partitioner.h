/* producer: which partition a record goes to: murmur2 of the key as the Java client computes it,
 * and without a key the sticky uniform choice of KIP-794. Pure. */
#ifndef PRODUCER_PARTITIONER_H
#define PRODUCER_PARTITIONER_H

#include "base/random.h"
#include "base/slice.h"

#include <stdatomic.h>

/* Kafka's 32-bit murmur2 (org.apache.kafka.common.utils.Utils.murmur2). */
int32_t partitioner_murmur2(struct slice bytes);

/* toPositive(murmur2(key)) % partition_count; partition_count is above 0. */
int32_t partitioner_of_key(struct slice key, int32_t partition_count);

/* The choice for records without key, one for each topic. A partition is kept until about
 * sticky_size bytes went to it, so that batches fill. `current` may be read by any thread; the rest
 * is changed under the lock of the current partition's buffer. */
struct partitioner {
    atomic_int current; /* -1: none yet */
    atomic_uint turn;   /* round robin */
    atomic_llong produced_size;
    atomic_ullong chance; /* state of the generator that picks the next one */
};

void partitioner_init(struct partitioner *partitioner, uint64_t seed);

/* The partition to try now. The caller locks its buffer and asks partitioner_is_current: when
 * another thread moved on meanwhile it chooses again. */
int32_t partitioner_sticky(struct partitioner *partitioner, int32_t partition_count);

static inline bool partitioner_is_current(struct partitioner *partitioner, int32_t partition)
{
    return atomic_load_explicit(&partitioner->current, memory_order_relaxed) == partition;
}

/* Under the current partition's lock: size bytes went to it. Moves on after sticky_size bytes when
 * `batch_ended`, so that no small batch is left behind, and after twice as many in any case. */
void partitioner_produced(struct partitioner *partitioner, int32_t partition_count, size_t size,
                          size_t sticky_size, bool batch_ended);

/* Each record to the next partition, as Java's RoundRobinPartitioner. */
int32_t partitioner_round_robin(struct partitioner *partitioner, int32_t partition_count);

#endif
