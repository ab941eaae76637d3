/* producer: which partition a record goes to. */
#include "producer/partitioner.h"

#include <assert.h>

static uint32_t load_little(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int32_t partitioner_murmur2(struct slice bytes)
{
    const uint32_t multiplier = 0x5bd1e995;
    const uint8_t *data = bytes.data;
    size_t left = bytes.size;
    uint32_t hash = 0x9747b28c ^ (uint32_t)bytes.size;
    for (; left >= 4; left -= 4, data += 4) {
        uint32_t word = load_little(data) * multiplier;
        word = (word ^ word >> 24) * multiplier;
        hash = hash * multiplier ^ word;
    }
    if (left > 0) {
        for (size_t i = 0; i < left; i++) {
            hash ^= (uint32_t)data[i] << (8 * i);
        }
        hash *= multiplier;
    }
    hash = (hash ^ hash >> 13) * multiplier;
    return (int32_t)(hash ^ hash >> 15);
}

int32_t partitioner_of_key(struct slice key, int32_t partition_count)
{
    assert(partition_count > 0);
    return (partitioner_murmur2(key) & INT32_MAX) % partition_count;
}

void partitioner_init(struct partitioner *partitioner, uint64_t seed)
{
    atomic_init(&partitioner->current, -1);
    atomic_init(&partitioner->turn, 0);
    atomic_init(&partitioner->produced_size, 0);
    atomic_init(&partitioner->chance, seed);
}

/* Uniform among all partitions (splitmix64's step); availability and load (the adaptive part of
 * KIP-794) would weigh here. */
static int32_t pick(struct partitioner *partitioner, int32_t partition_count)
{
    uint64_t value =
        atomic_fetch_add_explicit(&partitioner->chance, 0x9e3779b97f4a7c15, memory_order_relaxed);
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    value ^= value >> 31;
    return (int32_t)((value >> 32) * (uint64_t)partition_count >> 32);
}

int32_t partitioner_sticky(struct partitioner *partitioner, int32_t partition_count)
{
    int current = atomic_load_explicit(&partitioner->current, memory_order_relaxed);
    if (current >= 0 && current < partition_count) {
        return current;
    }
    int chosen = pick(partitioner, partition_count);
    return atomic_compare_exchange_strong(&partitioner->current, &current, chosen) ? chosen
                                                                                   : current;
}

void partitioner_produced(struct partitioner *partitioner, int32_t partition_count, size_t size,
                          size_t sticky_size, bool batch_ended)
{
    int64_t produced = atomic_load_explicit(&partitioner->produced_size, memory_order_relaxed);
    produced += (int64_t)size;
    if (produced < (int64_t)sticky_size || (!batch_ended && produced < 2 * (int64_t)sticky_size)) {
        atomic_store_explicit(&partitioner->produced_size, produced, memory_order_relaxed);
        return;
    }
    atomic_store_explicit(&partitioner->produced_size, 0, memory_order_relaxed);
    atomic_store_explicit(&partitioner->current, pick(partitioner, partition_count),
                          memory_order_relaxed);
}

int32_t partitioner_round_robin(struct partitioner *partitioner, int32_t partition_count)
{
    unsigned turn = atomic_fetch_add_explicit(&partitioner->turn, 1, memory_order_relaxed);
    return (int32_t)((turn & INT32_MAX) % (unsigned)partition_count);
}
