/* consumer: carries out what the member of a classic group decides: requests to the coordinator,
 * assignments installed, the polling thread told. */
#include "consumer/blob.h"
#include "consumer/state.h"

#include <assert.h>
#include <stdlib.h>

enum { GROUP_JOIN_GRACE_MS = 5000, GROUP_LEAVE_VERSION_LIST = 3, GROUP_LEAVE_TIMEOUT_MS = 5000 };

static void group_apply(struct consumer *consumer, const struct member_update *update);

static enum kc_err group_event(struct consumer *consumer, struct member_event *event,
                               struct member_update *ret_update)
{
    event->now_us = loop_now_us(consumer->host.loop);
    event->polled_us = consumer->host.polled_us(consumer->host.context);
    return member_step(&consumer->member, event, ret_update);
}

void group_step(struct consumer *consumer, enum member_event_kind kind)
{
    struct member_event event = { .kind = kind };
    struct member_update update;

    if (group_event(consumer, &event, &update) == KC_ERR_NONE) {
        group_apply(consumer, &update);
    }
    if (kind != MEMBER_TICK) {
        consumer_drive_soon(consumer);
    }
}

/* An inquiry to the coordinator, with room for its message. */
static struct inquiry *group_inquiry(struct consumer *consumer, int16_t api_key, size_t size,
                                     bool (*answer)(struct inquiry *, const struct conn_reply *))
{
    struct inquiry *inquiry = inquiry_create(consumer, answer);
    void *message = inquiry ? arena_alloc(&inquiry->arena, size) : NULL;

    if (!message) {
        inquiry_destroy(inquiry);
        return NULL;
    }
    inquiry->context = message;
    inquiry->request.target = CLUSTER_GROUP;
    inquiry->request.use = CLUSTER_USE_COORDINATOR;
    inquiry->request.key = consumer->options.group_id;
    inquiry->request.api_key = api_key;
    inquiry->request.message = message;
    /* Sent again after a lost connection, a join would make a second member. */
    inquiry->request.is_idempotent = api_key == API_HEARTBEAT;
    return inquiry;
}

static void group_answer(struct consumer *consumer, enum member_event_kind kind, enum kc_err err,
                         const struct join_group_response *join)
{
    struct member_event event = { .kind = kind, .err = err, .join = join };
    struct member_update update;

    if (group_event(consumer, &event, &update) == KC_ERR_NONE) {
        group_apply(consumer, &update);
    }
    consumer_drive_soon(consumer);
}

static bool group_on_join(struct inquiry *inquiry, const struct conn_reply *reply)
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
    group_answer(consumer, MEMBER_JOIN_ANSWERED, err, has_answer ? &response : NULL);
    arena_finish(&arena);
    return false;
}

static void group_send_join(struct consumer *consumer)
{
    const struct consumer_options *options = &consumer->options;
    struct join_group_request *message;
    struct inquiry *inquiry =
        group_inquiry(consumer, API_JOIN_GROUP, sizeof(*message), group_on_join);
    struct slice *topics = NULL;
    size_t count = 0;

    LIST_EACH(node, &consumer->topics)
    {
        count += LIST_ITEM(node, struct consumer_topic, link)->is_subscribed;
    }
    topics = inquiry ? arena_alloc_array(&inquiry->arena, count, sizeof(*topics)) : NULL;
    if (!topics) {
        inquiry_destroy(inquiry);
        group_answer(consumer, MEMBER_JOIN_ANSWERED, KC_ERR_NO_MEMORY, NULL);
        return;
    }
    count = 0;
    LIST_EACH(node, &consumer->topics)
    {
        struct consumer_topic *topic = LIST_ITEM(node, struct consumer_topic, link);
        if (topic->is_subscribed) {
            topics[count++] = slice_of(topic->name, topic->name_size);
        }
    }
    message = inquiry->context;
    message_defaults(&join_group_request_type, message);
    message->group_id = options->group_id;
    message->group_instance_id = options->instance_id;
    message->session_timeout_ms = options->session_timeout_ms;
    message->rebalance_timeout_ms = options->max_poll_interval_ms;
    message->member_id = consumer->member.id
                             ? arena_copy(&inquiry->arena, slice_text(consumer->member.id))
                             : SLICE_EMPTY;
    message->protocol_type = slice_text("consumer");
    message->protocols.items = arena_alloc_array(&inquiry->arena, options->assignor_count,
                                                 sizeof(*message->protocols.items));
    for (size_t i = 0; i < options->assignor_count && message->protocols.items; i++) {
        message->protocols.items[i].name = slice_text(options->assignors[i]->name);
        struct assign_member own = { .topics = topics,
                                     .topic_count = count,
                                     .generation = consumer->member.generation,
                                     .rack = options->rack };
        message->protocols.items[i].metadata = blob_write_subscription(&own, &inquiry->arena);
        message->protocols.count++;
    }
    inquiry->request.timeout_ms = (int64_t)options->max_poll_interval_ms + GROUP_JOIN_GRACE_MS;
    inquiry->request.try_timeout_ms = inquiry->request.timeout_ms;
    consumer->join = inquiry;
    inquiry_send(inquiry);
}

