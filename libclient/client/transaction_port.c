/* client: the way of a producer's transaction to its coordinators: requests out. */
#include "client/transaction_port.h"

#include "client/producer_handle.h"
#include "consumer/offset_list.h"
#include "wire/codec.h"

enum {
    MESSAGE_SIZE_MAX = 64 << 20,
    INIT_VERSION_MAX = 5,           /* 6 is for two-phase commit (KIP-939) */
    ADD_PARTITIONS_VERSION_MAX = 3, /* later ones are for brokers */
    OFFSETS_VERSION_OF_MEMBERS = 3, /* KIP-447 */
    VERSION_2_SINCE = 5             /* of EndTxn and TxnOffsetCommit: transaction.version 2 */
};

static struct transaction *core_of(struct kc_producer *producer)
{
    return &producer->core->transaction;
}

void transaction_port_learn(struct kc_producer *producer)
{
    core_of(producer)->version_told = cluster_transaction_version(producer->handle.cluster);
}

static void answer(struct kc_producer *producer, const struct transaction_answer *told)
{
    struct transaction_port *port = &producer->transaction;
    transaction_port_learn(producer);
    if (producer_transacted(producer->core, told)) {
        /* Who could not answer may be gone for good. */
        cluster_forget_coordinator(producer->handle.cluster, port->request.target,
                                   port->request.key);
    }
}

static void on_unsent(void *context)
{
    struct kc_producer *producer = context;
    const struct transaction_answer told = { .err = KC_ERR_NO_MEMORY,
                                             .is_transport = true,
                                             .identity = { -1, -1 } };
    answer(producer, &told);
}

static enum transaction_call call_of(const struct cluster_request *request)
{
    switch (request->api_key) {
    case API_INIT_PRODUCER_ID:
        return TRANSACTION_CALL_INIT;
    case API_ADD_PARTITIONS_TO_TXN:
        return TRANSACTION_CALL_ADD_PARTITIONS;
    case API_ADD_OFFSETS_TO_TXN:
        return TRANSACTION_CALL_ADD_OFFSETS;
    case API_TXN_OFFSET_COMMIT:
        return TRANSACTION_CALL_COMMIT_OFFSETS;
    default:
        return TRANSACTION_CALL_END;
    }
}

static void on_done(struct cluster_request *request, const struct conn_reply *reply)
{
    struct kc_producer *producer = request->context;
    struct transaction_port *port = &producer->transaction;
    char subject[TRANSACTION_PORT_SUBJECT_SIZE];
    struct transaction_answer told;
    int32_t throttle_ms = 0;
    port->is_asking = false;
    if (!producer->is_open) {
        return;
    }
    arena_reset(&producer->arena);
    transaction_port_read(call_of(request), reply, &producer->arena, subject, &told, &throttle_ms);
    if (throttle_ms > 0) {
        cluster_throttle(producer->handle.cluster, request->node_id, request->use, throttle_ms);
    }
    answer(producer, &told);
}

static void fill_init(struct kc_producer *producer)
{
    struct init_producer_id_request *message = &producer->transaction.message.init;
    const struct transaction *transaction = core_of(producer);
    message_defaults(&init_producer_id_request_type, message);
    message->transactional_id = producer->core->settings.transactional_id;
    message->transaction_timeout_ms = config_int(producer->handle.config, "transaction.timeout.ms");
    if (transaction->is_bumping) {
        message->producer_id = transaction->identity.id;
        message->producer_epoch = transaction->identity.epoch;
    }
    producer->transaction.request.version_max = INIT_VERSION_MAX;
    producer->transaction.request.version_min = transaction->is_bumping ? 3 : 0;
}

static struct buffer *buffer_of(struct list *link)
{
    return LIST_ITEM(link, struct buffer, enlistment.link);
}

/* Partitions of one topic as a rule come behind each other; a topic that stands twice is as good.
 */
