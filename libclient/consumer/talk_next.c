/* consumer: what a member of a KIP-848 group says to its coordinator and hears from it.
 * ConsumerGroupHeartbeat: 1 adds the regular expression and lets the client choose the member id,
 * which it does in 0 too. What did not change since the last answer is left out. */
#include "consumer/state.h"

#include <stdlib.h>

enum { TALK_EPOCH_LEAVE = -1, TALK_EPOCH_LEAVE_STATIC = -2, TALK_VERSION_REGEX = 1 };

/* A partition of the assignment, as the group names it. */
struct talk_target {
    size_t count;
    struct {
        struct uuid topic_id;
        int32_t partition;
    } items[];
};

/* Keeps the assignment of the answer until it is carried out; a later one replaces it. */
static enum kc_err talk_take(struct consumer *consumer,
                             const struct consumer_group_heartbeat_response_assignment *assignment)
{
    size_t count = 0;

    for (int32_t i = 0; i < assignment->topic_partitions.count; i++) {
        count += (size_t)MAX_OF(0, assignment->topic_partitions.items[i].partitions.count);
        if (count > GROUP_PARTITIONS_MAX) {
            return KC_ERR_MALFORMED;
        }
    }
    struct talk_target *target = calloc(1, sizeof(*target) + count * sizeof(target->items[0]));
    if (!target) {
        return KC_ERR_NO_MEMORY;
    }
    for (int32_t i = 0; i < assignment->topic_partitions.count; i++) {
        const struct consumer_group_heartbeat_response_topic_partitions *topic =
            &assignment->topic_partitions.items[i];
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            target->items[target->count].topic_id = topic->topic_id;
            target->items[target->count++].partition = topic->partitions.items[k];
        }
    }
    free(consumer->target);
    consumer->target = target;
    return KC_ERR_NONE;
}

/* The assignment by names, as far as metadata knows them. */
static struct assign_partition *talk_resolve(struct consumer *consumer, struct arena *arena,
                                             size_t *ret_count)
{
    const struct metadata *metadata = cluster_metadata(consumer->host.cluster);
    struct assign_partition *list =
        arena_alloc_array(arena, consumer->target->count, sizeof(*list));

    *ret_count = 0;
    for (size_t i = 0; i < consumer->target->count && list; i++) {
        const struct metadata_topic *topic =
            metadata_topic_of_id(metadata, &consumer->target->items[i].topic_id);
        if (topic) {
            list[*ret_count].topic = topic->name;
            list[(*ret_count)++].partition = consumer->target->items[i].partition;
        }
    }
    return list;
}

void talk_reconcile(struct consumer *consumer)
{
    struct arena arena;
    size_t known = 0;

    arena_init(&arena, 0);
    struct assign_partition *list = talk_resolve(consumer, &arena, &known);
    size_t missing = known;
    if (!list || group_mark(consumer, list, &missing, &arena)) {
        arena_finish(&arena);
        return;
    }
    if (group_take_back(consumer, NEWS_REVOKED) > 0) {
        /* The rest when the polling thread has let go of these. */
        arena_finish(&arena);
        group_step(consumer, MEMBER_GIVING);
        return;
    }
    bool is_complete = known == consumer->target->count;
    bool is_news = missing > 0 || is_complete;
    if (is_news && group_add(consumer, list, missing) == KC_ERR_NONE) {
        if (is_complete) {
            free(consumer->target);
            consumer->target = NULL;
        }
        group_step(consumer, MEMBER_CHANGED);
    }
    arena_finish(&arena);
    if (!is_complete) {
        cluster_refresh_metadata(consumer->host.cluster);
    }
}

