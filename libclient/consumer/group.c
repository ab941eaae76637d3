/* consumer: carries out what the member of a group decides, whichever protocol it speaks: positions
 * given back and taken, the polling thread told. */
#include "consumer/state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void group_check_left(struct consumer *consumer)
{
    if (consumer->left && consumer->has_left && consumer->farewell_count == 0) {
        void (*left)(void *) = consumer->left;
        consumer->left = NULL;
        left(consumer->left_context);
    }
}

static void group_apply(struct consumer *consumer, const struct member_update *update,
                        const char *text);

void group_event(struct consumer *consumer, struct member_event *event)
{
    struct member_update update;
    enum member_state before = consumer->member.state;

    event->now_us = loop_now_us(consumer->host.loop);
    event->polled_us = consumer->host.polled_us(consumer->host.context);
    if (member_step(&consumer->member, event, &update) == KC_ERR_NONE) {
        consumer_note_state(consumer, before, event);
        group_apply(consumer, &update, event->text);
    }
    if (event->kind == MEMBER_SYNC_ANSWERED) {
        group_on_metadata(consumer); /* what was heard since the plan was made */
    }
    if (event->kind != MEMBER_TICK) {
        consumer_drive_soon(consumer);
    }
}

void group_step(struct consumer *consumer, enum member_event_kind kind)
{
    struct member_event event = { .kind = kind };

    group_event(consumer, &event);
}

void group_reply(struct consumer *consumer, enum member_event_kind kind, enum kc_err err,
                 const struct join_group_response *join, const struct conn_reply *reply)
{
    struct member_event event = { .kind = kind, .err = err, .join = join };

    event.text = err && reply->err == err ? reply->text : NULL;
    group_event(consumer, &event);
}

void group_answer(struct consumer *consumer, enum member_event_kind kind, enum kc_err err,
                  const struct join_group_response *join)
{
    struct member_event event = { .kind = kind, .err = err, .join = join };

    group_event(consumer, &event);
}

struct inquiry *group_inquiry(struct consumer *consumer, int16_t api_key, size_t size,
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

enum kc_err group_topics(struct consumer *consumer, struct arena *arena,
                         const struct slice **ret_topics, size_t *ret_count)
{
    size_t count = 0;

    LIST_EACH(node, &consumer->topics)
    {
        count += LIST_ITEM(node, struct consumer_topic, link)->is_subscribed;
    }
    struct slice *topics = arena_alloc_array(arena, count, sizeof(*topics));
    if (!topics) {
        return KC_ERR_NO_MEMORY;
    }
    count = 0;
    LIST_EACH(node, &consumer->topics)
    {
        const struct consumer_topic *topic = LIST_ITEM(node, struct consumer_topic, link);
        if (topic->is_subscribed) {
            topics[count++] = slice_of(topic->name, topic->name_size);
        }
    }
    *ret_topics = topics;
    *ret_count = count;
    return KC_ERR_NONE;
}

static int partition_compare(const void *a, const void *b)
{
    const struct assign_partition *left = a;
    const struct assign_partition *right = b;
    int order = slice_compare(left->topic, right->topic);

    return order != 0 ? order
                      : (left->partition > right->partition) - (left->partition < right->partition);
}

enum kc_err group_owned(struct consumer *consumer, struct arena *arena,
                        const struct assign_partition **ret_owned, size_t *ret_count)
{
    size_t count = 0;

    LIST_EACH(node, &consumer->positions)
    {
        count++;
    }
    struct assign_partition *owned = arena_alloc_array(arena, count, sizeof(*owned));
    if (!owned) {
        return KC_ERR_NO_MEMORY;
    }
    count = 0;
    LIST_EACH(node, &consumer->positions)
    {
        const struct claim *claim = LIST_ITEM(node, struct position, link)->claim;
        owned[count++] = (struct assign_partition){ claim_topic(claim), claim->partition };
    }
    qsort(owned, count, sizeof(*owned), partition_compare);
    *ret_owned = owned;
    *ret_count = count;
    return KC_ERR_NONE;
}

/* Notes what was assigned last, for strategies that are told of it even after it was given back. */
enum kc_err group_remember(struct consumer *consumer)
{
    struct assign_partition *last = NULL;
    const struct assign_partition *owned;
    size_t count = 0;

    arena_reset(&consumer->last_arena);
    consumer->last = NULL;
    consumer->last_count = 0;
    enum kc_err err = group_owned(consumer, &consumer->last_arena, &owned, &count);
    last = err ? NULL : arena_alloc_array(&consumer->last_arena, count, sizeof(*last));
    if (!last) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        last[i].topic = arena_copy(&consumer->last_arena, owned[i].topic);
        last[i].partition = owned[i].partition;
        if (slice_is_null(last[i].topic)) {
            return KC_ERR_NO_MEMORY;
        }
    }
    consumer->last = last;
    consumer->last_count = count;
    consumer->last_generation = consumer->member.generation;
    return KC_ERR_NONE;
}

