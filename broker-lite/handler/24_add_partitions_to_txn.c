/* handler: AddPartitionsToTxn, versions 0 to 5. 2: PRODUCER_FENCED. 3: flexible. 4: several
 * transactions, and only to verify (KIP-890, from other brokers). 5: TRANSACTION_ABORTABLE. A
 * partition that does not exist fails its whole transaction: the others are
 * OPERATION_NOT_ATTEMPTED. */
#include "handler/handlers.h"
#include "handler/txn_wait.h"

enum { BATCHED_VERSION = 4, BUMP_VERSION = 5, FENCED_VERSION = 2 };

struct adding;

/* One transaction of the request. */
struct added {
    struct transactions_answer answer;
    struct adding *adding;
    const struct add_partitions_to_txn_request_add_partitions_to_txn_transaction *wanted;
    struct add_partitions_to_txn_response_add_partitions_to_txn_result *result;
};

struct adding {
    struct call *call;
    struct add_partitions_to_txn_response response;
    struct added *items;
    int32_t count;
    int32_t pending; /* answers to come, and one while they are asked for */
    bool has_waited;
};

/* ---- results ---- */

static bool
make_results(struct call *call,
             const struct add_partitions_to_txn_request_add_partitions_to_txn_transaction *wanted,
             struct add_partitions_to_txn_response_add_partitions_to_txn_result *result)
{
    result->transactional_id = wanted->transactional_id;
    result->topic_results.items =
        call_alloc(call, (size_t)wanted->topics.count, sizeof(*result->topic_results.items));
    result->topic_results.count = wanted->topics.count;
    for (int32_t i = 0; result->topic_results.items && i < wanted->topics.count; i++) {
        const struct add_partitions_to_txn_request_add_partitions_to_txn_topic *topic =
            &wanted->topics.items[i];
        struct add_partitions_to_txn_response_add_partitions_to_txn_topic_result *told =
            &result->topic_results.items[i];
        told->name = topic->name;
        told->results_by_partition.count = topic->partitions.count;
        told->results_by_partition.items = call_alloc(call, (size_t)topic->partitions.count,
                                                      sizeof(*told->results_by_partition.items));
        if (!told->results_by_partition.items) {
            return false;
        }
        for (int32_t j = 0; j < topic->partitions.count; j++) {
            told->results_by_partition.items[j].partition_index = topic->partitions.items[j];
        }
    }
    return result->topic_results.items != NULL;
}

static void tell_all(const struct added *added, enum kc_err err)
{
    int16_t code = txn_error(added->adding->call, err, FENCED_VERSION);
    for (int32_t i = 0; i < added->result->topic_results.count; i++) {
        struct add_partitions_to_txn_response_add_partitions_to_txn_topic_result *topic =
            &added->result->topic_results.items[i];
        for (int32_t j = 0; j < topic->results_by_partition.count; j++) {
            topic->results_by_partition.items[j].partition_error_code = code;
        }
    }
}

/* False: one of them does not exist; that is told. */
static bool partitions_exist(const struct added *added)
{
    const struct image *image = added->adding->call->node->image;
    bool all = true;
    tell_all(added, KC_ERR_OPERATION_NOT_ATTEMPTED);
    for (int32_t i = 0; i < added->wanted->topics.count; i++) {
        const struct image_topic *topic = image_topic(image, added->wanted->topics.items[i].name);
        for (int32_t j = 0; j < added->wanted->topics.items[i].partitions.count; j++) {
            if (!image_partition(topic, added->wanted->topics.items[i].partitions.items[j])) {
                added->result->topic_results.items[i]
                    .results_by_partition.items[j]
                    .partition_error_code = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
                all = false;
            }
        }
    }
    return all;
}

/* ---- answering ---- */

static void reply(struct call *call)
{
    struct adding *adding = call->parked;
    if (call->version < BATCHED_VERSION) {
        adding->response.results_by_topic_v3_and_below.items =
            adding->items[0].result->topic_results.items;
        adding->response.results_by_topic_v3_and_below.count =
            adding->items[0].result->topic_results.count;
        adding->response.results_by_transaction.count = 0;
    }
    call_answer(call, &adding->response, NULL, NULL);
}

static void one_less(struct adding *adding)
{
    if (--adding->pending > 0) {
        return;
    }
    if (adding->has_waited) {
        call_later(adding->call, reply);
    } else {
        reply(adding->call);
    }
}

static void answered(struct transactions_answer *answer, enum kc_err err, int64_t producer_id,
                     int16_t epoch)
{
    struct added *added = CONTAINER_OF(answer, struct added, answer);
    (void)producer_id;
    (void)epoch;
    added->adding->has_waited = added->adding->has_waited || answer->has_waited;
    tell_all(added, err);
    one_less(added->adding);
}

