/* handler: DescribeProducers, version 0 (KIP-664). */
#include "handler/handlers.h"
#include "handler/topic_answers.h"

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

static bool answer_partition(struct call *call, const struct image_topic *topic,
                             const void *wanted_index, void *partition_answer)
{
    const int32_t *index = wanted_index;
    struct describe_producers_response_partition_response *told = partition_answer;
    const struct partition *partition = partitions_find(call->node->partitions, topic, *index);
    enum kc_err err = partition_check_leader(partition, -1);
    told->partition_index = *index;
    told->error_code = (int16_t)err;
    return err || fill_producers(call, log_producers(partition->log), told);
}

void handle_describe_producers(struct call *call)
{
    static const struct topic_answers answers = { "name", "partitionIndexes", answer_partition };
    topic_answers_send(call, &answers);
}
