/* handler: ElectLeaders, versions 0 to 2 (KIP-183). 1: unclean elections (KIP-460), an error of the
 * whole. 2: flexible. A partition has one replica here, which leads as long as its broker lives:
 * no election is ever needed, and where the leader is gone there is nobody else. */
#include "handler/handlers.h"

#include <stdio.h>
#include <stdlib.h>

enum { ELECTION_PREFERRED, ELECTION_UNCLEAN };

/* Why no leader is elected now. */
static enum kc_err refusal_of(const struct image_partition *partition, int8_t type)
{
    if (type == ELECTION_PREFERRED) {
        return partition->leader == partition->replicas[0] ? KC_ERR_ELECTION_NOT_NEEDED
                                                           : KC_ERR_PREFERRED_LEADER_NOT_AVAILABLE;
    }
    return partition->leader >= 0 ? KC_ERR_ELECTION_NOT_NEEDED
                                  : KC_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE;
}

/* "No such topic as x", "No such partition as x-1": Kafka's. */
static struct slice unknown_text(struct call *call, const struct image_topic *topic,
                                 struct slice name, int32_t index)
{
    char number[16] = "";
    size_t size = name.size + 64;
    char *text = call_alloc(call, size, 1);
    if (!text) {
        return SLICE_NULL;
    }
    if (topic) {
        (void)snprintf(number, sizeof(number), "-%d", index);
    }
    (void)snprintf(text, size, "No such %s as %.*s%s", topic ? "partition" : "topic",
                   (int)name.size, (const char *)name.data, number);
    return slice_text(text);
}

static bool fill(struct call *call, const struct elect_leaders_request_topic_partitions *wanted,
                 struct elect_leaders_response_replica_election_result *ret_result)
{
    const struct elect_leaders_request *request = call->message;
    const struct image_topic *topic = image_topic(call->node->image, wanted->topic);
    int32_t count = MAX_OF(wanted->partitions.count, 0);
    struct elect_leaders_response_partition_result *items =
        call_alloc(call, (size_t)count, sizeof(*items));
    if (!items) {
        return false;
    }
    for (int32_t i = 0; i < count; i++) {
        int32_t index = wanted->partitions.items[i];
        const struct image_partition *partition = image_partition(topic, index);
        enum kc_err err = partition ? refusal_of(partition, request->election_type)
                                    : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        items[i] = (struct elect_leaders_response_partition_result){
            .partition_id = index,
            .error_code = (int16_t)err,
            .error_message = partition ? slice_text(kc_err_text(err))
                                       : unknown_text(call, topic, wanted->topic, index),
        };
    }
    ret_result->topic = wanted->topic;
    ret_result->partition_result.items = items;
    ret_result->partition_result.count = count;
    return true;
}

void handle_elect_leaders(struct call *call)
{
    const struct elect_leaders_request *request = call->message;
    struct elect_leaders_response response;
    message_defaults(&elect_leaders_response_type, &response);
    if (request->election_type != ELECTION_PREFERRED &&
        request->election_type != ELECTION_UNCLEAN) {
        response.error_code = KC_ERR_INVALID_REQUEST;
        call_answer(call, &response, NULL, NULL);
        return;
    }
    /* Of all partitions (null) only those that needed an election are told: none. */
    int32_t count = MAX_OF(request->topic_partitions.count, 0);
    response.replica_election_results.count = count;
    response.replica_election_results.items =
        call_alloc(call, (size_t)count, sizeof(*response.replica_election_results.items));
    bool good = response.replica_election_results.items;
    for (int32_t i = 0; good && i < count; i++) {
        good = fill(call, &request->topic_partitions.items[i],
                    &response.replica_election_results.items[i]);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
