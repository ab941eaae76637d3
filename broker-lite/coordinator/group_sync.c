/* coordinator: SyncGroup and LeaveGroup on one group. */
#include "coordinator/group_parts.h"

/* ---- syncing ---- */

static enum kc_err check_sync(struct group *group, const struct sync_group_request *request)
{
    struct group_member *member = group_find(group, request->member_id);
    struct group_member *holder = group_find_instance(group, request->group_instance_id);
    if (holder && holder != member) {
        return KC_ERR_FENCED_INSTANCE_ID;
    }
    if (!member || (!slice_is_null(request->group_instance_id) && !holder)) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    if (request->generation_id != group->generation) {
        return KC_ERR_ILLEGAL_GENERATION;
    }
    if ((!slice_is_null(request->protocol_type) && group->protocol_type &&
         !slice_is(request->protocol_type, group->protocol_type)) ||
        (!slice_is_null(request->protocol_name) && group->protocol &&
         !slice_is(request->protocol_name, group->protocol))) {
        return KC_ERR_INCONSISTENT_GROUP_PROTOCOL;
    }
    switch (group->state) {
    case GROUP_EMPTY:
    case GROUP_DEAD:
        return KC_ERR_UNKNOWN_MEMBER_ID;
    case GROUP_PREPARING_REBALANCE:
        return KC_ERR_REBALANCE_IN_PROGRESS;
    case GROUP_COMPLETING_REBALANCE:
    case GROUP_STABLE:
        break;
    }
    return KC_ERR_NONE;
}

static bool take_assignments(struct group *group, const struct sync_group_request *request)
{
    bool good = true;
    LIST_EACH(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        struct slice assignment = SLICE_EMPTY;
        for (int32_t i = 0; i < request->assignments.count; i++) {
            if (slice_is(request->assignments.items[i].member_id, member->id)) {
                assignment = request->assignments.items[i].assignment;
            }
        }
        good = good && member_set_assignment(member, assignment);
    }
    return good;
}

/* The leader's assignment is stored before anybody hears of it. */
static void finish_sync(struct group *group, struct group_env *env,
                        const struct sync_group_request *request)
{
    enum kc_err err = take_assignments(group, request) ? env->store(env->context, group, true)
                                                       : KC_ERR_COORDINATOR_NOT_AVAILABLE;
    if (err) {
        LIST_EACH(link, &group->members)
        {
            struct group_member *member = LIST_ITEM(link, struct group_member, link);
            (void)member_set_assignment(member, SLICE_EMPTY);
            member_alive(member, env);
            answer_sync(&member->sync, group, SLICE_EMPTY, err);
        }
        rebalance_prepare(group, env);
        return;
    }
    group_enter(group, env, GROUP_STABLE);
    LIST_EACH(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (member->sync) {
            member_alive(member, env);
        }
        answer_sync(&member->sync, group, member->assignment, KC_ERR_NONE);
    }
}

void group_sync(struct group *group, struct group_env *env,
                const struct sync_group_request *request, struct group_answer *answer)
{
    struct group_answer *waiting = answer;
    enum kc_err err = check_sync(group, request);
    answer->place = NULL;
    if (err) {
        answer_sync(&waiting, group, SLICE_EMPTY, err);
        return;
    }
    struct group_member *member = group_find(group, request->member_id);
    member_alive(member, env);
    member->owes_sync = false;
    if (group->state == GROUP_STABLE) {
        answer_sync(&waiting, group, member->assignment, KC_ERR_NONE);
        return;
    }
    answer_sync(&member->sync, group, SLICE_EMPTY, KC_ERR_REBALANCE_IN_PROGRESS);
    member->sync = answer;
    answer->place = &member->sync;
    if (group->leader && strcmp(group->leader, member->id) == 0) {
        finish_sync(group, env, request);
    }
}

/* ---- leaving ---- */

enum kc_err group_leave(struct group *group, struct group_env *env, struct slice member_id,
                        struct slice instance_id)
{
    struct group_pending *pending = pending_find(group, member_id);
    struct group_member *holder = group_find_instance(group, instance_id);
    struct group_member *member = group_find(group, member_id);
    if (!slice_is_null(instance_id)) {
        if (holder && member_id.size > 0 && holder != member) {
            return KC_ERR_FENCED_INSTANCE_ID;
        }
        member = holder;
    }
    if (pending) {
        pending_remove(group, pending);
        rebalance_try_complete(group, env);
        return KC_ERR_NONE;
    }
    if (!member) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    if (member->join) {
        struct group_answer *answer = member->join;
        group_answer_end(answer);
        answer_join_error(answer, slice_text(member->id), KC_ERR_UNKNOWN_MEMBER_ID);
    }
    answer_sync(&member->sync, group, SLICE_EMPTY, KC_ERR_UNKNOWN_MEMBER_ID);
    member_remove(group, member);
    member_destroy(member);
    if (group->state == GROUP_STABLE || group->state == GROUP_COMPLETING_REBALANCE) {
        rebalance_prepare(group, env);
    } else {
        rebalance_try_complete(group, env);
    }
    return KC_ERR_NONE;
}
