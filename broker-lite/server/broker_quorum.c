/* server: the broker's side of the quorum: its jobs, what it commits, and the registration. */
#include "server/broker_parts.h"

#include "base/clock.h"
#include "coordinator/groups.h"
#include "coordinator/transactions.h"
#include "server/registration.h"

#include <stdio.h>
#include <stdlib.h>

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
    transactions_follow(broker->node.transactions, change);
    if (change->kind == IMAGE_SETTINGS_CHANGED && !change->topic) {
        broker_follow_settings(broker);
    }
}

static void leadership_changed(void *context, bool leader, int32_t epoch)
{
    struct broker *broker = context;
    trace_log(broker->trace, TRACE_INFO, "server", "node %d %s the controller (epoch %d)",
              broker->config->node_id, leader ? "is" : "is no longer", epoch);
    broker->is_leader = leader;
}

/* The metadata log cannot be written: nothing here may be acknowledged any more. */
static void quorum_failed(void *context, const char *text)
{
    struct broker *broker = context;
    broker_fail(broker, KC_ERR_KAFKA_STORAGE_ERROR, text);
    broker_stop(broker); /* not here and now: a session's request may be what failed */
}

enum kc_err broker_quorum_start(struct broker *broker, struct kc_error *error)
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
    broker->producer_ids.quorum = broker->quorum;
    return err;
}

/* The log was applied to the image with nobody watching: what counts is how it ended, not each
 * topic that once was. From here on changes are followed as they come. */
enum kc_err broker_quorum_follow(struct broker *broker, struct kc_error *error)
{
    size_t count;
    struct image_topic **topics = image_topics_sorted(&broker->image, &count);
    if (!topics) {
        error->code = KC_ERR_NO_MEMORY;
        (void)snprintf(error->text, sizeof(error->text), "out of memory");
        return KC_ERR_NO_MEMORY;
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

static int32_t directory_ids(const struct broker *broker, struct uuid ret_ids[NODE_LOG_DIRS_MAX])
{
    const struct log_manager *logs = broker->storage.logs;
    int32_t count = 0;
    for (size_t i = 0; i < log_manager_dir_count(logs); i++) {
        const struct log_dir *dir = log_manager_dir(logs, i);
        if (!dir->failed) {
            ret_ids[count++] = dir->id;
        }
    }
    return count;
}

void broker_quorum_register(struct broker *broker)
{
    struct metadata_batch batch;
    struct bytes closed;
    struct uuid ids[NODE_LOG_DIRS_MAX];
    struct registration registration = {
        .node_id = broker->config->node_id,
        .host = broker->config->advertised[0].host,
        .port = advertised_port(broker),
        .rack = node_config_text(broker->config, "broker.rack"),
        .listener_name = broker->config->advertised[0].name,
        .directory_ids = ids,
        .directory_count = directory_ids(broker, ids),
    };
    uuid_random(&broker->random, &registration.incarnation);
    broker->node.port = registration.port;
    broker->node.broker_epoch = quorum_high_watermark(broker->quorum);
    broker->producer_ids.broker_epoch = broker->node.broker_epoch;
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