static bool fill_partitions(struct kc_producer *producer)
{
    struct transaction_port *port = &producer->transaction;
    struct add_partitions_to_txn_request *message = &port->message.add_partitions;
    struct add_partitions_to_txn_request_add_partitions_to_txn_topic *topics;
    struct transaction *transaction = core_of(producer);
    const struct producer_topic *last = NULL;
    size_t count = 0;
    LIST_EACH(link, &transaction->pending)
    {
        count++;
    }
    topics = arena_alloc_array(&port->arena, count, sizeof(*topics));
    int32_t *partitions = arena_alloc_array(&port->arena, count, sizeof(*partitions));
    if (!topics || !partitions) {
        return false;
    }
    message_defaults(&add_partitions_to_txn_request_type, message);
    message->v3_and_below_transactional_id = producer->core->settings.transactional_id;
    message->v3_and_below_producer_id = transaction->identity.id;
    message->v3_and_below_producer_epoch = transaction->identity.epoch;
    message->v3_and_below_topics.items = topics;
    LIST_EACH(link, &transaction->pending)
    {
        const struct buffer *buffer = buffer_of(link);
        int32_t *topic_count = &message->v3_and_below_topics.count;
        if (buffer->topic != last) {
            last = buffer->topic;
            topics[*topic_count].name = last->name;
            topics[*topic_count].partitions.items = partitions;
            topics[(*topic_count)++].partitions.count = 0;
        }
        *partitions++ = buffer->partition;
        topics[*topic_count - 1].partitions.count++;
    }
    port->request.version_max = ADD_PARTITIONS_VERSION_MAX;
    return true;
}

static bool fill_add_offsets(struct kc_producer *producer)
{
    struct transaction_port *port = &producer->transaction;
    struct add_offsets_to_txn_request *message = &port->message.add_offsets;
    const struct transaction *transaction = core_of(producer);
    message_defaults(&add_offsets_to_txn_request_type, message);
    message->transactional_id = producer->core->settings.transactional_id;
    message->producer_id = transaction->identity.id;
    message->producer_epoch = transaction->identity.epoch;
    message->group_id = arena_copy(&port->arena, slice_text(transaction->flying_offsets->group_id));
    return !slice_is_null(message->group_id);
}

/* Copies: the call may end before the request. */
static bool fill_offset_topics(struct transaction_port *port,
                               const struct transaction_port_offsets *offsets)
{
    struct txn_offset_commit_request *message = &port->message.commit_offsets;
    struct txn_offset_commit_request_txn_offset_commit_request_partition *partitions;
    struct txn_offset_commit_request_txn_offset_commit_request_topic *topics;
    struct offset_list list;
    if (offset_list_init(&list, offsets->positions, offsets->count, &port->arena) != KC_ERR_NONE) {
        return false;
    }
    topics = arena_alloc_array(&port->arena, offset_list_topic_count(&list), sizeof(*topics));
    partitions = arena_alloc_array(&port->arena, list.count, sizeof(*partitions));
    if (!topics || !partitions) {
        return false;
    }
    message->topics.items = topics;
    for (size_t at = 0; at < list.count;) {
        size_t count = offset_list_same_topic(&list, at);
        topics->name = arena_copy(&port->arena, slice_text(list.sorted[at]->topic));
        topics->partitions.items = &partitions[at];
        topics->partitions.count = (int32_t)count;
        if (slice_is_null(topics->name)) {
            return false;
        }
        for (topics++, message->topics.count++; count > 0; count--, at++) {
            const struct kc_position *position = list.sorted[at];
            partitions[at].partition_index = position->partition;
            partitions[at].committed_offset = position->offset;
            partitions[at].committed_leader_epoch =
                position->leader_epoch > 0 ? position->leader_epoch : -1;
            partitions[at].committed_metadata =
                arena_copy(&port->arena, slice_text(position->metadata ? position->metadata : ""));
        }
    }
    return true;
}

