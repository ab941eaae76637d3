/* coordinator: consumer groups (KIP-848) among the groups of this broker. */
#include "controller/config_resource.h"
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"
#include "coordinator/next_parts.h"

#include <stdlib.h>

static enum kc_err store_next(void *context, struct group *group, struct journal *journal)
{
    struct groups *groups = context;
    struct partition *partition = groups_partition(groups, slice_text(group->id));
    int64_t end;
    return partition ? journal_append(journal, partition, groups->next_env.wall_ms, &end)
                     : KC_ERR_NOT_COORDINATOR;
}

/* "uniform,range", checked when the properties were read. */
static void split_assignors(const char *text, struct next_env *env)
{
    while (text && *text && env->assignor_count < (int32_t)ARRAY_COUNT(env->assignors)) {
        text += strspn(text, ", ");
        size_t size = strcspn(text, ", ");
        if (size > 0) {
            env->assignors[env->assignor_count++] = slice_of(text, size);
        }
        text += size;
    }
}

void groups_next_init(struct groups *groups)
{
    struct next_env *env = &groups->next_env;
    *env = (struct next_env){
        .store = store_next,
        .context = groups,
        .image = groups->options.image,
        .random = groups->options.random,
        .session_ms = groups->options.next_session_ms,
        .heartbeat_ms = groups->options.next_heartbeat_ms,
        .assignment_ms = groups->options.next_assignment_ms,
        .size_max = groups->options.next_size_max,
        .may_upgrade = groups->options.next_may_upgrade,
        .may_downgrade = groups->options.next_may_downgrade,
        .classic = &groups->env,
    };
    split_assignors(groups->options.next_assignors, env);
    if (env->assignor_count == 0) {
        split_assignors("uniform,range", env);
    }
}

struct next_env *groups_next_now(struct groups *groups)
{
    const struct group_env *env = groups_env(groups);
    groups->next_env.now_ms = env->now_ms;
    groups->next_env.wall_ms = env->wall_ms;
    return &groups->next_env;
}

/* A time that the group may have of its own; checked when it was set. */
static int32_t own_time(const struct image_settings *own, const char *name, int32_t otherwise)
{
    const char *value = own ? image_setting(own, slice_text(name)) : NULL;
    return value ? (int32_t)strtol(value, NULL, 10) : otherwise;
}

struct next_env *groups_next_env_of(struct groups *groups, const struct group *group)
{
    const struct groups_options *options = &groups->options;
    const struct image_settings *own =
        image_settings_of(options->image, CONFIG_RESOURCE_GROUP, slice_text(group->id));
    struct next_env *env = groups_next_now(groups);
    env->session_ms = own_time(own, "consumer.session.timeout.ms", options->next_session_ms);
    env->assignment_ms =
        own_time(own, "consumer.assignment.interval.ms", options->next_assignment_ms);
    env->heartbeat_ms = own_time(own, "consumer.heartbeat.interval.ms", options->next_heartbeat_ms);
    return env;
}

void groups_set_assignment_ms(struct groups *groups, int32_t assignment_ms)
{
    groups->options.next_assignment_ms = assignment_ms;
}

const struct next_env *groups_next_env(const struct groups *groups)
{
    return &groups->next_env;
}

const char *groups_state_name(const struct group *group)
{
    return group->next ? group_next_state_name(group->next) : group_state_name(group->state);
}

void groups_next_outdate(struct groups *groups)
{
    size_t position = 0;
    struct group *group;
    while ((group = map_next(&groups->by_id, &position))) {
        if (group->next) {
            group->next->is_outdated = true;
        }
    }
}

/* ---- changing sides ---- */

enum kc_err groups_next_yield(struct groups *groups, struct group *group)
{
    struct journal journal;
    (void)groups_next_now(groups);
    journal_init(&journal);
    next_record_drop_group(&journal, group->id, group->next);
    enum kc_err err = store_next(groups, group, &journal);
    journal_finish(&journal);
    if (!err) {
        group_next_destroy(group->next);
        group->next = NULL;
        group->state = GROUP_EMPTY;
    }
    return err;
}

