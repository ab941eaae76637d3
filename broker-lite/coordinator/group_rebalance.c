/* coordinator: the rebalance of a group: waiting for joins, choosing protocol and leader,
 * answering. */
#include "coordinator/group_parts.h"

#include <stdlib.h>

static int32_t rebalance_ms(const struct group *group)
{
    int32_t longest = 0;
    LIST_EACH(link, &group->members)
    {
        longest = MAX_OF(longest, LIST_ITEM(link, struct group_member, link)->rebalance_ms);
    }
    return longest;
}

void rebalance_prepare(struct group *group, struct group_env *env)
{
    bool was_empty = group->state == GROUP_EMPTY;
    if (group->state == GROUP_COMPLETING_REBALANCE) {
        LIST_EACH(link, &group->members)
        {
            struct group_member *member = LIST_ITEM(link, struct group_member, link);
            if (member->sync) {
                member_alive(member, env);
            }
            answer_sync(&member->sync, group, SLICE_EMPTY, KC_ERR_REBALANCE_IN_PROGRESS);
        }
    }
    LIST_EACH(link, &group->members)
    {
        LIST_ITEM(link, struct group_member, link)->owes_sync = false;
    }
    group_enter(group, env, GROUP_PREPARING_REBALANCE);
    group->is_initial = was_empty;
    if (was_empty) {
        int32_t longest = rebalance_ms(group);
        group->rebalance_deadline_ms =
            env->now_ms + MIN_OF(env->initial_rebalance_delay_ms, longest);
        group->initial_end_ms = env->now_ms + longest;
    } else {
        group->rebalance_deadline_ms = env->now_ms + rebalance_ms(group);
    }
    rebalance_try_complete(group, env);
}

/* ---- completing ---- */

static bool all_joined(const struct group *group)
{
    LIST_EACH(link, &group->members)
    {
        if (!LIST_ITEM(link, struct group_member, link)->join) {
            return false;
        }
    }
    return list_is_empty(&group->pending);
}

/* Static members may come back under their instance id: they stay until their session ends
 * (KIP-345). */
static void drop_absent(struct group *group)
{
    LIST_EACH_SAFE(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (!member->join && !member->instance_id) {
            member_remove(group, member);
            member_destroy(member);
        }
    }
}

static bool supports(const struct group_member *member, const char *protocol)
{
    for (int32_t i = 0; i < member->protocol_count; i++) {
        if (strcmp(member->protocols[i].name, protocol) == 0) {
            return true;
        }
    }
    return false;
}

static bool all_support(const struct group *group, const char *protocol)
{
    LIST_EACH(link, &group->members)
    {
        if (!supports(LIST_ITEM(link, struct group_member, link), protocol)) {
            return false;
        }
    }
    return true;
}

/* Each member votes for the first of its protocols that all support; the most votes win, the
 * earlier one of the first member on a tie. */
const char *rebalance_select(const struct group *group)
{
    const struct group_member *first =
        LIST_ITEM(list_first(&group->members), struct group_member, link);
    const char *winner = NULL;
    int best = -1;
    for (int32_t i = 0; i < first->protocol_count; i++) {
        const char *candidate = first->protocols[i].name;
        int votes = 0;
        if (!all_support(group, candidate)) {
            continue;
        }
        LIST_EACH(link, &group->members)
        {
            const struct group_member *member = LIST_ITEM(link, struct group_member, link);
            int32_t choice = 0;
            while (!all_support(group, member->protocols[choice].name)) {
                choice++;
            }
            votes += strcmp(member->protocols[choice].name, candidate) == 0;
        }
        if (votes > best) {
            best = votes;
            winner = candidate;
        }
    }
    return winner;
}

static bool choose_protocol(struct group *group)
{
    const char *winner = rebalance_select(group);
    return winner && text_set(&group->protocol, slice_text(winner));
}

/* The leader stays when it has joined again; else the first member that has. False when memory is
 * out. */
static bool choose_leader(struct group *group)
{
    struct group_member *leader =
        group->leader ? group_find(group, slice_text(group->leader)) : NULL;
    if (leader && leader->join) {
        return true;
    }
    LIST_EACH(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (member->join) {
            return text_set(&group->leader, slice_text(member->id));
        }
    }
    return true;
}

