/* handler: DescribeTransactions, version 0 (KIP-664). */
#include "coordinator/transactions.h"
#include "handler/handlers.h"

/* One entry a topic: the partitions are sorted. */
static bool fill_topics(struct call *call, const struct txn_entry *transaction,
                        struct describe_transactions_response_transaction_state *told)
{
    size_t count = transaction->partition_count;
    int32_t *indexes = call_alloc(call, count, sizeof(*indexes));
    told->topics.items = call_alloc(call, count, sizeof(*told->topics.items));
    told->topics.count = 0;
    if (!indexes || !told->topics.items) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct slice name = slice_text(transaction->partitions[i].topic);
        struct describe_transactions_response_topic_data *topic =
            told->topics.count > 0 ? &told->topics.items[told->topics.count - 1] : NULL;
        if (!topic || !slice_equal(topic->topic, name)) {
            topic = &told->topics.items[told->topics.count++];
            topic->topic = name;
            topic->partitions.items = &indexes[i];
        }
        indexes[i] = transaction->partitions[i].index;
        topic->partitions.count++;
    }
    return true;
}

static bool fill(struct call *call, struct slice id,
                 struct describe_transactions_response_transaction_state *told)
{
    const struct transactions *transactions = call->node->transactions;
    message_defaults(&describe_transactions_response_transaction_state_type, told);
    told->transactional_id = id;
    enum kc_err err = id.size == 0 ? KC_ERR_INVALID_REQUEST : transactions_check(transactions, id);
    const struct txn_entry *transaction = err ? NULL : transactions_find(transactions, id);
    if (!err && !transaction) {
        err = KC_ERR_TRANSACTIONAL_ID_NOT_FOUND;
    }
    told->error_code = (int16_t)err;
    if (err) {
        return true;
    }
    told->transaction_state = slice_text(txn_entry_state_name(transaction->now.state));
    told->transaction_timeout_ms = transaction->now.timeout_ms;
    told->transaction_start_time_ms = transaction->now.start_ms;
    told->producer_id = transaction->now.producer_id;
    told->producer_epoch = transaction->now.epoch;
    return fill_topics(call, transaction, told);
}

void handle_describe_transactions(struct call *call)
{
    const struct describe_transactions_request *request = call->message;
    struct describe_transactions_response response;
    int32_t count = request->transactional_ids.count;
    message_defaults(&describe_transactions_response_type, &response);
    response.transaction_states.items =
        call_alloc(call, (size_t)count, sizeof(*response.transaction_states.items));
    response.transaction_states.count = count;
    bool good = response.transaction_states.items != NULL;
    for (int32_t i = 0; good && i < count; i++) {
        good =
            fill(call, request->transactional_ids.items[i], &response.transaction_states.items[i]);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