/* Why a group of classic members cannot become a consumer group; NULL: it can. */
static const char *upgrade_fault(const struct groups *groups, const struct group *group)
{
    if (!groups->next_env.may_upgrade) {
        return "online upgrade is disabled";
    }
    if (!group->protocol_type || strcmp(group->protocol_type, "consumer") != 0) {
        return "the group does not use the consumer embedded protocol";
    }
    if (group->member_count > groups->next_env.size_max) {
        return "the group size exceeds the consumer group maximum size";
    }
    return NULL;
}

static enum kc_err refuse_upgrade(const struct group *group, const char *fault, struct arena *arena,
                                  struct slice *ret_message)
{
    *ret_message = slice_text(arena_printf(
        arena, "Cannot upgrade classic group %s to consumer group because %s.", group->id, fault));
    return KC_ERR_GROUP_ID_NOT_FOUND;
}

/* The group has a consumer group beside its members, until the first heartbeat is stored. */
static enum kc_err begin_upgrade(struct groups *groups, struct group *group, struct arena *arena,
                                 struct slice *ret_message)
{
    const char *fault = group->member_count > 0 ? upgrade_fault(groups, group) : NULL;
    if (fault) {
        return refuse_upgrade(group, fault, arena, ret_message);
    }
    enum kc_err err = next_upgrade(group, groups_next_now(groups), &group->next);
    if (err == KC_ERR_MALFORMED) {
        return refuse_upgrade(group, "the embedded consumer protocol is malformed", arena,
                              ret_message);
    }
    return err ? KC_ERR_COORDINATOR_NOT_AVAILABLE : KC_ERR_NONE;
}

/* As if nothing had been asked. */
static void undo_upgrade(struct groups *groups, struct group *group)
{
    group_next_destroy(group->next);
    group->next = NULL;
    if (group->member_count == 0 && list_is_empty(&group->pending) && !group->protocol_type &&
        group->offsets.count == 0 && list_is_empty(&group->txn_offsets)) {
        groups_remove(groups, group);
    } else {
        groups_schedule(groups, group);
    }
}

/* ---- requests ---- */

static enum kc_err refuse(struct consumer_group_heartbeat_response *response, enum kc_err err,
                          struct slice message)
{
    message_defaults(&consumer_group_heartbeat_response_type, response);
    response->error_code = (int16_t)err;
    response->error_message = message;
    return err;
}

/* The group as a consumer group; it is made when a member joins. */
static enum kc_err find(struct groups *groups,
                        const struct consumer_group_heartbeat_request *request, struct arena *arena,
                        struct group **ret_group, struct slice *ret_message)
{
    struct group *group = groups_find(groups, request->group_id);
    bool joins = request->member_epoch == 0;
    if (group && group->next) {
        *ret_group = group;
        return KC_ERR_NONE;
    }
    if (!joins) {
        const char *format =
            group ? "Group %.*s is not a consumer group." : "Group %.*s not found.";
        *ret_message = slice_text(arena_printf(arena, format, SLICE_ARGS(request->group_id)));
        return KC_ERR_GROUP_ID_NOT_FOUND;
    }
    group = groups_make(groups, request->group_id);
    enum kc_err err =
        group ? begin_upgrade(groups, group, arena, ret_message) : KC_ERR_COORDINATOR_NOT_AVAILABLE;
    if (!err) {
        *ret_group = group;
    }
    return err;
}

enum kc_err groups_next_heartbeat(struct groups *groups,
                                  const struct consumer_group_heartbeat_request *request,
                                  const struct next_caller *caller, struct arena *arena,
                                  struct consumer_group_heartbeat_response *ret_response)
{
    struct slice message = SLICE_NULL;
    struct group *group = NULL;
    enum kc_err err = group_next_check(&groups->next_env, request, arena, &message);
    err = err ? err : find(groups, request, arena, &group, &message);
    if (err) {
        return refuse(ret_response, err, message);
    }
    bool is_upgrade = group->next->before != NULL;
    err = group_next_heartbeat(group, groups_next_env_of(groups, group), request, caller, arena,
                               ret_response);
    if (is_upgrade && err) {
        undo_upgrade(groups, group);
        return err;
    }
    if (is_upgrade) {
        /* Who waits there for a rebalance is told of another one, and joins again. */
        group_drop_members(group, KC_ERR_REBALANCE_IN_PROGRESS);
        group->state = GROUP_STABLE;
    }
    groups_schedule(groups, group);
    return err;
}

