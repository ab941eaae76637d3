/* coordinator: reading __consumer_offsets back: the log, record by record, is the state. */
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"
#include "coordinator/next_parts.h"
#include "coordinator/replay.h"

struct loading {
    struct groups *groups;
    int32_t partition;
    int32_t partition_count;
};

static enum kc_err apply_offset(struct loading *loading, const struct journal_record *record,
                                const struct batch *batch, int64_t record_offset)
{
    const struct offset_commit_key *key = &record->offset_key;
    if (record->is_tombstone) {
        struct group *group = groups_find(loading->groups, key->group);
        if (group) {
            group_drop_offset(group, key->topic, key->partition);
            groups_drop_txn_offset(group, key->topic, key->partition);
        }
        return KC_ERR_NONE;
    }
    struct group *group = groups_make(loading->groups, key->group);
    struct groups_offset offset = { .topic = key->topic,
                                    .partition = key->partition,
                                    .offset = record->offset.offset,
                                    .leader_epoch = record->offset.leader_epoch,
                                    .metadata = record->offset.metadata };
    int64_t commit_ms = record->offset.commit_timestamp;
    if (!group) {
        return KC_ERR_NO_MEMORY;
    }
    bool put = batch_is_transactional(batch)
                   ? groups_put_txn_offset(loading->groups, group, batch->producer_id, &offset,
                                           commit_ms, record_offset)
                   : group_put_offset(group, &offset, commit_ms, record_offset);
    return put ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
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

/* The group's own record is gone. Offsets have their own: a group that has become a consumer group
 * keeps them. */
static void forget_group(struct groups *groups, struct group *group)
{
    if (group->offsets.count == 0 && list_is_empty(&group->txn_offsets)) {
        groups_remove(groups, group);
        return;
    }
    forget_members(group);
    (void)text_set(&group->protocol_type, SLICE_NULL);
    (void)text_set(&group->protocol, SLICE_NULL);
    (void)text_set(&group->leader, SLICE_NULL);
    group->generation = 0;
    group->state = GROUP_EMPTY;
}

static enum kc_err apply_group(struct loading *loading, const struct journal_record *record)
{
    const struct group_metadata_value *value = &record->group;
    struct group *group = record->is_tombstone
                              ? groups_find(loading->groups, record->group_key.group)
                              : groups_make(loading->groups, record->group_key.group);
    if (record->is_tombstone) {
        if (group && !group->next) {
            forget_group(loading->groups, group);
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

static enum kc_err take_record(void *context, const struct batch *batch,
                               const struct record *record, struct arena *arena)
{
    struct loading *loading = context;
    struct journal_record read;
    enum kc_err err = journal_read(record->key, record->value, arena, &read);
    if (!err && read.kind == JOURNAL_OTHER) {
        return groups_next_load(loading->groups, record->key, record->value, arena);
    }
    if (err) {
        return err;
    }
    return read.kind == JOURNAL_OFFSET ? apply_offset(loading, &read, batch, record->offset)
                                       : apply_group(loading, &read);
}

static enum kc_err take_control(void *context, const struct batch *batch)
{
    struct loading *loading = context;
    struct producers_marker marker;
    enum kc_err err = producers_read_marker(batch, &marker);
    if (!err) {
        groups_complete_txn(loading->groups, loading->partition, batch->producer_id, marker.commit);
    }
    return err == KC_ERR_UNSUPPORTED ? KC_ERR_NONE : err;
}

enum kc_err groups_load(struct groups *groups, struct partition *partition)
{
    const struct image_topic *topic = groups_topic(groups);
    struct loading loading = { groups, partition->index, topic ? topic->partition_count : 1 };
    const struct replay replay = { take_record, take_control, &loading };
    size_t position = 0;
    struct group *group;
    (void)groups_env(groups);
    enum kc_err err = replay_partition(&replay, partition);
    while ((group = map_next(&groups->by_id, &position))) {
        bool is_read = journal_partition_of(slice_text(group->id), loading.partition_count) ==
                       partition->index;
        if (group->next && is_read) {
            next_load_done(group->next, groups_next_env_of(groups, group));
            group->state = group->next->member_count ? GROUP_STABLE : GROUP_EMPTY;
        }
        groups_schedule(groups, group);
    }
    return err;
}
