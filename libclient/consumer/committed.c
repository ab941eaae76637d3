/* consumer: asks the group's coordinator for committed offsets: for the application, and for
 * partitions that start where the group left off. OffsetFetch: 8 and up list groups; capped at 9,
 * as 10 names topics by id. */
#include "consumer/offset_list.h"
#include "consumer/state.h"

#include <stdio.h>
#include <stdlib.h>

enum { COMMITTED_VERSION_MAX = 9, COMMITTED_VERSION_GROUPS = 8, COMMITTED_VERSION_STABLE = 7 };

struct committed_ask {
    struct commit *commit;
    struct offset_list list;
    struct offset_fetch_request message;
    struct offset_fetch_request_offset_fetch_request_group group;
    struct offset_fetch_request_offset_fetch_request_topic *old_topics;
    struct offset_fetch_request_offset_fetch_request_topics *topics;
    int32_t topic_count;
};

static enum kc_err committed_prepare(struct cluster_request *request, int16_t version)
{
    struct inquiry *inquiry = CONTAINER_OF(request, struct inquiry, request);
    struct committed_ask *ask = inquiry->context;
    bool has_groups = version >= COMMITTED_VERSION_GROUPS;

    message_defaults(&offset_fetch_request_type, &ask->message);
    message_defaults(&offset_fetch_request_offset_fetch_request_group_type, &ask->group);
    ask->message.require_stable = version >= COMMITTED_VERSION_STABLE;
    if (has_groups) {
        ask->group.group_id = inquiry->consumer->options.group_id;
        ask->group.topics.items = ask->topics;
        ask->group.topics.count = ask->topic_count;
        ask->message.groups.items = &ask->group;
        ask->message.groups.count = 1;
    } else {
        ask->message.group_id = inquiry->consumer->options.group_id;
        ask->message.topics.items = ask->old_topics;
        ask->message.topics.count = ask->topic_count;
    }
    return KC_ERR_NONE;
}

static enum kc_err committed_fill(struct committed_ask *ask, struct arena *arena)
{
    struct offset_list *list = &ask->list;
    size_t topics = offset_list_topic_count(list);
    size_t at = 0;

    ask->topics = arena_alloc_array(arena, topics, sizeof(*ask->topics));
    ask->old_topics = arena_alloc_array(arena, topics, sizeof(*ask->old_topics));
    int32_t *partitions = arena_alloc_array(arena, list->count, sizeof(*partitions));
    if (!ask->topics || !ask->old_topics || !partitions) {
        return KC_ERR_NO_MEMORY;
    }
    while (at < list->count) {
        size_t count = offset_list_same_topic(list, at);
        struct offset_fetch_request_offset_fetch_request_topics *topic =
            &ask->topics[ask->topic_count];
        struct offset_fetch_request_offset_fetch_request_topic *old =
            &ask->old_topics[ask->topic_count++];
        topic->name = old->name = slice_text(list->sorted[at]->topic);
        topic->partition_indexes.items = old->partition_indexes.items = &partitions[at];
        topic->partition_indexes.count = old->partition_indexes.count = (int32_t)count;
        for (size_t i = 0; i < count; i++, at++) {
            partitions[at] = list->sorted[at]->partition;
        }
    }
    return KC_ERR_NONE;
}

static void committed_take_old(struct offset_list *list, const struct offset_fetch_response *from)
{
    for (int32_t i = 0; i < from->topics.count; i++) {
        for (int32_t k = 0; k < from->topics.items[i].partitions.count; k++) {
            const struct offset_fetch_response_offset_fetch_response_partition *partition =
                &from->topics.items[i].partitions.items[k];
            struct offset_told told = { partition->committed_offset,
                                        partition->committed_leader_epoch };
            offset_list_set(list, from->topics.items[i].name, partition->partition_index, &told,
                            partition->error_code);
        }
    }
}

