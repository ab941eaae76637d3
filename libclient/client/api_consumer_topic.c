/* client: how many partitions a topic has, as the cluster tells. */
#include "client/consumer_handle.h"

#include <stdio.h>
#include <stdlib.h>

enum { COUNT_LOOK_INTERVAL_US = 10000 };

struct count_ask {
    struct ask ask;
    struct list link; /* of the consumer's open questions */
    struct loop_timer timer;
    struct cluster *cluster;
    struct list *open;
    int64_t asked_us;
    int32_t count;
    char topic[];
};

static void count_free(struct ask *ask)
{
    ask_finish(ask);
    free(CONTAINER_OF(ask, struct count_ask, ask));
}

static void count_end_with(struct count_ask *count, enum kc_err err, const char *text)
{
    loop_timer_finish(&count->timer);
    cluster_unwant_topic(count->cluster, slice_text(count->topic));
    list_remove(&count->link);
    ask_done(&count->ask, err, err ? text : NULL);
}

static void count_end(struct count_ask *count, enum kc_err err)
{
    char text[320];

    (void)snprintf(text, sizeof(text), "topic '%s': %s", count->topic, kc_err_text(err));
    count_end_with(count, err, text);
}

static void count_look(struct count_ask *count)
{
    const struct metadata_topic *known = cluster_topic(count->cluster, slice_text(count->topic));

    if (ask_is_given_up(&count->ask)) {
        count_end(count, KC_ERR_TIMED_OUT);
    } else if (known && !known->err && known->partition_count > 0) {
        count->count = known->partition_count;
        count_end(count, KC_ERR_NONE);
    } else if (known && known->err && known->heard_us >= count->asked_us &&
               (!kc_err_is_retriable(known->err) ||
                known->err == KC_ERR_UNKNOWN_TOPIC_OR_PARTITION)) {
        count_end(count, known->err);
    } else {
        struct kc_error last;
        /* A watch is told of changes only: an error that stays the same would be missed. Also so
         * that the next call finds out whether it still holds. */
        cluster_refresh_metadata(count->cluster);
        if (cluster_refusal(count->cluster, &last)) {
            count_end_with(count, last.code, last.text);
            return;
        }
        cluster_last_error(count->cluster, &last);
        if (last.code) {
            ask_explain(&count->ask, last.text);
        }
        loop_timer_start(&count->timer, COUNT_LOOK_INTERVAL_US);
    }
}

static void count_on_timer(struct loop_timer *timer)
{
    count_look(timer->context);
}

static void count_run(void *context)
{
    struct count_ask *count = CONTAINER_OF((struct ask *)context, struct count_ask, ask);

    if (cluster_want_topic(count->cluster, slice_text(count->topic))) {
        ask_done(&count->ask, KC_ERR_NO_MEMORY, NULL);
        return;
    }
    loop_timer_init(&count->timer, thread_loop(count->ask.thread), count_on_timer, count);
    list_append(count->open, &count->link);
    count_look(count);
}

void consumer_handle_end_counts(struct kc_consumer *consumer)
{
    LIST_EACH_SAFE(node, &consumer->counts)
    {
        count_end(LIST_ITEM(node, struct count_ask, link), KC_ERR_CLOSED);
    }
}

enum kc_err kc_consumer_partition_count(struct kc_consumer *consumer, const char *topic,
                                        int timeout_ms, int32_t *ret_count, struct kc_error *error)
{
    if (!consumer || !topic || !topic[0] || !ret_count) {
        return reason_set(error, KC_ERR_INVALID, "a consumer and a topic are needed");
    }
    if (consumer->is_closed) {
        return reason_plain(error, KC_ERR_CLOSED);
    }
    enum kc_err err = handle_check_topic(topic, error);
    if (err) {
        return err;
    }
    size_t size = strlen(topic) + 1;
    struct count_ask *count = calloc(1, sizeof(*count) + size);
    if (!count) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    ask_init(&count->ask, count_run, count_free);
    memcpy(count->topic, topic, size);
    list_init(&count->link);
    count->cluster = consumer->handle.cluster;
    count->open = &consumer->counts;
    count->asked_us = clock_now_us(consumer->handle.clock);
    err = ask_wait(&count->ask, consumer->handle.thread, timeout_ms,
                   "asking for the partitions of a topic", error);
    if (!err) {
        *ret_count = count->count;
    }
    ask_drop(&count->ask);
    return err;
}
