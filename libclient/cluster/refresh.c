/* cluster: keeping the metadata fresh: when to ask, for what, and what the answer starts. */
#include "cluster/cluster_state.h"

#include <stdio.h>
#include <stdlib.h>

enum { REFRESH_ARENA_MAX = 256 << 20 };

static int64_t refresh_now_us(const struct cluster *cluster)
{
    return loop_now_us(cluster->options.loop);
}

void refresh_tell(struct cluster *cluster)
{
    if (cluster->told_change_count == cluster->metadata.change_count) {
        return;
    }
    cluster->told_change_count = cluster->metadata.change_count;
    LIST_EACH_SAFE(node, &cluster->watches)
    {
        struct cluster_watch *watch = LIST_ITEM(node, struct cluster_watch, link);
        if (watch->on_metadata) {
            watch->on_metadata(watch);
        }
    }
}

/* As refresh_tell, for an answer that changed nothing. */
static void tell_confirmed(struct cluster *cluster)
{
    if (cluster->told_change_count != cluster->metadata.change_count) {
        return;
    }
    LIST_EACH_SAFE(node, &cluster->watches)
    {
        struct cluster_watch *watch = LIST_ITEM(node, struct cluster_watch, link);
        if (watch->on_confirmed) {
            watch->on_confirmed(watch);
        }
    }
}

static void free_wanted(struct wanted_topic *wanted)
{
    list_remove(&wanted->link);
    free((void *)(uintptr_t)wanted->name.data);
    free(wanted);
}

static void free_topics(struct cluster *cluster)
{
    free(cluster->refresh_message.topics.items);
    cluster->refresh_message.topics.items = NULL;
    cluster->refresh_message.topics.count = 0;
    while (!list_is_empty(&cluster->unwanted)) {
        struct wanted_topic *wanted =
            LIST_ITEM(list_first(&cluster->unwanted), struct wanted_topic, link);
        /* The answer told of it all the same. */
        if (cluster->want_all_count == 0 && !map_get(&cluster->wanted, wanted->name)) {
            metadata_forget_topic(&cluster->metadata, wanted->name);
        }
        free_wanted(wanted);
    }
}

/* Fresh topics alone, unless all of it is due anyway: ten thousand topics that come one by one
 * would be named fifty million times otherwise. */
static bool is_for_fresh(const struct cluster *cluster)
{
    int64_t due_us = cluster->wants_refresh ? cluster->refresh_at_us : cluster->refresh_old_us;
    return !list_is_empty(&cluster->fresh) && refresh_now_us(cluster) < due_us;
}

static bool list_topics(struct cluster *cluster)
{
    struct metadata_request *message = &cluster->refresh_message;
    cluster->is_asking_fresh = is_for_fresh(cluster);
    cluster->asked_all = cluster->want_all_count > 0 && !cluster->is_asking_fresh;
    if (!cluster->asked_all) {
        message->topics.items = calloc(cluster->wanted.count + 1, sizeof(*message->topics.items));
        if (!message->topics.items) {
            return false;
        }
    }
    while (!list_is_empty(&cluster->fresh)) {
        struct wanted_topic *wanted =
            LIST_ITEM(list_first(&cluster->fresh), struct wanted_topic, link);
        list_remove(&wanted->link);
        if (cluster->is_asking_fresh) {
            message->topics.items[message->topics.count++].name = wanted->name;
        }
    }
    if (cluster->asked_all) {
        message->topics.count = -1;
        return true;
    }
    size_t position = 0;
    const struct wanted_topic *wanted;
    while (!cluster->is_asking_fresh && (wanted = map_next(&cluster->wanted, &position))) {
        message->topics.items[message->topics.count++].name = wanted->name;
    }
    return true;
}

static void on_done(struct cluster_request *request, const struct conn_reply *reply);

