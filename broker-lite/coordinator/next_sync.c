/* coordinator: SyncGroup and Heartbeat on a consumer group: those of its members that speak the
 * classic protocol; and LeaveGroup, by which an operator puts any of them out. */
#include "coordinator/next_parts.h"

#include <stdlib.h>

static enum kc_err find(const struct group_next *next, struct slice member_id,
                        struct slice instance_id, struct next_member **ret_member)
{
    struct next_member *member = slice_is_null(instance_id)
                                     ? group_next_find(next, member_id)
                                     : group_next_find_instance(next, instance_id);
    if (!member) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    if (!slice_is(member_id, member->id)) {
        return KC_ERR_FENCED_INSTANCE_ID;
    }
    *ret_member = member;
    return KC_ERR_NONE;
}

static enum kc_err find_classic(const struct group_next *next, struct slice member_id,
                                struct slice instance_id, int32_t generation,
                                struct next_member **ret_member)
{
    enum kc_err err = find(next, member_id, instance_id, ret_member);
    if (err) {
        return err;
    }
    if (!(*ret_member)->classic) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    return generation == (*ret_member)->epoch ? KC_ERR_NONE : KC_ERR_ILLEGAL_GENERATION;
}

static void alive(struct next_member *member, const struct next_env *env)
{
    member->expires_ms = env->now_ms + member->classic->session_ms;
}

/* It is told to join again: from the first time on, it has so long. */
static enum kc_err must_join(struct next_member *member, const struct next_env *env)
{
    if (member->owes_by_ms == INT64_MAX) {
        member->owes_by_ms = env->now_ms + member->rebalance_ms;
    }
    return KC_ERR_REBALANCE_IN_PROGRESS;
}

/* ---- syncing ---- */

enum kc_err next_assignment_write(const struct image *image, const struct holding *holding,
                                  int16_t version, struct bytes *out)
{
    struct consumer_protocol_assignment assignment;
    struct writer writer;
    int32_t *numbers = malloc((holding->count + 1) * sizeof(*numbers));
    message_defaults(&consumer_protocol_assignment_type, &assignment);
    assignment.assigned_partitions.items =
        calloc(holding->count + 1, sizeof(*assignment.assigned_partitions.items));
    enum kc_err err =
        numbers && assignment.assigned_partitions.items ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    const struct image_topic *topic = NULL;
    for (size_t i = 0; !err && i < holding->count; i++) {
        if (i == 0 || !uuid_equal(&holding->items[i].topic, &holding->items[i - 1].topic)) {
            topic = image_topic_by_id(image, &holding->items[i].topic);
            assignment.assigned_partitions.count += topic != NULL;
        }
        if (topic) {
            struct consumer_protocol_assignment_topic_partition *item =
                &assignment.assigned_partitions.items[assignment.assigned_partitions.count - 1];
            item->topic = slice_text(topic->name);
            item->partitions.items = item->partitions.count ? item->partitions.items : &numbers[i];
            item->partitions.items[item->partitions.count++] = holding->items[i].partition;
        }
    }
    if (!err) {
        writer_init(&writer, out);
        write_i16(&writer, version);
        err = message_encode(&consumer_protocol_assignment_type, version, &assignment, &writer);
    }
    free(assignment.assigned_partitions.items);
    free(numbers);
    return err;
}

static enum kc_err check_sync(const struct group *group, struct next_env *env,
                              const struct sync_group_request *request,
                              struct next_member **ret_member)
{
    const struct group_next *next = group->next;
    enum kc_err err = find_classic(next, request->member_id, request->group_instance_id,
                                   request->generation_id, ret_member);
    if (err) {
        return err;
    }
    struct next_member *member = *ret_member;
    if ((!slice_is_null(request->protocol_type) && !slice_is(request->protocol_type, "consumer")) ||
        (!slice_is_null(request->protocol_name) &&
         !slice_equal(request->protocol_name, next_classic_protocol(member->classic)))) {
        return KC_ERR_INCONSISTENT_GROUP_PROTOCOL;
    }
    /* One that is to give something back has joined already: it hears of it by what it gets. */
    if (next->target_epoch > member->epoch && member->state != NEXT_MEMBER_UNREVOKED) {
        return must_join(member, env);
    }
    return KC_ERR_NONE;
}

