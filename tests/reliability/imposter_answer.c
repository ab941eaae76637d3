/* tests: what a broker of one node, one topic and one group answers when it tells the truth. */
#include "imposter.h"

static const struct uuid topic_id = { { 9 } };

static void answer_versions(struct api_versions_response *response, struct arena *arena)
{
    static const int16_t keys[] = {
        API_FETCH,          API_LIST_OFFSETS,     API_METADATA,     API_OFFSET_COMMIT,
        API_OFFSET_FETCH,   API_FIND_COORDINATOR, API_JOIN_GROUP,   API_HEARTBEAT,
        API_LEAVE_GROUP,    API_SYNC_GROUP,       API_API_VERSIONS, API_CONSUMER_GROUP_HEARTBEAT,
        API_SASL_HANDSHAKE, API_SASL_AUTHENTICATE
    };
    response->api_keys.count = ARRAY_COUNT(keys);
    response->api_keys.items =
        arena_alloc_array(arena, ARRAY_COUNT(keys), sizeof(*response->api_keys.items));
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        const struct api *api = api_find(keys[i]);
        response->api_keys.items[i].api_key = api->key;
        response->api_keys.items[i].min_version = api->version_min;
        response->api_keys.items[i].max_version = api->version_max;
    }
}

static void answer_topic(struct metadata_response_metadata_response_topic *topic, struct slice name,
                         struct arena *arena)
{
    message_defaults(&metadata_response_metadata_response_topic_type, topic);
    topic->name = name;
    if (!slice_is(name, "t")) {
        topic->error_code = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        return;
    }
    topic->topic_id = topic_id;
    topic->partitions.items = arena_alloc(arena, sizeof(*topic->partitions.items));
    topic->partitions.count = 1;
    message_defaults(&metadata_response_metadata_response_partition_type, topic->partitions.items);
    topic->partitions.items->leader_id = IMPOSTER_NODE;
    topic->partitions.items->leader_epoch = IMPOSTER_EPOCH;
    topic->partitions.items->replica_nodes.items = arena_alloc(arena, sizeof(int32_t));
    topic->partitions.items->replica_nodes.items[0] = IMPOSTER_NODE;
    topic->partitions.items->replica_nodes.count = 1;
    topic->partitions.items->isr_nodes.items = topic->partitions.items->replica_nodes.items;
    topic->partitions.items->isr_nodes.count = 1;
}

static void answer_metadata(const struct imposter_state *state,
                            const struct metadata_request *request,
                            struct metadata_response *response, struct arena *arena)
{
    int32_t count = request->topics.count < 0 ? 1 : request->topics.count;
    response->brokers.items = arena_alloc(arena, sizeof(*response->brokers.items));
    response->brokers.count = 1;
    message_defaults(&metadata_response_metadata_response_broker_type, response->brokers.items);
    response->brokers.items->node_id = IMPOSTER_NODE;
    response->brokers.items->host = slice_text("127.0.0.1");
    response->brokers.items->port = state->port;
    response->controller_id = IMPOSTER_NODE;
    response->topics.items =
        arena_alloc_array(arena, (size_t)count, sizeof(*response->topics.items));
    response->topics.count = count;
    for (int32_t i = 0; i < count; i++) {
        answer_topic(&response->topics.items[i],
                     request->topics.count < 0 ? slice_text("t") : request->topics.items[i].name,
                     arena);
    }
}

static void answer_coordinator(const struct imposter_state *state,
                               const struct find_coordinator_request *request,
                               struct find_coordinator_response *response, struct arena *arena)
{
    struct find_coordinator_response_coordinator *one = arena_alloc(arena, sizeof(*one));
    message_defaults(&find_coordinator_response_coordinator_type, one);
    imposter_need(request->coordinator_keys.count == 1, "one key");
    one->key = request->coordinator_keys.items[0];
    one->node_id = IMPOSTER_NODE;
    one->host = slice_text("127.0.0.1");
    one->port = state->port;
    response->coordinators.items = one;
    response->coordinators.count = 1;
}