static void refresh_start(struct cluster *cluster)
{
    message_defaults(&metadata_request_type, &cluster->refresh_message);
    cluster->refresh_message.allow_auto_topic_creation = cluster->options.allow_auto_create;
    if (!list_topics(cluster)) {
        cluster->refresh_at_us = refresh_now_us(cluster) + 1000000;
        loop_timer_start_at(&cluster->refresh_timer, cluster->refresh_at_us);
        return;
    }
    cluster->is_refreshing = true;
    cluster->wants_refresh = cluster->wants_refresh && cluster->is_asking_fresh;
    cluster->refresh_request = (struct cluster_request){
        .target = CLUSTER_ANY,
        .api_key = API_METADATA,
        .version_min = cluster->options.allow_auto_create ? 0 : 4,
        .message = &cluster->refresh_message,
        .done = on_done,
        .context = cluster,
    };
    if (cluster->options.of_controllers) {
        controllers_ask(cluster);
    }
    cluster_request(cluster, &cluster->refresh_request);
}

static void on_timer(struct loop_timer *timer)
{
    struct cluster *cluster = timer->context;
    if (!cluster->is_refreshing && !cluster->is_closing) {
        refresh_start(cluster);
    }
}

/* What a topic suffers from goes by itself, also when the broker has no better name for it than "a
 * failure". The name of a topic and the right to see it do not: whoever asks is told. */
static bool may_pass(enum kc_err err)
{
    return err != KC_ERR_NONE && err != KC_ERR_INVALID_TOPIC_EXCEPTION &&
           err != KC_ERR_TOPIC_AUTHORIZATION_FAILED;
}

static bool is_topic_incomplete(const struct cluster *cluster, struct slice name)
{
    const struct metadata_topic *topic = metadata_topic(&cluster->metadata, name);
    if (!topic || may_pass(topic->err)) {
        return true;
    }
    for (int32_t i = 0; topic->err == KC_ERR_NONE && i < topic->partition_count; i++) {
        if (topic->partitions[i].leader < 0) {
            return true;
        }
    }
    return false;
}

/* Something that was asked for is not as it should be, and time may mend it. */
static bool is_incomplete(const struct cluster *cluster)
{
    const struct metadata_request *message = &cluster->refresh_message;
    for (int32_t i = 0; cluster->is_asking_fresh && i < message->topics.count; i++) {
        struct slice name = message->topics.items[i].name;
        if (map_get(&cluster->wanted, name) && is_topic_incomplete(cluster, name)) {
            return true;
        }
    }
    size_t position = 0;
    const struct wanted_topic *wanted;
    while (!cluster->is_asking_fresh && (wanted = map_next(&cluster->wanted, &position))) {
        if (is_topic_incomplete(cluster, wanted->name)) {
            return true;
        }
    }
    return false;
}

/* Nobody waits for an answer that brokers refuse: whoever asks next asks again. */
static bool is_in_vain(const struct cluster *cluster)
{
    struct kc_error error;
    return cluster->wanted.count == 0 && cluster->want_all_count == 0 &&
           cluster_refusal(cluster, &error);
}

static void refresh_failed(struct cluster *cluster, enum kc_err err)
{
    int64_t now_us = refresh_now_us(cluster);
    cluster->refresh_failing_us =
        cluster->refresh_failing_us ? cluster->refresh_failing_us : now_us;
    int64_t failing_ms = (now_us - cluster->refresh_failing_us) / 1000;
    /* KIP-1102: the brokers say so, or none has answered for too long. */
    if (cluster->options.rebootstrap && (err == KC_ERR_REBOOTSTRAP_REQUIRED ||
                                         failing_ms >= cluster->options.rebootstrap_trigger_ms)) {
        cluster->refresh_failing_us = 0;
        refresh_rebootstrap(cluster);
    }
    cluster->wants_refresh = !is_in_vain(cluster);
}

static enum kc_err refresh_take(struct cluster *cluster, const struct conn_reply *reply)
{
    struct arena arena;
    arena_init(&arena, REFRESH_ARENA_MAX);
    struct metadata_response response;
    enum kc_err err = cluster->options.of_controllers ? controllers_read(reply, &arena, &response)
                                                      : conn_reply_decode(reply, &arena, &response);
    /* A broker that has not joined yet knows nobody: that would cut us off. */
    if (err == KC_ERR_NONE && response.error_code == 0 && response.brokers.count <= 0) {
        err = KC_ERR_BROKER_NOT_AVAILABLE;
    }
    if (err == KC_ERR_NONE) {
        err = metadata_update(&cluster->metadata, &response, cluster->asked_all,
                              refresh_now_us(cluster));
    }
    arena_finish(&arena);
    return err;
}