/* ---- offsets ---- */

/* A claim of an epoch that has passed: each partition must have been the member's since then. */
static enum kc_err check_since(const struct groups *groups, const struct next_member *member,
                               const struct offset_commit_request *request, bool by_id)
{
    int32_t epoch = request->generation_id_or_member_epoch;
    for (int32_t i = 0; i < request->topics.count; i++) {
        const struct offset_commit_request_offset_commit_request_topic *wanted =
            &request->topics.items[i];
        const struct image_topic *topic =
            by_id ? image_topic_by_id(groups->options.image, &wanted->topic_id)
                  : image_topic(groups->options.image, wanted->name);
        for (int32_t j = 0; topic && j < wanted->partitions.count; j++) {
            int32_t partition = wanted->partitions.items[j].partition_index;
            const struct holding_item *item =
                holding_find(&member->assigned, &topic->id, partition);
            item = item ? item : holding_find(&member->revoking, &topic->id, partition);
            if (!item || item->epoch > epoch) {
                return KC_ERR_STALE_MEMBER_EPOCH;
            }
        }
    }
    return KC_ERR_NONE;
}

enum { COMMIT_MEMBER_VERSION = 9, COMMIT_ID_VERSION = 10 };

enum kc_err groups_next_check_commit(const struct groups *groups, const struct group *group,
                                     const struct offset_commit_request *request, int16_t version)
{
    const struct next_claim claim = { .member_id = request->member_id,
                                      .epoch = request->generation_id_or_member_epoch,
                                      .is_old = version < COMMIT_MEMBER_VERSION };
    bool stale = false;
    enum kc_err err = group_next_check_commit(group->next, &claim, &stale);
    if (err || !stale) {
        return err;
    }
    return check_since(groups, group_next_find(group->next, request->member_id), request,
                       version >= COMMIT_ID_VERSION);
}

enum kc_err groups_next_check_txn(const struct group *group,
                                  const struct txn_offset_commit_request *request)
{
    const struct next_claim claim = { .member_id = request->member_id,
                                      .epoch = request->generation_id };
    bool stale = false;
    bool names_none = request->generation_id < 0 && request->member_id.size == 0 &&
                      slice_is_null(request->group_instance_id);
    enum kc_err err =
        names_none ? KC_ERR_NONE : group_next_check_commit(group->next, &claim, &stale);
    /* TxnOffsetCommit knows this error only. */
    return err == KC_ERR_STALE_MEMBER_EPOCH || stale ? KC_ERR_ILLEGAL_GENERATION : err;
}

enum kc_err groups_check_fetch(const struct groups *groups, struct slice group_id,
                               struct slice member_id, int32_t epoch)
{
    const struct group *group = groups_find(groups, group_id);
    if (!group || !group->next || (slice_is_null(member_id) && epoch < 0)) {
        return KC_ERR_NONE;
    }
    const struct next_member *member = group_next_find(group->next, member_id);
    if (!member) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    return epoch == member->epoch ? KC_ERR_NONE
           : member->classic      ? KC_ERR_ILLEGAL_GENERATION
                                  : KC_ERR_STALE_MEMBER_EPOCH;
}

/* ---- reading back ---- */

enum kc_err groups_next_load(struct groups *groups, struct slice key, struct slice value,
                             struct arena *arena, bool *ret_known)
{
    struct slice group_id;
    bool is_gone = false;
    *ret_known = next_load_group_id(key, &group_id);
    if (!*ret_known) {
        return KC_ERR_NONE;
    }
    struct group *group = groups_find(groups, group_id);
    if (slice_is_null(value) && (!group || !group->next)) {
        return KC_ERR_NONE;
    }
    group = group ? group : groups_make(groups, group_id);
    if (group && !group->next) {
        group_drop_members(group, KC_ERR_NOT_COORDINATOR); /* the later kind counts */
        group->next = group_next_create();
    }
    if (!group || !group->next) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = next_load_record(group->next, key, value, arena, &is_gone);
    if (!err && is_gone) {
        group_next_destroy(group->next);
        group->next = NULL;
        group->state = GROUP_EMPTY;
        if (group->offsets.count == 0 && list_is_empty(&group->txn_offsets)) {
            groups_remove(groups, group);
        }
    }
    return err;
}
