/* handler: records of transactions, before they are appended. */
#include "handler/produce_txn.h"

#include "handler/handlers.h"
#include "record/batch.h"

enum { PRODUCE_ABORTABLE_VERSION = 11, PRODUCE_IMPLICIT_VERSION = 12 };

struct produce_txn_place {
    int32_t topic;
    int32_t partition;
};

static const struct produce_request *request_of(const struct call *call)
{
    return call->message;
}

/* Adds a partition whose log does not know the transaction as open. */
static void look(struct call *call, struct produce_txn *txn, int32_t i, int32_t j)
{
    const struct produce_request_topic_produce_data *data = &request_of(call)->topic_data.items[i];
    const struct image_topic *topic = produce_topic(call, data);
    const struct partition *partition =
        partitions_find(call->node->partitions, topic, data->partition_data.items[j].index);
    struct batch batch;
    if (!topic || topic->internal || partition_check_leader(partition, -1) ||
        batch_read(data->partition_data.items[j].records, &batch) ||
        !batch_is_transactional(&batch) || batch.producer_id < 0 ||
        producers_is_open(log_producers(partition->log), batch.producer_id, batch.producer_epoch)) {
        return; /* appending tells what is wrong, if anything is */
    }
    if (txn->count == 0) {
        txn->claim = (struct txn_claim){ batch.producer_id, batch.producer_epoch };
    } else if (txn->claim.producer_id != batch.producer_id ||
               txn->claim.epoch != batch.producer_epoch) {
        txn->err = KC_ERR_INVALID_PRODUCER_ID_MAPPING; /* more than one producer in a request */
    }
    txn->places[txn->count] = (struct produce_txn_place){ i, j };
    txn->partitions[txn->count++] =
        (struct transactions_partition){ .topic = partition->topic, .index = partition->index };
}

static void verify(struct produce_txn *txn)
{
    const struct call *call = txn->wait.call;
    bool implicit = call->version >= PRODUCE_IMPLICIT_VERSION;
    transactions_verify(call->node->transactions, request_of(call)->transactional_id, &txn->claim,
                        txn->partitions, txn->count);
    for (size_t i = 0; i < txn->count; i++) {
        txn->partitions[i].err =
            txn_verify_error(txn->partitions[i].err, call->version >= PRODUCE_ABORTABLE_VERSION,
                             implicit, KC_ERR_NOT_ENOUGH_REPLICAS);
    }
}

/* Looked at once more: the transaction may have been ended while this call waited. */
static void added(struct txn_wait *wait)
{
    struct produce_txn *txn = CONTAINER_OF(wait, struct produce_txn, wait);
    if (wait->err) {
        txn->err = txn_verify_error(wait->err, true, true, KC_ERR_NOT_ENOUGH_REPLICAS);
    } else {
        verify(txn);
    }
    txn->ready(wait->call);
}

bool produce_txn_check(struct call *call, struct produce_txn *txn, void (*ready)(struct call *call))
{
    const struct produce_request *request = request_of(call);
    size_t count = 0;
    for (int32_t i = 0; i < request->topic_data.count; i++) {
        count += (size_t)request->topic_data.items[i].partition_data.count;
    }
    txn->partitions = call_alloc(call, count, sizeof(*txn->partitions));
    txn->places = call_alloc(call, count, sizeof(*txn->places));
    if (!txn->partitions || !txn->places) {
        return false;
    }
    for (int32_t i = 0; i < request->topic_data.count; i++) {
        for (int32_t j = 0; j < request->topic_data.items[i].partition_data.count; j++) {
            look(call, txn, i, j);
        }
    }
    txn->ready = ready;
    txn_wait_init(&txn->wait, call, added);
    if (txn->count == 0 || txn->err) {
        ready(call);
    } else if (call->version >= PRODUCE_IMPLICIT_VERSION) {
        transactions_add(call->node->transactions, request->transactional_id, &txn->claim, 2,
                         txn->partitions, txn->count, &txn->wait.answer);
    } else {
        if (call->node->settings.verify_transactions) {
            verify(txn);
        }
        ready(call);
    }
    return true;
}

enum kc_err produce_txn_error(const struct produce_txn *txn, int32_t topic, int32_t partition)
{
    for (size_t i = 0; i < txn->count; i++) {
        if (txn->places[i].topic == topic && txn->places[i].partition == partition) {
            return txn->err ? txn->err : txn->partitions[i].err;
        }
    }
    return KC_ERR_NONE;
}
