/* consumer: commits of offsets, one after the other; but who leaves sends all, as the group takes
 * none behind that. */
#include "consumer/commit.h"

#include "consumer/offset_list.h"
#include "consumer/state.h"

#include <stdio.h>
#include <stdlib.h>

enum { COMMIT_VERSION_MAX = 9 }; /* 10 names topics by id, which the metadata may not tell */

struct commit_ask {
    struct commit *commit;
    struct offset_list list;
    struct offset_commit_request message;
};

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

/* Items and texts into `items`, texts behind them. */
static void positions_copy(struct kc_position *items, const struct kc_position *from, size_t count)
{
    char *text = (char *)(items + count);

    for (size_t i = 0; i < count; i++) {
        items[i] = from[i];
        size_t size = text_size(from[i].topic);
        items[i].topic = memcpy(text, from[i].topic, size);
        text += size;
        size = text_size(from[i].metadata);
        if (size > 0) {
            items[i].metadata = memcpy(text, from[i].metadata, size);
            text += size;
        }
    }
}

static size_t positions_size(const struct kc_position *positions, size_t count)
{
    size_t size = count * sizeof(*positions);

    for (size_t i = 0; i < count; i++) {
        size += text_size(positions[i].topic) + text_size(positions[i].metadata);
    }
    return size;
}

struct kc_positions *commit_positions_copy(const struct kc_position *positions, size_t count)
{
    struct kc_positions *copy = malloc(sizeof(*copy) + positions_size(positions, count));

    if (copy) {
        copy->count = count;
        copy->items = (struct kc_position *)(void *)(copy + 1);
        positions_copy(copy->items, positions, count);
    }
    return copy;
}

struct commit *commit_create(const struct kc_position *positions, size_t count)
{
    struct commit *commit = calloc(1, sizeof(*commit) + positions_size(positions, count));

    if (commit) {
        list_init(&commit->news.link);
        commit->news.kind = NEWS_COMMITTED;
        commit->deadline_us = INT64_MAX;
        commit->positions = (struct kc_position *)(void *)(commit + 1);
        commit->count = count;
        positions_copy(commit->positions, positions, count);
    }
    return commit;
}

void commit_destroy(struct commit *commit)
{
    free(commit);
}

/* Gives the commit back to whoever asked. */
static void commit_end(struct consumer *consumer, struct commit *commit, enum kc_err err,
                       const char *text)
{
    list_remove(&commit->news.link);
    commit->error.code = err;
    (void)snprintf(commit->error.text, sizeof(commit->error.text), "%s",
                   err == KC_ERR_NONE ? ""
                   : text             ? text
                                      : kc_err_text(err));
    if (err) {
        for (size_t i = 0; i < commit->count; i++) {
            if (commit->positions[i].err == KC_ERR_NONE) {
                commit->positions[i].err = err;
            }
        }
    }
    if (err == KC_ERR_NONE && consumer->host.committed) {
        consumer->host.committed(consumer->host.context, commit->positions, commit->count);
    }
    if (commit->done) {
        commit->done(commit);
    } else {
        consumer_tell(consumer, &commit->news);
    }
}

static bool is_membership_error(enum kc_err err)
{
    return err == KC_ERR_REBALANCE_IN_PROGRESS || err == KC_ERR_ILLEGAL_GENERATION ||
           err == KC_ERR_UNKNOWN_MEMBER_ID || err == KC_ERR_FENCED_INSTANCE_ID ||
           err == KC_ERR_STALE_MEMBER_EPOCH || err == KC_ERR_FENCED_MEMBER_EPOCH;
}

/* The group went on to an epoch that the next heartbeat tells. Java tries again only what it
 * commits by itself before partitions are given back; who calls commitSync hears of it and can but
 * call it again. */
static bool commit_may_repeat(const struct commit *commit, enum kc_err err)
{
    return is_membership_error(err) ? err == KC_ERR_STALE_MEMBER_EPOCH && commit->is_held
                                    : err > 0 && kc_err_is_retriable(err);
}

