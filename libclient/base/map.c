/* base: a hash map with linear probing; removal shifts followers back, so that probes stay short
 * however often entries come and go. */
#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

enum { MAP_CAPACITY_MIN = 16 };

void map_init(struct map *map, uint64_t seed)
{
    *map = (struct map){ .seed = seed };
}

void map_finish(struct map *map)
{
    if (!map) {
        return;
    }
    free(map->slots);
    map_init(map, map->seed);
}

/* The slot of the key, or the empty slot where it belongs. The map has slots, one of them empty. */
static struct map_slot *find(const struct map *map, struct slice key, uint64_t hash)
{
    size_t mask = map->capacity - 1;
    size_t i = (size_t)hash & mask;

    while (map->slots[i].value &&
           (map->slots[i].hash != hash || !slice_equal(map->slots[i].key, key))) {
        i = (i + 1) & mask;
    }
    return &map->slots[i];
}

void *map_get(const struct map *map, struct slice key)
{
    if (map->count == 0) {
        return NULL;
    }
    return find(map, key, slice_hash(key, map->seed))->value;
}

/* Keeps a quarter of the slots empty. */
static bool grow(struct map *map)
{
    size_t capacity = map->capacity ? map->capacity * 2 : MAP_CAPACITY_MIN;

    if (map->count + 1 <= map->capacity - map->capacity / 4) {
        return true;
    }
    if (capacity < map->capacity) {
        return false;
    }
    struct map_slot *slots = calloc(capacity, sizeof(*slots));
    if (!slots) {
        return false;
    }
    struct map_slot *old = map->slots;
    size_t old_capacity = map->capacity;
    map->slots = slots;
    map->capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].value) {
            size_t j = (size_t)old[i].hash & (capacity - 1);
            while (slots[j].value) {
                j = (j + 1) & (capacity - 1);
            }
            slots[j] = old[i];
        }
    }
    free(old);
    return true;
}

bool map_put(struct map *map, struct slice key, void *value, void **ret_old)
{
    uint64_t hash = slice_hash(key, map->seed);
    void *old = NULL;

    assert(value);
    struct map_slot *slot = map->capacity ? find(map, key, hash) : NULL;
    if (slot && slot->value) {
        old = slot->value;
    } else {
        if (!grow(map)) {
            return false;
        }
        slot = find(map, key, hash);
        map->count++;
    }
    /* The key too: the old one may live inside the old value. */
    *slot = (struct map_slot){ .hash = hash, .key = key, .value = value };
    if (ret_old) {
        *ret_old = old;
    }
    return true;
}

void *map_remove(struct map *map, struct slice key)
{
    if (map->count == 0) {
        return NULL;
    }
    struct map_slot *slot = find(map, key, slice_hash(key, map->seed));
    void *value = slot->value;
    if (!value) {
        return NULL;
    }
    size_t mask = map->capacity - 1;
    size_t hole = (size_t)(slot - map->slots);
    for (size_t i = (hole + 1) & mask; map->slots[i].value; i = (i + 1) & mask) {
        size_t home = (size_t)map->slots[i].hash & mask;
        /* An entry may move back as long as it does not pass its home. */
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole] = (struct map_slot){ 0 };
    map->count--;
    return value;
}

void *map_next(const struct map *map, size_t *position)
{
    while (*position < map->capacity) {
        void *value = map->slots[(*position)++].value;
        if (value) {
            return value;
        }
    }
    return NULL;
}
