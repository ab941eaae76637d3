/* handler: AddOffsetsToTxn, versions 0 to 4. 2: PRODUCER_FENCED. 3: flexible. 4:
 * TRANSACTION_ABORTABLE. Adds the partition of __consumer_offsets that keeps the group; clients
 * that know KIP-890 leave it out. */
#include "handler/handlers.h"
#include "handler/internal_topics.h"
#include "handler/txn_wait.h"

enum { FENCED_VERSION = 2 };

static void answer(struct call *call, enum kc_err err)
{
    struct add_offsets_to_txn_response response;
    message_defaults(&add_offsets_to_txn_response_type, &response);
    response.error_code = txn_error(call, err, FENCED_VERSION);
    call_answer(call, &response, NULL, NULL);
}

static void added(struct txn_wait *wait)
{
    answer(wait->call, wait->err);
}

void handle_add_offsets_to_txn(struct call *call)
{
    const struct add_offsets_to_txn_request *request = call->message;
    const struct txn_claim claim = { request->producer_id, request->producer_epoch };
    struct txn_wait *wait = call_alloc(call, 1, sizeof(*wait));
    if (!wait) {
        call_fail(call, "out of memory for a request");
        return;
    }
    enum kc_err err = internal_topic_ensure(call->node, INTERNAL_TOPIC_OFFSETS);
    const struct partition *offsets = groups_partition(call->node->groups, request->group_id);
    if (err || !offsets) {
        answer(call, KC_ERR_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    const struct transactions_partition partition = { .topic = offsets->topic,
                                                      .index = offsets->index };
    txn_wait_init(wait, call, added);
    transactions_add(call->node->transactions, request->transactional_id, &claim, 0, &partition, 1,
                     &wait->answer);
}
