/* server: builds the rooms of the broker. */
#include "server/broker_parts.h"

#include "base/clock.h"
#include "coordinator/groups.h"
#include "coordinator/transactions.h"
#include "handler/ahead_call.h"
#include "handler/fetcher.h"
#include "handler/recompressor.h"
#include "handler/throttle.h"

#include <stdio.h>

/* Of one batch, while it is checked; with what the codecs and the frame itself take no client makes
 * the broker grow by more than 64 MiB. */
enum { DECOMPRESSED_BYTES_MAX = 44 << 20 };

/* ---- sessions ---- */

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct broker *broker = context;
    call_begin(&broker->node, session, request);
}

static bool on_ahead(void *context, struct session *session, const struct session_request *request)
{
    struct broker *broker = context;
    return ahead_call_begin(&broker->node, session, request);
}

static void on_turn(void *context, struct session *session)
{
    (void)context;
    ahead_call_turn(session);
}

static void on_close(void *context, struct session *session)
{
    (void)context;
    call_session_closed(session);
}

static int64_t admit(void *context, const uint8_t *address)
{
    struct broker *broker = context;
    if (!quota_table_has(&broker->image.quotas, QUOTA_CONNECTION_CREATION_RATE)) {
        return 0;
    }
    int32_t ms = throttle_connect(broker->node.throttle, address, clock_now_ms(&clock_system));
    if (ms > 0) {
        throttle_tell(broker->node.throttle, QUOTA_CONNECTION_CREATION_RATE, ms);
    }
    return ms;
}

static const struct listener_handler session_handler = {
    .admit = admit,
    .on_request = on_request,
    .on_ahead = on_ahead,
    .on_turn = on_turn,
    .on_close = on_close,
};

size_t broker_limit_of(int64_t value)
{
    return value >= INT32_MAX || value < 0 ? 0 : (size_t)value;
}

static enum kc_err open_listeners(struct broker *broker, struct kc_error *error)
{
    const struct node_config *config = broker->config;
    for (size_t i = 0; i < config->listener_count; i++) {
        struct listener_options options = {
            .loop = broker->loop,
            .trace = broker->trace,
            .host = config->listeners[i].host,
            .port = (uint16_t)config->listeners[i].port,
            .backlog = (int)node_config_number(config, "socket.listen.backlog.size"),
            .limits = {
                .frame_size_max = (size_t)node_config_number(config, "socket.request.max.bytes"),
                .connections_max = broker_limit_of(node_config_number(config, "max.connections")),
                .connections_per_ip_max =
                    broker_limit_of(node_config_number(config, "max.connections.per.ip")),
                .idle_ms_max = node_config_number(config, "connections.max.idle.ms"),
                .buffered_bytes_max =
                    broker_limit_of(node_config_number(config, "queued.max.request.bytes")),
            },
        };
        struct kc_error cause = { 0 };
        enum kc_err err =
            listener_open(&options, &session_handler, broker, &broker->listeners[i], &cause);
        if (err) {
            error->code = err;
            (void)snprintf(error->text, sizeof(error->text), "listeners: %.360s", cause.text);
            return err;
        }
    }
    return KC_ERR_NONE;
}

/* ---- rooms ---- */

static enum kc_err no_memory(struct kc_error *error)
{
    error->code = KC_ERR_NO_MEMORY;
    (void)snprintf(error->text, sizeof(error->text), "out of memory");
    return KC_ERR_NO_MEMORY;
}

static bool create_transactions(struct broker *broker)
{
    const struct node_config *config = broker->config;
    const struct transactions_options options = {
        .loop = broker->loop,
        .clock = &clock_system,
        .random = &broker->random,
        .trace = broker->trace,
        .image = &broker->image,
        .partitions = broker->partitions,
        .groups = broker->node.groups,
        .producer_ids = &broker->producer_ids,
        .timeout_ms_max = (int32_t)node_config_number(config, "transaction.max.timeout.ms"),
        .id_expiration_ms = node_config_number(config, "transactional.id.expiration.ms"),
        .abort_interval_ms = (int32_t)node_config_number(
            config, "transaction.abort.timed.out.transaction.cleanup.interval.ms"),
        .expire_interval_ms = (int32_t)node_config_number(
            config, "transaction.remove.expired.transaction.cleanup.interval.ms"),
    };
    producer_ids_init(&broker->producer_ids, config->node_id, &broker->image, &clock_system);
    broker->node.transactions = transactions_create(&options);
    return broker->node.transactions != NULL;
}