static void cancelled(struct call *call)
{
    struct adding *adding = call->parked;
    for (int32_t i = 0; i < adding->count; i++) {
        transactions_answer_end(&adding->items[i].answer);
    }
    call_drop(call);
}

/* ---- asking ---- */

static struct transactions_partition *list_partitions(
    struct call *call,
    const struct add_partitions_to_txn_request_add_partitions_to_txn_transaction *wanted,
    size_t *ret_count)
{
    size_t count = 0;
    for (int32_t i = 0; i < wanted->topics.count; i++) {
        count += (size_t)wanted->topics.items[i].partitions.count;
    }
    struct transactions_partition *list = call_alloc(call, count, sizeof(*list));
    *ret_count = 0;
    for (int32_t i = 0; list && i < wanted->topics.count; i++) {
        for (int32_t j = 0; j < wanted->topics.items[i].partitions.count; j++) {
            list[(*ret_count)++] = (struct transactions_partition){
                .topic = wanted->topics.items[i].name,
                .index = wanted->topics.items[i].partitions.items[j],
            };
        }
    }
    return list;
}

static void verify(struct added *added, const struct txn_claim *claim,
                   struct transactions_partition *list, size_t count)
{
    const struct call *call = added->adding->call;
    size_t at = 0;
    transactions_verify(call->node->transactions, added->wanted->transactional_id, claim, list,
                        count);
    for (int32_t i = 0; i < added->result->topic_results.count; i++) {
        struct add_partitions_to_txn_response_add_partitions_to_txn_topic_result *topic =
            &added->result->topic_results.items[i];
        for (int32_t j = 0; j < topic->results_by_partition.count; j++) {
            topic->results_by_partition.items[j].partition_error_code =
                txn_error(call, list[at++].err, FENCED_VERSION);
        }
    }
}

static bool ask(struct added *added)
{
    struct call *call = added->adding->call;
    const struct txn_claim claim = { added->wanted->producer_id, added->wanted->producer_epoch };
    size_t count;
    struct transactions_partition *list = list_partitions(call, added->wanted, &count);
    if (!list) {
        return false;
    }
    if (!partitions_exist(added)) {
        return true;
    }
    if (added->wanted->verify_only) {
        verify(added, &claim, list, count);
        return true;
    }
    added->adding->pending++;
    added->answer.done = answered;
    transactions_add(call->node->transactions, added->wanted->transactional_id, &claim,
                     call->version >= BUMP_VERSION ? 2 : 0, list, count, &added->answer);
    return true;
}

/* The old form as one transaction of the new. */
static bool
widen(struct call *call, struct adding *adding,
      struct add_partitions_to_txn_request_add_partitions_to_txn_transaction *one,
      const struct add_partitions_to_txn_request_add_partitions_to_txn_transaction **ret_items)
{
    const struct add_partitions_to_txn_request *request = call->message;
    adding->count = call->version >= BATCHED_VERSION ? request->transactions.count : 1;
    *ret_items = request->transactions.items;
    if (call->version < BATCHED_VERSION) {
        one->transactional_id = request->v3_and_below_transactional_id;
        one->producer_id = request->v3_and_below_producer_id;
        one->producer_epoch = request->v3_and_below_producer_epoch;
        one->topics.items = request->v3_and_below_topics.items;
        one->topics.count = request->v3_and_below_topics.count;
        *ret_items = one;
    }
    adding->response.results_by_transaction.items = call_alloc(
        call, (size_t)adding->count, sizeof(*adding->response.results_by_transaction.items));
    adding->response.results_by_transaction.count = adding->count;
    adding->items = call_alloc(call, (size_t)adding->count, sizeof(*adding->items));
    return adding->items && adding->response.results_by_transaction.items;
}

void handle_add_partitions_to_txn(struct call *call)
{
    struct adding *adding = call_alloc(call, 1, sizeof(*adding));
    const struct add_partitions_to_txn_request_add_partitions_to_txn_transaction *wanted = NULL;
    struct add_partitions_to_txn_request_add_partitions_to_txn_transaction *one =
        call_alloc(call, 1, sizeof(*one));
    bool good = adding && one;
    if (good) {
        message_defaults(&add_partitions_to_txn_response_type, &adding->response);
        adding->call = call;
        good = widen(call, adding, one, &wanted);
    }
    for (int32_t i = 0; good && i < adding->count; i++) {
        adding->items[i].adding = adding;
        adding->items[i].wanted = &wanted[i];
        adding->items[i].result = &adding->response.results_by_transaction.items[i];
        good = make_results(call, &wanted[i], adding->items[i].result);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call->parked = adding;
    call->cancel = cancelled;
    adding->pending = 1;
    for (int32_t i = 0; i < adding->count; i++) {
        if (!ask(&adding->items[i])) {
            tell_all(&adding->items[i], KC_ERR_UNKNOWN_SERVER_ERROR);
        }
    }
    one_less(adding);
}