static void answer_join(struct imposter_state *state, const struct join_group_request *request,
                        struct join_group_response *response, struct arena *arena)
{
    response->member_id = slice_text("m");
    response->protocol_name = slice_text("");
    if (request->member_id.size == 0) {
        response->error_code = KC_ERR_MEMBER_ID_REQUIRED;
        return;
    }
    struct join_group_response_join_group_response_member *member =
        arena_alloc(arena, sizeof(*member));
    message_defaults(&join_group_response_join_group_response_member_type, member);
    member->member_id = response->leader = response->member_id;
    member->metadata = request->protocols.items[0].metadata;
    response->members.items = member;
    response->members.count = 1;
    response->protocol_type = request->protocol_type;
    response->protocol_name = request->protocols.items[0].name;
    response->generation_id = ++state->generation;
}

static void answer_sync(const struct sync_group_request *request,
                        struct sync_group_response *response)
{
    response->protocol_type = request->protocol_type;
    response->protocol_name = request->protocol_name;
    response->assignment =
        request->assignments.count > 0 ? request->assignments.items[0].assignment : SLICE_EMPTY;
}

static void answer_beat(const struct consumer_group_heartbeat_request *request,
                        struct consumer_group_heartbeat_response *response, struct arena *arena)
{
    response->member_id = request->member_id;
    response->member_epoch = request->member_epoch < 0 ? request->member_epoch : 1;
    response->heartbeat_interval_ms = 50;
    if (request->member_epoch != 0) {
        return;
    }
    response->assignment = arena_alloc(arena, sizeof(*response->assignment));
    response->assignment->topic_partitions.items =
        arena_alloc(arena, sizeof(*response->assignment->topic_partitions.items));
    response->assignment->topic_partitions.count = 1;
    struct consumer_group_heartbeat_response_topic_partitions *topic =
        response->assignment->topic_partitions.items;
    topic->topic_id = topic_id;
    topic->partitions.items = arena_alloc(arena, sizeof(int32_t));
    topic->partitions.count = 1;
}

/* Nothing was committed. */
static void answer_committed(const struct offset_fetch_request *request,
                             struct offset_fetch_response *response, struct arena *arena)
{
    const struct offset_fetch_request_offset_fetch_request_group *from = request->groups.items;
    struct offset_fetch_response_offset_fetch_response_group *group =
        arena_alloc(arena, sizeof(*group));
    imposter_need(request->groups.count == 1, "one group");
    message_defaults(&offset_fetch_response_offset_fetch_response_group_type, group);
    response->groups.items = group;
    response->groups.count = 1;
    group->group_id = from->group_id;
    group->topics.count = from->topics.count;
    group->topics.items =
        arena_alloc_array(arena, (size_t)from->topics.count, sizeof(*group->topics.items));
    for (int32_t i = 0; i < from->topics.count; i++) {
        size_t count = (size_t)from->topics.items[i].partition_indexes.count;
        group->topics.items[i].name = from->topics.items[i].name;
        group->topics.items[i].partitions.count = (int32_t)count;
        group->topics.items[i].partitions.items =
            arena_alloc_array(arena, count, sizeof(*group->topics.items[i].partitions.items));
        for (size_t k = 0; k < count; k++) {
            struct offset_fetch_response_offset_fetch_response_partitions *partition =
                &group->topics.items[i].partitions.items[k];
            message_defaults(&offset_fetch_response_offset_fetch_response_partitions_type,
                             partition);
            partition->partition_index = from->topics.items[i].partition_indexes.items[k];
            partition->committed_offset = -1;
            partition->metadata = SLICE_EMPTY;
        }
    }
}

static void answer_commit(const struct offset_commit_request *request,
                          struct offset_commit_response *response, struct arena *arena)
{
    response->topics.count = request->topics.count;
    response->topics.items =
        arena_alloc_array(arena, (size_t)request->topics.count, sizeof(*response->topics.items));
    for (int32_t i = 0; i < request->topics.count; i++) {
        size_t count = (size_t)request->topics.items[i].partitions.count;
        response->topics.items[i].name = request->topics.items[i].name;
        response->topics.items[i].topic_id = request->topics.items[i].topic_id;
        response->topics.items[i].partitions.count = (int32_t)count;
        response->topics.items[i].partitions.items =
            arena_alloc_array(arena, count, sizeof(*response->topics.items[i].partitions.items));
        for (size_t k = 0; k < count; k++) {
            response->topics.items[i].partitions.items[k].partition_index =
                request->topics.items[i].partitions.items[k].partition_index;
        }
    }
}