static bool create_compactor(struct broker *broker)
{
    const struct node_config *config = broker->config;
    struct compactor_options options = {
        .loop = broker->loop,
        .logs = broker->storage.logs,
        .partitions = broker->partitions,
        .clock = &clock_system,
        .trace = broker->trace,
        .map_bytes_max = (size_t)node_config_number(config, "log.cleaner.dedupe.buffer.size"),
        .backoff_ms = node_config_number(config, "log.cleaner.backoff.ms"),
    };
    if (!node_config_flag(config, "log.cleaner.enable")) {
        return true;
    }
    broker->compactor = compactor_create(&options);
    return broker->compactor != NULL;
}

/* Kafka's staleness is fixed, too. The memory is that of 1000 consumers of 400 partitions each: who
 * comes then goes without a session, and is served no worse, only with larger requests. */
static struct fetcher_cache *create_fetchers(struct broker *broker)
{
    struct fetcher_options options = {
        .count_max =
            (size_t)node_config_number(broker->config, "max.incremental.fetch.session.cache.slots"),
        .bytes_max = 64 << 20,
        .stale_ms = 120000,
        .random = &broker->random,
    };
    return fetcher_cache_create(&options);
}

static struct rate_window quota_window(const struct broker *broker, const char *count_name,
                                       const char *seconds_name)
{
    return (struct rate_window){
        .samples = (int32_t)node_config_number(broker->config, count_name),
        .sample_ms = node_config_number(broker->config, seconds_name) * 1000,
    };
}

/* The memory is that of some 30 000 clients with a quota each. */
static struct throttle *create_throttle(struct broker *broker)
{
    struct throttle_options options = {
        .quotas = &broker->image.quotas,
        .window = quota_window(broker, "quota.window.num", "quota.window.size.seconds"),
        .mutation_window = quota_window(broker, "controller.quota.window.num",
                                        "controller.quota.window.size.seconds"),
        .bytes_max = 16 << 20,
        .seed = random_next(&broker->random),
    };
    return throttle_create(&options);
}

static enum kc_err create_rooms(struct broker *broker, struct kc_error *error)
{
    const struct node_config *config = broker->config;
    struct partitions_options options = {
        .node_id = config->node_id,
        .loop = broker->loop,
        .logs = broker->storage.logs,
        .image = &broker->image,
        .defaults = &broker->storage.log_options,
        .clock = &clock_system,
        .random = &broker->random,
        .trace = broker->trace,
        .turned = broker_partition_turned,
        .context = broker,
    };
    broker->partitions = partitions_create(&options);
    struct groups_options groups = {
        .loop = broker->loop,
        .clock = &clock_system,
        .random = &broker->random,
        .trace = broker->trace,
        .image = &broker->image,
        .partitions = broker->partitions,
        .offsets_partition_count =
            (int32_t)node_config_number(config, "offsets.topic.num.partitions"),
        .session_ms_min = (int32_t)node_config_number(config, "group.min.session.timeout.ms"),
        .session_ms_max = (int32_t)node_config_number(config, "group.max.session.timeout.ms"),
        .initial_rebalance_delay_ms =
            (int32_t)node_config_number(config, "group.initial.rebalance.delay.ms"),
        .group_size_max = (int32_t)node_config_number(config, "group.max.size"),
        .offset_metadata_bytes_max =
            (int32_t)node_config_number(config, "offset.metadata.max.bytes"),
        .offsets_retention_ms =
            node_config_number(config, "offsets.retention.minutes") * INT64_C(60000),
        .expiry_check_ms = node_config_number(config, "offsets.retention.check.interval.ms"),
        .next_session_ms = (int32_t)node_config_number(config, "group.consumer.session.timeout.ms"),
        .next_heartbeat_ms =
            (int32_t)node_config_number(config, "group.consumer.heartbeat.interval.ms"),
        .next_assignment_ms =
            (int32_t)node_config_number(config, "group.consumer.assignment.interval.ms"),
        .next_size_max = (int32_t)node_config_number(config, "group.consumer.max.size"),
        .next_assignors = node_config_text(config, "group.consumer.assignors"),
        .next_may_upgrade = node_config_migrates(config, "upgrade"),
        .next_may_downgrade = node_config_migrates(config, "downgrade"),
    };
    broker->node.groups = broker->partitions ? groups_create(&groups) : NULL;
    broker->node.checker = batch_checker_create(DECOMPRESSED_BYTES_MAX);
    broker->node.recompressor = recompressor_create(DECOMPRESSED_BYTES_MAX);
    broker->node.fetchers = create_fetchers(broker);
    broker->node.throttle = create_throttle(broker);
    if (!broker->node.groups || !broker->node.checker || !broker->node.recompressor ||
        !broker->node.fetchers || !broker->node.throttle || !create_transactions(broker) ||
        !create_compactor(broker)) {
        return no_memory(error);
    }
    return KC_ERR_NONE;
}

