/* consumer: a consumer's state on the I/O thread: assignment, and one function that drives it. */
#include "consumer/state.h"

#include <stdlib.h>

enum {
    CONSUMER_TELL_INTERVAL_US = 1000000,
    CONSUMER_DOUBT_US = 5000000,
    CONSUMER_TICK_US = 1000000
};

static void consumer_on_timer(struct loop_timer *timer)
{
    consumer_drive(timer->context);
}

void consumer_drive_soon(struct consumer *consumer)
{
    loop_timer_start(&consumer->timer, 0);
}

void consumer_heard(struct consumer *consumer)
{
    consumer->heard_us = loop_now_us(consumer->host.loop);
}

static void consumer_on_metadata(struct cluster_watch *watch)
{
    struct consumer *consumer = watch->context;

    consumer->must_place = true;
    consumer_heard(consumer);
    subscription_on_metadata(consumer);
    group_on_metadata(consumer);
    consumer_drive_soon(consumer);
}

static char *text_or_null(struct slice text, bool *failed)
{
    char *copy = slice_is_null(text) ? NULL : slice_dup_text(text);

    *failed |= !slice_is_null(text) && !copy;
    return copy;
}

static void consumer_init_member(struct consumer *consumer)
{
    const struct consumer_options *options = &consumer->options;
    struct member_config config = {
        .session_timeout_us = (int64_t)options->session_timeout_ms * 1000,
        .heartbeat_interval_us = (int64_t)options->heartbeat_interval_ms * 1000,
        .poll_interval_us = (int64_t)options->max_poll_interval_ms * 1000,
        .backoff_us = options->policy.retry.backoff_ms * 1000,
        .is_static = consumer->instance_id != NULL,
        .protocol = options->protocol,
        .is_cooperative = options->assignor_count > 0,
    };

    /* As in Java: only if every strategy that is offered can do it. */
    for (size_t i = 0; i < options->assignor_count; i++) {
        config.is_cooperative &= options->assignors[i]->is_cooperative;
    }

    member_init(&consumer->member, &config);
}

struct consumer *consumer_create(const struct consumer_options *options,
                                 const struct consumer_host *host)
{
    struct consumer *consumer = calloc(1, sizeof(*consumer));
    bool failed = false;

    if (!consumer) {
        return NULL;
    }
    consumer->options = *options;
    consumer->host = *host;
    budget_take(host->budget);
    list_init(&consumer->positions);
    list_init(&consumer->sources);
    list_init(&consumer->inquiries);
    list_init(&consumer->searches);
    list_init(&consumer->topics);
    map_init(&consumer->topic_names, host->seed);
    list_init(&consumer->commits);
    random_init(&consumer->random, host->seed);
    arena_init(&consumer->plan_arena, 0);
    arena_init(&consumer->last_arena, 0);
    loop_timer_init(&consumer->timer, host->loop, consumer_on_timer, consumer);
    consumer->watch.on_metadata = consumer_on_metadata;
    consumer->watch.context = consumer;
    cluster_watch_add(host->cluster, &consumer->watch);
    consumer->group_id = text_or_null(options->group_id, &failed);
    consumer->instance_id = text_or_null(options->instance_id, &failed);
    consumer->rack = text_or_null(options->rack, &failed);
    consumer->remote_assignor = text_or_null(options->remote_assignor, &failed);
    consumer->options.group_id = slice_text(consumer->group_id);
    consumer->options.instance_id = slice_text(consumer->instance_id);
    consumer->options.remote_assignor = slice_text(consumer->remote_assignor);
    consumer->options.rack = consumer->rack ? slice_text(consumer->rack) : SLICE_EMPTY;
    consumer->options.policy.has_group = consumer->group_id != NULL;
    consumer->heard_us = loop_now_us(host->loop);
    consumer->membership.rebalance_reason = "";
    consumer->membership.state_us = loop_now_us(host->loop);
    consumer_init_member(consumer);
    if (failed) {
        consumer_destroy(consumer);
        return NULL;
    }
    return consumer;
}