/* The error that says most about the whole: one that can be mended by asking again comes last. */
static enum kc_err commit_take_errors(struct offset_list *list,
                                      const struct offset_commit_response *response)
{
    enum kc_err worst = KC_ERR_NONE;

    offset_list_fail_all(list, KC_ERR_MALFORMED);
    for (int32_t i = 0; i < response->topics.count; i++) {
        for (int32_t k = 0; k < response->topics.items[i].partitions.count; k++) {
            offset_list_set(list, response->topics.items[i].name,
                            response->topics.items[i].partitions.items[k].partition_index, NULL,
                            response->topics.items[i].partitions.items[k].error_code);
        }
    }
    for (size_t i = 0; i < list->count; i++) {
        enum kc_err err = list->sorted[i]->err;
        if (err && (worst == KC_ERR_NONE || kc_err_is_retriable(worst))) {
            worst = err;
        }
    }
    return worst;
}

static bool commit_answer(struct inquiry *inquiry, const struct conn_reply *reply)
{
    struct consumer *consumer = inquiry->consumer;
    struct commit_ask *ask = inquiry->context;
    struct offset_commit_response response;
    struct arena arena;
    enum kc_err err;

    arena_init(&arena, 0);
    err = conn_reply_decode(reply, &arena, &response);
    if (!err) {
        err = commit_take_errors(&ask->list, &response);
    }
    arena_finish(&arena);
    if (err == KC_ERR_NOT_COORDINATOR || err == KC_ERR_COORDINATOR_NOT_AVAILABLE) {
        cluster_forget_coordinator(consumer->host.cluster, CLUSTER_GROUP, inquiry->request.key);
    }
    /* Tried again behind a later one it would take that back. */
    bool is_again = consumer->commits_sent == 1 && commit_may_repeat(ask->commit, err) &&
                    cluster_request_again(consumer->host.cluster, &inquiry->request);
    if (!is_again) {
        consumer->commits_sent--;
        commit_end(consumer, ask->commit, err,
                   reply->err == err && !is_membership_error(err) ? reply->text : NULL);
    }
    if (reply->err == KC_ERR_NONE && is_membership_error(err)) {
        group_fail_commit(consumer, err, ask->message.generation_id_or_member_epoch);
    }
    return is_again;
}

/* KC_ERR_NONE when generation and member id may be named; commits of a member between two
 * generations would be refused anyway. */
static enum kc_err commit_may(struct consumer *consumer, struct offset_commit_request *message,
                              struct arena *arena)
{
    const struct member *member = &consumer->member;

    if (!consumer->group_id) {
        return KC_ERR_INVALID_GROUP_ID;
    }
    message->group_id = consumer->options.group_id;
    /* What was to be committed before the member left has been sent. */
    if (member->state == MEMBER_OUT || (member->state == MEMBER_LEAVING && !member->must_rejoin)) {
        message->generation_id_or_member_epoch = -1;
        message->member_id = SLICE_EMPTY;
        return KC_ERR_NONE;
    }
    if (!member_is_in(member)) {
        /* What is given back by somebody who is not in any more was lost. */
        bool is_out = member->state == MEMBER_REVOKING || member->state == MEMBER_IDLE ||
                      member->state == MEMBER_FAILED;
        return is_out ? KC_ERR_UNKNOWN_MEMBER_ID : KC_ERR_REBALANCE_IN_PROGRESS;
    }
    message->generation_id_or_member_epoch = member->generation;
    message->group_instance_id = consumer->options.instance_id;
    /* The member may lose its id while the request waits for a coordinator. */
    if (!slice_equal(message->member_id, slice_text(member->id))) {
        message->member_id = arena_copy(arena, slice_text(member->id));
    }
    return slice_is_null(message->member_id) ? KC_ERR_NO_MEMORY : KC_ERR_NONE;
}

static enum kc_err commit_prepare(struct cluster_request *request, int16_t version)
{
    struct inquiry *inquiry = CONTAINER_OF(request, struct inquiry, request);
    struct commit_ask *ask = inquiry->context;

    (void)version;
    return ask->commit->is_held ? commit_may(inquiry->consumer, &ask->message, &inquiry->arena)
                                : KC_ERR_NONE;
}

static enum kc_err commit_fill(struct offset_list *list, struct offset_commit_request *message,
                               struct arena *arena)
{
    size_t topics = offset_list_topic_count(list);
    size_t at = 0;

