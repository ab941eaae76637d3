/* coordinator: the committed offsets of one group, in memory. */
#include "coordinator/group_parts.h"

#include <stdlib.h>

struct slice group_offset_key(struct slice topic, int32_t partition, uint8_t *buffer)
{
    size_t size = MIN_OF(topic.size, (size_t)GROUP_OFFSET_KEY_MAX - 5);
    memcpy(buffer, topic.data, size);
    buffer[size] = 0;
    store_u32(buffer + size + 1, (uint32_t)partition);
    return slice_of(buffer, size + 5);
}

struct group_offset *group_find_offset(const struct group *group, struct slice topic,
                                       int32_t partition)
{
    uint8_t buffer[GROUP_OFFSET_KEY_MAX];
    return map_get(&group->offsets, group_offset_key(topic, partition, buffer));
}

void group_offset_destroy(struct group_offset *offset)
{
    if (offset) {
        free(offset->topic);
        free((void *)(uintptr_t)offset->key.data);
        free(offset->metadata);
        free(offset);
    }
}

static struct group_offset *make(struct group *group, const struct groups_offset *from)
{
    uint8_t buffer[GROUP_OFFSET_KEY_MAX];
    struct slice key = group_offset_key(from->topic, from->partition, buffer);
    struct group_offset *offset = calloc(1, sizeof(*offset));
    uint8_t *key_copy = malloc(key.size);
    if (offset) {
        offset->topic = slice_dup_text(from->topic);
        offset->partition = from->partition;
        offset->key = slice_of(key_copy, key.size);
    }
    if (!offset || !key_copy || !offset->topic) {
        if (!offset) {
            free(key_copy);
        }
        group_offset_destroy(offset);
        return NULL;
    }
    memcpy(key_copy, key.data, key.size);
    if (!map_put(&group->offsets, offset->key, offset, NULL)) {
        group_offset_destroy(offset);
        return NULL;
    }
    return offset;
}

bool group_put_offset(struct group *group, const struct groups_offset *from, int64_t commit_ms,
                      int64_t record_offset)
{
    struct group_offset *offset = group_find_offset(group, from->topic, from->partition);
    char *metadata = slice_dup_text(slice_is_null(from->metadata) ? SLICE_EMPTY : from->metadata);
    /* Nothing is made before all memory is there: an entry without a value would read as offset 0.
     */
    offset = offset || !metadata ? offset : make(group, from);
    if (!offset || !metadata) {
        free(metadata);
        return false;
    }
    free(offset->metadata);
    offset->metadata = metadata;
    offset->offset = from->offset;
    offset->leader_epoch = from->leader_epoch;
    offset->commit_ms = commit_ms;
    offset->expire_ms = from->expire_ms;
    offset->record_offset = record_offset;
    return true;
}

void group_drop_offset(struct group *group, struct slice topic, int32_t partition)
{
    uint8_t buffer[GROUP_OFFSET_KEY_MAX];
    group_offset_destroy(map_remove(&group->offsets, group_offset_key(topic, partition, buffer)));
}
