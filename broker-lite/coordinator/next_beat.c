/* coordinator: ConsumerGroupHeartbeat on one group, and what time does to it. */
#include "coordinator/next_parts.h"

#include "base/uuid.h"

#include <stdlib.h>

struct beat {
    struct group *group;
    struct next_env *env;
    const struct consumer_group_heartbeat_request *request;
    const struct next_caller *caller;
    struct arena *arena;
    struct consumer_group_heartbeat_response *response;
};

/* ---- who is it? ---- */

static enum kc_err fail(struct beat *beat, enum kc_err err, const char *text)
{
    beat->response->error_message = slice_text(text);
    return err;
}

static bool owns_subset(const struct consumer_group_heartbeat_request *request,
                        const struct next_member *member)
{
    bool subset = request->topic_partitions.count >= 0;
    for (int32_t i = 0; subset && i < request->topic_partitions.count; i++) {
        const struct consumer_group_heartbeat_request_topic_partitions *topic =
            &request->topic_partitions.items[i];
        for (int32_t j = 0; subset && j < topic->partitions.count; j++) {
            subset = holding_find(&member->assigned, &topic->topic_id,
                                  topic->partitions.items[j]) != NULL;
        }
    }
    return subset;
}

static enum kc_err check_epoch(struct beat *beat, const struct next_member *member)
{
    int32_t epoch = beat->request->member_epoch;
    bool is_lost_answer = epoch == member->previous_epoch && owns_subset(beat->request, member);
    if (epoch == 0 || epoch == member->epoch || (epoch < member->epoch && is_lost_answer)) {
        return KC_ERR_NONE;
    }
    return fail(beat, KC_ERR_FENCED_MEMBER_EPOCH,
                arena_printf(beat->arena,
                             "The consumer group member has a %s member epoch (%d) than the one "
                             "known by the group coordinator (%d). The member must abandon all its "
                             "partitions and rejoin.",
                             epoch > member->epoch ? "greater" : "smaller", epoch, member->epoch));
}

static enum kc_err unknown_member(struct beat *beat)
{
    return fail(beat, KC_ERR_UNKNOWN_MEMBER_ID,
                arena_printf(beat->arena, "Member %.*s is not a member of group %s.",
                             SLICE_ARGS(beat->request->member_id), beat->group->id));
}

static enum kc_err unknown_instance(struct beat *beat)
{
    return fail(beat, KC_ERR_UNKNOWN_MEMBER_ID,
                arena_printf(beat->arena, "Instance id %.*s is unknown.",
                             SLICE_ARGS(beat->request->instance_id)));
}

static enum kc_err fenced_instance(struct beat *beat, const struct next_member *holder)
{
    return fail(beat, KC_ERR_FENCED_INSTANCE_ID,
                arena_printf(beat->arena,
                             "Static member %.*s with instance id %.*s was fenced by member %s.",
                             SLICE_ARGS(beat->request->member_id),
                             SLICE_ARGS(beat->request->instance_id), holder->id));
}

static enum kc_err unreleased_instance(struct beat *beat, const struct next_member *holder)
{
    return fail(beat, KC_ERR_UNRELEASED_INSTANCE_ID,
                arena_printf(beat->arena,
                             "Static member %.*s with instance id %.*s cannot join the group "
                             "because the instance id is owned by %s member.",
                             SLICE_ARGS(beat->request->member_id),
                             SLICE_ARGS(beat->request->instance_id), holder->id));
}

/* The member that a static one has been until now; NULL in *ret_old and *ret_gone: it is new. */
static enum kc_err find_static(struct beat *beat, struct next_member **ret_old,
                               struct next_member **ret_gone)
{
    struct next_member *holder =
        group_next_find_instance(beat->group->next, beat->request->instance_id);
    if (beat->request->member_epoch == 0) {
        if (holder && holder->epoch != NEXT_EPOCH_RESTS && !holder->classic) {
            return unreleased_instance(beat, holder);
        }
        *ret_gone = holder;
        return KC_ERR_NONE;
    }
    if (!holder) {
        return unknown_instance(beat);
    }
    if (!slice_is(beat->request->member_id, holder->id)) {
        return fenced_instance(beat, holder);
    }
    *ret_old = holder;
    return check_epoch(beat, holder);
}

/* As next_member_bytes will be. */
static size_t said_bytes(const struct consumer_group_heartbeat_request *request)
{
    size_t bytes = request->subscribed_topic_regex.size;
    for (int32_t i = 0; i < request->subscribed_topic_names.count; i++) {
        bytes += sizeof(struct slice) + request->subscribed_topic_names.items[i].size;
    }
    return bytes;
}

