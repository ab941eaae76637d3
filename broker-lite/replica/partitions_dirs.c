/* replica: partitions and the log directories that they lie in. */
#include "replica/partitions_parts.h"

#include "controller/metadata_batch.h"
#include "wire/messages.h"

enum { ASSIGNMENTS_MAX = 1000, CHANGE_VERSION = 1 };

void partitions_follow_dirs(struct partitions *partitions)
{
    size_t failed = log_manager_failed_dirs(partitions->options.logs);
    size_t position = 0;
    struct partition *partition;
    if (failed == partitions->failed_dirs) {
        return;
    }
    partitions->failed_dirs = failed;
    /* Who is woken may do much, but makes and removes no partitions. */
    while ((partition = map_next(&partitions->by_id, &position))) {
        if (partition->log && !partition->err && log_is_failed(partition->log)) {
            partition_fail(partition);
            partitions_tell_turn(partitions, partition);
        }
    }
}

void partitions_compare_directory(struct partitions *partitions, struct partition *partition,
                                  const struct image_partition *state)
{
    struct uuid known = image_directory(state, partitions->options.node_id);
    bool is_told = !partition->log || uuid_is_zero(&log_directory(partition->log)->id) ||
                   uuid_equal(&known, &log_directory(partition->log)->id);
    if (is_told) {
        list_remove(&partition->unassigned);
    } else if (!list_is_linked(&partition->unassigned)) {
        list_append(&partitions->unassigned, &partition->unassigned);
    }
}

static void add_assignment(const struct partitions *partitions, const struct partition *partition,
                           const struct image_partition *state, struct metadata_batch *batch)
{
    struct partition_change_record record;
    struct uuid directories[IMAGE_REPLICAS_MAX];
    message_defaults(&partition_change_record_type, &record);
    for (int32_t i = 0; i < state->replica_count; i++) {
        directories[i] = state->replicas[i] == partitions->options.node_id
                             ? log_directory(partition->log)->id
                             : state->directories[i];
    }
    record.partition_id = partition->index;
    record.topic_id = partition->topic_id;
    record.directories.items = directories;
    record.directories.count = state->replica_count;
    metadata_batch_add(batch, &partition_change_record_type, CHANGE_VERSION, &record);
}

bool partitions_plan_directories(struct partitions *partitions, struct metadata_batch *batch)
{
    int32_t before = batch->count;
    LIST_EACH(link, &partitions->unassigned)
    {
        const struct partition *partition = LIST_ITEM(link, struct partition, unassigned);
        const struct image_topic *topic =
            image_topic_by_id(partitions->options.image, &partition->topic_id);
        const struct image_partition *state = image_partition(topic, partition->index);
        if (state && partition->log && !partition->err) {
            add_assignment(partitions, partition, state, batch);
        }
        if (batch->count - before == ASSIGNMENTS_MAX) {
            break;
        }
    }
    return batch->count > before;
}