static void committed_take(struct offset_list *list,
                           const struct offset_fetch_response_offset_fetch_response_group *from)
{
    for (int32_t i = 0; i < from->topics.count; i++) {
        for (int32_t k = 0; k < from->topics.items[i].partitions.count; k++) {
            const struct offset_fetch_response_offset_fetch_response_partitions *partition =
                &from->topics.items[i].partitions.items[k];
            struct offset_told told = { partition->committed_offset,
                                        partition->committed_leader_epoch };
            offset_list_set(list, from->topics.items[i].name, partition->partition_index, &told,
                            partition->error_code);
        }
    }
}

/* The error of the whole; errors of single partitions that waiting mends count as such. */
static enum kc_err committed_read(struct committed_ask *ask, const struct conn_reply *reply)
{
    struct offset_fetch_response response;
    struct arena arena;

    arena_init(&arena, 0);
    offset_list_fail_all(&ask->list, KC_ERR_MALFORMED);
    enum kc_err err = conn_reply_decode(reply, &arena, &response);
    if (!err && reply->version < COMMITTED_VERSION_GROUPS) {
        err = (enum kc_err)response.error_code;
        committed_take_old(&ask->list, &response);
    } else if (!err && response.groups.count != 1) {
        err = KC_ERR_MALFORMED;
    } else if (!err) {
        err = (enum kc_err)response.groups.items[0].error_code;
        committed_take(&ask->list, &response.groups.items[0]);
    }
    arena_finish(&arena);
    for (size_t i = 0; i < ask->list.count && !err; i++) {
        enum kc_err own = ask->list.sorted[i]->err;
        if (own == KC_ERR_UNSTABLE_OFFSET_COMMIT || own == KC_ERR_MALFORMED) {
            err = own;
        }
    }
    return err;
}

static void committed_end(struct commit *commit, enum kc_err err, const char *text)
{
    commit->error.code = err;
    (void)snprintf(commit->error.text, sizeof(commit->error.text), "%s",
                   err ? text ? text : kc_err_text(err) : "");
    commit->done(commit);
}

static bool committed_answer(struct inquiry *inquiry, const struct conn_reply *reply)
{
    struct committed_ask *ask = inquiry->context;
    struct cluster *cluster = inquiry->consumer->host.cluster;
    enum kc_err err = committed_read(ask, reply);

    if (err == KC_ERR_NOT_COORDINATOR || err == KC_ERR_COORDINATOR_NOT_AVAILABLE) {
        cluster_forget_coordinator(cluster, CLUSTER_GROUP, inquiry->request.key);
    }
    if (err > 0 && kc_err_is_retriable(err) && cluster_request_again(cluster, &inquiry->request)) {
        return true;
    }
    committed_end(ask->commit, err, reply->err == err ? reply->text : NULL);
    return false;
}

void consumer_ask_committed(struct consumer *consumer, struct commit *commit)
{
    int64_t now_us = loop_now_us(consumer->host.loop);
    struct inquiry *inquiry = inquiry_create(consumer, committed_answer);
    struct committed_ask *ask = inquiry ? arena_alloc(&inquiry->arena, sizeof(*ask)) : NULL;
    enum kc_err err = ask ? KC_ERR_NONE : KC_ERR_NO_MEMORY;

    commit->consumer = consumer;
    if (!err) {
        ask->commit = commit;
        inquiry->context = ask;
        err = offset_list_init(&ask->list, commit->positions, commit->count, &inquiry->arena);
    }
    if (!err) {
        err = committed_fill(ask, &inquiry->arena);
    }
    if (!err && !consumer->group_id) {
        err = KC_ERR_INVALID_GROUP_ID;
    }
    if (err) {
        inquiry_destroy(inquiry);
        committed_end(commit, err, NULL);
        return;
    }
    if (commit->deadline_us == INT64_MAX) {
        commit->deadline_us = now_us + (int64_t)consumer->options.default_api_timeout_ms * 1000;
    }
    inquiry->request.target = CLUSTER_GROUP;
    inquiry->request.use = CLUSTER_USE_COORDINATOR;
    inquiry->request.key = consumer->options.group_id;
    inquiry->request.api_key = API_OFFSET_FETCH;
    inquiry->request.version_max = COMMITTED_VERSION_MAX;
    inquiry->request.message = &ask->message;
    inquiry->request.prepare = committed_prepare;
    inquiry->request.timeout_ms = MAX_OF(1, (commit->deadline_us - now_us + 999) / 1000);
    inquiry_send(inquiry);
}

