/* handler: DescribeQuorum, versions 0 to 2 (KIP-595, KIP-836). 1: times of the last fetch. 2:
 * directories and endpoints of the voters, sentences for errors (KIP-853). The one voter is this
 * node, always caught up. */
#include "handler/handlers.h"

#include "log/log_manager.h"

#define QUORUM_TOPIC "__cluster_metadata"

enum { VOTER_ENDPOINTS_VERSION = 2 };

static void fill_partition(struct call *call, bool is_known, int32_t index,
                           struct describe_quorum_response_replica_state *voter,
                           struct describe_quorum_response_partition_data *ret_partition)
{
    const struct quorum *quorum = call->node->quorum;
    message_defaults(&describe_quorum_response_partition_data_type, ret_partition);
    ret_partition->partition_index = index;
    ret_partition->error_message = SLICE_NULL;
    if (!is_known || !quorum_is_leader(quorum)) {
        ret_partition->error_code =
            is_known ? KC_ERR_NOT_LEADER_OR_FOLLOWER : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        return;
    }
    int64_t now_ms = clock_wall_ms(call->node->clock);
    ret_partition->leader_id = call->node->id;
    ret_partition->leader_epoch = quorum_epoch(quorum);
    ret_partition->high_watermark = quorum_high_watermark(quorum);
    message_defaults(&describe_quorum_response_replica_state_type, voter);
    voter->replica_id = call->node->id;
    if (call->version >= VOTER_ENDPOINTS_VERSION) {
        voter->replica_directory_id = call->node->voter_directory;
    }
    voter->log_end_offset = ret_partition->high_watermark;
    voter->last_fetch_timestamp = now_ms;
    voter->last_caught_up_timestamp = now_ms;
    ret_partition->current_voters.items = voter;
    ret_partition->current_voters.count = 1;
}

static bool fill_topic(struct call *call, const struct describe_quorum_request_topic_data *wanted,
                       struct describe_quorum_response_topic_data *ret_topic)
{
    int32_t count = MAX_OF(wanted->partitions.count, 0);
    ret_topic->topic_name = wanted->topic_name;
    ret_topic->partitions.count = count;
    ret_topic->partitions.items =
        call_alloc(call, (size_t)count, sizeof(*ret_topic->partitions.items));
    struct describe_quorum_response_replica_state *voters =
        call_alloc(call, (size_t)count, sizeof(*voters));
    if (!ret_topic->partitions.items || !voters) {
        return false;
    }
    for (int32_t i = 0; i < count; i++) {
        int32_t index = wanted->partitions.items[i].partition_index;
        bool is_known = index == 0 && slice_is(wanted->topic_name, QUORUM_TOPIC);
        fill_partition(call, is_known, index, &voters[i], &ret_topic->partitions.items[i]);
    }
    return true;
}

void handle_describe_quorum(struct call *call)
{
    const struct describe_quorum_request *request = call->message;
    struct describe_quorum_response response;
    struct describe_quorum_response_listener listener = { slice_text("CONTROLLER"),
                                                          slice_text(call->node->host),
                                                          (uint16_t)call->node->port };
    struct describe_quorum_response_node node = { call->node->id, { &listener, 1 } };
    message_defaults(&describe_quorum_response_type, &response);
    response.error_message = SLICE_NULL;
    response.nodes.items = &node;
    response.nodes.count = call->version >= VOTER_ENDPOINTS_VERSION;
    response.topics.count = MAX_OF(request->topics.count, 0);
    response.topics.items =
        call_alloc(call, (size_t)response.topics.count, sizeof(*response.topics.items));
    bool good = response.topics.items;
    for (int32_t i = 0; good && i < response.topics.count; i++) {
        good = fill_topic(call, &request->topics.items[i], &response.topics.items[i]);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
