/* handler: AlterReplicaLogDirs, versions 1 and 2 (KIP-113). 2: flexible. Answered when the moves
 * have begun; DescribeLogDirs shows how far they are. */
#include "handler/handlers.h"

#include "log/log_manager.h"

static struct log_dir *find_dir(const struct call *call, struct slice path)
{
    const struct log_manager *logs = call->node->logs;
    for (size_t i = 0; i < log_manager_dir_count(logs); i++) {
        if (slice_is(path, log_manager_dir(logs, i)->path)) {
            return log_manager_dir(logs, i);
        }
    }
    return NULL;
}

/* In Kafka's order: the directory is looked at first. */
static enum kc_err move(struct call *call, struct log_dir *dir, struct slice topic, int32_t index)
{
    struct node *node = call->node;
    if (!dir) {
        return KC_ERR_LOG_DIR_NOT_FOUND;
    }
    if (dir->failed) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    struct partition *partition =
        partitions_find(node->partitions, image_topic(node->image, topic), index);
    if (!partition) {
        return KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    enum kc_err err =
        partition->err ? partition->err : partitions_move(node->partitions, partition, dir);
    return err == KC_ERR_NO_MEMORY ? KC_ERR_KAFKA_STORAGE_ERROR : err; /* no room for the copy */
}

static bool
fill_topic(struct call *call, struct log_dir *dir,
           const struct alter_replica_log_dirs_request_alter_replica_log_dir_topic *from,
           struct alter_replica_log_dirs_response_alter_replica_log_dir_topic_result *to)
{
    int32_t count = MAX_OF(from->partitions.count, 0);
    to->topic_name = from->name;
    to->partitions.items = call_alloc(call, (size_t)count, sizeof(*to->partitions.items));
    for (int32_t i = 0; to->partitions.items && i < count; i++) {
        to->partitions.items[i].partition_index = from->partitions.items[i];
        to->partitions.items[i].error_code =
            (int16_t)move(call, dir, from->name, from->partitions.items[i]);
    }
    to->partitions.count = count;
    return to->partitions.items;
}

void handle_alter_replica_log_dirs(struct call *call)
{
    const struct alter_replica_log_dirs_request *request = call->message;
    struct alter_replica_log_dirs_response response;
    size_t count = 0;
    message_defaults(&alter_replica_log_dirs_response_type, &response);
    for (int32_t i = 0; i < request->dirs.count; i++) {
        count += (size_t)MAX_OF(request->dirs.items[i].topics.count, 0);
    }
    response.results.items = call_alloc(call, count, sizeof(*response.results.items));
    bool good = response.results.items;
    for (int32_t i = 0; i < request->dirs.count; i++) {
        struct log_dir *dir = find_dir(call, request->dirs.items[i].path);
        for (int32_t j = 0; good && j < request->dirs.items[i].topics.count; j++) {
            good = fill_topic(call, dir, &request->dirs.items[i].topics.items[j],
                              &response.results.items[response.results.count++]);
        }
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