static bool talk_on_beat(struct inquiry *inquiry, const struct conn_reply *reply)
{
    struct consumer *consumer = inquiry->consumer;
    struct consumer_group_heartbeat_response response;
    struct member_event event = { .kind = MEMBER_HEARTBEAT_ANSWERED };
    struct arena arena;

    consumer->heartbeat = NULL;
    arena_init(&arena, 0);
    event.err = conn_reply_decode(reply, &arena, &response);
    if (!event.err) {
        event.err = (enum kc_err)response.error_code;
    }
    if (!event.err && response.member_epoch > 0 && response.assignment) {
        event.err = talk_take(consumer, response.assignment);
    }
    if (!event.err) {
        event.epoch = response.member_epoch;
        event.interval_us = (int64_t)response.heartbeat_interval_ms * 1000;
    } else if (event.err == KC_ERR_FENCED_MEMBER_EPOCH || event.err == KC_ERR_UNKNOWN_MEMBER_ID) {
        free(consumer->target);
        consumer->target = NULL;
    }
    arena_finish(&arena);
    event.text = event.err && reply->err == event.err ? reply->text : NULL;
    group_event(consumer, &event);
    return false;
}

/* What is held, by topic id. Topics without one are left out: nobody could have assigned them. */
static enum kc_err talk_fill_owned(struct consumer *consumer,
                                   struct consumer_group_heartbeat_request *message,
                                   struct arena *arena)
{
    struct consumer_group_heartbeat_request_topic_partitions *topic = NULL;
    const struct assign_partition *owned;
    struct slice name = SLICE_NULL;
    size_t count = 0;
    enum kc_err err = group_owned(consumer, arena, &owned, &count);
    int32_t *numbers = err ? NULL : arena_alloc_array(arena, count, sizeof(*numbers));

    message->topic_partitions.count = 0;
    message->topic_partitions.items =
        numbers ? arena_alloc_array(arena, count, sizeof(*message->topic_partitions.items)) : NULL;
    if (!message->topic_partitions.items) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        if (slice_is_null(name) || !slice_equal(name, owned[i].topic)) {
            const struct metadata_topic *known =
                cluster_topic(consumer->host.cluster, owned[i].topic);
            name = owned[i].topic;
            topic = NULL;
            if (known && !uuid_is_zero(&known->id)) {
                topic = &message->topic_partitions.items[message->topic_partitions.count++];
                topic->topic_id = known->id;
                topic->partitions.items = &numbers[i];
            }
        }
        if (topic) {
            topic->partitions.items[topic->partitions.count++] = owned[i].partition;
        }
    }
    return KC_ERR_NONE;
}

static enum kc_err talk_fill_all(struct consumer *consumer,
                                 struct consumer_group_heartbeat_request *message,
                                 struct arena *arena)
{
    const struct consumer_options *options = &consumer->options;
    const struct slice *topics;
    size_t count = 0;
    enum kc_err err = group_topics(consumer, arena, &topics, &count);
    struct slice *names = err ? NULL : arena_alloc_array(arena, count, sizeof(*names));

    if (!names) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = arena_copy(arena, topics[i]);
        if (slice_is_null(names[i])) {
            return KC_ERR_NO_MEMORY;
        }
    }
    message->rack_id = options->rack.size > 0 ? options->rack : SLICE_NULL;
    message->rebalance_timeout_ms = options->max_poll_interval_ms;
    message->subscribed_topic_names.items = names;
    message->subscribed_topic_names.count = (int32_t)count;
    message->subscribed_topic_regex =
        consumer->regex ? arena_copy(arena, slice_text(consumer->regex)) : SLICE_EMPTY;
    message->server_assignor =
        options->remote_assignor.size > 0 ? options->remote_assignor : SLICE_NULL;
    return KC_ERR_NONE;
}

/* The id is the member's own, for the life of the consumer. */
static bool talk_make_id(struct consumer *consumer)
{
    char text[UUID_TEXT_SIZE];
    struct uuid uuid;

    if (!consumer->member.id) {
        uuid_random(&consumer->random, &uuid);
        uuid_show(&uuid, text);
        consumer->member.id = slice_dup_text(slice_text(text));
    }
    return consumer->member.id != NULL;
}