void consumer_destroy(struct consumer *consumer)
{
    if (!consumer) {
        return;
    }
    cluster_watch_remove(&consumer->watch);
    group_finish(consumer);
    offset_search_abort(consumer);
    while (!list_is_empty(&consumer->inquiries)) {
        inquiry_abort(LIST_ITEM(consumer->inquiries.next, struct inquiry, link));
    }
    commit_abort(consumer);
    consumer_drop_assignment(consumer);
    subscription_finish(consumer);
    LIST_EACH_SAFE(node, &consumer->sources)
    {
        source_destroy(LIST_ITEM(node, struct source, link));
    }
    LIST_EACH_SAFE(node, &consumer->topics)
    {
        consumer_topic_drop(consumer, LIST_ITEM(node, struct consumer_topic, link));
    }
    map_finish(&consumer->topic_names);
    loop_timer_finish(&consumer->timer);
    member_finish(&consumer->member);
    budget_drop(consumer->host.budget);
    free(consumer->group_id);
    free(consumer->instance_id);
    free(consumer->rack);
    free(consumer->remote_assignor);
    free(consumer);
}

void consumer_drop(struct consumer *consumer, struct position *position)
{
    if (position->source) {
        source_forget(position->source, position);
    }
    position_destroy(position);
}

void consumer_drop_assignment(struct consumer *consumer)
{
    LIST_EACH_SAFE(node, &consumer->positions)
    {
        consumer_drop(consumer, LIST_ITEM(node, struct position, link));
    }
}

enum kc_err consumer_add(struct consumer *consumer, struct claim *const *claims, size_t count)
{
    consumer->must_place = true;
    for (size_t i = 0; i < count; i++) {
        struct position *position = position_create(claims[i]);
        if (!position || !consumer_topic_want(consumer, claim_topic(claims[i]))) {
            position_destroy(position);
            while (i > 0) {
                consumer_drop(consumer, claims[--i]->position);
            }
            return KC_ERR_NO_MEMORY;
        }
        position->generation = 0;
        list_append(&consumer->positions, &position->link);
    }
    return KC_ERR_NONE;
}

enum kc_err consumer_assign(struct consumer *consumer, struct claim *const *claims,
                            const int64_t *offsets, const int32_t *leader_epochs, size_t count,
                            bool more)
{
    if (!more) {
        consumer_drop_assignment(consumer);
    }
    enum kc_err err = consumer_add(consumer, claims, count);

    for (size_t i = 0; i < count && !err; i++) {
        struct position *position = claims[i]->position;
        enum position_remedy remedy =
            position_start(position, &consumer->options.policy, offsets[i], leader_epochs[i],
                           clock_wall_ms(consumer->host.clock));
        consumer_heal(consumer, position, remedy, KC_ERR_NO_OFFSET, NULL);
        consumer_tell_placed(consumer, position);
    }
    consumer_drive_soon(consumer);
    return err;
}

void consumer_seek(struct consumer *consumer, struct claim *claim, int64_t offset,
                   int32_t leader_epoch, uint32_t generation, bool delay)
{
    struct position *position = claim->position;

    if (!position) {
        return;
    }
    position->generation = generation;
    position->is_asked = false;
    (void)position_start(position, &consumer->options.policy, offset, leader_epoch,
                         clock_wall_ms(consumer->host.clock));
    position->was_placed = offset >= 0;
    if (delay) {
        position->retry_us =
            loop_now_us(consumer->host.loop) + consumer->options.policy.retry.backoff_ms * 1000;
    }
    consumer_drive_soon(consumer);
}

void consumer_seek_time(struct consumer *consumer, struct claim *claim, int64_t timestamp_ms,
                        uint32_t generation)
{
    struct position *position = claim->position;

    if (position) {
        position->generation = generation;
        position->is_asked = false;
        position_start_at(position, timestamp_ms);
        consumer_drive_soon(consumer);
    }
}

void consumer_unassign(struct consumer *consumer, struct claim *claim)
{
    if (claim->position) {
        consumer_drop(consumer, claim->position);
        consumer->must_place = true;
        consumer_drive_soon(consumer);
    }
}

void consumer_pause(struct consumer *consumer, struct claim *claim, bool is_paused)
{
    if (claim->position) {
        claim->position->is_paused = is_paused;
        consumer_drive_soon(consumer);
    }
}

void consumer_refill(struct consumer *consumer)
{
    consumer_drive(consumer);
}

