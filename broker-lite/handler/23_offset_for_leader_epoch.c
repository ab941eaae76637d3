/* handler: OffsetForLeaderEpoch, versions 2 to 4. 3: replica id. 4: flexible. */
#include "handler/handlers.h"
#include "handler/topic_answers.h"

static bool answer_partition(struct call *call, const struct image_topic *topic,
                             const void *wanted_partition, void *partition_answer)
{
    const struct offset_for_leader_epoch_request_offset_for_leader_partition *wanted =
        wanted_partition;
    struct offset_for_leader_epoch_response_epoch_end_offset *answer = partition_answer;
    struct partition *partition = partitions_find(call->node->partitions, topic, wanted->partition);
    answer->partition = wanted->partition;
    enum kc_err err = partition_check_leader(partition, wanted->current_leader_epoch);
    answer->error_code = (int16_t)err;
    if (!err) {
        log_epoch_end_offset(partition->log, wanted->leader_epoch, &answer->leader_epoch,
                             &answer->end_offset);
    }
    return true;
}

void handle_offset_for_leader_epoch(struct call *call)
{
    static const struct topic_answers answers = { "topic", "partitions", answer_partition };
    topic_answers_send(call, &answers);
}
