/* handler: DescribeTopicPartitions, version 0 (KIP-966): topics in the order of their names, in
 * pages. The answer names the partition to go on with when its limit was reached. */
#include "handler/handlers.h"

#include "controller/topic_name.h"

#include <stdlib.h>

enum { DESCRIBE_PARTITIONS_MAX = 2000 }; /* Kafka's max.request.partition.size.limit */

struct describing {
    struct call *call;
    struct describe_topic_partitions_response response;
    struct describe_topic_partitions_response_cursor next;
    int32_t left; /* partitions that the page may still take; 0: it is full */
};

static int name_order(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* The names that are asked for (all when none is), sorted; NULL when memory is out. */
static struct slice *sorted_names(struct call *call, size_t *ret_count)
{
    const struct describe_topic_partitions_request *request = call->message;
    size_t count = (size_t)request->topics.count;
    struct image_topic **all = count ? NULL : image_topics_sorted(call->node->image, &count);
    struct slice *names = call_alloc(call, count, sizeof(*names));
    if (names && (all || request->topics.count > 0)) {
        for (size_t i = 0; i < count; i++) {
            names[i] = all ? slice_text(all[i]->name) : request->topics.items[i].name;
        }
        qsort(names, count, sizeof(*names), name_order);
    } else {
        names = NULL;
    }
    free(all);
    *ret_count = count;
    return names;
}

static void fill_partition(
    const struct describing *describing, const struct image_topic *topic, int32_t index,
    struct describe_topic_partitions_response_describe_topic_partitions_response_partition *item)
{
    const struct image_partition *state = &topic->partitions[index];
    const struct partition *partition =
        partitions_peek(describing->call->node->partitions, topic, index);
    bool is_offline = partition && partition->err;
    message_defaults(
        &describe_topic_partitions_response_describe_topic_partitions_response_partition_type,
        item);
    item->partition_index = index;
    item->leader_id = is_offline ? -1 : state->leader;
    item->leader_epoch = state->leader_epoch;
    item->replica_nodes.items = state->replicas;
    item->replica_nodes.count = state->replica_count;
    item->isr_nodes.items = state->isr;
    item->isr_nodes.count = state->isr_count;
    /* Known to be none: null would say that this broker knows nothing of them. */
    item->eligible_leader_replicas.count = 0;
    item->last_known_elr.count = 0;
    if (item->leader_id < 0) {
        item->error_code = KC_ERR_LEADER_NOT_AVAILABLE;
    }
    if (is_offline) {
        /* As a Kafka that has fenced the only replica of the partition. */
        item->isr_nodes.count = 0;
        item->eligible_leader_replicas.items = state->replicas;
        item->eligible_leader_replicas.count = state->replica_count;
        item->last_known_elr.items = state->replicas;
        item->last_known_elr.count = state->replica_count;
        item->offline_replicas.items = state->replicas;
        item->offline_replicas.count = state->replica_count;
    }
}

static void set_next(struct describing *describing, struct slice name, int32_t partition)
{
    describing->next.topic_name = name;
    describing->next.partition_index = partition;
    describing->response.next_cursor = &describing->next;
    describing->left = 0;
}

/* Adds a topic from the given partition on; false when memory is out. */
static bool add_topic(struct describing *describing, struct slice name, int32_t first)
{
    const struct image_topic *topic = image_topic(describing->call->node->image, name);
    struct describe_topic_partitions_response_describe_topic_partitions_response_topic *item =
        &describing->response.topics.items[describing->response.topics.count++];
    char text[TOPIC_NAME_TEXT_SIZE];
    message_defaults(
        &describe_topic_partitions_response_describe_topic_partitions_response_topic_type, item);
    item->name = name;
    if (!topic) {
        item->error_code = topic_name_is_valid(name, text) ? KC_ERR_UNKNOWN_TOPIC_OR_PARTITION
                                                           : KC_ERR_INVALID_TOPIC_EXCEPTION;
        return true;
    }
    int32_t start = MIN_OF(first, topic->partition_count);
    int32_t count = MIN_OF(topic->partition_count - start, describing->left);
    item->topic_id = topic->id;
    item->is_internal = topic->internal;
    item->partitions.items =
        call_alloc(describing->call, (size_t)count, sizeof(*item->partitions.items));
    if (!item->partitions.items) {
        return false;
    }
    item->partitions.count = count;
    for (int32_t i = 0; i < count; i++) {
        fill_partition(describing, topic, start + i, &item->partitions.items[i]);
    }
    describing->left -= count;
    if (start + count < topic->partition_count) {
        set_next(describing, name, start + count);
    }
    return true;
}

static bool add_topics(struct describing *describing, const struct slice *names, size_t count)
{
    const struct describe_topic_partitions_request *request = describing->call->message;
    for (size_t i = 0; i < count; i++) {
        int order = request->cursor ? name_order(&names[i], &request->cursor->topic_name) : 1;
        bool is_twice = i > 0 && slice_equal(names[i], names[i - 1]);
        if (order < 0 || is_twice) {
            continue;
        }
        if (describing->left == 0) {
            if (!describing->response.next_cursor) {
                set_next(describing, names[i], 0);
            }
            return true;
        }
        if (!add_topic(describing, names[i], order == 0 ? request->cursor->partition_index : 0)) {
            return false;
        }
    }
    return true;
}

void handle_describe_topic_partitions(struct call *call)
{
    const struct describe_topic_partitions_request *request = call->message;
    struct describing describing = {
        .call = call,
        .left = MAX_OF(MIN_OF(request->response_partition_limit, DESCRIBE_PARTITIONS_MAX), 1),
    };
    size_t count;
    if (request->cursor && request->cursor->partition_index < 0) {
        /* The answer has no place for an error of its own: Kafka's has neither. */
        call_fail(call, "describes topics from a negative partition on");
        return;
    }
    struct slice *names = sorted_names(call, &count);
    message_defaults(&describe_topic_partitions_response_type, &describing.response);
    describing.response.topics.items =
        call_alloc(call, count, sizeof(*describing.response.topics.items));
    if (!names || !describing.response.topics.items || !add_topics(&describing, names, count)) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &describing.response, NULL, NULL);
}