static enum kc_err find(struct beat *beat, struct next_member **ret_old,
                        struct next_member **ret_gone)
{
    struct group_next *next = beat->group->next;
    struct next_member *known = group_next_find(next, beat->request->member_id);
    if (next->member_count >= (size_t)beat->env->size_max && !known) {
        return fail(beat, KC_ERR_GROUP_MAX_SIZE_REACHED,
                    arena_printf(beat->arena,
                                 "The consumer group has reached its maximum capacity of %d "
                                 "members.",
                                 beat->env->size_max));
    }
    if (said_bytes(beat->request) >
        beat->env->classic->bytes_left + (known ? next_member_bytes(known) : 0)) {
        return fail(beat, KC_ERR_GROUP_MAX_SIZE_REACHED,
                    "The members of all groups say more than this broker has room for.");
    }
    if (!slice_is_null(beat->request->instance_id)) {
        enum kc_err err = find_static(beat, ret_old, ret_gone);
        /* A dynamic member may have had this id. */
        *ret_old = !err && !*ret_old && known != *ret_gone ? known : *ret_old;
        return err;
    }
    if (!known && beat->request->member_epoch != 0) {
        return unknown_member(beat);
    }
    *ret_old = known;
    return known ? check_epoch(beat, known) : KC_ERR_NONE;
}

/* A copy to work on, with what the heartbeat says of it. */
static struct next_member *make_fresh(struct beat *beat, const struct next_member *old,
                                      const struct next_member *gone)
{
    struct slice id = beat->request->member_id;
    char text[UUID_TEXT_SIZE];
    if (id.size == 0) {
        struct uuid uuid;
        uuid_random(beat->env->random, &uuid);
        uuid_show(&uuid, text);
        id = slice_text(text);
    }
    struct next_member *fresh = old    ? next_member_copy(old, id)
                                : gone ? next_member_copy(gone, id)
                                       : next_member_create(id);
    if (fresh && gone && !old) {
        fresh->epoch = 0;
        fresh->previous_epoch = 0;
    }
    if (!fresh || !next_member_update(fresh, beat->request, beat->caller->client_id,
                                      beat->caller->client_host)) {
        next_member_destroy(fresh);
        return NULL;
    }
    next_classic_destroy(fresh->classic);
    fresh->classic = NULL;
    return fresh;
}

/* ---- the answer ---- */

static bool fill_assignment(struct beat *beat, const struct holding *assigned)
{
    struct consumer_group_heartbeat_response_assignment *assignment =
        arena_alloc(beat->arena, sizeof(*assignment));
    int32_t *numbers = arena_alloc_array(beat->arena, assigned->count, sizeof(*numbers));
    struct consumer_group_heartbeat_response_topic_partitions *topics =
        arena_alloc_array(beat->arena, assigned->count, sizeof(*topics));
    int32_t count = 0;
    if (!assignment || !numbers || !topics) {
        return false;
    }
    for (size_t i = 0; i < assigned->count; i++) {
        const struct holding_item *item = &assigned->items[i];
        if (i == 0 || !uuid_equal(&item->topic, &topics[count - 1].topic_id)) {
            topics[count].topic_id = item->topic;
            topics[count].partitions.items = &numbers[i];
            topics[count++].partitions.count = 0;
        }
        numbers[i] = item->partition;
        topics[count - 1].partitions.count++;
    }
    assignment->topic_partitions.items = topics;
    assignment->topic_partitions.count = count;
    beat->response->assignment = assignment;
    return true;
}

static bool wants_assignment(const struct beat *beat, const struct next_member *old,
                             const struct next_member *fresh)
{
    const struct consumer_group_heartbeat_request *request = beat->request;
    bool is_full = request->rebalance_timeout_ms != -1 &&
                   (request->subscribed_topic_names.count >= 0 ||
                    !slice_is_null(request->subscribed_topic_regex)) &&
                   request->topic_partitions.count >= 0;
    return request->member_epoch == 0 || is_full || !old ||
           !holding_equal(&old->assigned, &fresh->assigned);
}

static enum kc_err answer(struct beat *beat, const struct next_member *old,
                          const struct next_member *fresh)
{
    struct consumer_group_heartbeat_response *response = beat->response;
    struct slice id = arena_copy(beat->arena, slice_text(fresh->id));
    if (slice_is_null(id) ||
        (wants_assignment(beat, old, fresh) && !fill_assignment(beat, &fresh->assigned))) {
        return KC_ERR_NO_MEMORY;
    }
    response->member_id = id;
    response->member_epoch = fresh->epoch;
    response->heartbeat_interval_ms = beat->env->heartbeat_ms;
    return KC_ERR_NONE;
}

