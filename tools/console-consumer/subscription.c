/* console-consumer: subscribes; a pattern is matched here, against the cluster's topic list. */
#include "console-consumer/subscription.h"

#include "common/memory.h"
#include "common/now.h"
#include "common/number.h"

#include <stdlib.h>
#include <string.h>

enum { REFRESH_NOTHING_MS = 1000 };

static int setting_ms(const struct kc_config *config, const char *name, int64_t otherwise)
{
    const char *text = kc_config_get(config, name);
    int64_t value = otherwise;
    if (text) {
        number_parse(text, 1, INT32_MAX, &value);
    }
    return (int)value;
}

static void forget(struct subscription *subscription)
{
    for (size_t i = 0; i < subscription->topic_count; i++) {
        free(subscription->topics[i]);
    }
    free(subscription->topics);
    subscription->topics = NULL;
    subscription->topic_count = 0;
}

/* Keeps the names that match; true when they differ from those before. */
static bool match(struct subscription *subscription, const struct kc_topic_descriptions *all)
{
    char **topics = memory_alloc(all->count * sizeof *topics);
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct kc_topic_description *topic = &all->items[i];
        if (!topic->internal && pattern_matches(subscription->pattern, topic->name)) {
            topics[count++] = memory_copy(topic->name, strlen(topic->name));
        }
    }
    bool changed = count != subscription->topic_count;
    for (size_t i = 0; i < count && !changed; i++) {
        changed = strcmp(topics[i], subscription->topics[i]) != 0;
    }
    forget(subscription);
    subscription->topics = topics;
    subscription->topic_count = count;
    return changed;
}

static enum kc_err refresh(struct subscription *subscription, struct kc_consumer *consumer,
                           struct kc_error *error)
{
    struct kc_topic_descriptions *all = NULL;
    subscription->refreshed_at_ms = now_steady_ms();
    enum kc_err err =
        kc_admin_list_topics(subscription->admin, subscription->timeout_ms, &all, error);
    if (err) {
        return err;
    }
    bool changed = match(subscription, all);
    kc_topic_descriptions_destroy(all);
    if (!changed) {
        return KC_ERR_NONE;
    }
    if (subscription->topic_count == 0) {
        kc_consumer_unsubscribe(consumer);
        return KC_ERR_NONE;
    }
    return kc_consumer_subscribe(consumer, (const char *const *)subscription->topics,
                                 subscription->topic_count, NULL, error);
}

static void start_pattern(struct subscription *subscription, const struct wish *wish,
                          const struct kc_config *config, struct kc_consumer *consumer)
{
    char reason[128];
    struct kc_error error;
    subscription->pattern = pattern_create(wish->include, reason, sizeof reason);
    if (!subscription->pattern) {
        options_fail(subscription->options, "%s is an invalid regex: %s", wish->include, reason);
    }
    subscription->refresh_ms = setting_ms(config, "metadata.max.age.ms", 300000);
    subscription->admin = kc_admin_create(config, &error);
    if (!subscription->admin || refresh(subscription, consumer, &error)) {
        options_fail(subscription->options, "%s", error.text);
    }
}

static void start_topic(struct subscription *subscription, const struct wish *wish,
                        struct kc_consumer *consumer)
{
    struct kc_error error;
    int32_t count = 0;
    enum kc_err err = kc_consumer_partition_count(consumer, wish->topic, subscription->timeout_ms,
                                                  &count, &error);
    if (err == KC_ERR_INVALID_TOPIC_EXCEPTION) {
        options_fail(subscription->options, "Invalid topics: [%s]", wish->topic);
    }
    /* A topic that is not there yet may come. */
    if (err && err != KC_ERR_UNKNOWN_TOPIC_OR_PARTITION && err != KC_ERR_LEADER_NOT_AVAILABLE) {
        options_fail(subscription->options, "%s", error.text);
    }
    if (!err && wish->partition >= count) {
        options_fail(subscription->options, "Topic %s has no partition %d (it has %d)", wish->topic,
                     (int)wish->partition, (int)count);
    }
    if (wish->partition >= 0) {
        struct kc_position position = { wish->topic, wish->partition, wish->offset, -1,
                                        NULL,        KC_ERR_NONE };
        err = kc_consumer_assign(consumer, &position, 1, &error);
    } else {
        err = kc_consumer_subscribe(consumer, &wish->topic, 1, NULL, &error);
    }
    if (err) {
        options_fail(subscription->options, "%s", error.text);
    }
}

void subscription_start(struct subscription *subscription, const struct options *options,
                        const struct wish *wish, const struct kc_config *config,
                        struct kc_consumer *consumer)
{
    subscription->options = options;
    subscription->timeout_ms = setting_ms(config, "default.api.timeout.ms", 60000);
    if (wish->timeout_ms >= 0 && wish->timeout_ms < subscription->timeout_ms) {
        subscription->timeout_ms = (int)wish->timeout_ms;
    }
    if (wish->include) {
        start_pattern(subscription, wish, config, consumer);
    } else {
        start_topic(subscription, wish, consumer);
    }
}

int subscription_refresh(struct subscription *subscription, struct kc_consumer *consumer)
{
    if (!subscription->pattern) {
        return -1;
    }
    struct kc_error error;
    int every_ms = subscription->topic_count > 0 ? subscription->refresh_ms : REFRESH_NOTHING_MS;
    if (now_steady_ms() - subscription->refreshed_at_ms >= every_ms) {
        (void)refresh(subscription, consumer, &error);
    }
    int64_t left_ms = subscription->refreshed_at_ms + every_ms - now_steady_ms();
    return left_ms > 0 ? (int)left_ms : 0;
}

void subscription_finish(struct subscription *subscription)
{
    forget(subscription);
    pattern_destroy(subscription->pattern);
    kc_admin_destroy(subscription->admin);
    *subscription = (struct subscription){ 0 };
}
