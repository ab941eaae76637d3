/* coordinator: JoinGroup on one group. */
#include "coordinator/group_parts.h"

#include "base/uuid.h"

#include <stdio.h>
#include <stdlib.h>

enum { SKIP_VERSION = 9 };

/* CLIENT-UUID, or INSTANCE-UUID: the prefix is for people who read logs. */
static char *new_member_id(const struct group_join *join, struct group_env *env)
{
    struct uuid uuid;
    char text[UUID_TEXT_SIZE + 16];
    struct slice prefix = slice_is_null(join->request->group_instance_id)
                              ? join->client_id
                              : join->request->group_instance_id;
    const uint8_t *b = uuid.bytes;
    uuid_random(env->random, &uuid);
    (void)snprintf(text, sizeof(text),
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    size_t size = prefix.size + strlen(text) + 2;
    char *id = malloc(size);
    if (id) {
        (void)snprintf(id, size, "%.*s-%s", SLICE_ARGS(prefix), text);
    }
    return id;
}

/* ---- checks ---- */

static bool has_common_protocol(const struct group *group, const struct join_group_request *request,
                                const struct group_member *except)
{
    for (int32_t i = 0; i < request->protocols.count; i++) {
        bool all = true;
        LIST_EACH(link, &group->members)
        {
            const struct group_member *member = LIST_ITEM(link, struct group_member, link);
            bool found = member == except;
            for (int32_t j = 0; !found && j < member->protocol_count; j++) {
                found = slice_is(request->protocols.items[i].name, member->protocols[j].name);
            }
            all = all && found;
        }
        if (all) {
            return true;
        }
    }
    return false;
}

static enum kc_err check_protocols(const struct group *group, const struct group_env *env,
                                   const struct join_group_request *request,
                                   const struct group_member *except)
{
    size_t bytes = 0;
    if (request->protocol_type.size == 0 || request->protocols.count <= 0 ||
        request->protocols.count > GROUP_PROTOCOLS_MAX) {
        return KC_ERR_INCONSISTENT_GROUP_PROTOCOL;
    }
    for (int32_t i = 0; i < request->protocols.count; i++) {
        bytes += request->protocols.items[i].name.size + request->protocols.items[i].metadata.size;
    }
    if (bytes > GROUP_MEMBER_BYTES_MAX) {
        return KC_ERR_INVALID_REQUEST;
    }
    if (bytes > env->bytes_left + (except ? member_bytes(except) : 0)) {
        return KC_ERR_GROUP_MAX_SIZE_REACHED;
    }
    bool others = group->member_count > (except ? 1 : 0);
    if (others &&
        ((group->protocol_type && !slice_is(request->protocol_type, group->protocol_type)) ||
         !has_common_protocol(group, request, except))) {
        return KC_ERR_INCONSISTENT_GROUP_PROTOCOL;
    }
    return KC_ERR_NONE;
}

/* While members come back, the first ones do: so a group shrinks when the limit was lowered. Ids
 * that were only given out count nothing. */
static bool has_room(const struct group *group, const struct group_env *env,
                     const struct group_member *member)
{
    int32_t joined = 0;
    if (group->state == GROUP_EMPTY || group->state == GROUP_DEAD) {
        return true;
    }
    if (group->state != GROUP_PREPARING_REBALANCE) {
        return member || group->member_count < env->size_max;
    }
    LIST_EACH(link, &group->members)
    {
        const struct group_member *other = LIST_ITEM(link, struct group_member, link);
        joined += other->join || other->is_new; /* a new one whose connection is lost has joined */
    }
    return (member && member->join) || joined < env->size_max;
}

/* ---- joining ---- */

static void park_join(struct group *group, struct group_env *env, struct group_member *member,
                      struct group_answer *answer)
{
    if (member->join) {
        /* Asked again, on another connection: the older one will not hear of it. */
        struct group_answer *older = member->join;
        group_answer_end(older);
        answer_join_error(older, slice_text(member->id), KC_ERR_REBALANCE_IN_PROGRESS);
    }
    member->join = answer;
    answer->place = &member->join;
    if (group->state != GROUP_PREPARING_REBALANCE) {
        rebalance_prepare(group, env);
        return;
    }
    if (group->is_initial && member->is_new) {
        /* Each newcomer gives the others a little longer to come. */
        int64_t later = env->now_ms + env->initial_rebalance_delay_ms;
        group->rebalance_deadline_ms = MIN_OF(later, group->initial_end_ms);
    }
    rebalance_try_complete(group, env);
}

static void join_as_new(struct group *group, struct group_env *env, const struct group_join *join,
                        struct slice member_id, struct group_answer *answer)
{
    struct group_member *member = member_create(member_id, join);
    if (!member || (group->member_count == 0 &&
                    !text_set(&group->protocol_type, join->request->protocol_type))) {
        member_destroy(member);
        answer_join_error(answer, member_id, KC_ERR_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    /* An empty group that is no longer waiting begins again. */
    member->expires_ms = env->now_ms + NEW_MEMBER_JOIN_MS;
    member_add(group, member);
    park_join(group, env, member, answer);
}

static void give_member_id(struct group *group, struct group_env *env,
                           const struct group_join *join, char *member_id,
                           struct group_answer *answer)
{
    if (!pending_add(group, member_id, env->now_ms + join->request->session_timeout_ms)) {
        answer_join_error(answer, SLICE_NULL, KC_ERR_COORDINATOR_NOT_AVAILABLE);
        free(member_id);
        return;
    }
    answer_join_error(answer, slice_text(member_id), KC_ERR_MEMBER_ID_REQUIRED);
}

/* What a subscription holds besides topics (generation, partitions owned) differs after every
 * restart: only another choice of protocol is a reason to rebalance, as Kafka has it. */
static bool rejoin_keeps_state(const struct group *group)
{
    const char *next = rebalance_select(group);
    return group->state == GROUP_STABLE && next && group->protocol &&
           strcmp(next, group->protocol) == 0;
}

/* A static member has come back under a new member id (KIP-345): it takes the old one's place,
 * without a rebalance when the group's protocol stays. From version 9 on a leader is told that it
 * need not assign again (KIP-814); an older one takes itself for a follower, as it is told that the
 * one whose place it has leads. */
static void return_static(struct group *group, struct group_env *env, const struct group_join *join,
                          struct group_member *member, const char *old_leader,
                          struct group_answer *answer)
{
    struct slice id = slice_text(member->id);
    bool leads = group->leader && slice_is(id, group->leader);
    if (!member_update(member, join)) {
        answer_join_error(answer, id, KC_ERR_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    member_alive(member, env);
    if (!rejoin_keeps_state(group)) {
        park_join(group, env, member, answer);
        return;
    }
    enum kc_err err = env->store(env->context, group, true);
    if (err) {
        answer_join_error(answer, id, err);
    } else if (join->version >= SKIP_VERSION) {
        rebalance_answer_join(group, member, answer, leads);
    } else {
        rebalance_answer_follower(group, member, slice_text(old_leader), answer);
    }
}

static void replace_static(struct group *group, struct group_env *env,
                           const struct group_join *join, struct group_member *member,
                           char *member_id, struct group_answer *answer)
{
    char *old_id = member->id;
    bool was_leader = group->leader && strcmp(group->leader, old_id) == 0;
    if (member->join) {
        struct group_answer *older = member->join;
        group_answer_end(older);
        answer_join_error(older, slice_text(old_id), KC_ERR_FENCED_INSTANCE_ID);
    }
    answer_sync(&member->sync, group, SLICE_EMPTY, KC_ERR_FENCED_INSTANCE_ID);
    member->id = member_id;
    if (was_leader) {
        (void)text_set(&group->leader, slice_text(member_id));
    }
    return_static(group, env, join, member, was_leader ? old_id : group->leader, answer);
    free(old_id);
}

static void join_without_id(struct group *group, struct group_env *env,
                            const struct group_join *join, struct group_answer *answer)
{
    struct slice instance = join->request->group_instance_id;
    struct group_member *holder = group_find_instance(group, instance);
    char *member_id = new_member_id(join, env);
    if (!member_id) {
        answer_join_error(answer, SLICE_NULL, KC_ERR_COORDINATOR_NOT_AVAILABLE);
    } else if (holder) {
        replace_static(group, env, join, holder, member_id, answer);
    } else if (join->version >= 4 && slice_is_null(instance)) {
        give_member_id(group, env, join, member_id, answer);
    } else {
        join_as_new(group, env, join, slice_text(member_id), answer);
        free(member_id);
    }
}

static void join_again(struct group *group, struct group_env *env, const struct group_join *join,
                       struct group_member *member, struct group_answer *answer)
{
    bool is_leader = group->leader && strcmp(group->leader, member->id) == 0;
    bool same = member_protocols_equal(member, join->request);
    bool in_completing = group->state == GROUP_COMPLETING_REBALANCE && same;
    bool in_stable = group->state == GROUP_STABLE && same && !is_leader;
    if (group->state == GROUP_EMPTY || group->state == GROUP_DEAD) {
        answer_join_error(answer, slice_text(member->id), KC_ERR_UNKNOWN_MEMBER_ID);
        return;
    }
    if (in_completing || in_stable) {
        /* It has missed the answer: the generation is the one it knows nothing of. */
        member_alive(member, env);
        rebalance_answer_join(group, member, answer, false);
        return;
    }
    if (!member_update(member, join)) {
        answer_join_error(answer, slice_text(member->id), KC_ERR_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    park_join(group, env, member, answer);
}

static void join_with_id(struct group *group, struct group_env *env, const struct group_join *join,
                         struct group_answer *answer)
{
    struct slice member_id = join->request->member_id;
    struct slice instance = join->request->group_instance_id;
    struct group_pending *pending = pending_find(group, member_id);
    struct group_member *member = group_find(group, member_id);
    struct group_member *holder = group_find_instance(group, instance);
    if (pending && slice_is_null(instance)) {
        pending_remove(group, pending);
        join_as_new(group, env, join, member_id, answer);
    } else if (holder && holder != member) {
        answer_join_error(answer, member_id, KC_ERR_FENCED_INSTANCE_ID);
    } else if (!member || (!slice_is_null(instance) && !holder)) {
        answer_join_error(answer, member_id, KC_ERR_UNKNOWN_MEMBER_ID);
    } else {
        join_again(group, env, join, member, answer);
    }
}

void group_join(struct group *group, struct group_env *env, const struct group_join *join,
                struct group_answer *answer)
{
    const struct join_group_request *request = join->request;
    struct group_member *member = group_find(group, request->member_id);
    struct group_member *holder = group_find_instance(group, request->group_instance_id);
    answer->version = join->version;
    answer->place = NULL;
    enum kc_err err = check_protocols(group, env, request, member ? member : holder);
    if (!has_room(group, env, member ? member : holder)) {
        answer_join_error(answer, SLICE_EMPTY, KC_ERR_GROUP_MAX_SIZE_REACHED);
    } else if (err) {
        answer_join_error(answer, request->member_id, err);
    } else if (request->member_id.size == 0) {
        join_without_id(group, env, join, answer);
    } else {
        join_with_id(group, env, join, answer);
    }
}
