/* log: the last offset of each key, for compaction. */
#include "log/offset_map.h"

#include "base/attr.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 16 };

/* Open addressing stays quick up to nine slots in ten, Kafka's load factor too. */
static size_t load_of(size_t capacity)
{
    return capacity / 10 * 9 + capacity % 10;
}

bool offset_map_init(struct offset_map *map, uint64_t key_count, size_t size_max, uint64_t seed)
{
    size_t capacity = CAPACITY_MIN;
    while (load_of(capacity) < key_count && capacity <= size_max / sizeof(*map->slots) / 2) {
        capacity *= 2;
    }
    *map = (struct offset_map){ .capacity = capacity,
                                .count_max = load_of(capacity) - 1,
                                .seeds = { seed, ~seed } };
    map->slots = calloc(capacity, sizeof(*map->slots));
    return map->slots != NULL;
}

void offset_map_finish(struct offset_map *map)
{
    free(map->slots);
    *map = (struct offset_map){ 0 };
}

/* The key's slot, or the empty one where it would go. */
static struct offset_slot *slot_of(const struct offset_map *map, struct slice key,
                                   uint64_t ret_hash[2])
{
    ret_hash[0] = slice_hash(key, map->seeds[0]);
    ret_hash[1] = slice_hash(key, map->seeds[1]);
    for (size_t i = ret_hash[0] & (map->capacity - 1);; i = (i + 1) & (map->capacity - 1)) {
        struct offset_slot *slot = &map->slots[i];
        if (slot->next == 0 || (slot->hash[0] == ret_hash[0] && slot->hash[1] == ret_hash[1])) {
            return slot;
        }
    }
}

bool offset_map_put(struct offset_map *map, struct slice key, int64_t offset)
{
    uint64_t hash[2];
    struct offset_slot *slot = slot_of(map, key, hash);
    if (slot->next == 0) {
        if (map->count >= map->count_max) {
            return false;
        }
        map->count++;
        slot->hash[0] = hash[0];
        slot->hash[1] = hash[1];
    }
    slot->next = MAX_OF(slot->next, offset + 1);
    return true;
}

int64_t offset_map_get(const struct offset_map *map, struct slice key)
{
    uint64_t hash[2];
    return slot_of(map, key, hash)->next - 1;
}
