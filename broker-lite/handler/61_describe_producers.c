/* handler: DescribeProducers, version 0 (KIP-664). */
#include "handler/handlers.h"

#include <stdlib.h>

static int order_by_id(const void *a, const void *b)
{
    const struct describe_producers_response_producer_state *left = a;
    const struct describe_producers_response_producer_state *right = b;
    return (left->producer_id > right->producer_id) - (left->producer_id < right->producer_id);
}

static bool fill_producers(struct call *call, const struct producers *producers,
                           struct describe_producers_response_partition_response *told)
{
    const struct producer_entry *entry;
    size_t position = 0;
    told->active_producers.items =
        call_alloc(call, producers->entries.count, sizeof(*told->active_producers.items));
    told->active_producers.count = 0;
    while (told->active_producers.items && (entry = producers_next(producers, &position))) {
        if (entry->epoch < 0) {
            continue; /* nothing of it is in the log */
        }
        told->active_producers.items[told->active_producers.count++] =
            (struct describe_producers_response_producer_state){
                .producer_id = entry->producer_id,
                .producer_epoch = entry->epoch,
                .last_sequence = entry->batch_count > 0
                                     ? entry->batches[entry->batch_count - 1].last_sequence
                                     : -1,
                .last_timestamp = entry->last_timestamp,
                .coordinator_epoch = entry->coordinator_epoch,
                .current_txn_start_offset = entry->current_txn_first_offset,
            };
    }
    if (told->active_producers.count > 0) {
        qsort(told->active_producers.items, (size_t)told->active_producers.count,
              sizeof(*told->active_producers.items), order_by_id);
    }
    return told->active_producers.items != NULL;
}

static bool fill_partition(struct call *call, const struct image_topic *topic, int32_t index,
                           struct describe_producers_response_partition_response *told)
{
    const struct partition *partition = partitions_find(call->node->partitions, topic, index);
    enum kc_err err = partition_check_leader(partition, -1);
    message_defaults(&describe_producers_response_partition_response_type, told);
    told->partition_index = index;
    told->error_code = (int16_t)err;
    return err || fill_producers(call, log_producers(partition->log), told);
}

static bool fill_topic(struct call *call,
                       const struct describe_producers_request_topic_request *wanted,
                       struct describe_producers_response_topic_response *told)
{
    const struct image_topic *topic = image_topic(call->node->image, wanted->name);
    told->name = wanted->name;
    told->partitions.count = wanted->partition_indexes.count;
    told->partitions.items =
        call_alloc(call, (size_t)wanted->partition_indexes.count, sizeof(*told->partitions.items));
    bool good = told->partitions.items != NULL;
    for (int32_t i = 0; good && i < wanted->partition_indexes.count; i++) {
        good = fill_partition(call, topic, wanted->partition_indexes.items[i],
                              &told->partitions.items[i]);
    }
    return good;
}

void handle_describe_producers(struct call *call)
{
    const struct describe_producers_request *request = call->message;
    struct describe_producers_response response;
    message_defaults(&describe_producers_response_type, &response);
    response.topics.items =
        call_alloc(call, (size_t)request->topics.count, sizeof(*response.topics.items));
    response.topics.count = request->topics.count;
    bool good = response.topics.items != NULL;
    for (int32_t i = 0; good && i < request->topics.count; i++) {
        good = fill_topic(call, &request->topics.items[i], &response.topics.items[i]);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