/* Topics that do not exist or may not be read: said once in a while, as long as it lasts. */
static void consumer_check_topics(struct consumer *consumer, int64_t now_us)
{
    LIST_EACH(node, &consumer->topics)
    {
        struct consumer_topic *topic = LIST_ITEM(node, struct consumer_topic, link);
        const struct metadata_topic *known =
            cluster_topic(consumer->host.cluster, slice_of(topic->name, topic->name_size));
        bool is_ours = topic->is_subscribed || consumer->member.state == MEMBER_OUT;
        if (!is_ours || !known || !known->err || known->err == KC_ERR_LEADER_NOT_AVAILABLE ||
            now_us - topic->told_us < CONSUMER_TELL_INTERVAL_US ||
            known->heard_us <= topic->told_us) {
            continue;
        }
        topic->told_us = now_us;
        consumer_tell_error(consumer, NULL, known->err, "topic '%s': %s", topic->name,
                            kc_err_text(known->err));
    }
}

static bool consumer_wants(const struct consumer *consumer)
{
    return !list_is_empty(&consumer->positions) || !list_is_empty(&consumer->topics) ||
           consumer->pattern || !list_is_empty(&consumer->searches) ||
           (consumer->member.state != MEMBER_OUT && consumer->member.state != MEMBER_FAILED);
}

static void consumer_check_reach(struct consumer *consumer, int64_t now_us)
{
    struct kc_error error = { .code = KC_ERR_NONE };

    if (now_us - consumer->told_us < CONSUMER_TELL_INTERVAL_US) {
        return;
    }
    bool is_refused = cluster_refusal(consumer->host.cluster, &error);
    if (!is_refused && now_us - consumer->heard_us >= CONSUMER_TELL_INTERVAL_US) {
        cluster_last_error(consumer->host.cluster, &error);
        if (!error.code) {
            (void)cluster_failing_us(consumer->host.cluster, &error);
        }
    } else if (!is_refused) {
        /* The coordinator may answer while nobody tells where partitions are. */
        int64_t failing_us = cluster_failing_us(consumer->host.cluster, &error);
        error.code =
            failing_us != 0 && now_us - failing_us >= CONSUMER_DOUBT_US ? error.code : KC_ERR_NONE;
    }
    if (error.code) {
        consumer->told_us = now_us;
        consumer_tell_error(consumer, NULL, error.code, "%s", error.text);
    }
}

static int64_t consumer_next_us(const struct consumer *consumer, int64_t now_us)
{
    int64_t next = now_us + CONSUMER_TICK_US;

    if (consumer->must_place) {
        next = MIN_OF(next, now_us + MAX_OF(consumer->options.policy.retry.backoff_ms, 10) * 1000);
    }
    LIST_EACH(node, &consumer->positions)
    {
        int64_t retry_us = LIST_ITEM(node, struct position, link)->retry_us;
        if (retry_us > now_us) {
            next = MIN_OF(next, retry_us);
        }
    }
    LIST_EACH(node, &consumer->sources)
    {
        int64_t retry_us = LIST_ITEM(node, struct source, link)->retry_us;
        if (retry_us > now_us) {
            next = MIN_OF(next, retry_us);
        }
    }
    next = MIN_OF(next, offset_search_next_us(consumer));
    return MIN_OF(
        next, member_next_us(&consumer->member, consumer->host.polled_us(consumer->host.context)));
}

void consumer_drive(struct consumer *consumer)
{
    int64_t now_us = loop_now_us(consumer->host.loop);

    loop_timer_stop(&consumer->timer);
    group_drive(consumer);
    commit_drive(consumer);
    if (!consumer_wants(consumer)) {
        return;
    }
    sourcing_drive(consumer, now_us);
    committed_drive(consumer, now_us);
    offset_search_drive(consumer, now_us);
    lookup_drive(consumer, now_us);
    proof_drive(consumer, now_us);
    LIST_EACH(node, &consumer->sources)
    {
        source_drive(LIST_ITEM(node, struct source, link), now_us);
    }
    consumer_check_topics(consumer, now_us);
    consumer_check_reach(consumer, now_us);
    loop_timer_start_at(&consumer->timer, consumer_next_us(consumer, now_us));
}