/* The partitions that one question was about, in its order; claims, as positions may be gone. */
struct committed_start {
    size_t count;
    uint32_t *generations;
    struct claim *claims[];
};

static void committed_start_one(struct consumer *consumer, struct position *position,
                                const struct commit *commit, const struct kc_position *told)
{
    enum kc_err err = commit->error.code ? commit->error.code : told->err;
    enum position_remedy remedy;

    position->is_asked = false;
    if (err == KC_ERR_NONE) {
        remedy = position_on_committed(position, &consumer->options.policy, told->offset,
                                       told->leader_epoch, clock_wall_ms(consumer->host.clock));
        err = KC_ERR_NO_OFFSET;
    } else {
        remedy = position_on_error(position, &consumer->options.policy, err,
                                   loop_now_us(consumer->host.loop), &consumer->random);
    }
    consumer_heal(consumer, position, remedy, err,
                  err == KC_ERR_NO_OFFSET ? NULL : commit->error.text);
    consumer_tell_placed(consumer, position);
}

static void committed_started(struct commit *commit)
{
    struct committed_start *start = commit->done_context;
    struct consumer *consumer = commit->consumer;

    consumer->is_asking_committed = false;
    for (size_t i = 0; i < start->count; i++) {
        struct position *position = start->claims[i]->position;
        if (position && position->generation == start->generations[i] &&
            position->state == POSITION_NEEDS_COMMITTED) {
            committed_start_one(consumer, position, commit, &commit->positions[i]);
        }
        claim_drop(start->claims[i]);
    }
    free(start->generations);
    free(start);
    commit_destroy(commit);
}

static bool needs_committed(const struct position *position, int64_t now_us)
{
    return position->state == POSITION_NEEDS_COMMITTED && !position->is_asked &&
           position->retry_us <= now_us;
}

void committed_drive(struct consumer *consumer, int64_t now_us)
{
    size_t count = 0;

    if (consumer->is_asking_committed) {
        return;
    }
    LIST_EACH(node, &consumer->positions)
    {
        count += needs_committed(LIST_ITEM(node, struct position, link), now_us);
    }
    if (count == 0) {
        return;
    }
    struct committed_start *start = calloc(1, sizeof(*start) + count * sizeof(struct claim *));
    uint32_t *generations = calloc(count, sizeof(*generations));
    struct kc_position *positions = calloc(count, sizeof(*positions));
    if (!start || !generations || !positions) {
        free(start);
        free(generations);
        free(positions);
        return;
    }
    start->generations = generations;
    LIST_EACH(node, &consumer->positions)
    {
        struct position *position = LIST_ITEM(node, struct position, link);
        if (needs_committed(position, now_us) && start->count < count) {
            claim_take(position->claim);
            start->claims[start->count] = position->claim;
            generations[start->count] = position->generation;
            positions[start->count].topic = position->claim->topic;
            positions[start->count].partition = position->claim->partition;
            positions[start->count++].offset = KC_OFFSET_NONE;
        }
    }
    struct commit *commit = commit_create(positions, count);
    free(positions);
    if (!commit) {
        for (size_t i = 0; i < count; i++) {
            claim_drop(start->claims[i]);
        }
        free(generations);
        free(start);
        return;
    }
    commit->done = committed_started;
    commit->done_context = start;
    consumer->is_asking_committed = true;
    consumer_ask_committed(consumer, commit);
}
