/* consumer: what the application wants: topics through the group, by name or by pattern, or to be
 * out of it. */
#include "consumer/state.h"

#include <stdlib.h>

/* Forgets a pattern, if there is one. */
static void subscription_drop_pattern(struct consumer *consumer)
{
    if (consumer->pattern || consumer->regex) {
        cluster_unwant_all_topics(consumer->host.cluster);
    }
    topic_pattern_destroy(consumer->pattern);
    consumer->pattern = NULL;
    free(consumer->regex);
    consumer->regex = NULL;
}

/* Topics that were wanted and are not any more go, unless something of them is still held. */
static void subscription_sweep(struct consumer *consumer)
{
    LIST_EACH_SAFE(node, &consumer->topics)
    {
        struct consumer_topic *topic = LIST_ITEM(node, struct consumer_topic, link);
        if (!topic->is_subscribed) {
            consumer_topic_drop(consumer, topic);
        }
    }
}

static void subscription_clear(struct consumer *consumer)
{
    LIST_EACH(node, &consumer->topics)
    {
        LIST_ITEM(node, struct consumer_topic, link)->is_subscribed = false;
    }
}

enum kc_err consumer_subscribe(struct consumer *consumer, const struct slice *topics, size_t count)
{
    subscription_drop_pattern(consumer);
    subscription_clear(consumer);
    for (size_t i = 0; i < count; i++) {
        struct consumer_topic *topic = consumer_topic_want(consumer, topics[i]);
        if (!topic) {
            return KC_ERR_NO_MEMORY;
        }
        topic->is_subscribed = true;
    }
    subscription_sweep(consumer);
    group_step(consumer, MEMBER_SUBSCRIBED);
    return KC_ERR_NONE;
}

static bool subscription_fits(const struct consumer *consumer, const struct metadata_topic *topic)
{
    return topic->err == KC_ERR_NONE &&
           !(topic->is_internal && consumer->options.exclude_internal_topics) &&
           topic_pattern_matches(consumer->pattern, topic->name);
}

void subscription_on_metadata(struct consumer *consumer)
{
    const struct metadata *metadata = cluster_metadata(consumer->host.cluster);
    bool changed = !consumer->is_matched;
    const struct metadata_topic *known;
    size_t at = 0;

    if (!consumer->pattern || metadata->updated_us < consumer->pattern_us) {
        return;
    }
    consumer->is_matched = true;
    LIST_EACH(node, &consumer->topics)
    {
        struct consumer_topic *topic = LIST_ITEM(node, struct consumer_topic, link);
        known = cluster_topic(consumer->host.cluster, slice_of(topic->name, topic->name_size));
        if (topic->is_subscribed && (!known || !subscription_fits(consumer, known))) {
            topic->is_subscribed = false;
            changed = true;
        }
    }
    while ((known = map_next(&metadata->topics, &at))) {
        if (!subscription_fits(consumer, known)) {
            continue;
        }
        struct consumer_topic *topic = consumer_topic_want(consumer, known->name);
        if (topic && !topic->is_subscribed) {
            topic->is_subscribed = true;
            changed = true;
        }
    }
    if (changed) {
        group_step(consumer, MEMBER_SUBSCRIBED);
    }
}

enum kc_err consumer_subscribe_pattern(struct consumer *consumer, struct topic_pattern *pattern,
                                       const char *regex)
{
    char *copy = regex ? slice_dup_text(slice_text(regex)) : NULL;

    if (regex && !copy) {
        return KC_ERR_NO_MEMORY;
    }
    subscription_drop_pattern(consumer);
    subscription_clear(consumer);
    subscription_sweep(consumer);
    consumer->pattern = pattern;
    consumer->regex = copy;
    consumer->is_matched = false;
    consumer->pattern_us = loop_now_us(consumer->host.loop);
    cluster_want_all_topics(consumer->host.cluster);
    if (regex) {
        group_step(consumer, MEMBER_SUBSCRIBED);
    } else {
        cluster_refresh_metadata(consumer->host.cluster);
    }
    return KC_ERR_NONE;
}

void consumer_rejoin(struct consumer *consumer)
{
    if (consumer->member.state == MEMBER_STABLE &&
        consumer->member.config.protocol != MEMBER_PROTOCOL_NEXT) {
        group_step(consumer, MEMBER_SUBSCRIBED);
    }
}

void consumer_unsubscribe(struct consumer *consumer, enum member_parting parting,
                          void (*left)(void *context), void *context)
{
    struct member_event event = { .kind = MEMBER_UNSUBSCRIBED, .parting = parting };

    commit_hurry(consumer);
    consumer_drop_assignment(consumer);
    subscription_drop_pattern(consumer);
    LIST_EACH_SAFE(node, &consumer->topics)
    {
        consumer_topic_drop(consumer, LIST_ITEM(node, struct consumer_topic, link));
    }
    LIST_EACH_SAFE(node, &consumer->sources)
    {
        source_end(LIST_ITEM(node, struct source, link));
    }
    consumer->rebalance++; /* what the polling thread still releases counts no more */
    consumer->has_left = false;
    consumer->left = left;
    consumer->left_context = context;
    group_event(consumer, &event);
}

void consumer_released(struct consumer *consumer, uint64_t rebalance)
{
    if (rebalance == consumer->rebalance) {
        group_step(consumer, MEMBER_RELEASED);
    }
}

void consumer_polled(struct consumer *consumer)
{
    group_step(consumer, MEMBER_POLLED);
}

void subscription_finish(struct consumer *consumer)
{
    subscription_drop_pattern(consumer);
}