enum kc_err group_mark(struct consumer *consumer, struct assign_partition *target, size_t *count,
                       struct arena *arena)
{
    bool *is_held = arena_alloc_array(arena, *count, sizeof(*is_held));
    size_t missing = 0;

    if (!is_held) {
        return KC_ERR_NO_MEMORY;
    }
    qsort(target, *count, sizeof(*target), partition_compare);
    LIST_EACH(node, &consumer->positions)
    {
        struct position *position = LIST_ITEM(node, struct position, link);
        struct assign_partition key = { claim_topic(position->claim), position->claim->partition };
        struct assign_partition *found =
            *count > 0 ? bsearch(&key, target, *count, sizeof(*target), partition_compare) : NULL;
        position->is_kept = found != NULL;
        if (found) {
            is_held[found - target] = true;
        }
    }
    for (size_t i = 0; i < *count; i++) {
        bool is_twice = i > 0 && partition_compare(&target[i], &target[i - 1]) == 0;
        if (!is_held[i] && !is_twice && target[i].partition >= 0) {
            target[missing++] = target[i];
        }
    }
    *count = missing;
    return KC_ERR_NONE;
}

size_t group_take_back(struct consumer *consumer, enum news_kind kind)
{
    size_t count = 0;
    size_t at = 0;

    LIST_EACH(node, &consumer->positions)
    {
        count += !LIST_ITEM(node, struct position, link)->is_kept;
    }
    if (count == 0) {
        return 0;
    }
    struct claim **claims = calloc(count, sizeof(struct claim *));
    struct news_assigned *item = NULL;
    LIST_EACH_SAFE(node, &consumer->positions)
    {
        struct position *position = LIST_ITEM(node, struct position, link);
        if (position->is_kept) {
            continue;
        }
        if (claims) {
            claim_take(position->claim);
            claims[at++] = position->claim;
        }
        consumer_drop(consumer, position);
    }
    item = claims ? news_assigned_create(kind, claims, at) : NULL;
    for (size_t i = 0; i < at; i++) {
        claim_drop(claims[i]);
    }
    free(claims);
    if (item) {
        item->news.rebalance = ++consumer->rebalance;
    }
    consumer_note_rebalance(consumer);
    consumer_tell(consumer, item ? &item->news : NULL);
    return item ? count : 0;
}

enum kc_err group_add(struct consumer *consumer, const struct assign_partition *added, size_t count)
{
    struct claim **claims = calloc(count + 1, sizeof(struct claim *));
    enum kc_err err = claims ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    size_t made = 0;

    while (!err && made < count) {
        claims[made] = claim_create(added[made].topic, added[made].partition);
        err = claims[made] ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
        made += claims[made] != NULL;
    }
    if (!err) {
        err = consumer_add(consumer, claims, made);
    }
    if (!err) {
        consumer_note_rebalance(consumer);
        struct news_assigned *item = news_assigned_create(NEWS_ASSIGNED, claims, made);
        consumer_tell(consumer, item ? &item->news : NULL);
    }
    for (size_t i = 0; i < made; i++) {
        struct position *position = claims[i]->position;
        if (!err && position) {
            (void)position_start(position, &consumer->options.policy, KC_OFFSET_NONE, -1,
                                 clock_wall_ms(consumer->host.clock));
        }
        claim_drop(claims[i]);
    }
    free(claims);
    return err;
}