/* Fresh topics need no pause behind an answer, only behind a failure. */
static void schedule(struct cluster *cluster)
{
    int64_t at_us = cluster->wants_refresh ? cluster->refresh_at_us : cluster->refresh_old_us;
    if (!list_is_empty(&cluster->fresh) && cluster->refresh_failing_us == 0) {
        at_us = refresh_now_us(cluster);
    }
    loop_timer_start_at(&cluster->refresh_timer, at_us);
}

/* What the answer means for the next time. */
static void conclude(struct cluster *cluster, enum kc_err err)
{
    int64_t now_us = refresh_now_us(cluster);
    bool is_done = err == KC_ERR_NONE ? !is_incomplete(cluster) : is_in_vain(cluster);
    cluster->refresh_failures = is_done ? 0 : cluster->refresh_failures + 1;
    cluster->wants_refresh |= !is_done;
    if (!is_done || !cluster->is_asking_fresh) {
        int64_t delay_ms = retry_delay_ms(&cluster->options.retry,
                                          MAX_OF(cluster->refresh_failures, 1), &cluster->random);
        cluster->refresh_at_us = now_us + delay_ms * 1000;
        cluster->refresh_old_us = now_us + cluster->options.metadata_max_age_ms * 1000;
    }
    schedule(cluster);
}

static void on_done(struct cluster_request *request, const struct conn_reply *reply)
{
    struct cluster *cluster = request->context;
    cluster->is_refreshing = false;
    if (cluster->is_closing) {
        free_topics(cluster);
        return;
    }
    enum kc_err err = refresh_take(cluster, reply);
    if (err != KC_ERR_NONE) {
        cluster->refresh_error.code = err;
        (void)snprintf(cluster->refresh_error.text, sizeof(cluster->refresh_error.text),
                       "no metadata of the cluster: %s",
                       reply->err == err && reply->text ? reply->text : kc_err_text(err));
        refresh_failed(cluster, err);
        if (cluster->options.of_controllers && controllers_is_fatal(err)) {
            route_fail_all(cluster, err, cluster->refresh_error.text);
        }
    } else {
        cluster->refresh_failing_us = 0;
    }
    conclude(cluster, err);
    free_topics(cluster);
    peer_check_all(cluster);
    route_schedule(cluster);
    if (err == KC_ERR_NONE) {
        tell_confirmed(cluster);
    }
    refresh_tell(cluster);
}

void cluster_refresh_metadata(struct cluster *cluster)
{
    if (cluster->is_closing || cluster->wants_refresh) {
        return;
    }
    cluster->wants_refresh = true;
    if (!cluster->is_refreshing) {
        loop_timer_start_at(&cluster->refresh_timer, cluster->refresh_at_us);
    }
}

void refresh_fresh_topic(struct cluster *cluster, struct wanted_topic *wanted)
{
    if (cluster->is_closing || list_is_linked(&wanted->link)) {
        return;
    }
    list_append(&cluster->fresh, &wanted->link);
    if (!cluster->is_refreshing) {
        schedule(cluster);
    }
}

void refresh_drop_topic(struct cluster *cluster, struct wanted_topic *wanted)
{
    list_remove(&wanted->link);
    if (cluster->is_refreshing) {
        list_append(&cluster->unwanted, &wanted->link);
    } else {
        free_wanted(wanted);
    }
}

void refresh_init(struct cluster *cluster)
{
    list_init(&cluster->fresh);
    list_init(&cluster->unwanted);
    loop_timer_init(&cluster->refresh_timer, cluster->options.loop, on_timer, cluster);
}

void refresh_finish(struct cluster *cluster)
{
    loop_timer_finish(&cluster->refresh_timer);
    free_topics(cluster);
}

void refresh_rebootstrap(struct cluster *cluster)
{
    trace_log(cluster->options.trace, TRACE_WARN, "cluster",
              "starting over from the bootstrap addresses");
    metadata_forget_all(&cluster->metadata);
    peer_check_all(cluster);
}