static bool fill_commit_offsets(struct kc_producer *producer)
{
    struct transaction_port *port = &producer->transaction;
    struct txn_offset_commit_request *message = &port->message.commit_offsets;
    const struct transaction *transaction = core_of(producer);
    const struct transaction_port_offsets *offsets =
        CONTAINER_OF(transaction->flying_offsets, struct transaction_port_offsets, offsets);
    message_defaults(&txn_offset_commit_request_type, message);
    message->transactional_id = producer->core->settings.transactional_id;
    message->producer_id = transaction->identity.id;
    message->producer_epoch = transaction->identity.epoch;
    message->group_id = arena_copy(&port->arena, slice_text(offsets->offsets.group_id));
    message->generation_id = offsets->generation_id;
    message->member_id = arena_copy(&port->arena, slice_text(offsets->member_id));
    message->group_instance_id = offsets->instance_id
                                     ? arena_copy(&port->arena, slice_text(offsets->instance_id))
                                     : SLICE_NULL;
    port->request.target = CLUSTER_GROUP;
    port->request.key = message->group_id;
    /* A coordinator that does not check members would let a lost one commit. */
    port->request.version_min = transaction->version >= 2    ? VERSION_2_SINCE
                                : offsets->generation_id < 0 ? 0
                                                             : OFFSETS_VERSION_OF_MEMBERS;
    port->request.version_max = transaction->version >= 2 ? INT16_MAX : VERSION_2_SINCE - 1;
    return !slice_is_null(message->group_id) && !slice_is_null(message->member_id) &&
           fill_offset_topics(port, offsets);
}

static void fill_end(struct kc_producer *producer)
{
    struct transaction_port *port = &producer->transaction;
    const struct transaction *transaction = core_of(producer);
    message_defaults(&end_txn_request_type, &port->message.end);
    port->message.end.transactional_id = producer->core->settings.transactional_id;
    port->message.end.producer_id = transaction->identity.id;
    port->message.end.producer_epoch = transaction->identity.epoch;
    port->message.end.committed = transaction->state == KC_TRANSACTION_COMMITTING;
    port->request.version_min = transaction->version >= 2 ? VERSION_2_SINCE : 0;
    port->request.version_max = transaction->version >= 2 ? INT16_MAX : VERSION_2_SINCE - 1;
}

static bool fill(struct kc_producer *producer, enum transaction_call call)
{
    struct cluster_request *request = &producer->transaction.request;
    switch (call) {
    case TRANSACTION_CALL_INIT:
        request->api_key = API_INIT_PRODUCER_ID;
        fill_init(producer);
        return true;
    case TRANSACTION_CALL_ADD_PARTITIONS:
        request->api_key = API_ADD_PARTITIONS_TO_TXN;
        return fill_partitions(producer);
    case TRANSACTION_CALL_ADD_OFFSETS:
        request->api_key = API_ADD_OFFSETS_TO_TXN;
        return fill_add_offsets(producer);
    case TRANSACTION_CALL_COMMIT_OFFSETS:
        request->api_key = API_TXN_OFFSET_COMMIT;
        return fill_commit_offsets(producer);
    default:
        request->api_key = API_END_TXN;
        fill_end(producer);
        return true;
    }
}

void transaction_port_send(void *context, enum transaction_call call)
{
    struct kc_producer *producer = context;
    struct transaction_port *port = &producer->transaction;
    arena_reset(&port->arena);
    port->request = (struct cluster_request){ .target = CLUSTER_TXN,
                                              .use = CLUSTER_USE_COORDINATOR,
                                              .key = producer->core->settings.transactional_id,
                                              .message = &port->message,
                                              .done = on_done,
                                              .context = producer };
    if (!fill(producer, call)) {
        thread_post(producer->handle.thread, &port->unsent);
        return;
    }
    port->is_asking = true;
    cluster_request(producer->handle.cluster, &port->request);
}

void transaction_port_open(struct kc_producer *producer)
{
    arena_init(&producer->transaction.arena, MESSAGE_SIZE_MAX);
    thread_task_init(&producer->transaction.unsent, on_unsent, producer);
}

void transaction_port_close(struct kc_producer *producer)
{
    thread_unpost(producer->handle.thread, &producer->transaction.unsent);
    if (producer->transaction.is_asking) {
        cluster_request_cancel(producer->handle.cluster, &producer->transaction.request);
    }
}
