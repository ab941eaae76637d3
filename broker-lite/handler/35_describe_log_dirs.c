/* handler: DescribeLogDirs, versions 1 to 5. 2: flexible. 3: top-level error. 4: sizes of the
 * volume (KIP-827). 5: cordoned directories (KIP-1066; none is here). */
#include "handler/handlers.h"

#include "log/log_manager.h"

#include <stdlib.h>

static bool is_asked(const struct describe_log_dirs_request *request,
                     const struct image_topic *topic, int32_t partition)
{
    if (request->topics.count < 0) {
        return true;
    }
    for (int32_t i = 0; i < request->topics.count; i++) {
        const struct describe_log_dirs_request_describable_log_dir_topic *wanted =
            &request->topics.items[i];
        for (int32_t j = 0; slice_is(wanted->topic, topic->name) && j < wanted->partitions.count;
             j++) {
            if (wanted->partitions.items[j] == partition) {
                return true;
            }
        }
    }
    return false;
}

static void add_log(struct describe_log_dirs_response_describe_log_dirs_topic *item, int32_t index,
                    const struct log *log, int64_t lag, bool is_future)
{
    struct describe_log_dirs_response_describe_log_dirs_partition *answer =
        &item->partitions.items[item->partitions.count++];
    answer->partition_index = index;
    answer->partition_size = log_size(log);
    answer->offset_lag = MAX_OF(lag, INT64_C(0));
    answer->is_future_key = is_future;
}

/* The topic's partitions in this directory, served or on their way here; false when memory is out.
 */
static bool fill_topic(struct call *call, const struct image_topic *topic,
                       const struct log_dir *dir,
                       struct describe_log_dirs_response_describe_log_dirs_topic *item)
{
    message_defaults(&describe_log_dirs_response_describe_log_dirs_topic_type, item);
    item->name = slice_text(topic->name);
    item->partitions.items =
        call_alloc(call, (size_t)topic->partition_count, sizeof(*item->partitions.items));
    if (!item->partitions.items) {
        return false;
    }
    for (int32_t i = 0; i < topic->partition_count; i++) {
        const struct partition *partition = partitions_find(call->node->partitions, topic, i);
        const struct log *log = partition ? partition->log : NULL;
        const struct log *future =
            log ? partitions_future(call->node->partitions, partition) : NULL;
        if (!log || !is_asked(call->message, topic, i)) {
            continue;
        }
        /* Behind the high watermark, as Kafka counts: never a leader. */
        if (log_directory(log) == dir) {
            add_log(item, i, log, log_high_watermark(log) - log_end_offset(log), false);
        } else if (future && log_directory(future) == dir) {
            add_log(item, i, future, log_end_offset(log) - log_end_offset(future), true);
        }
    }
    return true;
}

static bool fill_dir(struct call *call, const struct log_dir *dir,
                     struct image_topic *const *topics, size_t count,
                     struct describe_log_dirs_response_describe_log_dirs_result *result)
{
    message_defaults(&describe_log_dirs_response_describe_log_dirs_result_type, result);
    struct file_space space;
    result->log_dir = slice_text(dir->path);
    result->topics.items = call_alloc(call, count, sizeof(*result->topics.items));
    if (!result->topics.items) {
        return false;
    }
    if (dir->failed) {
        result->error_code = KC_ERR_KAFKA_STORAGE_ERROR;
        return true;
    }
    if (file_space(dir->files, dir->path, &space) == 0) {
        result->total_bytes = space.total_bytes;
        result->usable_bytes = space.usable_bytes;
    }
    for (size_t i = 0; i < count; i++) {
        struct describe_log_dirs_response_describe_log_dirs_topic *item =
            &result->topics.items[result->topics.count];
        if (!fill_topic(call, topics[i], dir, item)) {
            return false;
        }
        result->topics.count += item->partitions.count > 0;
    }
    return true;
}

void handle_describe_log_dirs(struct call *call)
{
    const struct log_manager *logs = call->node->logs;
    struct describe_log_dirs_response response;
    size_t dir_count = log_manager_dir_count(logs);
    size_t topic_count = 0;
    struct image_topic **topics = image_topics_sorted(call->node->image, &topic_count);
    message_defaults(&describe_log_dirs_response_type, &response);
    response.results.items = call_alloc(call, dir_count, sizeof(*response.results.items));
    response.results.count = (int32_t)dir_count;
    bool good = topics && response.results.items;
    for (size_t i = 0; good && i < dir_count; i++) {
        good = fill_dir(call, log_manager_dir(logs, i), topics, topic_count,
                        &response.results.items[i]);
    }
    free(topics);
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