static enum kc_err stay(struct beat *beat)
{
    struct next_member *old = NULL;
    struct next_member *gone = NULL;
    struct next_step step;
    enum kc_err err = find(beat, &old, &gone);
    struct next_member *fresh = err ? NULL : make_fresh(beat, old, gone);
    if (err || !fresh) {
        return err ? err : KC_ERR_NO_MEMORY;
    }
    if (!next_step_init(&step, beat->group, beat->env, old, fresh, gone)) {
        err = KC_ERR_NO_MEMORY;
    }
    err = err ? err : next_step_work_out(&step, beat->request);
    err = err ? err : answer(beat, old, fresh);
    err = err ? err : next_step_commit(&step);
    if (!err) {
        beat->group->next->is_outdated = false;
    }
    next_step_finish(&step);
    return err;
}

/* ---- leaving ---- */

enum kc_err next_member_put_out(struct group *group, struct next_env *env,
                                struct next_member *member)
{
    struct next_step step;
    enum kc_err err = KC_ERR_NO_MEMORY;
    bool good = next_step_init(&step, group, env, NULL, NULL, member);
    if (good && next_downgrade_is_due(&step)) {
        err = next_downgrade(&step, true);
    } else if (good) {
        next_record_drop_member(&step.journal, group->id, member->id);
        err = next_step_follow(&step);
        err = err ? err : next_step_commit(&step);
    }
    next_step_finish(&step);
    return err;
}

static enum kc_err rest(struct beat *beat, struct next_member *member)
{
    struct next_step step;
    struct next_member *fresh = next_member_copy(member, slice_text(member->id));
    enum kc_err err = KC_ERR_NO_MEMORY;
    if (!fresh) {
        return err;
    }
    fresh->epoch = NEXT_EPOCH_RESTS;
    holding_finish(&fresh->revoking);
    fresh->owes_by_ms = INT64_MAX;
    if (next_step_init(&step, beat->group, beat->env, member, fresh, NULL)) {
        next_record_add_current(&step.journal, beat->group->id, fresh);
        err = next_step_commit(&step);
    }
    next_step_finish(&step);
    return err;
}

static enum kc_err leave(struct beat *beat)
{
    const struct consumer_group_heartbeat_request *request = beat->request;
    struct group_next *next = beat->group->next;
    bool is_static = !slice_is_null(request->instance_id);
    struct next_member *member = is_static ? group_next_find_instance(next, request->instance_id)
                                           : group_next_find(next, request->member_id);
    if (!member) {
        return is_static ? unknown_instance(beat) : unknown_member(beat);
    }
    if (is_static && !slice_is(request->member_id, member->id)) {
        return fenced_instance(beat, member);
    }
    beat->response->member_id = request->member_id;
    beat->response->member_epoch = request->member_epoch;
    return request->member_epoch == NEXT_EPOCH_RESTS
               ? rest(beat, member)
               : next_member_put_out(beat->group, beat->env, member);
}

enum kc_err group_next_heartbeat(struct group *group, struct next_env *env,
                                 const struct consumer_group_heartbeat_request *request,
                                 const struct next_caller *caller, struct arena *arena,
                                 struct consumer_group_heartbeat_response *ret_response)
{
    struct consumer_group_heartbeat_response response;
    struct beat beat = { group, env, request, caller, arena, &response };
    message_defaults(&consumer_group_heartbeat_response_type, &response);
    enum kc_err err = request->member_epoch < 0 ? leave(&beat) : stay(&beat);
    if (err) {
        struct slice message = response.error_message;
        message_defaults(&consumer_group_heartbeat_response_type, &response);
        err = err == KC_ERR_NO_MEMORY ? KC_ERR_COORDINATOR_NOT_AVAILABLE : err;
        response.error_code = (int16_t)err;
        response.error_message = message;
    }
    *ret_response = response;
    return err;
}

/* ---- time ---- */

void group_next_tick(struct group *group, struct next_env *env)
{
    struct group_next *next = group->next;
    for (size_t i = 0; i < next->member_count;) {
        struct next_member *member = next->members[i];
        bool is_over = env->now_ms >= member->expires_ms || env->now_ms >= member->owes_by_ms;
        if (!is_over || next_member_put_out(group, env, member) != KC_ERR_NONE) {
            i++; /* what could not be stored is tried again */
        } else if (!group->next) {
            return; /* a classic one now */
        }
    }
}
