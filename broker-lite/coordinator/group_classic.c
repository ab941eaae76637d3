/* coordinator: a group's storage, look-ups, heartbeats, commits and time. */
#include "coordinator/group_classic.h"

#include "coordinator/group_next.h"
#include "coordinator/group_parts.h"

#include <stdlib.h>

bool text_set(char **place, struct slice text)
{
    char *copy = slice_dup_text(text);
    if (!copy && !slice_is_null(text)) {
        return false;
    }
    free(*place);
    *place = copy;
    return true;
}

struct group *group_create(struct slice id, uint64_t seed)
{
    struct group *group = calloc(1, sizeof(*group));
    if (!group || !text_set(&group->id, id)) {
        free(group);
        return NULL;
    }
    list_init(&group->members);
    list_init(&group->pending);
    map_init(&group->offsets, seed);
    list_init(&group->txn_offsets);
    map_init(&group->txn_places, seed);
    list_init(&group->txn_link);
    group->state = GROUP_EMPTY;
    return group;
}

void group_destroy(struct group *group)
{
    if (!group) {
        return;
    }
    /* Nobody waits: nothing is answered. */
    group_drop_members(group, KC_ERR_NOT_COORDINATOR);
    size_t position = 0;
    struct group_offset *offset;
    while ((offset = map_next(&group->offsets, &position))) {
        group_offset_destroy(offset);
    }
    list_remove(&group->txn_link);
    while (!list_is_empty(&group->txn_offsets)) {
        group_txn_offset_destroy(
            LIST_ITEM(list_first(&group->txn_offsets), struct group_txn_offset, link));
    }
    map_finish(&group->txn_places);
    map_finish(&group->offsets);
    group_next_destroy(group->next);
    free(group->id);
    free(group);
}

const char *group_state_name(enum group_state state)
{
    static const char *const names[] = { "Empty", "PreparingRebalance", "CompletingRebalance",
                                         "Stable", "Dead" };
    return names[state];
}

struct group_member *group_find(const struct group *group, struct slice member_id)
{
    LIST_EACH(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (slice_is(member_id, member->id)) {
            return member;
        }
    }
    return NULL;
}

struct group_member *group_find_instance(const struct group *group, struct slice instance_id)
{
    if (slice_is_null(instance_id)) {
        return NULL;
    }
    LIST_EACH(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (member->instance_id && slice_is(instance_id, member->instance_id)) {
            return member;
        }
    }
    return NULL;
}

void group_enter(struct group *group, struct group_env *env, enum group_state state)
{
    group->state = state;
    group->state_ms = env->wall_ms;
}

void group_answer_end(struct group_answer *answer)
{
    if (answer->place) {
        *answer->place = NULL;
        answer->place = NULL;
    }
}

void group_join_lost(struct group *group, struct group_env *env, struct group_answer *answer)
{
    LIST_EACH(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (member->join == answer && member->is_new) {
            member_alive(member, env);
        }
    }
    group_answer_end(answer);
}

/* ---- heartbeats and commits ---- */

static enum kc_err check_member(struct group *group, struct slice member_id,
                                struct slice instance_id, int32_t generation,
                                struct group_member **ret_member)
{
    struct group_member *holder = group_find_instance(group, instance_id);
    struct group_member *member = group_find(group, member_id);
    if (!slice_is_null(instance_id) && holder && holder != member) {
        return KC_ERR_FENCED_INSTANCE_ID;
    }
    if (!member || (!slice_is_null(instance_id) && !holder)) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    if (generation != group->generation) {
        return KC_ERR_ILLEGAL_GENERATION;
    }
    *ret_member = member;
    return KC_ERR_NONE;
}

enum kc_err group_heartbeat(struct group *group, struct group_env *env,
                            const struct heartbeat_request *request)
{
    struct group_member *member;
    enum kc_err err = check_member(group, request->member_id, request->group_instance_id,
                                   request->generation_id, &member);
    if (err) {
        return err;
    }
    if (group->state == GROUP_EMPTY || group->state == GROUP_DEAD) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    member_alive(member, env);
    return group->state == GROUP_PREPARING_REBALANCE ? KC_ERR_REBALANCE_IN_PROGRESS : KC_ERR_NONE;
}

enum kc_err group_check_commit(struct group *group, struct group_env *env,
                               const struct offset_commit_request *request)
{
    struct group_member *member;
    int32_t generation = request->generation_id_or_member_epoch;
    if (generation < 0 && group->state == GROUP_EMPTY) {
        return KC_ERR_NONE; /* offsets kept for a consumer that assigns by hand */
    }
    if (generation < 0 && request->member_id.size == 0 &&
        slice_is_null(request->group_instance_id)) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    enum kc_err err =
        check_member(group, request->member_id, request->group_instance_id, generation, &member);
    if (err) {
        return err;
    }
    if (group->state == GROUP_COMPLETING_REBALANCE) {
        return KC_ERR_REBALANCE_IN_PROGRESS;
    }
    member_alive(member, env);
    return KC_ERR_NONE;
}

