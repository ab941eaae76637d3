/* coordinator: members of a consumer group that speak the classic protocol: their JoinGroup is what
 * a heartbeat is for the others, SyncGroup tells what they have, Heartbeat whether to join again.
 */
#include "coordinator/next_parts.h"

#include "base/uuid.h"

#include <stdlib.h>

enum { MEMBER_ID_VERSION = 4 };

struct next_joining {
    struct group *group;
    struct next_env *env;
    const struct group_join *join;
    struct slice member_id;
    struct arena *arena;
    struct consumer_protocol_subscription subscription;
    struct consumer_group_heartbeat_request request; /* what the join says, in the others' words */
};

/* ---- is it welcome? ---- */

static bool all_offer(const struct group_next *next, struct slice protocol)
{
    for (size_t i = 0; i < next->member_count; i++) {
        const struct next_classic *classic = next->members[i]->classic;
        if (classic && !next_classic_offers(classic, protocol)) {
            return false;
        }
    }
    return true;
}

static enum kc_err check(struct next_joining *joining)
{
    const struct join_group_request *request = joining->join->request;
    const struct group_next *next = joining->group->next;
    size_t bytes = 0;
    bool common = false;
    const struct next_member *known = group_next_find(next, request->member_id);
    if (next->member_count >= (size_t)joining->env->size_max && !known) {
        return KC_ERR_GROUP_MAX_SIZE_REACHED;
    }
    for (int32_t i = 0; i < request->protocols.count && i < GROUP_PROTOCOLS_MAX; i++) {
        common = common || all_offer(next, request->protocols.items[i].name);
        bytes += request->protocols.items[i].name.size + request->protocols.items[i].metadata.size;
    }
    if (!slice_is(request->protocol_type, "consumer") || !common ||
        request->protocols.count > GROUP_PROTOCOLS_MAX) {
        return KC_ERR_INCONSISTENT_GROUP_PROTOCOL;
    }
    if (bytes > GROUP_MEMBER_BYTES_MAX) {
        return KC_ERR_INVALID_REQUEST;
    }
    if (bytes > joining->env->classic->bytes_left + (known ? next_member_bytes(known) : 0)) {
        return KC_ERR_GROUP_MAX_SIZE_REACHED;
    }
    enum kc_err err = subscription_read(request->protocols.items[0].metadata, joining->arena,
                                        &joining->subscription);
    return err && err != KC_ERR_NO_MEMORY ? KC_ERR_INCONSISTENT_GROUP_PROTOCOL : err;
}

/* What it has says the subscription, by name; topics that are gone are nobody's. */
static enum kc_err fill_owned(struct next_joining *joining)
{
    const struct consumer_protocol_subscription *subscription = &joining->subscription;
    struct consumer_group_heartbeat_request_topic_partitions *items = arena_alloc_array(
        joining->arena, (size_t)subscription->owned_partitions.count + 1, sizeof(*items));
    int32_t count = 0;
    if (!items) {
        return KC_ERR_NO_MEMORY;
    }
    for (int32_t i = 0; i < subscription->owned_partitions.count; i++) {
        const struct image_topic *topic =
            image_topic(joining->env->image, subscription->owned_partitions.items[i].topic);
        if (topic) {
            items[count].topic_id = topic->id;
            items[count].partitions.items =
                subscription->owned_partitions.items[i].partitions.items;
            items[count++].partitions.count =
                subscription->owned_partitions.items[i].partitions.count;
        }
    }
    joining->request.topic_partitions.items = items;
    joining->request.topic_partitions.count = count;
    return KC_ERR_NONE;
}

static enum kc_err fill_request(struct next_joining *joining)
{
    const struct join_group_request *request = joining->join->request;
    struct consumer_group_heartbeat_request *filled = &joining->request;
    message_defaults(&consumer_group_heartbeat_request_type, filled);
    filled->group_id = request->group_id;
    filled->member_id = joining->member_id;
    filled->instance_id = request->group_instance_id;
    filled->rack_id = joining->subscription.rack_id;
    filled->rebalance_timeout_ms = request->rebalance_timeout_ms >= 0
                                       ? request->rebalance_timeout_ms
                                       : request->session_timeout_ms;
    filled->subscribed_topic_names.items = joining->subscription.topics.items;
    filled->subscribed_topic_names.count = joining->subscription.topics.count;
    filled->subscribed_topic_regex = SLICE_EMPTY; /* the client knows what its pattern means */
    return fill_owned(joining);
}

/* ---- joining ---- */

static enum kc_err find(struct next_joining *joining, struct next_member **ret_old,
                        struct next_member **ret_gone)
{
    const struct join_group_request *request = joining->join->request;
    struct group_next *next = joining->group->next;
    struct next_member *holder = group_next_find_instance(next, request->group_instance_id);
    if (slice_is_null(request->group_instance_id)) {
        *ret_old = group_next_find(next, joining->member_id);
        return KC_ERR_NONE;
    }
    if (request->member_id.size == 0) {
        *ret_gone = holder; /* whatever it spoke: it takes its place */
        return KC_ERR_NONE;
    }
    if (!holder) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    if (!slice_is(request->member_id, holder->id)) {
        return KC_ERR_FENCED_INSTANCE_ID;
    }
    *ret_old = holder;
    return KC_ERR_NONE;
}

