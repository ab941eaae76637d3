/* coordinator: is a ConsumerGroupHeartbeat well formed? */
#include "coordinator/next_parts.h"

static enum kc_err refuse(enum kc_err err, struct slice *ret_message, const char *text)
{
    *ret_message = slice_text(text);
    return err;
}

static bool is_empty_text(struct slice text)
{
    return !slice_is_null(text) && text.size == 0;
}

static const char *join_fault(const struct consumer_group_heartbeat_request *request)
{
    if (request->rebalance_timeout_ms == -1) {
        return "RebalanceTimeoutMs must be provided in first request.";
    }
    if (request->topic_partitions.count != 0) {
        return "TopicPartitions must be empty when (re-)joining.";
    }
    if (request->subscribed_topic_names.count < 0 &&
        slice_is_null(request->subscribed_topic_regex)) {
        return "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when "
               "(re-)joining.";
    }
    return NULL;
}

static const char *fault_of(const struct consumer_group_heartbeat_request *request)
{
    if (is_empty_text(request->group_id)) {
        return "GroupId can't be empty.";
    }
    if (is_empty_text(request->instance_id)) {
        return "InstanceId can't be empty.";
    }
    if (is_empty_text(request->rack_id)) {
        return "RackId can't be empty.";
    }
    if (request->member_epoch == 0) {
        return join_fault(request);
    }
    if (request->member_epoch < NEXT_EPOCH_RESTS) {
        return "MemberEpoch is invalid.";
    }
    if (request->member_epoch == NEXT_EPOCH_RESTS && slice_is_null(request->instance_id)) {
        return "InstanceId can't be null.";
    }
    return NULL;
}

static bool knows_assignor(const struct next_env *env, struct slice name)
{
    for (int32_t i = 0; i < env->assignor_count; i++) {
        if (slice_equal(env->assignors[i], name)) {
            return true;
        }
    }
    return false;
}

static const char *assignor_names(const struct next_env *env, struct arena *arena)
{
    return env->assignor_count > 1
               ? arena_printf(arena, "%.*s, %.*s", SLICE_ARGS(env->assignors[0]),
                              SLICE_ARGS(env->assignors[1]))
               : arena_printf(arena, "%.*s", SLICE_ARGS(env->assignors[0]));
}

enum kc_err group_next_check(const struct next_env *env,
                             const struct consumer_group_heartbeat_request *request,
                             struct arena *arena, struct slice *ret_message)
{
    const char *fault = fault_of(request);
    if (fault) {
        return refuse(KC_ERR_INVALID_REQUEST, ret_message, fault);
    }
    if (!slice_is_null(request->server_assignor) &&
        !knows_assignor(env, request->server_assignor)) {
        const char *names = assignor_names(env, arena);
        const char *text =
            arena_printf(arena, "ServerAssignor %.*s is not supported. Supported assignors: %s.",
                         SLICE_ARGS(request->server_assignor), names ? names : "");
        return refuse(KC_ERR_UNSUPPORTED_ASSIGNOR, ret_message, text);
    }
    if (request->subscribed_topic_regex.size > 0) {
        const char *text = arena_printf(arena, "%.*s", SLICE_ARGS(request->subscribed_topic_regex));
        return text ? next_regex_check(text, arena, ret_message) : KC_ERR_NO_MEMORY;
    }
    return KC_ERR_NONE;
}
