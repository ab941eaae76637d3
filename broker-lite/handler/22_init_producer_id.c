/* handler: InitProducerId, versions 0 to 5. 2: flexible. 3: producer id and epoch (KIP-360). 4:
 * PRODUCER_FENCED. 5: KIP-890. 6 (KIP-939) is not stable in Kafka 4.3, and not served. */
#include "handler/handlers.h"
#include "handler/txn_wait.h"

enum { FENCED_VERSION = 4 };

struct initializing {
    struct txn_wait wait;
    struct producer_ids_wait id_wait;
    struct call *call;
    enum kc_err id_err;
    int64_t id;
};

static void answer(struct call *call, enum kc_err err, int64_t producer_id, int16_t epoch)
{
    struct init_producer_id_response response;
    message_defaults(&init_producer_id_response_type, &response);
    response.error_code = txn_error(call, err, FENCED_VERSION);
    response.producer_id = err ? -1 : producer_id;
    response.producer_epoch = err ? -1 : epoch;
    call_answer(call, &response, NULL, NULL);
}

static void begun(struct txn_wait *wait)
{
    answer(wait->call, wait->err, wait->producer_id, wait->epoch);
}

/* With an id at hand; one that a known transactional id has no use for is lost: ids are plenty. */
static void go_on(struct call *call)
{
    struct initializing *initializing = call->parked;
    const struct init_producer_id_request *request = call->message;
    const struct txn_claim claim = { request->producer_id, request->producer_epoch };
    if (initializing->id_err || slice_is_null(request->transactional_id)) {
        answer(call, initializing->id_err, initializing->id, 0);
        return;
    }
    txn_wait_init(&initializing->wait, call, begun);
    transactions_begin(call->node->transactions, request->transactional_id,
                       request->transaction_timeout_ms, &claim, initializing->id,
                       &initializing->wait.answer);
}

static void has_id(struct producer_ids_wait *wait, enum kc_err err, int64_t producer_id)
{
    struct initializing *initializing = CONTAINER_OF(wait, struct initializing, id_wait);
    initializing->id_err = err;
    initializing->id = producer_id;
    if (wait->has_waited) {
        call_later(initializing->call, go_on);
    } else {
        go_on(initializing->call);
    }
}

static void cancelled(struct call *call)
{
    struct initializing *initializing = call->parked;
    producer_ids_wait_end(&initializing->id_wait);
    call_drop(call);
}

static bool needs_id(const struct call *call)
{
    const struct init_producer_id_request *request = call->message;
    const struct transactions *transactions = call->node->transactions;
    if (slice_is_null(request->transactional_id)) {
        return true;
    }
    const struct txn_entry *known = transactions_find(transactions, request->transactional_id);
    return !known || txn_entry_epoch_is_exhausted(known->now.epoch);
}

void handle_init_producer_id(struct call *call)
{
    const struct init_producer_id_request *request = call->message;
    struct initializing *initializing = call_alloc(call, 1, sizeof(*initializing));
    enum kc_err err = KC_ERR_NONE;
    if (!initializing) {
        call_fail(call, "out of memory for a request");
        return;
    }
    if ((request->producer_id < 0) != (request->producer_epoch < 0)) {
        err = KC_ERR_INVALID_REQUEST;
    } else if (!slice_is_null(request->transactional_id) && request->transactional_id.size > 0) {
        err = transactions_check(call->node->transactions, request->transactional_id);
    } else if (!slice_is_null(request->transactional_id)) {
        err = KC_ERR_INVALID_REQUEST;
    }
    if (err) {
        answer(call, err, -1, -1);
        return;
    }
    initializing->call = call;
    initializing->id = -1;
    call->parked = initializing;
    if (!needs_id(call)) {
        go_on(call);
        return;
    }
    initializing->id_wait.done = has_id;
    call->cancel = cancelled;
    producer_ids_ask(call->node->producer_ids, &initializing->id_wait);
}