/* Takes the assignment over: positions here, claims at the polling thread. */
static enum kc_err group_install(struct consumer *consumer, struct slice blob)
{
    struct consumer_protocol_assignment assignment;
    struct arena arena;
    size_t count = 0;

    arena_init(&arena, 0);
    enum kc_err err = blob_read_assignment(blob, &arena, &assignment);
    for (int32_t i = 0; !err && i < assignment.assigned_partitions.count; i++) {
        count += (size_t)MAX_OF(0, assignment.assigned_partitions.items[i].partitions.count);
    }
    struct claim **claims = err ? NULL : arena_alloc_array(&arena, count, sizeof(struct claim *));
    count = 0;
    for (int32_t i = 0; claims && !err && i < assignment.assigned_partitions.count; i++) {
        const struct consumer_protocol_assignment_topic_partition *topic =
            &assignment.assigned_partitions.items[i];
        for (int32_t k = 0; k < topic->partitions.count && !err; k++) {
            claims[count] = claim_create(topic->topic, topic->partitions.items[k]);
            err = claims[count] ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
            count += claims[count] != NULL;
        }
    }
    if (!err) {
        err = claims ? consumer_install(consumer, claims, count) : KC_ERR_NO_MEMORY;
    }
    if (!err) {
        struct news_assigned *item = news_assigned_create(claims, count);
        consumer_tell(consumer, item ? &item->news : NULL);
    }
    for (size_t i = 0; i < count; i++) {
        struct position *position = claims[i]->position;
        if (!err && position) {
            (void)position_start(position, &consumer->options.policy, KC_OFFSET_NONE, -1,
                                 clock_wall_ms(consumer->host.clock));
        }
        claim_drop(claims[i]);
    }
    arena_finish(&arena);
    return err;
}

static bool group_on_sync(struct inquiry *inquiry, const struct conn_reply *reply)
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
    if (!err && consumer->member.state == MEMBER_SYNCING && !consumer->member.is_leaving) {
        err = group_install(consumer, response.assignment);
    }
    plan_drop(consumer);
    group_answer(consumer, MEMBER_SYNC_ANSWERED, err, NULL);
    arena_finish(&arena);
    return false;
}

static void group_send_sync(struct consumer *consumer)
{
    struct sync_group_request *message;
    struct inquiry *inquiry =
        group_inquiry(consumer, API_SYNC_GROUP, sizeof(*message), group_on_sync);
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
        (int64_t)consumer->options.max_poll_interval_ms + GROUP_JOIN_GRACE_MS;
    inquiry->request.try_timeout_ms = inquiry->request.timeout_ms;
    consumer->join = inquiry;
    inquiry_send(inquiry);
}

static bool group_on_heartbeat(struct inquiry *inquiry, const struct conn_reply *reply)
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

static void group_send_heartbeat(struct consumer *consumer)
{
    struct heartbeat_request *message;
    struct inquiry *inquiry =
        group_inquiry(consumer, API_HEARTBEAT, sizeof(*message), group_on_heartbeat);

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
    inquiry->request.timeout_ms = consumer->options.session_timeout_ms;
    consumer->heartbeat = inquiry;
    inquiry_send(inquiry);
}

struct group_leave {
    struct leave_group_request message;
    struct leave_group_request_member_identity identity;
};

static enum kc_err group_prepare_leave(struct cluster_request *request, int16_t version)
{
    struct group_leave *leave = CONTAINER_OF(request, struct inquiry, request)->context;
    bool has_list = version >= GROUP_LEAVE_VERSION_LIST;

