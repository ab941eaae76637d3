/* coordinator: reading __consumer_offsets back: the log, record by record, is the state. */
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"

#include "record/record.h"

#include <stdlib.h>

enum { LOAD_CHUNK_BYTES = 1 << 20, LOAD_BYTES_MAX = 64 << 20 };

struct loading {
    struct groups *groups;
    struct arena arena;
    struct bytes chunk;
    struct bytes decompressed;
    struct decompressor *decompressor;
};

static enum kc_err apply_offset(struct loading *loading, const struct journal_record *record)
{
    const struct offset_commit_key *key = &record->offset_key;
    if (record->is_tombstone) {
        struct group *group = groups_find(loading->groups, key->group);
        if (group) {
            group_drop_offset(group, key->topic, key->partition);
        }
        return KC_ERR_NONE;
    }
    struct group *group = groups_make(loading->groups, key->group);
    struct groups_offset offset = { .topic = key->topic,
                                    .partition = key->partition,
                                    .offset = record->offset.offset,
                                    .leader_epoch = record->offset.leader_epoch,
                                    .metadata = record->offset.metadata };
    return group && group_put_offset(group, &offset, record->offset.commit_timestamp)
               ? KC_ERR_NONE
               : KC_ERR_NO_MEMORY;
}

static void forget_members(struct group *group)
{
    while (!list_is_empty(&group->members)) {
        struct group_member *member =
            LIST_ITEM(list_first(&group->members), struct group_member, link);
        member_remove(group, member);
        member_destroy(member);
    }
}

static enum kc_err apply_group(struct loading *loading, const struct journal_record *record)
{
    const struct group_metadata_value *value = &record->group;
    struct group *group = record->is_tombstone
                              ? groups_find(loading->groups, record->group_key.group)
                              : groups_make(loading->groups, record->group_key.group);
    if (record->is_tombstone) {
        if (group) {
            groups_remove(loading->groups, group);
        }
        return KC_ERR_NONE;
    }
    if (!group) {
        return KC_ERR_NO_MEMORY;
    }
    forget_members(group);
    struct slice type = value->protocol_type.size ? value->protocol_type : SLICE_NULL;
    if (!text_set(&group->protocol_type, type) || !text_set(&group->protocol, value->protocol) ||
        !text_set(&group->leader, value->leader)) {
        return KC_ERR_NO_MEMORY;
    }
    group->generation = value->generation;
    group->state_ms = value->current_state_timestamp;
    for (int32_t i = 0; i < value->members.count; i++) {
        if (!group_restore_member(group, &value->members.items[i], value->protocol,
                                  loading->groups->env.now_ms)) {
            return KC_ERR_NO_MEMORY;
        }
    }
    group->state = group->member_count ? GROUP_STABLE : GROUP_EMPTY;
    return KC_ERR_NONE;
}

static enum kc_err apply_record(struct loading *loading, const struct record *record)
{
    struct journal_record read;
    arena_reset(&loading->arena);
    enum kc_err err = journal_read(record->key, record->value, &loading->arena, &read);
    if (err || read.kind == JOURNAL_OTHER) {
        return err;
    }
    return read.kind == JOURNAL_OFFSET ? apply_offset(loading, &read) : apply_group(loading, &read);
}

static enum kc_err apply_batch(struct loading *loading, const struct batch *batch)
{
    struct batch_reader reader;
    struct record record;
    if (batch_is_control(batch)) {
        return KC_ERR_NONE;
    }
    enum kc_err err =
        batch_reader_init(&reader, batch, loading->decompressor, &loading->decompressed);
    while (!err) {
        err = batch_reader_next(&reader, &record);
        if (err == KC_ERR_WOULD_BLOCK) {
            return KC_ERR_NONE;
        }
        err = err ? err : apply_record(loading, &record);
    }
    return err;
}

static enum kc_err load_from(struct loading *loading, struct partition *partition, int64_t *offset)
{
    struct log_read read = { .offset = *offset,
                             .offset_max = log_end_offset(partition->log),
                             .bytes_max = LOAD_CHUNK_BYTES,
                             .one_batch_min = true };
    loading->chunk.size = 0;
    enum kc_err err = log_read_into(partition->log, &read, &loading->chunk);
    struct slice rest = bytes_slice(&loading->chunk);
    int64_t before = *offset;
    while (!err && rest.size > 0) {
        struct batch batch;
        err = batch_read(rest, &batch);
        if (err == KC_ERR_WOULD_BLOCK) {
            err = KC_ERR_NONE;
            break;
        }
        err = err ? err : apply_batch(loading, &batch);
        if (!err) {
            *offset = batch_last_offset(&batch) + 1;
            rest = slice_of(rest.data + batch.bytes.size, rest.size - batch.bytes.size);
        }
    }
    return err ? err : *offset > before ? KC_ERR_NONE : KC_ERR_CORRUPT_MESSAGE;
}

enum kc_err groups_load(struct groups *groups, struct partition *partition)
{
    struct loading loading = { .groups = groups, .decompressor = decompressor_create() };
    int64_t offset = log_start_offset(partition->log);
    enum kc_err err = loading.decompressor ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    (void)groups_env(groups);
    arena_init(&loading.arena, LOAD_BYTES_MAX);
    bytes_init(&loading.chunk, LOAD_BYTES_MAX);
    bytes_init(&loading.decompressed, LOAD_BYTES_MAX);
    while (!err && offset < log_end_offset(partition->log)) {
        err = load_from(&loading, partition, &offset);
    }
    arena_finish(&loading.arena);
    bytes_finish(&loading.chunk);
    bytes_finish(&loading.decompressed);
    decompressor_destroy(loading.decompressor);
    size_t position = 0;
    struct group *group;
    while ((group = map_next(&groups->by_id, &position))) {
        groups_schedule(groups, group);
    }
    return err;
}
