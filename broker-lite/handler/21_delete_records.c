/* handler: DeleteRecords, versions 0 to 2. 2: flexible. Offset -1 stands for the high watermark. */
#include "handler/handlers.h"
#include "handler/topic_answers.h"

static enum kc_err delete_one(struct call *call, const struct image_topic *topic,
                              const struct delete_records_request_delete_records_partition *wanted,
                              int64_t *ret_low_watermark)
{
    struct partition *partition =
        partitions_find(call->node->partitions, topic, wanted->partition_index);
    if (topic && topic->internal) {
        return KC_ERR_INVALID_TOPIC_EXCEPTION;
    }
    enum kc_err err = partition_check_leader(partition, -1);
    if (err) {
        return err;
    }
    int64_t offset = wanted->offset == -1 ? log_high_watermark(partition->log) : wanted->offset;
    err = offset < 0 ? KC_ERR_OFFSET_OUT_OF_RANGE : log_delete_records(partition->log, offset);
    if (!err) {
        *ret_low_watermark = log_start_offset(partition->log);
    }
    return err;
}

static bool answer_partition(struct call *call, const struct image_topic *topic,
                             const void *wanted_partition, void *partition_answer)
{
    const struct delete_records_request_delete_records_partition *wanted = wanted_partition;
    struct delete_records_response_delete_records_partition_result *answer = partition_answer;
    answer->partition_index = wanted->partition_index;
    answer->low_watermark = -1;
    answer->error_code = (int16_t)delete_one(call, topic, wanted, &answer->low_watermark);
    return true;
}

void handle_delete_records(struct call *call)
{
    static const struct topic_answers answers = { "name", "partitions", answer_partition };
    topic_answers_send(call, &answers);
}