static void answer_offsets(const struct list_offsets_request *request,
                           struct list_offsets_response *response, struct arena *arena)
{
    response->topics.count = request->topics.count;
    response->topics.items =
        arena_alloc_array(arena, (size_t)request->topics.count, sizeof(*response->topics.items));
    for (int32_t i = 0; i < request->topics.count; i++) {
        size_t count = (size_t)request->topics.items[i].partitions.count;
        response->topics.items[i].name = request->topics.items[i].name;
        response->topics.items[i].partitions.count = (int32_t)count;
        response->topics.items[i].partitions.items =
            arena_alloc_array(arena, count, sizeof(*response->topics.items[i].partitions.items));
        for (size_t k = 0; k < count; k++) {
            struct list_offsets_response_list_offsets_partition_response *partition =
                &response->topics.items[i].partitions.items[k];
            message_defaults(&list_offsets_response_list_offsets_partition_response_type,
                             partition);
            partition->partition_index =
                request->topics.items[i].partitions.items[k].partition_index;
            partition->offset = 0;
            partition->leader_epoch = IMPOSTER_EPOCH;
        }
    }
}

static void answer_fetch(struct imposter_state *state, const struct fetch_request *request,
                         struct fetch_response *response, struct arena *arena)
{
    struct fetch_response_fetchable_topic_response *topic = arena_alloc(arena, sizeof(*topic));
    struct fetch_response_partition_data *data = arena_alloc(arena, sizeof(*data));
    state->must_wait = true;
    if (request->topics.count != 1 || request->topics.items[0].partitions.count != 1) {
        return;
    }
    int64_t offset = request->topics.items[0].partitions.items[0].fetch_offset;
    message_defaults(&fetch_response_partition_data_type, data);
    topic->topic = request->topics.items[0].topic;
    topic->topic_id = request->topics.items[0].topic_id;
    topic->partitions.items = data;
    topic->partitions.count = 1;
    response->responses.items = topic;
    response->responses.count = 1;
    data->partition_index = request->topics.items[0].partitions.items[0].partition;
    data->high_watermark = data->last_stable_offset = IMPOSTER_RECORDS;
    data->log_start_offset = 0;
    data->records = SLICE_EMPTY;
    if (offset < 0 || offset > IMPOSTER_RECORDS) {
        data->error_code = KC_ERR_OFFSET_OUT_OF_RANGE;
    } else if (offset < IMPOSTER_RECORDS) {
        data->records = state->batch;
        state->must_wait = false;
    }
}

/* It lets everybody in: SaslAuthenticate has no error. */
static void answer_mechanisms(struct sasl_handshake_response *response, struct arena *arena)
{
    response->mechanisms.items = arena_alloc(arena, sizeof(*response->mechanisms.items));
    response->mechanisms.items[0] = slice_text("PLAIN");
    response->mechanisms.count = 1;
}

void imposter_answer(struct imposter_state *state, const struct request_head *head,
                     const void *request, void *ret_response, struct arena *arena)
{
    state->must_wait = false;
    message_defaults(head->api->response, ret_response);
    switch (head->key) {
    case API_API_VERSIONS:
        answer_versions(ret_response, arena);
        break;
    case API_SASL_HANDSHAKE:
        answer_mechanisms(ret_response, arena);
        break;
    case API_METADATA:
        answer_metadata(state, request, ret_response, arena);
        break;
    case API_FIND_COORDINATOR:
        answer_coordinator(state, request, ret_response, arena);
        break;
    case API_JOIN_GROUP:
        answer_join(state, request, ret_response, arena);
        break;
    case API_SYNC_GROUP:
        answer_sync(request, ret_response);
        break;
    case API_CONSUMER_GROUP_HEARTBEAT:
        answer_beat(request, ret_response, arena);
        break;
    case API_OFFSET_FETCH:
        answer_committed(request, ret_response, arena);
        break;
    case API_OFFSET_COMMIT:
        answer_commit(request, ret_response, arena);
        break;
    case API_LIST_OFFSETS:
        answer_offsets(request, ret_response, arena);
        break;
    case API_FETCH:
        answer_fetch(state, request, ret_response, arena);
        break;
    default: /* Heartbeat, LeaveGroup, SaslAuthenticate: no error is all there is to say */
        break;
    }
}
