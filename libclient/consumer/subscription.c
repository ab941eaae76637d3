/* consumer: what the application wants: topics through the group, or to be out of it. */
#include "consumer/state.h"

enum kc_err consumer_subscribe(struct consumer *consumer, const struct slice *topics, size_t count)
{
    LIST_EACH(node, &consumer->topics)
    {
        LIST_ITEM(node, struct consumer_topic, link)->is_subscribed = false;
    }
    for (size_t i = 0; i < count; i++) {
        struct consumer_topic *topic = consumer_topic_want(consumer, topics[i]);
        if (!topic) {
            return KC_ERR_NO_MEMORY;
        }
        topic->is_subscribed = true;
    }
    LIST_EACH_SAFE(node, &consumer->topics)
    {
        struct consumer_topic *topic = LIST_ITEM(node, struct consumer_topic, link);
        if (!topic->is_subscribed) {
            consumer_topic_drop(consumer, topic);
        }
    }
    group_step(consumer, MEMBER_SUBSCRIBED);
    return KC_ERR_NONE;
}

void consumer_unsubscribe(struct consumer *consumer, enum member_parting parting,
                          void (*left)(void *context), void *context)
{
    struct member_event event = { .kind = MEMBER_UNSUBSCRIBED, .parting = parting };

    consumer_drop_assignment(consumer);
    LIST_EACH_SAFE(node, &consumer->topics)
    {
        consumer_topic_drop(consumer, LIST_ITEM(node, struct consumer_topic, link));
    }
    consumer->rebalance++; /* what the polling thread still releases counts no more */
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
