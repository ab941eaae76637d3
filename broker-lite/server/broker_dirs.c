/* server: the log directories of a running broker. */
#include "server/broker_parts.h"

#include "base/clock.h"
#include "controller/metadata_batch.h"
#include "coordinator/groups.h"
#include "coordinator/transactions.h"

/* Nothing may be acknowledged any more, or nothing is left to serve: as a Kafka that has lost its
 * last log directory. */
static void stop_without_dirs(struct broker *broker, const char *why)
{
    if (!broker->result) {
        trace_log(broker->trace, TRACE_ERROR, "server", "%s: stopping", why);
        broker_fail(broker, KC_ERR_KAFKA_STORAGE_ERROR, why);
        broker_stop(broker);
    }
}

static void assigned(void *context, enum kc_err err)
{
    struct broker *broker = context;
    broker->is_assigning = false;
    if (err && err != KC_ERR_CLOSED) {
        /* A topic went meanwhile, say: what is left is told with the next tick. */
        trace_log(broker->trace, TRACE_DEBUG, "server", "directories are not told yet: %s",
                  kc_err_text(err));
    }
}

static void tell_directories(struct broker *broker)
{
    struct metadata_batch batch;
    struct bytes closed;
    metadata_batch_init(&batch);
    bytes_init(&closed, METADATA_BATCH_BYTES_MAX);
    if (partitions_plan_directories(broker->partitions, &batch) &&
        !metadata_batch_close(&batch, clock_wall_ms(&clock_system), &closed)) {
        broker->is_assigning = true;
        quorum_propose(broker->quorum, bytes_slice(&closed), assigned, broker);
    }
    metadata_batch_finish(&batch);
    bytes_finish(&closed);
}

void broker_follow_dirs(struct broker *broker)
{
    const char *failure = storage_failure(&broker->storage);
    partitions_follow_dirs(broker->partitions);
    if (failure) {
        stop_without_dirs(broker, failure);
    } else if (broker->is_leader && broker->is_ready && !broker->is_assigning) {
        tell_directories(broker);
    }
}

void broker_partition_turned(void *context, const struct image_topic *topic, int32_t index)
{
    struct broker *broker = context;
    const struct image_change change = { .kind = IMAGE_PARTITION_CHANGED,
                                         .topic = topic,
                                         .partition = index };
    groups_follow(broker->node.groups, &change);
    transactions_follow(broker->node.transactions, &change);
}
