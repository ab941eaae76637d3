/* handler: EndTxn, versions 0 to 5. 2: PRODUCER_FENCED. 3: flexible. 4: TRANSACTION_ABORTABLE. 5:
 * the epoch is bumped with each transaction, and told (KIP-890). */
#include "handler/handlers.h"
#include "handler/txn_wait.h"

enum { FENCED_VERSION = 2, BUMP_VERSION = 5 };

static void ended(struct txn_wait *wait)
{
    struct end_txn_response response;
    message_defaults(&end_txn_response_type, &response);
    response.error_code = txn_error(wait->call, wait->err, FENCED_VERSION);
    if (wait->call->version >= BUMP_VERSION) {
        response.producer_id = wait->producer_id;
        response.producer_epoch = wait->epoch;
    }
    call_answer(wait->call, &response, NULL, NULL);
}

void handle_end_txn(struct call *call)
{
    const struct end_txn_request *request = call->message;
    const struct txn_claim claim = { request->producer_id, request->producer_epoch };
    struct txn_wait *wait = call_alloc(call, 1, sizeof(*wait));
    if (!wait) {
        call_fail(call, "out of memory for a request");
        return;
    }
    txn_wait_init(wait, call, ended);
    transactions_end(call->node->transactions, request->transactional_id, &claim,
                     request->committed, call->version >= BUMP_VERSION ? 2 : 0, &wait->answer);
}
