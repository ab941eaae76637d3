/* server: builds the rooms and runs them. */
#include "server/broker.h"

#include "base/clock.h"
#include "base/random.h"
#include "controller/image_check.h"
#include "coordinator/groups.h"
#include "handler/handler.h"
#include "net/listener.h"
#include "server/registration.h"
#include "server/storage.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    UPKEEP_MS = 1000,
    DECOMPRESSED_BYTES_MAX = 64 << 20, /* of one batch, while it is checked */
    QUORUM_TICK_US = QUORUM_TICK_MS * 1000
};

struct broker {
    const struct node_config *config;
    const struct trace *trace;
    struct broker_events events;
    struct loop *loop;
    struct random random;
    struct storage storage;
    struct image image;
    struct image_check check;
    struct quorum *quorum;
    struct partitions *partitions;
    struct node node;
    struct listener *listeners[NODE_LISTENERS_MAX];
    struct loop_signal *signals[2];
    struct loop_wakeup stop_wakeup;
    struct loop_timer tick;
    struct loop_timer upkeep;
    struct loop_timer drain; /* waits for jobs while stopping */
    int64_t next_checkpoint_ms;
    int64_t next_retention_ms;
    bool is_leader;
    bool is_registering;
    bool is_ready;
    bool is_stopping;
    bool is_closed; /* the quorum is */
    enum kc_err result;
    char result_text[384];
};

/* ---- the quorum's side ---- */

struct job_holder {
    struct loop_job job;
    struct quorum_job *quorum_job;
};

static void holder_work(struct loop_job *job)
{
    struct quorum_job *quorum_job = CONTAINER_OF(job, struct job_holder, job)->quorum_job;
    quorum_job->work(quorum_job);
}

static void holder_done(struct loop_job *job)
{
    struct job_holder *holder = CONTAINER_OF(job, struct job_holder, job);
    struct quorum_job *quorum_job = holder->quorum_job;
    free(holder);
    quorum_job->done(quorum_job);
}

static void submit_job(void *context, struct quorum_job *quorum_job)
{
    struct broker *broker = context;
    struct job_holder *holder = calloc(1, sizeof(*holder));
    if (!holder) {
        abort(); /* the metadata log cannot be written: nothing may go on as if it were */
    }
    holder->quorum_job = quorum_job;
    holder->job.work = holder_work;
    holder->job.done = holder_done;
    loop_work(broker->loop, &holder->job);
}

static enum kc_err check_batch(void *context, struct slice batch, bool first)
{
    struct broker *broker = context;
    if (first) {
        image_check_restart(&broker->check);
    }
    return image_check_take(&broker->check, batch);
}

static enum kc_err apply_batch(void *context, struct slice batch)
{
    struct broker *broker = context;
    return image_apply_batch(&broker->image, batch);
}

static void image_changed(void *context, const struct image_change *change)
{
    struct broker *broker = context;
    partitions_follow(broker->partitions, change);
    groups_follow(broker->node.groups, change);
}

static void leadership_changed(void *context, bool leader, int32_t epoch)
{
    struct broker *broker = context;
    trace_log(broker->trace, TRACE_INFO, "server", "node %d %s the controller (epoch %d)",
              broker->config->node_id, leader ? "is" : "is no longer", epoch);
    broker->is_leader = leader;
}

static void end(struct broker *broker, enum kc_err err, const char *text)
{
    if (!broker->result) {
        broker->result = err;
        (void)snprintf(broker->result_text, sizeof(broker->result_text), "%s", text);
    }
}

/* The metadata log cannot be written: nothing here may be acknowledged any more. */
static void quorum_failed(void *context, const char *text)
{
    struct broker *broker = context;
    end(broker, KC_ERR_KAFKA_STORAGE_ERROR, text);
    broker_stop(broker); /* not here and now: a session's request may be what failed */
}

/* ---- sessions ---- */

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct broker *broker = context;
    call_begin(&broker->node, session, request);
}

static void on_close(void *context, struct session *session)
{
    (void)context;
    call_session_closed(session);
}

static const struct listener_handler session_handler = {
    .on_request = on_request,
    .on_close = on_close,
};

static size_t limit_of(int64_t value)
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
                .connections_max = limit_of(node_config_number(config, "max.connections")),
                .connections_per_ip_max =
                    limit_of(node_config_number(config, "max.connections.per.ip")),
                .idle_ms_max = node_config_number(config, "connections.max.idle.ms"),
                .buffered_bytes_max =
                    limit_of(node_config_number(config, "queued.max.request.bytes")),
            },
        };
        enum kc_err err =
            listener_open(&options, &session_handler, broker, &broker->listeners[i], error);
        if (err) {
            return err;
        }
    }
    return KC_ERR_NONE;
}

/* ---- registering ---- */

/* What clients are told: the advertised port, or the one that was bound for port 0. */
static int32_t advertised_port(const struct broker *broker)
{
    int32_t port = broker->config->advertised[0].port;
    return port ? port : (int32_t)listener_port(broker->listeners[0]);
}

