/* handler: ListOffsets, versions 1 to 11. 2: isolation level. 4: leader epoch. 6: flexible. 7: max
 * timestamp (KIP-734). 8: earliest local. 9: latest tiered. 10: remote timeout. 11: earliest
 * pending upload. */
#include "handler/handlers.h"

static enum kc_err find_offset(struct call *call, struct partition *partition,
                               const struct list_offsets_request_list_offsets_partition *wanted,
                               struct log_offset *ret_offset)
{
    const struct list_offsets_request *request = call->message;
    enum kc_err err = partition_check_leader(partition, wanted->current_leader_epoch);
    if (err) {
        return err;
    }
    return log_offset_for_timestamp(
        partition->log, wanted->timestamp,
        partition_readable_end(partition, request->isolation_level == 1), ret_offset);
}

static void answer_partition(struct call *call, struct partition *partition,
                             const struct list_offsets_request_list_offsets_partition *wanted,
                             struct list_offsets_response_list_offsets_partition_response *answer)
{
    struct log_offset offset = { -1, -1, -1 };
    message_defaults(&list_offsets_response_list_offsets_partition_response_type, answer);
    enum kc_err err = find_offset(call, partition, wanted, &offset);
    answer->partition_index = wanted->partition_index;
    answer->error_code = (int16_t)(err == KC_ERR_NO_MEMORY ? KC_ERR_UNKNOWN_SERVER_ERROR : err);
    if (!err) {
        answer->offset = offset.offset;
        /* Earliest and latest are offsets, not records: Kafka gives them no timestamp. */
        answer->timestamp =
            wanted->timestamp < 0 && wanted->timestamp != LOG_TIMESTAMP_MAX ? -1 : offset.timestamp;
        answer->leader_epoch = call->version >= 4 ? offset.leader_epoch : -1;
    }
}

void handle_list_offsets(struct call *call)
{
    const struct list_offsets_request *request = call->message;
    struct list_offsets_response response;
    message_defaults(&list_offsets_response_type, &response);
    response.topics.items =
        call_alloc(call, (size_t)request->topics.count, sizeof(*response.topics.items));
    response.topics.count = request->topics.count;
    for (int32_t i = 0; response.topics.items && i < request->topics.count; i++) {
        const struct list_offsets_request_list_offsets_topic *wanted = &request->topics.items[i];
        struct list_offsets_response_list_offsets_topic_response *answer =
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
            struct partition *partition = partitions_find(
                call->node->partitions, topic, wanted->partitions.items[j].partition_index);
            answer_partition(call, partition, &wanted->partitions.items[j],
                             &answer->partitions.items[j]);
        }
    }
    call_answer(call, &response, NULL, NULL);
}