/* A regular expression cannot be said in version 0; an empty one says that there is none. */
static enum kc_err talk_prepare(struct cluster_request *request, int16_t version)
{
    struct inquiry *inquiry = CONTAINER_OF(request, struct inquiry, request);
    struct consumer_group_heartbeat_request *message = inquiry->context;

    if (version >= TALK_VERSION_REGEX) {
        return KC_ERR_NONE;
    }
    if (message->subscribed_topic_regex.size > 0) {
        return KC_ERR_UNSUPPORTED_VERSION;
    }
    message->subscribed_topic_regex = SLICE_NULL;
    return KC_ERR_NONE;
}

static void talk_beat(struct consumer *consumer, const struct member_update *update)
{
    struct member *member = &consumer->member;
    struct consumer_group_heartbeat_request *message = NULL;
    struct inquiry *inquiry =
        group_inquiry(consumer, API_CONSUMER_GROUP_HEARTBEAT, sizeof(*message), talk_on_beat);
    enum kc_err err = inquiry && talk_make_id(consumer) ? KC_ERR_NONE : KC_ERR_NO_MEMORY;

    if (!err) {
        message = inquiry->context;
        message_defaults(&consumer_group_heartbeat_request_type, message);
        message->group_id = consumer->options.group_id;
        message->member_id = arena_copy(&inquiry->arena, slice_text(member->id));
        message->member_epoch = member->generation;
        message->instance_id = consumer->options.instance_id;
        if (update->tell_all) {
            err = talk_fill_all(consumer, message, &inquiry->arena);
        }
    }
    if (!err && update->tell_owned) {
        err = talk_fill_owned(consumer, message, &inquiry->arena);
    }
    if (err) {
        inquiry_destroy(inquiry);
        group_answer(consumer, MEMBER_HEARTBEAT_ANSWERED, KC_ERR_NO_MEMORY, NULL);
        return;
    }
    inquiry->request.prepare = talk_prepare;
    inquiry->request.use = CLUSTER_USE_HEARTBEAT;
    inquiry->request.timeout_ms = consumer->options.request_timeout_ms;
    consumer->heartbeat = inquiry;
    inquiry_send(inquiry);
}

static bool talk_on_farewell(struct inquiry *inquiry, const struct conn_reply *reply)
{
    inquiry->consumer->join = NULL;
    group_answer(inquiry->consumer, MEMBER_LEAVE_ANSWERED, reply->err, NULL);
    return false;
}

static void talk_farewell(struct consumer *consumer)
{
    struct inquiry *inquiry =
        group_inquiry(consumer, API_CONSUMER_GROUP_HEARTBEAT,
                      sizeof(struct consumer_group_heartbeat_request), talk_on_farewell);

    free(consumer->target);
    consumer->target = NULL;
    if (!inquiry || !talk_make_id(consumer)) {
        inquiry_destroy(inquiry);
        group_answer(consumer, MEMBER_LEAVE_ANSWERED, KC_ERR_NO_MEMORY, NULL);
        return;
    }
    struct consumer_group_heartbeat_request *message = inquiry->context;
    message_defaults(&consumer_group_heartbeat_request_type, message);
    message->group_id = consumer->options.group_id;
    message->member_id = arena_copy(&inquiry->arena, slice_text(consumer->member.id));
    message->member_epoch =
        consumer->member.must_leave ? TALK_EPOCH_LEAVE : TALK_EPOCH_LEAVE_STATIC;
    message->instance_id = consumer->options.instance_id;
    /* Not before commits that are under way; who is not in has none, but a heartbeat that joins. */
    inquiry->request.use =
        consumer->member.generation > 0 ? CLUSTER_USE_COORDINATOR : CLUSTER_USE_HEARTBEAT;
    inquiry->request.timeout_ms = GROUP_LEAVE_TIMEOUT_MS;
    consumer->join = inquiry;
    inquiry_send(inquiry);
}

void talk_next(struct consumer *consumer, const struct member_update *update)
{
    if (update->send_leave) {
        talk_farewell(consumer);
    }
    if (update->send_heartbeat) {
        talk_beat(consumer, update);
    }
}
