/* handler: OffsetForLeaderEpoch, versions 2 to 4. 3: replica id. 4: flexible. */
#include "handler/handlers.h"

static void
answer_partition(struct call *call, const struct image_topic *topic,
                 const struct offset_for_leader_epoch_request_offset_for_leader_partition *wanted,
                 struct offset_for_leader_epoch_response_epoch_end_offset *answer)
{
    struct partition *partition = partitions_find(call->node->partitions, topic, wanted->partition);
    message_defaults(&offset_for_leader_epoch_response_epoch_end_offset_type, answer);
    answer->partition = wanted->partition;
    enum kc_err err = partition_check_leader(partition, wanted->current_leader_epoch);
    answer->error_code = (int16_t)err;
    if (!err) {
        log_epoch_end_offset(partition->log, wanted->leader_epoch, &answer->leader_epoch,
                             &answer->end_offset);
    }
}

void handle_offset_for_leader_epoch(struct call *call)
{
    const struct offset_for_leader_epoch_request *request = call->message;
    struct offset_for_leader_epoch_response response;
    message_defaults(&offset_for_leader_epoch_response_type, &response);
    response.topics.items =
        call_alloc(call, (size_t)request->topics.count, sizeof(*response.topics.items));
    response.topics.count = request->topics.count;
    for (int32_t i = 0; response.topics.items && i < request->topics.count; i++) {
        const struct offset_for_leader_epoch_request_offset_for_leader_topic *wanted =
            &request->topics.items[i];
        struct offset_for_leader_epoch_response_offset_for_leader_topic_result *answer =
            &response.topics.items[i];
        const struct image_topic *topic = image_topic(call->node->image, wanted->topic);
        answer->topic = wanted->topic;
        answer->partitions.items =
            call_alloc(call, (size_t)wanted->partitions.count, sizeof(*answer->partitions.items));
        answer->partitions.count = wanted->partitions.count;
        if (!answer->partitions.items) {
            call_fail(call, "out of memory for a request");
            return;
        }
        for (int32_t j = 0; j < wanted->partitions.count; j++) {
            answer_partition(call, topic, &wanted->partitions.items[j],
                             &answer->partitions.items[j]);
        }
    }
    call_answer(call, &response, NULL, NULL);
}