static void registered(void *context, enum kc_err err)
{
    struct broker *broker = context;
    broker->is_registering = false;
    if (err == KC_ERR_CLOSED || broker->is_stopping) {
        return;
    }
    if (err) {
        trace_log(broker->trace, TRACE_ERROR, "server", "registration failed: %s",
                  kc_err_text(err));
        return; /* tried again at the next tick */
    }
    broker->is_ready = true;
    partitions_report_strays(broker->partitions);
    broker->events.ready(broker->events.context, broker->config->node_id,
                         broker->config->advertised[0].host, advertised_port(broker));
}

static void register_broker(struct broker *broker)
{
    struct metadata_batch batch;
    struct bytes closed;
    struct registration registration = {
        .node_id = broker->config->node_id,
        .host = broker->config->advertised[0].host,
        .port = advertised_port(broker),
        .rack = node_config_text(broker->config, "broker.rack"),
        .listener_name = broker->config->advertised[0].name,
        .directory_id = storage_directory_id(&broker->storage),
    };
    uuid_random(&broker->random, &registration.incarnation);
    broker->node.port = registration.port;
    broker->node.broker_epoch = quorum_high_watermark(broker->quorum);
    metadata_batch_init(&batch);
    bytes_init(&closed, METADATA_BATCH_BYTES_MAX);
    registration_plan(&broker->image, &registration, broker->node.broker_epoch, &batch);
    enum kc_err err = metadata_batch_close(&batch, clock_wall_ms(&clock_system), &closed);
    metadata_batch_finish(&batch);
    broker->is_registering = true;
    if (err) {
        registered(broker, err);
    } else {
        quorum_propose(broker->quorum, bytes_slice(&closed), registered, broker);
    }
    bytes_finish(&closed);
}

/* ---- ticks ---- */

static void on_tick(struct loop_timer *timer)
{
    struct broker *broker = timer->context;
    quorum_tick(broker->quorum);
    groups_tick(broker->node.groups);
    if (broker->is_leader && !broker->is_ready && !broker->is_registering) {
        register_broker(broker);
    }
    loop_timer_start(timer, QUORUM_TICK_US);
}

static void on_upkeep(struct loop_timer *timer)
{
    struct broker *broker = timer->context;
    int64_t now_ms = clock_now_ms(&clock_system);
    partitions_tick(broker->partitions);
    if (now_ms >= broker->next_retention_ms) {
        log_manager_tick(broker->storage.logs, clock_wall_ms(&clock_system));
        broker->next_retention_ms =
            now_ms + node_config_number(broker->config, "log.retention.check.interval.ms");
    }
    if (now_ms >= broker->next_checkpoint_ms) {
        (void)log_manager_checkpoint(broker->storage.logs);
        broker->next_checkpoint_ms =
            now_ms + node_config_number(broker->config, "log.flush.offset.checkpoint.interval.ms");
    }
    loop_timer_start(timer, (int64_t)UPKEEP_MS * 1000);
}

/* ---- stopping ---- */

static void quorum_closed(void *context)
{
    struct broker *broker = context;
    broker->is_closed = true;
    loop_stop(broker->loop);
}

/* Flushes and removals that are out must end before their logs are closed. */
static void on_drain(struct loop_timer *timer)
{
    struct broker *broker = timer->context;
    if (!partitions_is_idle(broker->partitions)) {
        loop_timer_start(timer, 1000);
        return;
    }
    quorum_close(broker->quorum, quorum_closed, broker);
}

static void close_listeners(struct broker *broker)
{
    for (size_t i = 0; i < NODE_LISTENERS_MAX; i++) {
        listener_destroy(broker->listeners[i]);
        broker->listeners[i] = NULL;
    }
}

static void begin_stop(struct broker *broker)
{
    if (broker->is_stopping) {
        return;
    }
    trace_log(broker->trace, TRACE_INFO, "server", "stopping");
    broker->is_stopping = true;
    close_listeners(broker);
    loop_timer_stop(&broker->tick);
    loop_timer_stop(&broker->upkeep);
    loop_timer_start(&broker->drain, 0);
}

static void on_signal(void *context, int number)
{
    (void)number;
    begin_stop(context);
}

static void on_stop(struct loop_wakeup *wakeup)
{
    begin_stop(wakeup->context);
}

void broker_stop(struct broker *broker)
{
    loop_wake(&broker->stop_wakeup);
}

/* ---- building ---- */

static enum kc_err no_memory(struct kc_error *error)
{
    error->code = KC_ERR_NO_MEMORY;
    (void)snprintf(error->text, sizeof(error->text), "out of memory");
    return KC_ERR_NO_MEMORY;
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
    };
    broker->node.groups = broker->partitions ? groups_create(&groups) : NULL;
    broker->node.checker = batch_checker_create(DECOMPRESSED_BYTES_MAX);
    if (!broker->node.groups || !broker->node.checker) {
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
        .fetch_bytes_max = (size_t)node_config_number(config, "fetch.max.bytes"),
        .properties = (const char *const *)config->properties,
    };
}