void group_next_sync(struct group *group, struct next_env *env,
                     const struct sync_group_request *request, struct group_answer *answer)
{
    struct sync_group_response response;
    struct next_member *member = NULL;
    struct bytes assignment;
    bytes_init(&assignment, GROUP_ARENA_BYTES_MAX);
    enum kc_err err = check_sync(group, env, request, &member);
    err = err ? err
              : next_assignment_write(env->image, &member->assigned,
                                      next_classic_version(member->classic), &assignment);
    err = err == KC_ERR_NO_MEMORY ? KC_ERR_COORDINATOR_NOT_AVAILABLE : err;
    message_defaults(&sync_group_response_type, &response);
    response.error_code = (int16_t)err;
    response.assignment = err ? SLICE_EMPTY : bytes_slice(&assignment);
    if (!err) {
        response.protocol_type = request->protocol_type;
        response.protocol_name = request->protocol_name;
        alive(member, env);
        member->owes_by_ms = INT64_MAX;
    }
    answer->place = NULL;
    answer->done(answer, &response);
    bytes_finish(&assignment);
}

/* ---- heartbeats ---- */

/* Something that it is to have is still with another. */
static bool waits_for_others(const struct group_next *next, const struct next_member *member)
{
    for (size_t i = 0; i < member->target.count; i++) {
        const struct holding_item *item = &member->target.items[i];
        for (size_t j = 0; j < next->member_count; j++) {
            const struct next_member *other = next->members[j];
            if (other != member &&
                !holding_find(&member->assigned, &item->topic, item->partition) &&
                (holding_find(&other->assigned, &item->topic, item->partition) ||
                 holding_find(&other->revoking, &item->topic, item->partition))) {
                return true;
            }
        }
    }
    return false;
}

/* Where no member speaks KIP-848, no heartbeat works new targets out: somebody joins for that.
 * (In Kafka 4.3 they stay behind.) */
static bool nobody_works_out(const struct group_next *next, const struct next_env *env)
{
    bool nobody = next_targets_are_due(next, next->epoch, env);
    for (size_t i = 0; nobody && i < next->member_count; i++) {
        nobody = next->members[i]->classic != NULL;
    }
    return nobody;
}

enum kc_err group_next_classic_beat(struct group *group, struct next_env *env,
                                    const struct heartbeat_request *request)
{
    const struct group_next *next = group->next;
    struct next_member *member = NULL;
    enum kc_err err = find_classic(next, request->member_id, request->group_instance_id,
                                   request->generation_id, &member);
    if (err) {
        return err;
    }
    alive(member, env);
    bool is_free = member->state == NEXT_MEMBER_UNRELEASED && !waits_for_others(next, member);
    return member->epoch < next->target_epoch || member->state == NEXT_MEMBER_UNREVOKED ||
                   is_free || nobody_works_out(next, env)
               ? must_join(member, env)
               : KC_ERR_NONE;
}

/* ---- leaving ---- */

enum kc_err group_next_leave(struct group *group, struct next_env *env, struct slice member_id,
                             struct slice instance_id)
{
    struct next_member *member = group_next_find_instance(group->next, instance_id);
    if (slice_is_null(instance_id)) {
        member = group_next_find(group->next, member_id);
    } else if (member && member_id.size > 0 && !slice_is(member_id, member->id)) {
        return KC_ERR_FENCED_INSTANCE_ID;
    }
    if (!member) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    enum kc_err err = next_member_put_out(group, env, member);
    return err == KC_ERR_NO_MEMORY ? KC_ERR_COORDINATOR_NOT_AVAILABLE : err;
}
