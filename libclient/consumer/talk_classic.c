/* consumer: what a member of a classic group says to its coordinator and hears from it. */
#include "consumer/blob.h"
#include "consumer/state.h"

#include <assert.h>
#include <stdlib.h>

enum { TALK_JOIN_GRACE_MS = 5000, TALK_LEAVE_VERSION_LIST = 3 };

static bool talk_on_join(struct inquiry *inquiry, const struct conn_reply *reply)
{
    struct consumer *consumer = inquiry->consumer;
    struct join_group_response response;
    struct arena arena;

    consumer->join = NULL;
    arena_init(&arena, 0);
    enum kc_err err = conn_reply_decode(reply, &arena, &response);
    bool has_answer = !err;
    if (!err) {
        err = (enum kc_err)response.error_code;
    }
    if (!err) {
        plan_take(consumer, reply);
    }
    group_reply(consumer, MEMBER_JOIN_ANSWERED, err, has_answer ? &response : NULL, reply);
    arena_finish(&arena);
    return false;
}

/* What the member says of itself to the strategy. What is owned goes only to a cooperative one: an
 * eager member has given everything back. */
static struct slice talk_subscription(struct consumer *consumer, const struct assignor *assignor,
                                      const struct assign_member *own, struct arena *arena)
{
    struct assign_member told = *own;

    if (assignor->user_data) {
        struct assign_telling telling = { .topics = own->topics,
                                          .topic_count = own->topic_count,
                                          .last = consumer->last,
                                          .last_count = consumer->last_count,
                                          .generation = consumer->last_generation,
                                          .context = assignor->context };
        told.user_data = assignor->user_data(&telling, arena);
    }
    return blob_write_subscription(&told, arena);
}

static enum kc_err talk_fill_join(struct consumer *consumer, struct join_group_request *message,
                                  struct arena *arena)
{
    const struct consumer_options *options = &consumer->options;
    struct assign_member own = { .generation = consumer->member.generation,
                                 .rack = options->rack,
                                 .user_data = SLICE_NULL };
    enum kc_err err = group_topics(consumer, arena, &own.topics, &own.topic_count);

    if (!err) {
        err = group_owned(consumer, arena, &own.owned, &own.owned_count);
    }
    message_defaults(&join_group_request_type, message);
    message->group_id = options->group_id;
    message->group_instance_id = options->instance_id;
    message->session_timeout_ms = options->session_timeout_ms;
    message->rebalance_timeout_ms = options->max_poll_interval_ms;
    message->member_id =
        consumer->member.id ? arena_copy(arena, slice_text(consumer->member.id)) : SLICE_EMPTY;
    message->protocol_type = slice_text("consumer");
    message->protocols.items =
        arena_alloc_array(arena, options->assignor_count, sizeof(*message->protocols.items));
    if (err || !message->protocols.items || slice_is_null(message->member_id)) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < options->assignor_count; i++) {
        struct slice blob = talk_subscription(consumer, options->assignors[i], &own, arena);
        if (slice_is_null(blob)) {
            return KC_ERR_NO_MEMORY;
        }
        message->protocols.items[i].name = slice_text(options->assignors[i]->name);
        message->protocols.items[i].metadata = blob;
        message->protocols.count++;
    }
    return KC_ERR_NONE;
}

static void talk_send_join(struct consumer *consumer)
{
    struct inquiry *inquiry =
        group_inquiry(consumer, API_JOIN_GROUP, sizeof(struct join_group_request), talk_on_join);

    if (!inquiry || talk_fill_join(consumer, inquiry->context, &inquiry->arena)) {
        inquiry_destroy(inquiry);
        group_answer(consumer, MEMBER_JOIN_ANSWERED, KC_ERR_NO_MEMORY, NULL);
        return;
    }
    inquiry->request.timeout_ms =
        (int64_t)consumer->options.max_poll_interval_ms + TALK_JOIN_GRACE_MS;
    inquiry->request.try_timeout_ms = inquiry->request.timeout_ms;
    consumer->join = inquiry;
    inquiry_send(inquiry);
}

/* The strategy hears what its leader decided for this member. */
static void talk_tell_assignor(const struct consumer *consumer, struct slice data)
{
    const struct assignor *assignor = plan_assignor(consumer);

    if (assignor && assignor->assigned) {
        struct assign_result result = { consumer->last, consumer->last_count,
                                        consumer->last_generation, data, assignor->context };
        assignor->assigned(&result);
    }
}