static void group_keep(struct consumer *consumer, bool wanted_ones)
{
    LIST_EACH(node, &consumer->positions)
    {
        struct position *position = LIST_ITEM(node, struct position, link);
        const struct consumer_topic *topic =
            consumer_topic_find(consumer, claim_topic(position->claim));
        position->is_kept = wanted_ones && topic && topic->is_subscribed;
    }
}

/* A failure that is tried again is told once until the application polls: it may last for days. */
static void group_tell_failure(struct consumer *consumer, enum kc_err err, const char *text)
{
    int64_t polled_us = consumer->host.polled_us(consumer->host.context);
    bool is_fatal = consumer->member.state == MEMBER_FAILED;
    struct kc_error error;

    if (!is_fatal && polled_us < consumer->failed_us) {
        return;
    }
    consumer->failed_us = loop_now_us(consumer->host.loop);
    (void)snprintf(error.text, sizeof(error.text), "group '%s': %s", consumer->group_id,
                   text ? text : kc_err_text(err));
    struct news_error *item = news_error_create(NULL, 0, err, error.text);
    if (item && is_fatal) {
        item->error.kind = KC_KIND_FATAL;
    }
    consumer_tell(consumer, item ? &item->news : NULL);
}

static void group_cancel(struct consumer *consumer)
{
    inquiry_destroy(consumer->join);
    consumer->join = NULL;
    if (consumer->member.config.protocol == MEMBER_PROTOCOL_NEXT) {
        inquiry_destroy(consumer->heartbeat);
        consumer->heartbeat = NULL;
    }
}

static void group_apply(struct consumer *consumer, const struct member_update *update,
                        const char *text)
{
    bool released = false;

    if (update->forget) {
        cluster_forget_coordinator(consumer->host.cluster, CLUSTER_GROUP,
                                   consumer->options.group_id);
    }
    if (update->cancel_join) {
        group_cancel(consumer);
    }
    if (update->revoke || update->lost) {
        group_keep(consumer, update->revoke && consumer->member.config.is_cooperative);
        released = group_take_back(consumer, update->lost ? NEWS_LOST : NEWS_REVOKED) == 0;
    }
    if (update->failed) {
        group_tell_failure(consumer, update->failed, text);
    }
    consumer->has_left |= update->left;
    group_check_left(consumer);
    if (consumer->member.config.protocol == MEMBER_PROTOCOL_NEXT) {
        talk_next(consumer, update);
    } else {
        talk_classic(consumer, update);
    }
    if (released) {
        group_step(consumer, MEMBER_RELEASED);
    }
}

void group_fail_commit(struct consumer *consumer, enum kc_err err, int32_t generation)
{
    if (generation == consumer->member.generation) {
        group_answer(consumer, MEMBER_COMMIT_FAILED, err, NULL);
    }
}

void group_drive(struct consumer *consumer)
{
    if (consumer->member.state == MEMBER_LEADING &&
        plan_is_ready(consumer, loop_now_us(consumer->host.loop))) {
        group_step(consumer, MEMBER_PLANNED);
    }
    if (consumer->target && member_may_change(&consumer->member)) {
        talk_reconcile(consumer);
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
    consumer->has_left = true;
    consumer->farewell_count = 0;
    group_check_left(consumer);
    inquiry_destroy(consumer->join);
    inquiry_destroy(consumer->heartbeat);
    plan_drop(consumer);
    arena_finish(&consumer->plan_arena);
    arena_finish(&consumer->last_arena);
    free(consumer->target);
}

struct slice consumer_member_id(const struct consumer *consumer, int32_t *ret_generation)
{
    bool is_in = member_is_in(&consumer->member) && consumer->member.id;
    *ret_generation = is_in ? consumer->member.generation : -1;
    return is_in ? slice_text(consumer->member.id) : SLICE_EMPTY;
}