void rebalance_answer_follower(const struct group *group, const struct group_member *member,
                               struct slice leader, struct group_answer *answer)
{
    struct join_group_response response;
    message_defaults(&join_group_response_type, &response);
    response.generation_id = group->generation;
    response.protocol_type = slice_text(group->protocol_type);
    response.protocol_name = slice_text(group->protocol);
    response.leader = leader;
    response.member_id = slice_text(member->id);
    answer->done(answer, &response);
}

void rebalance_answer_join(struct group *group, struct group_member *member,
                           struct group_answer *answer, bool skip_assignment)
{
    struct join_group_response response;
    struct join_group_response_join_group_response_member *items = NULL;
    bool is_leader = group->leader && strcmp(group->leader, member->id) == 0;
    message_defaults(&join_group_response_type, &response);
    if (is_leader) {
        items = calloc((size_t)group->member_count + 1, sizeof(*items));
        if (!items) {
            answer_join_error(answer, slice_text(member->id), KC_ERR_COORDINATOR_NOT_AVAILABLE);
            return;
        }
        response.members.items = items;
        LIST_EACH(link, &group->members)
        {
            struct group_member *other = LIST_ITEM(link, struct group_member, link);
            items[response.members.count].member_id = slice_text(other->id);
            items[response.members.count].group_instance_id = slice_text(other->instance_id);
            items[response.members.count].metadata = group_member_metadata(group, other);
            response.members.count++;
        }
    }
    response.generation_id = group->generation;
    response.protocol_type = slice_text(group->protocol_type);
    response.protocol_name = slice_text(group->protocol);
    response.leader = slice_text(group->leader);
    response.member_id = slice_text(member->id);
    response.skip_assignment = skip_assignment;
    answer->done(answer, &response);
    free(items);
}

static void become_empty(struct group *group, struct group_env *env)
{
    free(group->protocol);
    free(group->leader);
    group->protocol = NULL;
    group->leader = NULL;
    group_enter(group, env, GROUP_EMPTY);
    (void)env->store(env->context, group, false);
}

static void answer_joined(struct group *group, struct group_env *env)
{
    group_enter(group, env, GROUP_COMPLETING_REBALANCE);
    group->rebalance_deadline_ms = env->now_ms + rebalance_ms(group);
    LIST_EACH_SAFE(link, &group->members)
    {
        struct group_member *member = LIST_ITEM(link, struct group_member, link);
        struct group_answer *answer = member->join;
        /* A static member that has not come back is given time anew, and owes a sync like all. */
        member_alive(member, env);
        member->owes_sync = true;
        member->is_new = false;
        if (answer) {
            group_answer_end(answer);
            rebalance_answer_join(group, member, answer, false);
        }
    }
}

static void complete(struct group *group, struct group_env *env)
{
    drop_absent(group);
    group->generation++;
    group->is_initial = false;
    if (group->member_count == 0) {
        become_empty(group, env);
        return;
    }
    /* Joins are checked, so there is a common protocol: only memory can be missing. */
    if (!choose_leader(group) || !choose_protocol(group)) {
        group_fail_waiting(group, KC_ERR_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    answer_joined(group, env);
}

static bool any_joined(const struct group *group)
{
    LIST_EACH(link, &group->members)
    {
        if (LIST_ITEM(link, struct group_member, link)->join) {
            return true;
        }
    }
    return false;
}

void rebalance_try_complete(struct group *group, struct group_env *env)
{
    bool over = env->now_ms >= group->rebalance_deadline_ms;
    if (group->state != GROUP_PREPARING_REBALANCE) {
        return;
    }
    if (group->member_count == 0 && list_is_empty(&group->pending)) {
        complete(group, env);
        return;
    }
    /* Nobody has come back, but static members are kept: wait for them, or for their sessions to
     * end. */
    if (over && group->member_count > 0 && !any_joined(group)) {
        drop_absent(group);
        group->rebalance_deadline_ms = env->now_ms + MAX_OF(rebalance_ms(group), 1);
        if (group->member_count == 0) {
            complete(group, env);
        }
        return;
    }
    if (over || (!group->is_initial && all_joined(group))) {
        complete(group, env);
    }
}
