/* handler: ConsumerGroupHeartbeat, versions 0 and 1 (KIP-848). 1: regular expressions, and member
 * ids are the clients' own. */
#include "coordinator/groups.h"
#include "handler/handlers.h"

enum { OWN_ID_VERSION = 1 };

static enum kc_err heartbeat(struct call *call, const char *host,
                             struct consumer_group_heartbeat_response *ret_response)
{
    const struct consumer_group_heartbeat_request *request = call->message;
    const struct next_caller caller = { .client_id = call->client_id,
                                        .client_host = slice_text(host),
                                        .version = call->version };
    bool needs_id = call->version >= OWN_ID_VERSION || request->member_epoch != 0;
    enum kc_err err = request->group_id.size == 0
                          ? KC_ERR_NONE
                          : groups_check(call->node->groups, request->group_id);
    if (call->node->image->features[IMAGE_GROUP_VERSION] == 0) {
        err = KC_ERR_UNSUPPORTED_VERSION; /* KIP-848 is switched off: UpdateFeatures */
    }
    if (err) {
        ret_response->error_code = (int16_t)err;
        return err;
    }
    if (needs_id && request->member_id.size == 0) {
        ret_response->error_code = KC_ERR_INVALID_REQUEST;
        ret_response->error_message = slice_text("MemberId can't be empty.");
        return KC_ERR_INVALID_REQUEST;
    }
    return groups_next_heartbeat(call->node->groups, request, &caller, &call->arena, ret_response);
}

void handle_consumer_group_heartbeat(struct call *call)
{
    struct consumer_group_heartbeat_response response;
    const char *host = call_host(call);
    if (!host) {
        call_fail(call, "out of memory for a request");
        return;
    }
    message_defaults(&consumer_group_heartbeat_response_type, &response);
    (void)heartbeat(call, host, &response);
    call_answer(call, &response, NULL, NULL);
}