static void fill_node(struct broker *broker)
{
    const struct node_config *config = broker->config;
    struct node *node = &broker->node;
    node->id = config->node_id;
    node->host = config->advertised[0].host;
    node->port = config->advertised[0].port;
    node->rack = node_config_text(config, "broker.rack");
    node->loop = broker->loop;
    node->clock = &clock_system;
    node->random = &broker->random;
    node->trace = broker->trace;
    node->image = &broker->image;
    node->partitions = broker->partitions;
    node->logs = broker->storage.logs;
    node->voter_directory = storage_directory_id(&broker->storage);
    node->producer_ids = &broker->producer_ids;
    node->settings = (struct node_settings){
        .num_partitions = (int32_t)node_config_number(config, "num.partitions"),
        .default_replication_factor =
            (int16_t)node_config_number(config, "default.replication.factor"),
        .partitions_max = 100000,
        .auto_create_topics = node_config_flag(config, "auto.create.topics.enable"),
        .delete_topics = node_config_flag(config, "delete.topic.enable"),
        .offsets_topic_partitions =
            (int32_t)node_config_number(config, "offsets.topic.num.partitions"),
        .offsets_topic_segment_bytes =
            (int32_t)node_config_number(config, "offsets.topic.segment.bytes"),
        .transactions_topic_partitions =
            (int32_t)node_config_number(config, "transaction.state.log.num.partitions"),
        .transactions_topic_segment_bytes =
            (int32_t)node_config_number(config, "transaction.state.log.segment.bytes"),
        .transactions_topic_min_isr =
            (int32_t)node_config_number(config, "transaction.state.log.min.isr"),
        .verify_transactions =
            node_config_flag(config, "transaction.partition.verification.enable"),
        .fetch_bytes_max = (size_t)node_config_number(config, "fetch.max.bytes"),
        .properties = (const char *const *)config->properties,
    };
}

enum kc_err broker_build(struct broker *broker, struct kc_error *error)
{
    enum kc_err err =
        storage_open(&broker->storage, broker->config, broker->trace, &broker->random, error);
    if (err) {
        return err;
    }
    (void)snprintf(broker->image.cluster_id, sizeof(broker->image.cluster_id), "%s",
                   storage_cluster_id(&broker->storage));
    err = create_rooms(broker, error);
    if (err) {
        return err;
    }
    fill_node(broker);
    err = broker_quorum_start(broker, error);
    if (!err) {
        err = broker_quorum_follow(broker, error);
    }
    if (!err) {
        err = open_listeners(broker, error);
    }
    if (!err) {
        broker_follow_settings(broker);
    }
    return err ? err : broker_watch(broker, error);
}
