/* client: making and ending a consumer. */
#include "client/consumer_handle.h"
#include "client/duration.h"
#include "client/statistics.h"

#include <stdlib.h>

enum { CONSUMER_PREFETCH_MIN = 1 << 20 };

static void deliver(void *context, struct list *news)
{
    struct kc_consumer *consumer = context;

    consumer_handle_count(consumer, news);
    inbox_put(&consumer->inbox, news);
}

static int64_t polled_us(void *context)
{
    struct kc_consumer *consumer = context;

    return atomic_load(&consumer->polled_us);
}

static void run_refill(void *context)
{
    struct kc_consumer *consumer = context;

    consumer_refill(consumer->core);
}

static void run_released(void *context)
{
    struct kc_consumer *consumer = context;

    consumer_released(consumer->core, atomic_load(&consumer->released));
}

/* Strategies that this library does not have are an error, unless others are left. */
static enum kc_err read_assignors(struct kc_consumer *consumer, struct consumer_options *options,
                                  struct kc_error *error)
{
    struct kc_config *config = consumer->handle.config;
    struct assignor *own = consumer->assignors;
    struct slice rest = config_list(config, "partition.assignment.strategy");
    struct slice name;
    struct slice unknown = SLICE_NULL;

    for (size_t i = 0; i < config->assignor_count; i++) {
        own[i] = custom_assignor_wrap(&config->assignors[i]);
    }
    while (config_list_next(&rest, &name)) {
        const struct assignor *assignor = assignor_find(name);
        for (size_t i = 0; i < config->assignor_count && !assignor; i++) {
            assignor = slice_is(name, own[i].name) ? &own[i] : NULL;
        }
        if (!assignor) {
            unknown = name;
        } else if (options->assignor_count < CONSUMER_ASSIGNORS_MAX) {
            options->assignors[options->assignor_count++] = assignor;
        }
    }
    if (options->assignor_count == 0) {
        return reason_set(error, KC_ERR_UNSUPPORTED,
                          "partition.assignment.strategy: '%.*s' is not supported; use range, "
                          "roundrobin, sticky or cooperative-sticky, or add it to the config",
                          SLICE_ARGS(unknown));
    }
    return KC_ERR_NONE;
}

static enum kc_err read_reset(const struct kc_config *config, struct position_policy *policy,
                              struct kc_error *error)
{
    const char *reset = config_string(config, "auto.offset.reset");

    if (strcmp(reset, "earliest") == 0) {
        policy->reset_timestamp = POSITION_EARLIEST;
    } else if (strcmp(reset, "latest") == 0) {
        policy->reset_timestamp = POSITION_LATEST;
    } else if (strcmp(reset, "none") == 0) {
        policy->reset_timestamp = POSITION_RESET_NONE;
    } else if (!duration_parse(slice_text(reset + strlen("by_duration:")),
                               &policy->reset_duration_ms) ||
               policy->reset_duration_ms == 0) {
        return reason_set(error, KC_ERR_INVALID,
                          "auto.offset.reset: '%s' does not tell a duration above 0 as ISO 8601 "
                          "writes it (by_duration:P1DT6H)",
                          reset);
    }
    return KC_ERR_NONE;
}

static enum kc_err read_options(struct kc_consumer *consumer, struct consumer_options *options,
                                struct kc_error *error)
{
    const struct kc_config *config = consumer->handle.config;

    options->group_id = slice_text(config_string(config, "group.id"));
    options->instance_id = slice_text(config_string(config, "group.instance.id"));
    options->rack = slice_text(config_string(config, "client.rack"));
    options->session_timeout_ms = config_int(config, "session.timeout.ms");
    options->heartbeat_interval_ms = config_int(config, "heartbeat.interval.ms");
    options->max_poll_interval_ms = config_int(config, "max.poll.interval.ms");
    options->fetch_min_bytes = config_int(config, "fetch.min.bytes");
    options->fetch_max_bytes = config_int(config, "fetch.max.bytes");
    options->fetch_max_wait_ms = config_int(config, "fetch.max.wait.ms");
    options->max_partition_fetch_bytes = config_int(config, "max.partition.fetch.bytes");
    options->partition_fetch_may_grow = !config_is_set(config, "max.partition.fetch.bytes");
    options->request_timeout_ms = config_int(config, "request.timeout.ms");
    options->default_api_timeout_ms = config_int(config, "default.api.timeout.ms");
    options->exclude_internal_topics = config_bool(config, "exclude.internal.topics");
    options->check_crcs = config_bool(config, "check.crcs");
    options->read_committed =
        strcmp(config_string(config, "isolation.level"), "read_committed") == 0;
    options->policy.retry.backoff_ms = config_ms(config, "retry.backoff.ms");
    options->policy.retry.backoff_ms_max = config_ms(config, "retry.backoff.max.ms");
    if (options->heartbeat_interval_ms >= options->session_timeout_ms && options->group_id.data &&
        strcmp(config_string(config, "group.protocol"), "classic") == 0) {
        return reason_set(error, KC_ERR_INVALID,
                          "heartbeat.interval.ms (%d) must be less than session.timeout.ms (%d)",
                          options->heartbeat_interval_ms, options->session_timeout_ms);
    }
    enum kc_err err = read_reset(config, &options->policy, error);
    if (strcmp(config_string(config, "group.protocol"), "consumer") == 0) {
        options->protocol = MEMBER_PROTOCOL_NEXT;
        options->remote_assignor = slice_text(config_string(config, "group.remote.assignor"));
        return err;
    }
    return err ? err : read_assignors(consumer, options, error);
}