/* As in Java: what is not subscribed is not taken, the group has not heard yet what is. */
static bool talk_is_subscribed(struct consumer *consumer, struct slice name)
{
    const struct consumer_topic *topic = consumer_topic_find(consumer, name);

    return (topic && topic->is_subscribed) ||
           (consumer->pattern && topic_pattern_matches(consumer->pattern, name));
}

/* Counts the partitions that are assigned. KC_ERR_MALFORMED: more than there can be;
 * KC_ERR_REBALANCE_IN_PROGRESS: some of a topic that is not subscribed. */
static enum kc_err talk_check(struct consumer *consumer,
                              const struct consumer_protocol_assignment *assignment,
                              size_t *ret_count)
{
    size_t count = 0;

    for (int32_t i = 0; i < assignment->assigned_partitions.count; i++) {
        count += (size_t)MAX_OF(0, assignment->assigned_partitions.items[i].partitions.count);
        if (count > GROUP_PARTITIONS_MAX) {
            return KC_ERR_MALFORMED;
        }
        if (!talk_is_subscribed(consumer, assignment->assigned_partitions.items[i].topic)) {
            return KC_ERR_REBALANCE_IN_PROGRESS;
        }
    }
    *ret_count = count;
    return KC_ERR_NONE;
}

/* Takes the assignment over; *ret_is_giving when something has to be given back first. */
static enum kc_err talk_install(struct consumer *consumer, struct slice blob, bool *ret_is_giving)
{
    struct consumer_protocol_assignment assignment;
    struct arena arena;
    size_t count = 0;

    arena_init(&arena, 0);
    enum kc_err err = blob_read_assignment(blob, &arena, &assignment);
    if (!err) {
        err = talk_check(consumer, &assignment, &count);
    }
    struct assign_partition *target =
        err ? NULL : arena_alloc_array(&arena, count, sizeof(*target));
    count = 0;
    for (int32_t i = 0; target && i < assignment.assigned_partitions.count; i++) {
        const struct consumer_protocol_assignment_topic_partition *topic =
            &assignment.assigned_partitions.items[i];
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            target[count++] = (struct assign_partition){ topic->topic, topic->partitions.items[k] };
        }
    }
    if (!err) {
        err = target ? group_mark(consumer, target, &count, &arena) : KC_ERR_NO_MEMORY;
    }
    if (!err) {
        *ret_is_giving = group_take_back(consumer, NEWS_REVOKED) > 0;
        err = group_add(consumer, target, count);
    }
    if (!err) {
        err = group_remember(consumer);
    }
    if (!err) {
        talk_tell_assignor(consumer, assignment.user_data);
    }
    arena_finish(&arena);
    return err;
}

static bool talk_on_sync(struct inquiry *inquiry, const struct conn_reply *reply)
{
    struct consumer *consumer = inquiry->consumer;
    struct sync_group_response response;
    struct arena arena;

    consumer->join = NULL;
    arena_init(&arena, 0);
    enum kc_err err = conn_reply_decode(reply, &arena, &response);
    if (!err) {
        err = (enum kc_err)response.error_code;
    }
    bool is_giving = false;
    if (!err && consumer->member.state == MEMBER_SYNCING) {
        err = talk_install(consumer, response.assignment, &is_giving);
    }
    plan_drop(consumer);
    struct member_event event = { .kind = MEMBER_SYNC_ANSWERED,
                                  .err = err,
                                  .text = err && reply->err == err ? reply->text : NULL,
                                  .is_giving = is_giving };
    group_event(consumer, &event);
    arena_finish(&arena);
    return false;
}

static void talk_send_sync(struct consumer *consumer)
{
    struct sync_group_request *message;
    struct inquiry *inquiry =
        group_inquiry(consumer, API_SYNC_GROUP, sizeof(*message), talk_on_sync);
    enum kc_err err = inquiry ? KC_ERR_NONE : KC_ERR_NO_MEMORY;

    if (inquiry) {
        message = inquiry->context;
        message_defaults(&sync_group_request_type, message);
        message->group_id = consumer->options.group_id;
        message->generation_id = consumer->member.generation;
        message->member_id = arena_copy(&inquiry->arena, slice_text(consumer->member.id));
        message->group_instance_id = consumer->options.instance_id;
        message->protocol_type = slice_text("consumer");
        message->protocol_name = arena_copy(&inquiry->arena, slice_text(consumer->member.protocol));
        if (consumer->member.is_leader) {
            err = plan_make(consumer, &inquiry->arena, message);
        }
    }
    if (err) {
        inquiry_destroy(inquiry);
        group_answer(consumer, MEMBER_SYNC_ANSWERED, err, NULL);
        return;
    }
    inquiry->request.timeout_ms =
        (int64_t)consumer->options.max_poll_interval_ms + TALK_JOIN_GRACE_MS;
    inquiry->request.try_timeout_ms = inquiry->request.timeout_ms;
    consumer->join = inquiry;
    inquiry_send(inquiry);
}