static struct next_member *make_fresh(struct next_joining *joining, const struct next_member *old,
                                      const struct next_member *gone)
{
    const struct next_member *from = old ? old : gone;
    struct next_member *fresh =
        from ? next_member_copy(from, joining->member_id) : next_member_create(joining->member_id);
    struct next_classic *classic = next_classic_of_join(joining->join->request);
    if (fresh && gone && !old) {
        fresh->epoch = 0;
        fresh->previous_epoch = 0;
    }
    if (!fresh || !classic ||
        !next_member_update(fresh, &joining->request, joining->join->client_id,
                            joining->join->client_host)) {
        next_classic_destroy(classic);
        next_member_destroy(fresh);
        return NULL;
    }
    next_classic_destroy(fresh->classic);
    fresh->classic = classic;
    return fresh;
}

static enum kc_err answer(struct next_joining *joining, const struct next_member *member,
                          struct join_group_response *response)
{
    struct slice protocol = arena_copy(joining->arena, next_classic_protocol(member->classic));
    struct slice id = arena_copy(joining->arena, slice_text(member->id));
    if (slice_is_null(protocol) || slice_is_null(id)) {
        return KC_ERR_NO_MEMORY;
    }
    message_defaults(&join_group_response_type, response);
    response->generation_id = member->epoch;
    response->protocol_type = slice_text("consumer");
    response->protocol_name = protocol;
    response->member_id = id;
    return KC_ERR_NONE;
}

/* In the place of the last member that spoke KIP-848: the group is a classic one with the targets
 * that were worked out last. Those that are behind hold until its leader makes others. */
static enum kc_err go_back(struct next_joining *joining, struct next_step *step,
                           struct join_group_response *response)
{
    enum kc_err err = next_step_follow(step);
    bool is_stale = step->epoch > step->target_epoch;
    err = err || is_stale ? err : next_step_move(step, &joining->request);
    err = err ? err : answer(joining, step->fresh, response);
    return err ? err : next_downgrade(step, is_stale);
}

static enum kc_err stay(struct next_joining *joining, struct next_step *step,
                        struct join_group_response *response)
{
    enum kc_err err = next_step_work_out(step, &joining->request);
    err = err ? err : answer(joining, step->fresh, response);
    if (!err) {
        step->fresh->owes_by_ms = joining->env->now_ms + step->fresh->rebalance_ms;
        err = next_step_commit(step);
    }
    if (!err) {
        joining->group->next->is_outdated = false;
    }
    return err;
}

static enum kc_err work(struct next_joining *joining, struct join_group_response *response)
{
    struct next_member *old = NULL;
    struct next_member *gone = NULL;
    struct next_step step;
    enum kc_err err = find(joining, &old, &gone);
    struct next_member *fresh = err ? NULL : make_fresh(joining, old, gone);
    if (err || !fresh) {
        return err ? err : KC_ERR_NO_MEMORY;
    }
    if (!next_step_init(&step, joining->group, joining->env, old, fresh, gone)) {
        err = KC_ERR_NO_MEMORY;
    } else if (gone && next_downgrade_is_due(&step)) {
        err = go_back(joining, &step, response);
    } else {
        err = stay(joining, &step, response);
    }
    next_step_finish(&step);
    return err;
}

void group_next_join(struct group *group, struct next_env *env, const struct group_join *join,
                     struct group_answer *answer)
{
    struct slice member_id = join->request->member_id;
    struct join_group_response response;
    struct arena arena;
    struct uuid uuid;
    char text[UUID_TEXT_SIZE];
    arena_init(&arena, GROUP_ARENA_BYTES_MAX);
    struct next_joining joining = { .group = group, .env = env, .join = join, .arena = &arena };
    if (member_id.size == 0) {
        uuid_random(env->random, &uuid);
        uuid_show(&uuid, text);
    }
    joining.member_id = member_id.size > 0 ? member_id : slice_text(text);
    answer->version = join->version;
    answer->place = NULL;
    enum kc_err err = check(&joining);
    if (!err && member_id.size == 0 && join->version >= MEMBER_ID_VERSION &&
        slice_is_null(join->request->group_instance_id)) {
        err = KC_ERR_MEMBER_ID_REQUIRED; /* KIP-394 */
    }
    err = err ? err : fill_request(&joining);
    err = err ? err : work(&joining, &response);
    if (err) {
        answer_join_error(answer,
                          err == KC_ERR_MEMBER_ID_REQUIRED ? joining.member_id : SLICE_EMPTY,
                          err == KC_ERR_NO_MEMORY ? KC_ERR_COORDINATOR_NOT_AVAILABLE : err);
    } else {
        answer->done(answer, &response);
    }
    arena_finish(&arena);
}
