/* admin: items by name. */
#include "admin/roll.h"

#include <string.h>

void roll_init(struct roll *roll)
{
    map_init(&roll->map, 0);
    arena_init(&roll->arena, 0);
    roll->failed = false;
}

void roll_finish(struct roll *roll)
{
    map_finish(&roll->map);
    arena_finish(&roll->arena);
}

bool roll_add(struct roll *roll, struct slice key, size_t item)
{
    struct roll_entry *entry = arena_alloc(&roll->arena, sizeof(*entry));
    if (!entry) {
        return false;
    }
    entry->key = key;
    entry->item = item;
    entry->next = map_get(&roll->map, key);
    return map_put(&roll->map, key, entry, NULL);
}

const struct roll_entry *roll_find(const struct roll *roll, struct slice key)
{
    return map_get(&roll->map, key);
}

static struct slice partition_key(struct roll *roll, struct slice topic, int32_t partition)
{
    uint8_t *bytes = arena_alloc(&roll->arena, topic.size + sizeof(partition));
    if (!bytes) {
        roll->failed = true;
        return SLICE_NULL;
    }
    memcpy(bytes, &partition, sizeof(partition));
    if (topic.size > 0) {
        memcpy(bytes + sizeof(partition), topic.data, topic.size);
    }
    return slice_of(bytes, topic.size + sizeof(partition));
}

bool roll_add_partition(struct roll *roll, struct slice topic, int32_t partition, size_t item)
{
    struct slice key = partition_key(roll, topic, partition);
    return !slice_is_null(key) && roll_add(roll, key, item);
}

const struct roll_entry *roll_find_partition(struct roll *roll, struct slice topic,
                                             int32_t partition)
{
    struct slice key = partition_key(roll, topic, partition);
    return slice_is_null(key) ? NULL : roll_find(roll, key);
}