static bool talk_on_heartbeat(struct inquiry *inquiry, const struct conn_reply *reply)
{
    struct consumer *consumer = inquiry->consumer;
    struct heartbeat_response response;
    struct arena arena;

    consumer->heartbeat = NULL;
    arena_init(&arena, 0);
    enum kc_err err = conn_reply_decode(reply, &arena, &response);
    if (!err) {
        err = (enum kc_err)response.error_code;
    }
    arena_finish(&arena);
    group_answer(consumer, MEMBER_HEARTBEAT_ANSWERED, err, NULL);
    return false;
}

static void talk_send_heartbeat(struct consumer *consumer)
{
    struct heartbeat_request *message;
    struct inquiry *inquiry =
        group_inquiry(consumer, API_HEARTBEAT, sizeof(*message), talk_on_heartbeat);

    if (!inquiry) {
        group_answer(consumer, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_NO_MEMORY, NULL);
        return;
    }
    message = inquiry->context;
    message_defaults(&heartbeat_request_type, message);
    message->group_id = consumer->options.group_id;
    message->generation_id = consumer->member.generation;
    message->member_id = arena_copy(&inquiry->arena, slice_text(consumer->member.id));
    message->group_instance_id = consumer->options.instance_id;
    inquiry->request.use = CLUSTER_USE_HEARTBEAT;
    inquiry->request.timeout_ms = consumer->options.session_timeout_ms;
    consumer->heartbeat = inquiry;
    inquiry_send(inquiry);
}

struct talk_leave {
    struct leave_group_request message;
    struct leave_group_request_member_identity identity;
};

static enum kc_err talk_prepare_leave(struct cluster_request *request, int16_t version)
{
    struct talk_leave *leave = CONTAINER_OF(request, struct inquiry, request)->context;
    bool has_list = version >= TALK_LEAVE_VERSION_LIST;

    leave->message.member_id = has_list ? SLICE_EMPTY : leave->identity.member_id;
    leave->message.members.items = &leave->identity;
    leave->message.members.count = has_list ? 1 : 0;
    return KC_ERR_NONE;
}

static bool talk_on_leave(struct inquiry *inquiry, const struct conn_reply *reply)
{
    inquiry->consumer->join = NULL;
    group_answer(inquiry->consumer, MEMBER_LEAVE_ANSWERED, reply->err, NULL);
    return false;
}

static void talk_send_leave(struct consumer *consumer, bool is_overtaking)
{
    struct inquiry *inquiry =
        group_inquiry(consumer, API_LEAVE_GROUP, sizeof(struct talk_leave), talk_on_leave);

    if (!inquiry) {
        group_answer(consumer, MEMBER_LEAVE_ANSWERED, KC_ERR_NO_MEMORY, NULL);
        return;
    }
    struct talk_leave *leave = inquiry->context;
    message_defaults(&leave_group_request_type, &leave->message);
    message_defaults(&leave_group_request_member_identity_type, &leave->identity);
    leave->message.group_id = consumer->options.group_id;
    leave->identity.member_id = arena_copy(&inquiry->arena, slice_text(consumer->member.id));
    leave->identity.group_instance_id = consumer->options.instance_id;
    leave->identity.reason =
        slice_text(consumer->member.state == MEMBER_IDLE ? "consumer poll timeout has expired."
                                                         : "the consumer is being closed");
    inquiry->request.prepare = talk_prepare_leave;
    /* A broker reads nothing more from a connection until it has answered JoinGroup. */
    inquiry->request.use = is_overtaking ? CLUSTER_USE_GENERAL : CLUSTER_USE_COORDINATOR;
    inquiry->request.timeout_ms = GROUP_LEAVE_TIMEOUT_MS;
    consumer->join = inquiry;
    inquiry_send(inquiry);
}

void talk_classic(struct consumer *consumer, const struct member_update *update)
{
    if (update->send_leave) {
        talk_send_leave(consumer, update->cancel_join);
    }
    if (update->send_join) {
        inquiry_destroy(consumer->heartbeat);
        consumer->heartbeat = NULL;
        talk_send_join(consumer);
    }
    if (update->send_sync) {
        talk_send_sync(consumer);
    }
    if (update->send_heartbeat) {
        talk_send_heartbeat(consumer);
    }
}
