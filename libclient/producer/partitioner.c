/* producer: which partition a record goes to. */
#include "producer/partitioner.h"

#include "base/attr.h"
#include "base/crc32c.h"
#include "producer/key_hash.h"

#include <assert.h>

bool partitioner_parse(struct slice name, enum partitioner_kind *ret_kind, bool *ret_ignores_keys)
{
    static const struct {
        const char *name;
        enum partitioner_kind kind;
        bool ignores_keys;
    } names[] = { { "", PARTITIONER_MURMUR2_RANDOM, false },
                  { "DefaultPartitioner", PARTITIONER_MURMUR2_RANDOM, false },
                  { "UniformStickyPartitioner", PARTITIONER_MURMUR2_RANDOM, true },
                  { "RoundRobinPartitioner", PARTITIONER_ROUND_ROBIN, false },
                  { "default", PARTITIONER_MURMUR2_RANDOM, false },
                  { "round_robin", PARTITIONER_ROUND_ROBIN, false },
                  { "random", PARTITIONER_RANDOM, false },
                  { "consistent", PARTITIONER_CONSISTENT, false },
                  { "consistent_random", PARTITIONER_CONSISTENT_RANDOM, false },
                  { "murmur2", PARTITIONER_MURMUR2, false },
                  { "murmur2_random", PARTITIONER_MURMUR2_RANDOM, false },
                  { "fnv1a", PARTITIONER_FNV1A, false },
                  { "fnv1a_random", PARTITIONER_FNV1A_RANDOM, false } };
    static const char *const packages[] = { "org.apache.kafka.clients.producer.internals.",
                                            "org.apache.kafka.clients.producer." };
    for (size_t i = 0; i < ARRAY_COUNT(packages); i++) {
        struct slice package = slice_text(packages[i]);
        if (name.size > package.size && memcmp(name.data, package.data, package.size) == 0) {
            name = slice_of(name.data + package.size, name.size - package.size);
        }
    }
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (slice_is(name, names[i].name)) {
            *ret_kind = names[i].kind;
            *ret_ignores_keys |= names[i].ignores_keys;
            return true;
        }
    }
    return false;
}

/* librdkafka's two kinds differ in what an empty key is. */
static bool lacks_key(enum partitioner_kind kind, struct slice key)
{
    switch (kind) {
    case PARTITIONER_ROUND_ROBIN:
    case PARTITIONER_RANDOM:
        return true;
    case PARTITIONER_MURMUR2_RANDOM:
    case PARTITIONER_FNV1A_RANDOM:
        return slice_is_null(key);
    case PARTITIONER_CONSISTENT_RANDOM:
        return key.size == 0;
    case PARTITIONER_CONSISTENT:
    case PARTITIONER_MURMUR2:
    case PARTITIONER_FNV1A:
        break;
    }
    return false;
}

int32_t partitioner_of_key(enum partitioner_kind kind, struct slice key, int32_t count)
{
    assert(count > 0);
    if (lacks_key(kind, key)) {
        return -1;
    }
    if (kind == PARTITIONER_CONSISTENT || kind == PARTITIONER_CONSISTENT_RANDOM) {
        return (int32_t)(crc32_zlib(0, key.data, key.size) % (uint32_t)count);
    }
    if (kind == PARTITIONER_FNV1A || kind == PARTITIONER_FNV1A_RANDOM) {
        return (int32_t)(key_hash_fnv1a(key) % (uint32_t)count);
    }
    return (key_hash_murmur2(key) & INT32_MAX) % count;
}

void partitioner_init(struct partitioner *partitioner, uint64_t seed)
{
    atomic_init(&partitioner->current, -1);
    atomic_init(&partitioner->turn, 0);
    atomic_init(&partitioner->produced_size, 0);
    atomic_init(&partitioner->chance, seed);
}

/* Uniform in [0, bound), bound below 2^32: a step of splitmix64. */
static int64_t draw(struct partitioner *partitioner, int64_t bound)
{
    uint64_t value =
        atomic_fetch_add_explicit(&partitioner->chance, 0x9e3779b97f4a7c15, memory_order_relaxed);
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    value ^= value >> 31;
    return (int64_t)((value >> 32) * (uint64_t)bound >> 32);
}

