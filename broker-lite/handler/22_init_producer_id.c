/* handler: InitProducerId, versions 0 to 5. 2: flexible. 3: producer id and epoch (KIP-360). 4:
 * PRODUCER_FENCED. 5: KIP-890. Idempotent producers only: a transactional id is refused. Ids come
 * in blocks of 1000 from the metadata log, so that none is given twice, whatever crashes. */
#include "handler/handlers.h"
#include "handler/proposal.h"

enum { PRODUCER_ID_BLOCK = 1000 };

static void answer(struct call *call, enum kc_err err, int64_t producer_id)
{
    struct init_producer_id_response response;
    message_defaults(&init_producer_id_response_type, &response);
    response.error_code = (int16_t)err;
    response.producer_id = err ? -1 : producer_id;
    response.producer_epoch = err ? -1 : 0;
    call_answer(call, &response, NULL, NULL);
}

static void block_committed(struct call *call, enum kc_err err)
{
    struct node *node = call->node;
    const int64_t *first = call->parked;
    if (!err && node->producer_id_next == node->producer_id_end) {
        node->producer_id_next = *first;
        node->producer_id_end = *first + PRODUCER_ID_BLOCK;
    }
    /* Of two blocks asked for at once the second is only the one id: rare, and ids are plenty. */
    if (!err && (*first < node->producer_id_next || *first >= node->producer_id_end)) {
        answer(call, KC_ERR_NONE, *first);
        return;
    }
    answer(call, err == KC_ERR_NO_MEMORY ? KC_ERR_UNKNOWN_SERVER_ERROR : err,
           err ? -1 : node->producer_id_next++);
}

/* Proposals commit in order, but the image moves only when one commits: blocks asked for meanwhile
 * begin after the last one asked for. */
static void ask_block(struct call *call)
{
    struct node *node = call->node;
    struct metadata_batch batch;
    struct producer_ids_record record;
    int64_t *first = call_alloc(call, 1, sizeof(*first));
    if (!first) {
        call_fail(call, "out of memory for a request");
        return;
    }
    *first = MAX_OF(node->image->next_producer_id, node->producer_id_asked);
    node->producer_id_asked = *first + PRODUCER_ID_BLOCK;
    message_defaults(&producer_ids_record_type, &record);
    record.broker_id = node->id;
    record.broker_epoch = node->broker_epoch;
    record.next_producer_id = node->producer_id_asked;
    metadata_batch_init(&batch);
    metadata_batch_add(&batch, &producer_ids_record_type, 0, &record);
    call->parked = first;
    call_propose(call, &batch, block_committed);
}

void handle_init_producer_id(struct call *call)
{
    const struct init_producer_id_request *request = call->message;
    struct node *node = call->node;
    if (!slice_is_null(request->transactional_id)) {
        answer(call,
               request->transactional_id.size == 0 ? KC_ERR_INVALID_REQUEST
                                                   : KC_ERR_UNSUPPORTED_VERSION,
               -1);
        return;
    }
    if (node->producer_id_next < node->producer_id_end) {
        answer(call, KC_ERR_NONE, node->producer_id_next++);
        return;
    }
    ask_block(call);
}
