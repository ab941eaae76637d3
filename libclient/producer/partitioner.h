/* producer: which partition a record goes to: the Java client's choice (murmur2 of the key, and
 * without a key the sticky uniform choice of KIP-794 that weighs the partitions' queues), round
 * robin, and librdkafka's choices. Pure. */
#ifndef PRODUCER_PARTITIONER_H
#define PRODUCER_PARTITIONER_H

#include "base/slice.h"

#include <stdatomic.h>

enum partitioner_kind {
    PARTITIONER_MURMUR2_RANDOM, /* Java's default: murmur2 of the key; sticky without one */
    PARTITIONER_ROUND_ROBIN,
    PARTITIONER_RANDOM,            /* each record anew, keys do not count */
    PARTITIONER_CONSISTENT,        /* CRC32 of the key; no key counts as an empty one */
    PARTITIONER_CONSISTENT_RANDOM, /* CRC32 of the key; sticky without one, or with an empty one */
    PARTITIONER_MURMUR2,           /* no key counts as an empty one */
    PARTITIONER_FNV1A,             /* no key counts as an empty one */
    PARTITIONER_FNV1A_RANDOM,      /* sticky without a key */
};

/* A Java class (with or without its package; the empty name is the default) or a name of
 * librdkafka. *ret_ignores_keys is set for UniformStickyPartitioner, else left. False: unknown. */
bool partitioner_parse(struct slice name, enum partitioner_kind *ret_kind, bool *ret_ignores_keys);

/* The key's partition; -1 when the choice does not hang on the key. count is above 0. */
int32_t partitioner_of_key(enum partitioner_kind kind, struct slice key, int32_t count);

/* What is known of a topic's partitions while one is chosen. */
enum { PARTITIONER_LEADERLESS = -2, PARTITIONER_SLOW = -1 };
struct partitioner_view {
    int32_t count; /* above 0 */
    bool is_adaptive;
    bool is_all_led; /* no partition is leaderless: nothing has to be looked for */
    /* Batches that wait in the partition; SLOW: its broker takes nothing for too long (adaptive
     * only). It may change from one call to the next. */
    int32_t (*load)(const void *context, int32_t partition);
    const void *context;
};

/* The state of one topic. `current` may be read by any thread; the sizes are counted under the lock
 * of the current partition's buffer. */
struct partitioner {
    atomic_int current; /* of the sticky choice; -1: none yet */
    atomic_uint turn;   /* round robin */
    atomic_llong produced_size;
    atomic_ullong chance; /* state of the generator that picks the next one */
};

void partitioner_init(struct partitioner *partitioner, uint64_t seed);

/* The sticky choice, -1 when it must be made first (partitioner_move). The caller locks the
 * partition's buffer and asks partitioner_is_current: when another thread moved on meanwhile it
 * chooses again. */
static inline int32_t partitioner_current(const struct partitioner *partitioner, int32_t count)
{
    int current = atomic_load_explicit(&partitioner->current, memory_order_relaxed);
    return current < count ? current : -1;
}

static inline bool partitioner_is_current(const struct partitioner *partitioner, int32_t partition)
{
    return atomic_load_explicit(&partitioner->current, memory_order_relaxed) == partition;
}

/* Under the current partition's lock: size bytes went to it. True: it is time to move on, which is
 * after sticky_size bytes when no batch is left unfilled (may_switch), and after twice as many in
 * any case. */
static inline bool partitioner_count(struct partitioner *partitioner, size_t size,
                                     size_t sticky_size, bool may_switch)
{
    int64_t produced = atomic_load_explicit(&partitioner->produced_size, memory_order_relaxed);
    produced += (int64_t)size;
    atomic_store_explicit(&partitioner->produced_size, produced, memory_order_relaxed);
    return produced >= (int64_t)sticky_size && (may_switch || produced / 2 >= (int64_t)sticky_size);
}

/* Makes the next sticky choice, if `from` (-1: none) is still the current one. Uniform among the
 * partitions that have a leader; when adaptive and their queues differ, or some broker is slow, a
 * partition is taken with a chance in proportion to the longest queue + 1 - its own. */
void partitioner_move(struct partitioner *partitioner, int32_t from,
                      const struct partitioner_view *view);

/* Each record to the next partition that has a leader, as Java's RoundRobinPartitioner. */
int32_t partitioner_round_robin(struct partitioner *partitioner,
                                const struct partitioner_view *view);

/* Any partition; one without leader gets a second draw, as in librdkafka. */
int32_t partitioner_random(struct partitioner *partitioner, const struct partitioner_view *view);

#endif
