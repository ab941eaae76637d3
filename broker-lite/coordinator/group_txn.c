/* coordinator: offsets that transactions under way commit, found by partition: a transaction may
 * name as many as the cluster has. */
#include "coordinator/group_parts.h"

#include <stdlib.h>

/* All that wait for one partition. */
struct group_txn_place {
    struct map *map; /* the group's, that it is in */
    struct list items;
    size_t count;
    size_t key_size;
    uint8_t key[];
};

static struct group_txn_place *place_find(const struct group *group, struct slice topic,
                                          int32_t partition)
{
    uint8_t buffer[GROUP_OFFSET_KEY_MAX];
    return map_get(&group->txn_places, group_offset_key(topic, partition, buffer));
}

static struct group_txn_place *place_make(struct group *group, struct slice topic,
                                          int32_t partition)
{
    uint8_t buffer[GROUP_OFFSET_KEY_MAX];
    struct slice key = group_offset_key(topic, partition, buffer);
    struct group_txn_place *place = malloc(sizeof(*place) + key.size);
    if (!place) {
        return NULL;
    }
    *place = (struct group_txn_place){ .map = &group->txn_places, .key_size = key.size };
    memcpy(place->key, key.data, key.size);
    list_init(&place->items);
    if (!map_put(&group->txn_places, slice_of(place->key, key.size), place, NULL)) {
        free(place);
        return NULL;
    }
    return place;
}

static void place_drop(struct group_txn_place *place)
{
    (void)map_remove(place->map, slice_of(place->key, place->key_size));
    free(place);
}

void group_txn_offset_destroy(struct group_txn_offset *item)
{
    struct group_txn_place *place = item->place;
    list_remove(&item->link);
    list_remove(&item->twin);
    if (place && --place->count == 0) {
        place_drop(place);
    }
    free(item->offset.topic);
    free(item->offset.metadata);
    free(item);
}

static struct group_txn_offset *make(int64_t producer_id, const struct groups_offset *from,
                                     int64_t commit_ms, int64_t record_offset)
{
    struct group_txn_offset *item = calloc(1, sizeof(*item));
    if (!item) {
        return NULL;
    }
    list_init(&item->link);
    list_init(&item->twin);
    item->producer_id = producer_id;
    item->offset = (struct group_offset){
        .topic = slice_dup_text(from->topic),
        .partition = from->partition,
        .offset = from->offset,
        .leader_epoch = from->leader_epoch,
        .metadata = slice_dup_text(slice_is_null(from->metadata) ? SLICE_EMPTY : from->metadata),
        .commit_ms = commit_ms,
        .expire_ms = from->expire_ms,
        .record_offset = record_offset,
    };
    if (!item->offset.topic || !item->offset.metadata) {
        group_txn_offset_destroy(item);
        return NULL;
    }
    return item;
}

bool group_txn_put(struct group *group, int64_t producer_id, const struct groups_offset *from,
                   int64_t commit_ms, int64_t record_offset)
{
    struct group_txn_offset *item = make(producer_id, from, commit_ms, record_offset);
    if (!item) {
        return false;
    }
    item->place = place_find(group, from->topic, from->partition);
    item->place = item->place ? item->place : place_make(group, from->topic, from->partition);
    if (!item->place) {
        group_txn_offset_destroy(item);
        return false;
    }
    item->place->count++;
    /* Of one producer only the last word on a partition matters. */
    LIST_EACH_SAFE(link, &item->place->items)
    {
        struct group_txn_offset *old = LIST_ITEM(link, struct group_txn_offset, twin);
        if (old->producer_id == producer_id && !old->is_committed) {
            group_txn_offset_destroy(old);
        }
    }
    list_append(&item->place->items, &item->twin);
    list_append(&group->txn_offsets, &item->link);
    return true;
}

void group_txn_drop(struct group *group, struct slice topic, int32_t partition)
{
    struct group_txn_place *place = place_find(group, topic, partition);
    /* It goes with the last of them. */
    for (size_t left = place ? place->count : 0; left > 0; left--) {
        group_txn_offset_destroy(
            LIST_ITEM(list_first(&place->items), struct group_txn_offset, twin));
    }
}

bool group_txn_has(const struct group *group, struct slice topic, int32_t partition)
{
    return place_find(group, topic, partition) != NULL;
}
