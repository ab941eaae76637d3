/* log: the last offset of each key, for compaction, in memory of a fixed size. It keeps 128 bits of
 * a seeded hash and not the key: two keys that agree in them would count as one, which nobody
 * brings about by choice or by chance. Pure; one thread at a time. */
#ifndef LOG_OFFSET_MAP_H
#define LOG_OFFSET_MAP_H

#include "base/slice.h"

struct offset_slot {
    uint64_t hash[2];
    int64_t next; /* the key's last offset + 1; 0: empty slot */
};

struct offset_map {
    struct offset_slot *slots;
    size_t capacity; /* a power of two */
    size_t count;
    size_t count_max; /* it is full then */
    uint64_t seeds[2];
};

enum { OFFSET_MAP_SLOT_SIZE = 24 };

/* Room for key_count keys, or for as many as size_max bytes hold (at least a few). False when
 * memory is out. */
bool offset_map_init(struct offset_map *map, uint64_t key_count, size_t size_max, uint64_t seed);
/* Zeroed is fine. */
void offset_map_finish(struct offset_map *map);

/* The key was seen at this offset, which is above all before it. False, and nothing changed: the
 * map is full and does not know the key. */
bool offset_map_put(struct offset_map *map, struct slice key, int64_t offset);

/* The last offset of the key, -1: it was not seen. */
int64_t offset_map_get(const struct offset_map *map, struct slice key);

#endif
