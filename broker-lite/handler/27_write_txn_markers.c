/* handler: WriteTxnMarkers, versions 1 and 2. 2: transaction version (KIP-890). From coordinators,
 * and from who ends a hanging transaction by hand. Answered when the markers are committed. */
#include "coordinator/marker.h"
#include "handler/handlers.h"

struct marking;

/* A marker that is written and not committed. */
struct marker_wait {
    struct partition_wait wait;
    struct marking *marking;
    int16_t *code;
    int64_t target;
};

struct marking {
    struct call *call;
    struct write_txn_markers_response response;
    struct marker_wait *waits;
    size_t wait_count;
    size_t pending; /* waits, and one while markers are written */
    bool has_waited;
};

static void reply(struct call *call)
{
    struct marking *marking = call->parked;
    call_answer(call, &marking->response, NULL, NULL);
}

static void one_less(struct marking *marking)
{
    if (--marking->pending > 0) {
        return;
    }
    if (marking->has_waited) {
        call_later(marking->call, reply);
    } else {
        reply(marking->call);
    }
}

static void woken(struct partition_wait *partition_wait, struct partition *partition)
{
    struct marker_wait *wait = CONTAINER_OF(partition_wait, struct marker_wait, wait);
    if (!partition->err && log_high_watermark(partition->log) < wait->target) {
        return;
    }
    *wait->code = (int16_t)partition->err;
    partition_wait_end(partition_wait);
    one_less(wait->marking);
}

static void cancelled(struct call *call)
{
    struct marking *marking = call->parked;
    for (size_t i = 0; i < marking->wait_count; i++) {
        partition_wait_end(&marking->waits[i].wait);
    }
    call_drop(call);
}

static void write_one(struct marking *marking, const struct marker *marker, struct slice topic,
                      int32_t index,
                      struct write_txn_markers_response_writable_txn_marker_partition_result *told)
{
    const struct node *node = marking->call->node;
    struct partition *partition =
        partitions_find(node->partitions, image_topic(node->image, topic), index);
    int64_t end;
    enum kc_err err =
        marker_write(marker, partition, node->groups, clock_wall_ms(node->clock), &end);
    told->partition_index = index;
    told->error_code = (int16_t)(err == KC_ERR_NO_MEMORY ? KC_ERR_UNKNOWN_SERVER_ERROR : err);
    if (!err && log_high_watermark(partition->log) < end) {
        struct marker_wait *wait = &marking->waits[marking->wait_count++];
        wait->wait.woken = woken;
        wait->marking = marking;
        wait->code = &told->error_code;
        wait->target = end;
        marking->pending++;
        marking->has_waited = true;
        partition_wait_begin(partition, &wait->wait);
    }
}

static bool write_topics(struct marking *marking,
                         const struct write_txn_markers_request_writable_txn_marker *wanted,
                         struct write_txn_markers_response_writable_txn_marker_result *told)
{
    const struct marker marker = { .producer_id = wanted->producer_id,
                                   .epoch = wanted->producer_epoch,
                                   .commit = wanted->transaction_result,
                                   .coordinator_epoch = wanted->coordinator_epoch,
                                   .transaction_version = wanted->transaction_version };
    told->producer_id = wanted->producer_id;
    told->topics.count = wanted->topics.count;
    told->topics.items =
        call_alloc(marking->call, (size_t)wanted->topics.count, sizeof(*told->topics.items));
    for (int32_t i = 0; told->topics.items && i < wanted->topics.count; i++) {
        const struct write_txn_markers_request_writable_txn_marker_topic *topic =
            &wanted->topics.items[i];
        struct write_txn_markers_response_writable_txn_marker_topic_result *result =
            &told->topics.items[i];
        result->name = topic->name;
        result->partitions.count = topic->partition_indexes.count;
        result->partitions.items = call_alloc(marking->call, (size_t)topic->partition_indexes.count,
                                              sizeof(*result->partitions.items));
        if (!result->partitions.items) {
            return false;
        }
        for (int32_t j = 0; j < topic->partition_indexes.count; j++) {
            write_one(marking, &marker, topic->name, topic->partition_indexes.items[j],
                      &result->partitions.items[j]);
        }
    }
    return told->topics.items != NULL;
}

static size_t count_partitions(const struct write_txn_markers_request *request)
{
    size_t count = 0;
    for (int32_t i = 0; i < request->markers.count; i++) {
        for (int32_t j = 0; j < request->markers.items[i].topics.count; j++) {
            count += (size_t)request->markers.items[i].topics.items[j].partition_indexes.count;
        }
    }
    return count;
}

void handle_write_txn_markers(struct call *call)
{
    const struct write_txn_markers_request *request = call->message;
    struct marking *marking = call_alloc(call, 1, sizeof(*marking));
    bool good = marking != NULL;
    if (good) {
        message_defaults(&write_txn_markers_response_type, &marking->response);
        marking->call = call;
        marking->pending = 1;
        marking->waits = call_alloc(call, count_partitions(request), sizeof(*marking->waits));
        marking->response.markers.items = call_alloc(call, (size_t)request->markers.count,
                                                     sizeof(*marking->response.markers.items));
        marking->response.markers.count = request->markers.count;
        good = marking->waits && marking->response.markers.items;
    }
    for (int32_t i = 0; good && i < request->markers.count; i++) {
        good =
            write_topics(marking, &request->markers.items[i], &marking->response.markers.items[i]);
    }
    if (!good) {
        for (size_t i = 0; marking && i < marking->wait_count; i++) {
            partition_wait_end(&marking->waits[i].wait);
        }
        call_fail(call, "out of memory for a request");
        return;
    }
    call->parked = marking;
    call->cancel = cancelled;
    one_less(marking);
}