struct consumer_making {
    struct kc_consumer *consumer;
    const struct consumer_options *options;
};

static void make_core(void *context)
{
    struct consumer_making *making = context;
    struct kc_consumer *consumer = making->consumer;
    struct consumer_host host = { .cluster = consumer->handle.cluster,
                                  .loop = thread_loop(consumer->handle.thread),
                                  .trace = &consumer->handle.trace,
                                  .clock = consumer->handle.clock,
                                  .budget = consumer->budget,
                                  .deliver = deliver,
                                  .committed = consumer_handle_committed,
                                  .polled_us = polled_us,
                                  .context = consumer,
                                  .seed = random_seed() };

    consumer->core = consumer_create(making->options, &host);
    if (consumer->core) {
        statistics_start(&consumer->handle, consumer_handle_gauge);
    }
}

static void end_core(void *context)
{
    struct kc_consumer *consumer = context;

    statistics_stop(&consumer->handle);
    consumer_handle_end_counts(consumer);
    consumer_destroy(consumer->core);
    consumer->core = NULL;
}

static enum kc_err consumer_open(struct kc_consumer *consumer, const struct kc_config *config,
                                 struct kc_error *error)
{
    struct consumer_options options = { 0 };
    struct consumer_making making = { consumer, &options };
    enum kc_err err = handle_init(&consumer->handle, config, KC_OPTION_CONSUMER, error);

    if (!err) {
        err = read_options(consumer, &options, error);
    }
    if (err) {
        return err;
    }
    config = consumer->handle.config;
    size_t prefetch_max = (size_t)config_int(config, "queued.max.messages.kbytes") << 10;
    consumer->budget = budget_create(MAX_OF(prefetch_max, (size_t)CONSUMER_PREFETCH_MIN));
    consumer->decompressor = decompressor_create();
    consumer->key = (struct plug_decoder){ config->plug.key_deserializer,
                                           serde_find(config_string(config, "key.deserializer")) };
    consumer->value =
        (struct plug_decoder){ config->plug.value_deserializer,
                               serde_find(config_string(config, "value.deserializer")) };
    err = sieve_create(&config->plug, &consumer->sieve);
    consumer->has_inbox = inbox_init(&consumer->inbox);
    consumer->auto_commit =
        options.group_id.data != NULL && config_bool(config, "enable.auto.commit");
    consumer->keeps_stored = !config_bool(config, "enable.auto.offset.store");
    consumer->records_max = config_int(config, "max.poll.records");
    consumer->auto_commit_interval_us =
        (int64_t)config_int(config, "auto.commit.interval.ms") * 1000;
    consumer->auto_commit_us =
        clock_now_us(consumer->handle.clock) + consumer->auto_commit_interval_us;
    atomic_store(&consumer->polled_us, clock_now_us(consumer->handle.clock));
    if (err || !consumer->budget || !consumer->decompressor || !consumer->has_inbox) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    thread_call_sync(consumer->handle.thread, make_core, &making);
    return consumer->core ? KC_ERR_NONE : reason_plain(error, KC_ERR_NO_MEMORY);
}

struct kc_consumer *kc_consumer_create(const struct kc_config *config, struct kc_error *error)
{
    struct kc_consumer *consumer = calloc(1, sizeof(*consumer));

    (void)reason_clear(error);
    if (!consumer) {
        (void)reason_plain(error, KC_ERR_NO_MEMORY);
        return NULL;
    }
    list_init(&consumer->claims);
    list_init(&consumer->ready);
    list_init(&consumer->orders);
    list_init(&consumer->counts);
    thread_task_init(&consumer->refill, run_refill, consumer);
    thread_task_init(&consumer->release, run_released, consumer);
    if (consumer_open(consumer, config, error)) {
        kc_consumer_destroy(consumer);
        return NULL;
    }
    return consumer;
}

void kc_consumer_destroy(struct kc_consumer *consumer)
{
    if (!consumer) {
        return;
    }
    if (consumer->core) {
        thread_call_sync(consumer->handle.thread, end_core, consumer);
    }
    /* From here on nothing is posted: giving bytes back would wake a loop that knows us no more. */
    if (consumer->has_inbox) {
        (void)consumer_handle_receive(consumer);
        list_splice(&consumer->ready, &consumer->orders);
        LIST_EACH_SAFE(node, &consumer->ready)
        {
            list_remove(node);
            news_destroy(LIST_ITEM(node, struct news, link));
        }
    }
    LIST_EACH_SAFE(node, &consumer->claims)
    {
        struct claim *claim = LIST_ITEM(node, struct claim, link);
        LIST_EACH_SAFE(item, &claim->held)
        {
            list_remove(item);
            news_destroy(LIST_ITEM(item, struct news, link));
        }
        list_remove(node);
        claim->is_current = false;
        claim_drop(claim);
    }
    fetched_batch_destroy(consumer->open);
    claim_drop(consumer->last);
    if (consumer->has_inbox) {
        inbox_finish(&consumer->inbox);
    }
    decompressor_destroy(consumer->decompressor);
    sieve_drop(consumer->sieve);
    budget_drop(consumer->budget);
    handle_finish(&consumer->handle);
    free(consumer);
}

void kc_consumer_wakeup(struct kc_consumer *consumer)
{
    if (consumer) {
        inbox_wake(&consumer->inbox);
    }
}