    leave->message.member_id = has_list ? SLICE_EMPTY : leave->identity.member_id;
    leave->message.members.items = &leave->identity;
    leave->message.members.count = has_list ? 1 : 0;
    return KC_ERR_NONE;
}

static bool group_on_leave(struct inquiry *inquiry, const struct conn_reply *reply)
{
    inquiry->consumer->join = NULL;
    group_answer(inquiry->consumer, MEMBER_LEAVE_ANSWERED, reply->err, NULL);
    return false;
}

static void group_send_leave(struct consumer *consumer)
{
    struct inquiry *inquiry =
        group_inquiry(consumer, API_LEAVE_GROUP, sizeof(struct group_leave), group_on_leave);

    if (!inquiry) {
        group_answer(consumer, MEMBER_LEAVE_ANSWERED, KC_ERR_NO_MEMORY, NULL);
        return;
    }
    struct group_leave *leave = inquiry->context;
    message_defaults(&leave_group_request_type, &leave->message);
    message_defaults(&leave_group_request_member_identity_type, &leave->identity);
    leave->message.group_id = consumer->options.group_id;
    leave->identity.member_id = arena_copy(&inquiry->arena, slice_text(consumer->member.id));
    leave->identity.reason =
        slice_text(consumer->member.state == MEMBER_IDLE ? "consumer poll timeout has expired."
                                                         : "the consumer is being closed");
    inquiry->request.prepare = group_prepare_leave;
    inquiry->request.timeout_ms = GROUP_LEAVE_TIMEOUT_MS;
    consumer->join = inquiry;
    inquiry_send(inquiry);
}

static void group_tell(struct consumer *consumer, enum news_kind kind)
{
    consumer_drop_assignment(consumer);
    consumer_tell(consumer, news_create(kind));
}

static void group_tell_failure(struct consumer *consumer, enum kc_err err)
{
    consumer_tell_error(consumer, NULL, err, "group '%s': %s", consumer->group_id,
                        kc_err_text(err));
}

static void group_apply(struct consumer *consumer, const struct member_update *update)
{
    if (update->forget) {
        cluster_forget_coordinator(consumer->host.cluster, CLUSTER_GROUP,
                                   consumer->options.group_id);
    }
    if (update->cancel_join) {
        inquiry_destroy(consumer->join);
        consumer->join = NULL;
    }
    if (update->revoke) {
        group_tell(consumer, NEWS_REVOKED);
    }
    if (update->lost) {
        group_tell(consumer, NEWS_LOST);
    }
    if (update->failed) {
        group_tell_failure(consumer, update->failed);
    }
    if (update->left && consumer->left) {
        void (*left)(void *) = consumer->left;
        consumer->left = NULL;
        left(consumer->left_context);
    }
    if (update->send_leave) {
        group_send_leave(consumer);
    }
    if (update->send_join) {
        group_send_join(consumer);
    }
    if (update->send_sync) {
        group_send_sync(consumer);
    }
    if (update->send_heartbeat) {
        group_send_heartbeat(consumer);
    }
}

void group_fail_commit(struct consumer *consumer, enum kc_err err)
{
    group_answer(consumer, MEMBER_COMMIT_FAILED, err, NULL);
}

void group_drive(struct consumer *consumer)
{
    if (consumer->member.state == MEMBER_LEADING &&
        plan_is_ready(consumer, loop_now_us(consumer->host.loop))) {
        group_step(consumer, MEMBER_PLANNED);
    }
    if (consumer->member.state != MEMBER_OUT) {
        group_step(consumer, MEMBER_TICK);
    }
}

void group_on_metadata(struct consumer *consumer)
{
    if (consumer->member.state == MEMBER_STABLE && consumer->member.is_leader &&
        plan_is_outdated(consumer)) {
        group_step(consumer, MEMBER_SUBSCRIBED);
    }
}

void group_finish(struct consumer *consumer)
{
    if (consumer->left) {
        consumer->left(consumer->left_context);
    }
    inquiry_destroy(consumer->join);
    inquiry_destroy(consumer->heartbeat);
    plan_drop(consumer);
    arena_finish(&consumer->plan_arena);
}

struct slice consumer_member_id(const struct consumer *consumer, int32_t *ret_generation)
{
    bool is_in = member_is_in(&consumer->member) && consumer->member.id;
    *ret_generation = is_in ? consumer->member.generation : -1;
    return is_in ? slice_text(consumer->member.id) : SLICE_EMPTY;
}
