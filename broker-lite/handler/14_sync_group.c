/* handler: SyncGroup, versions 0 to 5. 3: static members. 4: flexible. 5: protocol type and name
 * (KIP-559). */
#include "coordinator/groups.h"
#include "handler/handlers.h"

enum { SYNC_PROTOCOL_VERSION = 5 };

struct syncing {
    struct group_answer answer;
    struct call *call;
};

static void sync_done(struct group_answer *answer, void *response)
{
    struct syncing *syncing = CONTAINER_OF(answer, struct syncing, answer);
    call_answer_copied(syncing->call, response);
}

static void sync_cancelled(struct call *call)
{
    struct syncing *syncing = call->context;
    group_answer_end(&syncing->answer);
    call_drop(call);
}

void handle_sync_group(struct call *call)
{
    const struct sync_group_request *request = call->message;
    struct syncing *syncing = call_alloc(call, 1, sizeof(*syncing));
    enum kc_err err = groups_check_named(call->node->groups, request->group_id);
    if (!syncing) {
        call_fail(call, "out of memory for a request");
        return;
    }
    /* From version 5 on the member says which protocol it means. */
    if (call->version >= SYNC_PROTOCOL_VERSION &&
        (slice_is_null(request->protocol_type) || slice_is_null(request->protocol_name))) {
        err = KC_ERR_INCONSISTENT_GROUP_PROTOCOL;
    }
    if (err) {
        struct sync_group_response response;
        message_defaults(&sync_group_response_type, &response);
        /* The assignment is lost with the coordinator: the member must join again. */
        response.error_code =
            (int16_t)(err == KC_ERR_COORDINATOR_LOAD_IN_PROGRESS ? KC_ERR_REBALANCE_IN_PROGRESS
                                                                 : err);
        call_answer(call, &response, NULL, NULL);
        return;
    }
    syncing->call = call;
    syncing->answer.done = sync_done;
    syncing->answer.version = call->version;
    call->cancel = sync_cancelled;
    call->context = syncing;
    groups_sync(call->node->groups, request, &syncing->answer);
}