enum kc_err group_check_txn_commit(struct group *group, struct group_env *env,
                                   const struct txn_offset_commit_request *request)
{
    struct group_member *member;
    bool names_none = request->generation_id < 0 && request->member_id.size == 0 &&
                      slice_is_null(request->group_instance_id);
    if (names_none || (request->generation_id < 0 && group->state == GROUP_EMPTY)) {
        return KC_ERR_NONE;
    }
    enum kc_err err = check_member(group, request->member_id, request->group_instance_id,
                                   request->generation_id, &member);
    if (!err) {
        member_alive(member, env);
    }
    return err;
}

/* ---- time ---- */

/* Members that wait for an answer are heard of through that. */
static bool is_expired(const struct group_member *member, const struct group_env *env)
{
    if (member->join && member->is_new) {
        return env->now_ms >= member->expires_ms;
    }
    return !member->join && !member->sync && env->now_ms >= member->expires_ms;
}

static void expire_members(struct group *group, struct group_env *env)
{
    bool removed = false;
    LIST_EACH_SAFE(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (is_expired(member, env)) {
            if (member->join) {
                struct group_answer *answer = member->join;
                group_answer_end(answer);
                answer_join_error(answer, slice_text(member->id), KC_ERR_UNKNOWN_MEMBER_ID);
            }
            member_remove(group, member);
            member_destroy(member);
            removed = true;
        }
    }
    LIST_EACH_SAFE(link, &group->pending)
    {
        struct group_pending *pending = LIST_ITEM(link, struct group_pending, link);
        if (env->now_ms >= pending->expires_ms) {
            pending_remove(group, pending);
            removed = true;
        }
    }
    if (!removed) {
        return;
    }
    if (group->state == GROUP_STABLE || group->state == GROUP_COMPLETING_REBALANCE) {
        rebalance_prepare(group, env);
    } else if (group->state == GROUP_PREPARING_REBALANCE) {
        rebalance_try_complete(group, env);
    }
}

static bool any_owes_sync(const struct group *group)
{
    LIST_EACH(link, &group->members)
    {
        if (LIST_ITEM(link, struct group_member, link)->owes_sync) {
            return true;
        }
    }
    return false;
}

/* A member that took part but does not sync holds the others up, or leaves what it was assigned
 * unread: it is put out. */
static void expire_syncs(struct group *group, struct group_env *env)
{
    LIST_EACH_SAFE(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (member->owes_sync) {
            member_remove(group, member);
            member_destroy(member);
        }
    }
    rebalance_prepare(group, env);
}

static bool waits_for_syncs(const struct group *group)
{
    return group->state == GROUP_COMPLETING_REBALANCE ||
           (group->state == GROUP_STABLE && any_owes_sync(group));
}

void group_tick(struct group *group, struct group_env *env)
{
    expire_members(group, env);
    if (group->state == GROUP_PREPARING_REBALANCE) {
        rebalance_try_complete(group, env);
    } else if (waits_for_syncs(group) && env->now_ms >= group->rebalance_deadline_ms) {
        expire_syncs(group, env);
    }
}

int64_t group_due_ms(const struct group *group)
{
    int64_t due = INT64_MAX;
    LIST_EACH(link, &group->members)
    {
        const struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (!member->sync && (!member->join || member->is_new)) {
            due = MIN_OF(due, member->expires_ms);
        }
    }
    LIST_EACH(link, &group->pending)
    {
        due = MIN_OF(due, LIST_ITEM(link, struct group_pending, link)->expires_ms);
    }
    if (group->state == GROUP_PREPARING_REBALANCE || waits_for_syncs(group)) {
        due = MIN_OF(due, group->rebalance_deadline_ms);
    }
    return due;
}

void group_fail_waiting(struct group *group, enum kc_err err)
{
    LIST_EACH(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (member->join) {
            struct group_answer *answer = member->join;
            group_answer_end(answer);
            answer_join_error(answer, slice_text(member->id), err);
        }
        answer_sync(&member->sync, group, SLICE_EMPTY, err);
    }
}

void group_drop_members(struct group *group, enum kc_err err)
{
    group_fail_waiting(group, err);
    while (!list_is_empty(&group->members)) {
        struct group_member *member =
            LIST_ITEM(list_first(&group->members), struct group_member, link);
        list_remove(&member->link);
        member_destroy(member);
    }
    pending_clear(group);
    group->member_count = 0;
    group->member_bytes = 0;
    (void)text_set(&group->protocol_type, SLICE_NULL);
    (void)text_set(&group->protocol, SLICE_NULL);
    (void)text_set(&group->leader, SLICE_NULL);
    group->generation = 0;
}
