/* handler: FindCoordinator, versions 0 to 6. 1: key types. 3: flexible. 4: several keys (KIP-699).
 * 5, 6: transactions 2, share groups: no change here. */
#include "coordinator/groups.h"
#include "coordinator/transactions.h"
#include "handler/handlers.h"
#include "handler/internal_topics.h"

enum { COORDINATOR_GROUP = 0, COORDINATOR_TRANSACTION = 1, FIND_SEVERAL_VERSION = 4 };

/* As in Kafka no more is looked at than who leads the partition that keeps the key: whether that is
 * read back, or ever will be, the coordinator itself tells. One in a failed log directory has no
 * leader. */
static enum kc_err find_for(struct node *node, struct slice key, int8_t type)
{
    enum kc_err err;
    switch (type) {
    case COORDINATOR_GROUP:
        err = internal_topic_ensure(node, INTERNAL_TOPIC_OFFSETS);
        err = err ? err : partition_check_leader(groups_partition(node->groups, key), -1);
        break;
    case COORDINATOR_TRANSACTION:
        err = internal_topic_ensure(node, INTERNAL_TOPIC_TRANSACTIONS);
        err = err ? err : partition_check_leader(transactions_log(node->transactions, key), -1);
        break;
    default:
        return KC_ERR_UNSUPPORTED_VERSION;
    }
    return err ? KC_ERR_COORDINATOR_NOT_AVAILABLE : KC_ERR_NONE;
}

static void find_one(struct call *call, struct slice key, int8_t type,
                     struct find_coordinator_response_coordinator *answer)
{
    struct node *node = call->node;
    message_defaults(&find_coordinator_response_coordinator_type, answer);
    answer->key = key;
    enum kc_err err = find_for(node, key, type);
    answer->error_message = err ? slice_text(kc_err_text(err)) : SLICE_NULL;
    if (err == KC_ERR_UNSUPPORTED_VERSION) {
        answer->error_message = slice_text(
            "This broker coordinates groups and transactions; share groups are not built yet.");
    }
    answer->error_code = (int16_t)err;
    answer->node_id = err ? -1 : node->id;
    answer->host = err ? SLICE_EMPTY : slice_text(node->host);
    answer->port = err ? -1 : node->port;
}

static void answer_single(struct call *call)
{
    const struct find_coordinator_request *request = call->message;
    struct find_coordinator_response response;
    struct find_coordinator_response_coordinator found;
    message_defaults(&find_coordinator_response_type, &response);
    find_one(call, request->key, call->version >= 1 ? request->key_type : COORDINATOR_GROUP,
             &found);
    response.error_code = found.error_code;
    response.error_message = found.error_message;
    response.node_id = found.node_id;
    response.host = found.host;
    response.port = found.port;
    call_answer(call, &response, NULL, NULL);
}

void handle_find_coordinator(struct call *call)
{
    const struct find_coordinator_request *request = call->message;
    struct find_coordinator_response response;
    if (call->version < FIND_SEVERAL_VERSION) {
        answer_single(call);
        return;
    }
    message_defaults(&find_coordinator_response_type, &response);
    response.coordinators.items = call_alloc(call, (size_t)request->coordinator_keys.count,
                                             sizeof(*response.coordinators.items));
    response.coordinators.count = request->coordinator_keys.count;
    if (!response.coordinators.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    for (int32_t i = 0; i < request->coordinator_keys.count; i++) {
        find_one(call, request->coordinator_keys.items[i], request->key_type,
                 &response.coordinators.items[i]);
    }
    call_answer(call, &response, NULL, NULL);
}
