/* replica: partitions that go, and their logs with them. */
#include "replica/partitions_parts.h"

/* The directory is renamed away at once, what it holds goes later. */
static void remove_log(struct partitions *partitions, struct partition *partition)
{
    const struct log_options options = partitions_defaults_of(partitions);
    char path[FILE_PATH_MAX];
    struct log_dir *dir = log_directory(partition->log);
    enum kc_err err =
        log_manager_delete_log(partitions->options.logs, partition->topic, partition->index, path);
    if (err) {
        trace_log(partitions->options.trace, TRACE_ERROR, "replica", "%s-%d is not removed: %s",
                  partition->topic_name, partition->index, kc_err_text(err));
    } else if (!removals_add(partitions->removals, dir, path, options.file_delete_delay_ms)) {
        trace_log(partitions->options.trace, TRACE_WARN, "replica",
                  "out of memory: %s is removed at the next start", path);
    }
}

/* What could not be opened is kept, out of the way of another topic of that name. */
static void keep_refused(struct partitions *partitions, const struct partition *partition)
{
    struct log_manager *logs = partitions->options.logs;
    if (log_manager_state(logs, partition->topic, partition->index) == KC_ERR_KAFKA_STORAGE_ERROR &&
        log_manager_set_aside(logs, partition->topic, partition->index)) {
        trace_log(partitions->options.trace, TRACE_WARN, "replica",
                  "%s-%d was removed as a topic; its log is left where it is",
                  partition->topic_name, partition->index);
    }
}

static void finish_removal(struct partitions *partitions, struct partition *partition)
{
    if (partition->log) {
        remove_log(partitions, partition);
    } else {
        keep_refused(partitions, partition);
    }
    partitions_free_one(partition);
}

static void finish_idle(void *context, struct partition *partition)
{
    ((struct partitions *)context)->removals_due--;
    finish_removal(context, partition);
}

void partitions_remove_topic(struct partitions *partitions, const struct image_topic *topic)
{
    for (int32_t i = 0; i < topic->partition_count; i++) {
        struct partition *partition = partitions_take_out(partitions, &topic->id, i);
        if (!partition) {
            continue;
        }
        mover_cancel(partitions->mover, partition);
        partition->err = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        partition->is_leader = false;
        partition_wake(partition);
        if (partition_is_busy(partition)) {
            partition->idle = finish_idle;
            partition->idle_context = partitions;
            partitions->removals_due++;
        } else {
            finish_removal(partitions, partition);
        }
    }
}