static enum kc_err start_quorum(struct broker *broker, struct kc_error *error)
{
    int64_t clean_epoch;
    struct quorum_options options = {
        .node_id = broker->config->node_id,
        .host = broker->config->advertised[0].host,
        .port = broker->config->advertised[0].port,
        .directory = broker->storage.metadata_path,
        .directory_id = storage_directory_id(&broker->storage),
        .was_clean = log_manager_was_clean(broker->storage.logs, &clean_epoch),
        .files = broker->storage.files,
        .clock = &clock_system,
        .random = &broker->random,
        .trace = broker->trace,
        .submit = submit_job,
        .check = check_batch,
        .apply = apply_batch,
        .leadership = leadership_changed,
        .failed = quorum_failed,
        .context = broker,
    };
    enum kc_err err = quorum_create(&options, &broker->quorum, error);
    broker->node.quorum = broker->quorum;
    return err;
}

/* The log was applied to the image with nobody watching: what counts is how it ended, not each
 * topic that once was. From here on changes are followed as they come. */
static enum kc_err follow_image(struct broker *broker, struct kc_error *error)
{
    size_t count;
    struct image_topic **topics = image_topics_sorted(&broker->image, &count);
    if (!topics) {
        return no_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        for (int32_t partition = 0; partition < topics[i]->partition_count; partition++) {
            struct image_change change = { IMAGE_PARTITION_CHANGED, topics[i], partition };
            image_changed(broker, &change);
        }
    }
    free(topics);
    broker->image.changed = image_changed;
    broker->image.context = broker;
    return KC_ERR_NONE;
}

static enum kc_err broker_build(struct broker *broker, struct kc_error *error)
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
    err = start_quorum(broker, error);
    if (!err) {
        err = follow_image(broker, error);
    }
    return err ? err : open_listeners(broker, error);
}

enum kc_err broker_create(const struct node_config *config, const struct trace *trace,
                          const struct broker_events *events, struct broker **ret_broker,
                          struct kc_error *error)
{
    struct broker *broker = calloc(1, sizeof(*broker));
    if (!broker) {
        return KC_ERR_NO_MEMORY;
    }
    broker->config = config;
    broker->trace = trace;
    broker->events = *events;
    broker->loop = loop_create();
    random_init(&broker->random, random_seed());
    image_init(&broker->image, random_next(&broker->random));
    image_check_init(&broker->check, &broker->image);
    list_init(&broker->node.free_calls);
    list_init(&broker->node.creations);
    if (!broker->loop) {
        broker_destroy(broker);
        return KC_ERR_NO_MEMORY;
    }
    loop_timer_init(&broker->tick, broker->loop, on_tick, broker);
    loop_timer_init(&broker->upkeep, broker->loop, on_upkeep, broker);
    loop_timer_init(&broker->drain, broker->loop, on_drain, broker);
    loop_wakeup_init(&broker->stop_wakeup, broker->loop, on_stop, broker);
    enum kc_err err = broker_build(broker, error);
    if (err) {
        broker_destroy(broker);
        return err;
    }
    *ret_broker = broker;
    return KC_ERR_NONE;
}

enum kc_err broker_run(struct broker *broker)
{
    broker->signals[0] = loop_signal_create(broker->loop, SIGTERM, on_signal, broker);
    broker->signals[1] = loop_signal_create(broker->loop, SIGINT, on_signal, broker);
    loop_timer_start(&broker->tick, 0);
    loop_timer_start(&broker->upkeep, (int64_t)UPKEEP_MS * 1000);
    loop_run(broker->loop);
    if (!broker->result && storage_close(&broker->storage, broker->node.broker_epoch)) {
        end(broker, KC_ERR_KAFKA_STORAGE_ERROR, "a log could not be closed cleanly");
    }
    broker->events.stopped(broker->events.context, broker->result, broker->result_text);
    return broker->result;
}

void broker_destroy(struct broker *broker)
{
    if (!broker) {
        return;
    }
    close_listeners(broker);
    if (broker->quorum && !broker->is_closed) {
        /* A start that failed half-way. */
        quorum_close(broker->quorum, quorum_closed, broker);
        loop_run(broker->loop);
    }
    quorum_destroy(broker->quorum);
    groups_destroy(broker->node.groups);
    if (broker->loop) {
        loop_signal_destroy(broker->signals[0]);
        loop_signal_destroy(broker->signals[1]);
        loop_timer_finish(&broker->tick);
        loop_timer_finish(&broker->upkeep);
        loop_timer_finish(&broker->drain);
        loop_wakeup_finish(&broker->stop_wakeup);
        loop_destroy(broker->loop);
    }
    partitions_destroy(broker->partitions);
    batch_checker_destroy(broker->node.checker);
    node_finish(&broker->node);
    image_check_finish(&broker->check);
    image_finish(&broker->image);
    storage_finish(&broker->storage);
    free(broker);
}
