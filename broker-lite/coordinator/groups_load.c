/* coordinator: reading __consumer_offsets back: the log, record by record, is the state. It grows
 * beside the groups of this broker, on pool threads, and joins them when all is read. */
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"
#include "coordinator/next_parts.h"
#include "coordinator/replay.h"

#include <stdlib.h>

struct groups_loading {
    struct list link;      /* groups->loads */
    struct groups *groups; /* NULL: they are no more */
    int32_t partition;
    struct replay *replay;
    struct groups state; /* what is read: its groups, and no more than they need */
    struct random random;
    int64_t unknown; /* records of types that nobody here knows */
};

static enum kc_err apply_offset(struct groups_loading *loading, const struct journal_record *record,
                                const struct batch *batch, int64_t record_offset)
{
    const struct offset_commit_key *key = &record->offset_key;
    if (record->is_tombstone) {
        struct group *group = groups_find(&loading->state, key->group);
        if (group) {
            group_drop_offset(group, key->topic, key->partition);
            group_txn_drop(group, key->topic, key->partition);
        }
        return KC_ERR_NONE;
    }
    struct group *group = groups_make(&loading->state, key->group);
    struct groups_offset offset = { .topic = key->topic,
                                    .partition = key->partition,
                                    .offset = record->offset.offset,
                                    .leader_epoch = record->offset.leader_epoch,
                                    .metadata = record->offset.metadata,
                                    .expire_ms = record->offset.expire_timestamp };
    int64_t commit_ms = record->offset.commit_timestamp;
    if (!group) {
        return KC_ERR_NO_MEMORY;
    }
    bool put = batch_is_transactional(batch)
                   ? groups_put_txn_offset(&loading->state, group, batch->producer_id, &offset,
                                           commit_ms, record_offset)
                   : group_put_offset(group, &offset, commit_ms, record_offset);
    return put ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

/* The group's own record is gone. Offsets have their own: a group that has become a consumer group
 * keeps them. */
static void forget_group(struct groups *groups, struct group *group)
{
    if (group->offsets.count == 0 && list_is_empty(&group->txn_offsets)) {
        groups_remove(groups, group);
        return;
    }
    group_drop_members(group, KC_ERR_NOT_COORDINATOR);
    group->state = GROUP_EMPTY;
}

static enum kc_err apply_group(struct groups_loading *loading, const struct journal_record *record)
{
    const struct group_metadata_value *value = &record->group;
    struct group *group = record->is_tombstone
                              ? groups_find(&loading->state, record->group_key.group)
                              : groups_make(&loading->state, record->group_key.group);
    if (record->is_tombstone) {
        if (group && !group->next) {
            forget_group(&loading->state, group);
        }
        return KC_ERR_NONE;
    }
    if (!group) {
        return KC_ERR_NO_MEMORY;
    }
    group_drop_members(group, KC_ERR_NOT_COORDINATOR);
    group_next_destroy(group->next); /* the later kind counts */
    group->next = NULL;
    struct slice type = value->protocol_type.size ? value->protocol_type : SLICE_NULL;
    if (!text_set(&group->protocol_type, type) || !text_set(&group->protocol, value->protocol) ||
        !text_set(&group->leader, value->leader)) {
        return KC_ERR_NO_MEMORY;
    }
    group->generation = value->generation;
    group->state_ms = value->current_state_timestamp;
    for (int32_t i = 0; i < value->members.count; i++) {
        if (!group_restore_member(group, &value->members.items[i], value->protocol,
                                  loading->state.env.now_ms)) {
            return KC_ERR_NO_MEMORY;
        }
    }
    group->state = group->member_count ? GROUP_STABLE : GROUP_EMPTY;
    return KC_ERR_NONE;
}

static enum kc_err take_record(void *context, const struct batch *batch,
                               const struct record *record, struct arena *arena)
{
    struct groups_loading *loading = context;
    struct journal_record read;
    enum kc_err err = journal_read(record->key, record->value, arena, &read);
    if (!err && read.kind == JOURNAL_OTHER) {
        bool is_known = false;
        err = groups_next_load(&loading->state, record->key, record->value, arena, &is_known);
        loading->unknown += !err && !is_known;
        return err;
    }
    if (err) {
        return err;
    }
    return read.kind == JOURNAL_OFFSET ? apply_offset(loading, &read, batch, record->offset)
                                       : apply_group(loading, &read);
}

static enum kc_err take_control(void *context, const struct batch *batch)
{
    struct groups_loading *loading = context;
    struct producers_marker marker;
    enum kc_err err = producers_read_marker(batch, &marker);
    if (!err) {
        groups_complete_txn(&loading->state, loading->partition, batch->producer_id, marker.commit);
    }
    return err == KC_ERR_UNSUPPORTED ? KC_ERR_NONE : err;
}

/* ---- joining the others ---- */

static void loading_free(struct groups_loading *loading)
{
    size_t position = 0;
    struct group *group;
    while ((group = map_next(&loading->state.by_id, &position))) {
        group_destroy(group);
    }
    map_finish(&loading->state.by_id);
    heap_finish(&loading->state.due);
    list_remove(&loading->link);
    free(loading);
}

/* False when memory is out: none of them has moved then. */
static bool move_groups(struct groups *groups, struct groups *state)
{
    size_t position = 0;
    struct group *group;
    bool good = true;
    while (good && (group = map_next(&state->by_id, &position))) {
        good = map_put(&groups->by_id, slice_text(group->id), group, NULL);
    }
    position = 0;
    while (!good && (group = map_next(&state->by_id, &position))) {
        (void)map_remove(&groups->by_id, slice_text(group->id));
    }
    return good;
}

/* Sessions begin anew: who had one could not be heard meanwhile. */
static void settle(struct groups *groups, struct group *group)
{
    const struct group_env *env = groups_env(groups);
    LIST_EACH(link, &group->members)
    {
        member_alive(LIST_ITEM(link, struct group_member, link), env);
    }
    if (group->next) {
        next_load_done(group->next, groups_next_env_of(groups, group));
        group->state = group->next->member_count ? GROUP_STABLE : GROUP_EMPTY;
    }
    groups_schedule(groups, group);
}

static void join_groups(struct groups *groups, struct groups *state)
{
    size_t position = 0;
    struct group *group;
    while ((group = map_next(&state->by_id, &position))) {
        settle(groups, group);
    }
    map_finish(&state->by_id);
    map_init(&state->by_id, 0);
    list_splice(&groups->txn_groups, &state->txn_groups);
    groups->owes_txn = groups->owes_txn || state->owes_txn;
}

static void loading_done(void *context, enum kc_err err)
{
    struct groups_loading *loading = context;
    struct groups *groups = loading->groups;
    if (!err && groups && !move_groups(groups, &loading->state)) {
        err = KC_ERR_NO_MEMORY;
    }
    if (!err && groups && loading->unknown > 0) {
        trace_log(
            groups->options.trace, TRACE_WARN, "coordinator",
            "__consumer_offsets-%d: passed over %lld records of types that are not known here",
            loading->partition, (long long)loading->unknown);
    }
    if (!err && groups) {
        join_groups(groups, &loading->state);
        groups->loaded[loading->partition] = true;
    } else if (groups) {
        groups->owes_load = groups->owes_load || err == KC_ERR_NO_MEMORY;
        trace_log(groups->options.trace, err == KC_ERR_NOT_COORDINATOR ? TRACE_INFO : TRACE_ERROR,
                  "coordinator", "__consumer_offsets-%d is not read back: %s", loading->partition,
                  kc_err_text(err));
    }
    loading_free(loading);
}

/* ---- beginning and ending ---- */

static struct groups_loading *find(const struct groups *groups, int32_t partition)
{
    LIST_EACH(link, &groups->loads)
    {
        struct groups_loading *loading = LIST_ITEM(link, struct groups_loading, link);
        if (loading->partition == partition && loading->replay) {
            return loading;
        }
    }
    return NULL;
}

bool groups_load_is_coming(const struct groups *groups, int32_t partition)
{
    return groups->owes_load || find(groups, partition);
}

bool groups_are_unreadable(const struct groups *groups, int32_t partition)
{
    return partition < groups->loaded_count && !groups->loaded[partition] &&
           !groups_load_is_coming(groups, partition);
}

void groups_load(struct groups *groups, struct partition *partition)
{
    if (find(groups, partition->index)) {
        return;
    }
    if (log_start_offset(partition->log) == log_end_offset(partition->log)) {
        groups->loaded[partition->index] = true; /* as a new one is */
        return;
    }
    struct groups_loading *loading = calloc(1, sizeof(*loading));
    if (!loading) {
        groups->owes_load = true;
        return;
    }
    loading->groups = groups;
    loading->partition = partition->index;
    random_init(&loading->random, random_next(groups->options.random));
    loading->state = (struct groups){ .options = { .random = &loading->random },
                                      .env = { .now_ms = groups_env(groups)->now_ms },
                                      .is_beside = true };
    map_init(&loading->state.by_id, random_next(&loading->random));
    heap_init(&loading->state.due);
    list_init(&loading->state.txn_groups);
    list_init(&loading->state.loads);
    list_append(&groups->loads, &loading->link);
    const struct replay_options options = { .loop = groups->options.loop,
                                            .partition = partition,
                                            .record = take_record,
                                            .control = take_control,
                                            .done = loading_done,
                                            .context = loading };
    loading->replay = replay_begin(&options);
    if (!loading->replay) {
        groups->owes_load = true;
        loading_free(loading);
    }
}

void groups_load_cancel(struct groups *groups, int32_t partition)
{
    struct groups_loading *loading = find(groups, partition);
    if (loading) {
        replay_cancel(loading->replay);
        loading->replay = NULL; /* another may begin */
    }
}

void groups_load_end(struct groups *groups)
{
    LIST_EACH(link, &groups->loads)
    {
        struct groups_loading *loading = LIST_ITEM(link, struct groups_loading, link);
        if (loading->replay) {
            replay_cancel(loading->replay);
            loading->replay = NULL;
        }
    }
}

void groups_load_disown(struct groups *groups)
{
    groups_load_end(groups);
    LIST_EACH_SAFE(link, &groups->loads)
    {
        list_remove(link);
        LIST_ITEM(link, struct groups_loading, link)->groups = NULL;
    }
}
