/* handler: AlterPartitionReassignments, versions 0 and 1 (KIP-455). 1: the number of replicas may
 * be kept from changing (KIP-860). Replicas do not move here: a partition is granted the replicas
 * that it has, and anything else is refused, as by a Kafka with these brokers only. */
#include "handler/handlers.h"

#include "base/attr.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { REASSIGNMENT_TEXT_SIZE = 384 };

struct reassignment {
    enum kc_err err;
    char text[REASSIGNMENT_TEXT_SIZE]; /* Kafka's sentence */
};

BASE_PRINTF(3, 4)
static void refuse(struct reassignment *reassignment, enum kc_err err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reassignment->text, sizeof(reassignment->text), format, arguments);
    va_end(arguments);
    reassignment->err = err;
}

static bool appears_before(const int32_t *ids, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        if (ids[i] == ids[count]) {
            return true;
        }
    }
    return false;
}

static void check_replicas(const struct image *image, const int32_t *ids, int32_t count,
                           struct reassignment *ret_reassignment)
{
    if (count == 0) {
        refuse(ret_reassignment, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
               "The manual partition assignment includes an empty replica list.");
    }
    for (int32_t i = 0; i < count && !ret_reassignment->err; i++) {
        if (!image_broker(image, ids[i])) {
            refuse(ret_reassignment, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
                   "The manual partition assignment includes broker %" PRId32
                   ", but no such broker is registered.",
                   ids[i]);
        } else if (appears_before(ids, i)) {
            refuse(ret_reassignment, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
                   "The manual partition assignment includes the broker %" PRId32
                   " more than once.",
                   ids[i]);
        }
    }
}

static bool has_replica(const struct image_partition *partition, int32_t id)
{
    for (int32_t i = 0; i < partition->replica_count; i++) {
        if (partition->replicas[i] == id) {
            return true;
        }
    }
    return false;
}

static void judge(const struct image *image, struct slice name,
                  const struct alter_partition_reassignments_request_reassignable_partition *wanted,
                  struct reassignment *ret_reassignment)
{
    const struct image_topic *topic = image_topic(image, name);
    const struct image_partition *partition = image_partition(topic, wanted->partition_index);
    const int32_t *ids = wanted->replicas.items;
    if (!topic) {
        refuse(ret_reassignment, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION,
               "Unable to find a topic named %.*s.", (int)name.size, (const char *)name.data);
    } else if (!partition) {
        refuse(ret_reassignment, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION,
               "Unable to find partition %s:%" PRId32 ".", topic->name, wanted->partition_index);
    } else if (wanted->replicas.count < 0) {
        refuse(ret_reassignment, KC_ERR_NO_REASSIGNMENT_IN_PROGRESS,
               "No partition reassignment is in progress.");
    } else {
        check_replicas(image, ids, wanted->replicas.count, ret_reassignment);
        for (int32_t i = 0; i < wanted->replicas.count && !ret_reassignment->err; i++) {
            if (!has_replica(partition, ids[i])) {
                refuse(ret_reassignment, KC_ERR_INVALID_REPLICA_ASSIGNMENT,
                       "Replicas cannot be moved here.");
            }
        }
    }
}

static bool
fill(struct call *call,
     const struct alter_partition_reassignments_request_reassignable_topic *wanted,
     struct alter_partition_reassignments_response_reassignable_topic_response *ret_topic)
{
    int32_t count = MAX_OF(wanted->partitions.count, 0);
    struct alter_partition_reassignments_response_reassignable_partition_response *items =
        call_alloc(call, (size_t)count, sizeof(*items));
    if (!items) {
        return false;
    }
    for (int32_t i = 0; i < count; i++) {
        struct reassignment *reassignment = call_alloc(call, 1, sizeof(*reassignment));
        if (!reassignment) {
            return false;
        }
        *reassignment = (struct reassignment){ 0 };
        judge(call->node->image, wanted->name, &wanted->partitions.items[i], reassignment);
        items[i].partition_index = wanted->partitions.items[i].partition_index;
        items[i].error_code = (int16_t)reassignment->err;
        items[i].error_message = reassignment->err ? slice_text(reassignment->text) : SLICE_NULL;
    }
    ret_topic->name = wanted->name;
    ret_topic->partitions.items = items;
    ret_topic->partitions.count = count;
    return true;
}

void handle_alter_partition_reassignments(struct call *call)
{
    const struct alter_partition_reassignments_request *request = call->message;
    struct alter_partition_reassignments_response response;
    message_defaults(&alter_partition_reassignments_response_type, &response);
    response.allow_replication_factor_change = request->allow_replication_factor_change;
    response.error_message = SLICE_NULL;
    int32_t count = MAX_OF(request->topics.count, 0);
    response.responses.count = count;
    response.responses.items = call_alloc(call, (size_t)count, sizeof(*response.responses.items));
    bool good = response.responses.items;
    for (int32_t i = 0; good && i < count; i++) {
        good = fill(call, &request->topics.items[i], &response.responses.items[i]);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
