/* base: hash map from bytes to a pointer. Keys are borrowed: they must live (usually inside the
 * value) as long as the entry. Open addressing, seeded hash, iteration in slot order (callers that
 * need an order sort). One thread at a time. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/slice.h"

struct map_slot {
    uint64_t hash;
    struct slice key;
    void *value; /* NULL: empty slot */
};

struct map {
    struct map_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    uint64_t seed;
};

void map_init(struct map *map, uint64_t seed);

/* Frees the slots, never the values. Accepts a zeroed map. */
void map_finish(struct map *map);

/* The value under the key, or NULL. */
void *map_get(const struct map *map, struct slice key);

/* Stores value (not NULL) under key, replacing; false when memory is out, the map then is
 * unchanged. ret_old, when not NULL, receives the replaced value or NULL. */
bool map_put(struct map *map, struct slice key, void *value, void **ret_old);

/* Removes and returns the value, or NULL. */
void *map_remove(struct map *map, struct slice key);

/* Iteration: start with *position = 0; NULL at the end. The map must not change meanwhile, but that
 * the entry given last may be removed: another can have taken its slot, so go on at *position - 1
 * then (an entry that was given before may come once more). */
void *map_next(const struct map *map, size_t *position);

/* Keys of whole numbers: a slice over a caller's int64_t that lives as long as the entry. */
static inline struct slice map_key_of(const int64_t *number)
{
    return (struct slice){ (const uint8_t *)number, sizeof(*number) };
}

#endif
