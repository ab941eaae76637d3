/* handler: ListOffsets, versions 1 to 11. 2: isolation level. 4: leader epoch. 6: flexible. 7: max
 * timestamp (KIP-734). 8: earliest local. 9: latest tiered. 10: remote timeout. 11: earliest
 * pending upload. */
#include "handler/handlers.h"
#include "handler/topic_answers.h"

#include "base/attr.h"

/* Timestamps below 0 have meanings of their own: -1 - i came with version since[i]. */
static bool is_understood(int64_t timestamp, int16_t version)
{
    static const int16_t since[] = { 1, 1, 7, 8, 9, 11 };
    return timestamp >= 0 ||
           (timestamp >= -(int64_t)ARRAY_COUNT(since) && version >= since[-1 - timestamp]);
}

static enum kc_err find_offset(struct call *call, struct partition *partition,
                               const struct list_offsets_request_list_offsets_partition *wanted,
                               struct log_offset *ret_offset)
{
    const struct list_offsets_request *request = call->message;
    enum kc_err err = is_understood(wanted->timestamp, call->version)
                          ? partition_check_leader(partition, wanted->current_leader_epoch)
                          : KC_ERR_UNSUPPORTED_VERSION;
    if (err) {
        return err;
    }
    return log_offset_for_timestamp(
        partition->log, wanted->timestamp,
        partition_readable_end(partition, request->isolation_level == 1), ret_offset);
}

static bool answer_partition(struct call *call, const struct image_topic *topic,
                             const void *wanted_partition, void *partition_answer)
{
    const struct list_offsets_request_list_offsets_partition *wanted = wanted_partition;
    struct list_offsets_response_list_offsets_partition_response *answer = partition_answer;
    struct partition *partition =
        partitions_find(call->node->partitions, topic, wanted->partition_index);
    struct log_offset offset = { -1, -1, -1 };
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
    return true;
}

void handle_list_offsets(struct call *call)
{
    static const struct topic_answers answers = { "name", "partitions", answer_partition };
    topic_answers_send(call, &answers);
}