    message->topics.items = arena_alloc_array(arena, topics, sizeof(*message->topics.items));
    if (!message->topics.items) {
        return KC_ERR_NO_MEMORY;
    }
    while (at < list->count) {
        size_t count = offset_list_same_topic(list, at);
        struct offset_commit_request_offset_commit_request_topic *topic =
            &message->topics.items[message->topics.count++];
        message_defaults(&offset_commit_request_offset_commit_request_topic_type, topic);
        topic->name = slice_text(list->sorted[at]->topic);
        topic->partitions.items = arena_alloc_array(arena, count, sizeof(*topic->partitions.items));
        if (!topic->partitions.items) {
            return KC_ERR_NO_MEMORY;
        }
        topic->partitions.count = (int32_t)count;
        for (size_t i = 0; i < count; i++, at++) {
            const struct kc_position *from = list->sorted[at];
            topic->partitions.items[i].partition_index = from->partition;
            topic->partitions.items[i].committed_offset = from->offset;
            topic->partitions.items[i].committed_leader_epoch = from->leader_epoch;
            topic->partitions.items[i].committed_metadata =
                from->metadata ? slice_text(from->metadata) : SLICE_EMPTY;
        }
    }
    return KC_ERR_NONE;
}

/* Sends the commit; an error ends it at once. */
static enum kc_err commit_send(struct consumer *consumer, struct commit *commit, int64_t now_us)
{
    struct inquiry *inquiry = inquiry_create(consumer, commit_answer);
    struct commit_ask *ask = inquiry ? arena_alloc(&inquiry->arena, sizeof(*ask)) : NULL;
    enum kc_err err = ask ? KC_ERR_NONE : KC_ERR_NO_MEMORY;

    if (!err) {
        ask->commit = commit;
        inquiry->context = ask;
        message_defaults(&offset_commit_request_type, &ask->message);
        err = commit_may(consumer, &ask->message, &inquiry->arena);
    }
    if (!err) {
        err = offset_list_init(&ask->list, commit->positions, commit->count, &inquiry->arena);
    }
    if (!err) {
        err = commit_fill(&ask->list, &ask->message, &inquiry->arena);
    }
    if (err) {
        inquiry_destroy(inquiry);
        return err;
    }
    inquiry->request.target = CLUSTER_GROUP;
    inquiry->request.use = CLUSTER_USE_COORDINATOR;
    inquiry->request.key = consumer->options.group_id;
    inquiry->request.api_key = API_OFFSET_COMMIT;
    inquiry->request.version_max = COMMIT_VERSION_MAX;
    inquiry->request.message = &ask->message;
    inquiry->request.prepare = commit_prepare;
    inquiry->request.timeout_ms = MAX_OF(1, (commit->deadline_us - now_us + 999) / 1000);
    commit->is_sent = true;
    consumer->commits_sent++;
    inquiry_send(inquiry);
    return KC_ERR_NONE;
}

static void commit_begin(struct consumer *consumer, struct commit *commit)
{
    int64_t now_us = loop_now_us(consumer->host.loop);
    enum kc_err err = commit->count > 0 ? commit_send(consumer, commit, now_us) : KC_ERR_NONE;

    if (err || commit->count == 0) {
        commit_end(consumer, commit, err, NULL);
    }
}

void commit_drive(struct consumer *consumer)
{
    while (consumer->commits_sent == 0 && !list_is_empty(&consumer->commits)) {
        commit_begin(consumer, LIST_ITEM(consumer->commits.next, struct commit, news.link));
    }
}

void commit_hurry(struct consumer *consumer)
{
    LIST_EACH_SAFE(node, &consumer->commits)
    {
        struct commit *commit = LIST_ITEM(node, struct commit, news.link);
        if (!commit->is_sent) {
            commit_begin(consumer, commit);
        }
    }
}

void commit_abort(struct consumer *consumer)
{
    consumer->commits_sent = 0;
    LIST_EACH_SAFE(node, &consumer->commits)
    {
        commit_end(consumer, LIST_ITEM(node, struct commit, news.link), KC_ERR_CLOSED, NULL);
    }
}

void consumer_commit(struct consumer *consumer, struct commit *commit)
{
    commit->consumer = consumer;
    if (commit->deadline_us == INT64_MAX) {
        commit->deadline_us = loop_now_us(consumer->host.loop) +
                              (int64_t)consumer->options.default_api_timeout_ms * 1000;
    }
    list_append(&consumer->commits, &commit->news.link);
    commit_drive(consumer);
}