static int32_t load_of(const struct partitioner_view *view, int32_t partition)
{
    return view->load(view->context, partition);
}

/* The index-th (modulo their number) partition that has a leader; of all when none has. */
static int32_t led_partition(const struct partitioner_view *view, int64_t index, int32_t led_count)
{
    index = led_count > 0 ? index % led_count : index % view->count;
    if (led_count == 0 || led_count == view->count) {
        return (int32_t)index;
    }
    for (int32_t i = 0; i < view->count; i++) {
        if (load_of(view, i) != PARTITIONER_LEADERLESS && index-- == 0) {
            return i;
        }
    }
    /* Leaders came or went meanwhile. */
    return 0;
}

static int32_t count_led(const struct partitioner_view *view)
{
    int32_t count = view->is_all_led ? view->count : 0;
    for (int32_t i = 0; !view->is_all_led && i < view->count; i++) {
        count += load_of(view, i) != PARTITIONER_LEADERLESS;
    }
    return count;
}

static int32_t pick_uniform(struct partitioner *partitioner, const struct partitioner_view *view)
{
    int32_t led_count = count_led(view);
    return led_partition(view, draw(partitioner, led_count > 0 ? led_count : view->count),
                         led_count);
}

/* Queues that grew since the maximum was taken count as that long. */
static int64_t weight_of(int32_t load, int32_t load_max)
{
    return load < 0 ? 0 : (int64_t)load_max + 1 - MIN_OF(load, load_max);
}

static int32_t pick_weighted(struct partitioner *partitioner, const struct partitioner_view *view)
{
    int32_t load_max = -1;
    int32_t load_min = INT32_MAX;
    int32_t fit_count = 0;
    int64_t total = 0;
    for (int32_t i = 0; i < view->count; i++) {
        int32_t load = load_of(view, i);
        if (load >= 0) {
            fit_count++;
            total += load;
            load_max = MAX_OF(load_max, load);
            load_min = MIN_OF(load_min, load);
        }
    }
    if (fit_count == 0 || view->count < 2 || (load_max == load_min && fit_count == view->count)) {
        return pick_uniform(partitioner, view);
    }
    total = ((int64_t)load_max + 1) * fit_count - total;
    int64_t left = draw(partitioner, MIN_OF(total, UINT32_MAX));
    int32_t last_fit = 0;
    for (int32_t i = 0; i < view->count; i++) {
        int64_t weight = weight_of(load_of(view, i), load_max);
        if (left < weight) {
            return i;
        }
        last_fit = weight > 0 ? i : last_fit;
        left -= weight;
    }
    /* Queues grew meanwhile. */
    return last_fit;
}

void partitioner_move(struct partitioner *partitioner, int32_t from,
                      const struct partitioner_view *view)
{
    int expected = atomic_load_explicit(&partitioner->current, memory_order_relaxed);
    if (expected != from && expected >= 0 && expected < view->count) {
        return;
    }
    int32_t chosen =
        view->is_adaptive ? pick_weighted(partitioner, view) : pick_uniform(partitioner, view);
    atomic_store_explicit(&partitioner->produced_size, 0, memory_order_relaxed);
    (void)atomic_compare_exchange_strong(&partitioner->current, &expected, chosen);
}

int32_t partitioner_round_robin(struct partitioner *partitioner,
                                const struct partitioner_view *view)
{
    unsigned turn = atomic_fetch_add_explicit(&partitioner->turn, 1, memory_order_relaxed);
    return led_partition(view, turn & INT32_MAX, count_led(view));
}

int32_t partitioner_random(struct partitioner *partitioner, const struct partitioner_view *view)
{
    int32_t chosen = (int32_t)draw(partitioner, view->count);
    if (!view->is_all_led && load_of(view, chosen) == PARTITIONER_LEADERLESS) {
        chosen = (int32_t)draw(partitioner, view->count);
    }
    return chosen;
}
