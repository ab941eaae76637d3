/* client: subscribing and unsubscribing. */
#include "client/consumer_handle.h"

#include <libclient/subscription.h>
#include <stdlib.h>

struct subscribe_order {
    struct kc_consumer *consumer;
    const struct slice *topics;
    size_t count;
    enum kc_err err;
};

static void subscribe_io(void *context)
{
    struct subscribe_order *order = context;

    order->err = consumer_subscribe(order->consumer->core, order->topics, order->count);
}

static enum kc_err subscribe_check(struct kc_consumer *consumer, struct kc_error *error)
{
    enum kc_err err = consumer_handle_check_mode(consumer, CONSUMER_BY_HAND, error);

    if (!err && !config_string(consumer->handle.config, "group.id")) {
        return reason_set(error, KC_ERR_INVALID, "group.id is needed to subscribe");
    }
    return err;
}

enum kc_err kc_consumer_subscribe(struct kc_consumer *consumer, const char *const *topics,
                                  size_t count, const struct kc_rebalance_listener *listener,
                                  struct kc_error *error)
{
    struct kc_rebalance_listener none = { 0 };
    enum kc_err err = subscribe_check(consumer, error);

    if (err) {
        return err;
    }
    if (count == 0) {
        kc_consumer_unsubscribe(consumer);
        return KC_ERR_NONE;
    }
    struct slice *names = calloc(count, sizeof(*names));
    if (!names) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        err = handle_check_topic(topics[i], error);
        if (err) {
            free(names);
            return err;
        }
        names[i] = slice_text(topics[i]);
    }
    consumer->listener = listener ? *listener : none;
    consumer->mode = CONSUMER_IN_GROUP;
    struct subscribe_order order = { consumer, names, count, KC_ERR_NONE };
    thread_call_sync(consumer->handle.thread, subscribe_io, &order);
    free(names);
    return order.err ? reason_plain(error, order.err) : KC_ERR_NONE;
}

struct pattern_order {
    struct kc_consumer *consumer;
    struct topic_pattern *pattern;
    const char *regex;
    enum kc_err err;
};

static void pattern_io(void *context)
{
    struct pattern_order *order = context;

    order->err = consumer_subscribe_pattern(order->consumer->core, order->pattern, order->regex);
}

enum kc_err kc_consumer_subscribe_pattern(struct kc_consumer *consumer, const char *pattern,
                                          const struct kc_rebalance_listener *listener,
                                          struct kc_error *error)
{
    struct kc_rebalance_listener none = { 0 };
    struct pattern_order order = { .consumer = consumer };
    struct kc_error own;
    enum kc_err err = subscribe_check(consumer, error);

    if (err) {
        return err;
    }
    if (!pattern || !pattern[0]) {
        return reason_set(error, KC_ERR_INVALID, "a topic pattern is needed");
    }
    error = error ? error : &own;
    if (strcmp(config_string(consumer->handle.config, "group.protocol"), "consumer") == 0) {
        order.regex = pattern;
    } else {
        order.pattern = topic_pattern_create(pattern, error);
        if (!order.pattern) {
            return error->code;
        }
    }
    consumer->listener = listener ? *listener : none;
    consumer->mode = CONSUMER_IN_GROUP;
    thread_call_sync(consumer->handle.thread, pattern_io, &order);
    if (order.err) {
        topic_pattern_destroy(order.pattern);
        return reason_plain(error, order.err);
    }
    return reason_clear(error);
}

static void unsubscribe_io(void *context)
{
    struct kc_consumer *consumer = context;

    consumer_unsubscribe(consumer->core, MEMBER_PARTING_DEFAULT, NULL, NULL);
}

void kc_consumer_unsubscribe(struct kc_consumer *consumer)
{
    if (!consumer || consumer->is_closed || consumer->is_closing || consumer->is_rebalancing) {
        return;
    }
    consumer_handle_tell_taken(consumer, true);
    if (consumer->auto_commit) {
        (void)consumer_handle_auto_commit(consumer, 0);
    }
    if (consumer->mode == CONSUMER_IN_GROUP && !list_is_empty(&consumer->claims)) {
        consumer_handle_listen(consumer, consumer->listener.revoked);
    }
    thread_call_sync(consumer->handle.thread, unsubscribe_io, consumer);
    consumer_handle_purge(consumer);
    consumer_handle_clear(consumer);
    consumer->mode = CONSUMER_FREE;
}

static void rejoin_io(void *context)
{
    struct kc_consumer *consumer = context;

    consumer_rejoin(consumer->core);
}

enum kc_err kc_consumer_rejoin(struct kc_consumer *consumer, struct kc_error *error)
{
    if (!consumer) {
        return reason_set(error, KC_ERR_INVALID, "a consumer is needed");
    }
    if (consumer->is_closed) {
        return reason_plain(error, KC_ERR_CLOSED);
    }
    if (consumer->mode != CONSUMER_IN_GROUP) {
        return reason_set(error, KC_ERR_WRONG_STATE, "only a subscribed consumer can rejoin");
    }
    thread_call_sync(consumer->handle.thread, rejoin_io, consumer);
    return reason_clear(error);
}
