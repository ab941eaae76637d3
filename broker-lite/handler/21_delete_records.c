/* handler: DeleteRecords, versions 0 to 2. 2: flexible. Offset -1 stands for the high watermark. */
#include "handler/handlers.h"

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

void handle_delete_records(struct call *call)
{
    const struct delete_records_request *request = call->message;
    struct delete_records_response response;
    message_defaults(&delete_records_response_type, &response);
    response.topics.items =
        call_alloc(call, (size_t)request->topics.count, sizeof(*response.topics.items));
    response.topics.count = request->topics.count;
    for (int32_t i = 0; response.topics.items && i < request->topics.count; i++) {
        const struct delete_records_request_delete_records_topic *wanted =
            &request->topics.items[i];
        struct delete_records_response_delete_records_topic_result *answer =
            &response.topics.items[i];
        const struct image_topic *topic = image_topic(call->node->image, wanted->name);
        answer->name = wanted->name;
        answer->partitions.items =
            call_alloc(call, (size_t)wanted->partitions.count, sizeof(*answer->partitions.items));
        answer->partitions.count = wanted->partitions.count;
        if (!answer->partitions.items) {
            call_fail(call, "out of memory for a request");
            return;
        }
        for (int32_t j = 0; j < wanted->partitions.count; j++) {
            int64_t low_watermark = -1;
            enum kc_err err = delete_one(call, topic, &wanted->partitions.items[j], &low_watermark);
            answer->partitions.items[j].partition_index =
                wanted->partitions.items[j].partition_index;
            answer->partitions.items[j].error_code = (int16_t)err;
            answer->partitions.items[j].low_watermark = low_watermark;
        }
    }
    call_answer(call, &response, NULL, NULL);
}
