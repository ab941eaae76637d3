/* handler: Metadata, versions 0 to 13. 0: an empty list means all topics; from 1 null does. 4:
 * allow_auto_topic_creation. 5: offline replicas. 7: leader epochs. 9: flexible. 10: topic ids. 12:
 * topics asked for by id. 13: top-level error. */
#include "handler/handlers.h"
#include "handler/proposal.h"

#include "controller/topic_name.h"

#include <stdlib.h>

static bool fill_brokers(struct call *call, struct metadata_response *response)
{
    const struct image *image = call->node->image;
    size_t position = 0;
    struct image_broker *broker;
    response->brokers.items =
        call_alloc(call, image->brokers.count, sizeof(*response->brokers.items));
    response->brokers.count = 0;
    while (response->brokers.items && (broker = map_next(&image->brokers, &position))) {
        if (!broker->fenced) {
            struct metadata_response_metadata_response_broker *item =
                &response->brokers.items[response->brokers.count++];
            item->node_id = (int32_t)broker->id;
            item->host = slice_text(broker->host);
            item->port = broker->port;
            item->rack = slice_text(broker->rack);
        }
    }
    return response->brokers.items != NULL;
}

static void fill_partition(const struct call *call, const struct image_topic *topic, int32_t index,
                           struct metadata_response_metadata_response_partition *item)
{
    const struct image_partition *state = &topic->partitions[index];
    const struct partition *partition = partitions_peek(call->node->partitions, topic, index);
    message_defaults(&metadata_response_metadata_response_partition_type, item);
    item->partition_index = index;
    item->leader_id = state->leader;
    item->leader_epoch = state->leader_epoch;
    item->replica_nodes.items = state->replicas;
    item->replica_nodes.count = state->replica_count;
    item->isr_nodes.items = state->isr;
    item->isr_nodes.count = state->isr_count;
    if (state->leader < 0) {
        item->error_code = KC_ERR_LEADER_NOT_AVAILABLE;
    }
    if (partition && partition->err) {
        /* The only replica's log cannot be used. */
        item->error_code = KC_ERR_LEADER_NOT_AVAILABLE;
        item->leader_id = -1;
        item->isr_nodes.count = 0;
        item->offline_replicas.items = state->replicas;
        item->offline_replicas.count = state->replica_count;
    }
}

static bool fill_topic(struct call *call, const struct image_topic *topic,
                       struct metadata_response_metadata_response_topic *item)
{
    message_defaults(&metadata_response_metadata_response_topic_type, item);
    item->name = slice_text(topic->name);
    item->topic_id = topic->id;
    item->is_internal = topic->internal;
    item->partitions.items =
        call_alloc(call, (size_t)topic->partition_count, sizeof(*item->partitions.items));
    item->partitions.count = topic->partition_count;
    for (int32_t i = 0; item->partitions.items && i < topic->partition_count; i++) {
        fill_partition(call, topic, i, &item->partitions.items[i]);
    }
    return item->partitions.items != NULL;
}

static bool fill_all_topics(struct call *call, struct metadata_response *response)
{
    size_t count;
    struct image_topic **topics = image_topics_sorted(call->node->image, &count);
    if (!topics) {
        return false;
    }
    response->topics.items = call_alloc(call, count, sizeof(*response->topics.items));
    response->topics.count = (int32_t)count;
    bool good = response->topics.items != NULL;
    for (size_t i = 0; good && i < count; i++) {
        good = fill_topic(call, topics[i], &response->topics.items[i]);
    }
    free(topics);
    return good;
}

/* The answer for a name that no topic has: begins to make it when that is wanted and allowed. */
static enum kc_err missing_topic(struct call *call, struct slice name)
{
    const struct metadata_request *request = call->message;
    char text[TOPIC_NAME_TEXT_SIZE];
    bool may_create = call->version < 4 || request->allow_auto_topic_creation;
    if (!topic_name_is_valid(name, text)) {
        return KC_ERR_INVALID_TOPIC_EXCEPTION;
    }
    if (!may_create || !call->node->settings.auto_create_topics || topic_name_is_internal(name)) {
        return KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    enum kc_err err = topic_create_begin(call->node, name, -1, NULL, 0);
    return err ? err : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
}

static bool fill_asked_topic(struct call *call,
                             const struct metadata_request_metadata_request_topic *asked,
                             struct metadata_response_metadata_response_topic *item)
{
    bool by_id = slice_is_null(asked->name);
    const struct image_topic *topic = by_id ? image_topic_by_id(call->node->image, &asked->topic_id)
                                            : image_topic(call->node->image, asked->name);
    if (topic) {
        return fill_topic(call, topic, item);
    }
    message_defaults(&metadata_response_metadata_response_topic_type, item);
    item->name = asked->name;
    item->topic_id = asked->topic_id;
    item->error_code =
        (int16_t)(by_id ? KC_ERR_UNKNOWN_TOPIC_ID : missing_topic(call, asked->name));
    return true;
}

static bool fill_asked_topics(struct call *call, struct metadata_response *response)
{
    const struct metadata_request *request = call->message;
    response->topics.items =
        call_alloc(call, (size_t)request->topics.count, sizeof(*response->topics.items));
    response->topics.count = request->topics.count;
    bool good = response->topics.items != NULL;
    for (int32_t i = 0; good && i < request->topics.count; i++) {
        good = fill_asked_topic(call, &request->topics.items[i], &response->topics.items[i]);
    }
    return good;
}

void handle_metadata(struct call *call)
{
    const struct metadata_request *request = call->message;
    struct metadata_response response;
    message_defaults(&metadata_response_type, &response);
    response.cluster_id = slice_text(call->node->image->cluster_id);
    response.controller_id = quorum_leader(call->node->quorum);
    bool all = call->version == 0 ? request->topics.count == 0 : request->topics.count < 0;
    if (!fill_brokers(call, &response) ||
        !(all ? fill_all_topics(call, &response) : fill_asked_topics(call, &response))) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
