/* handler: Heartbeat, versions 0 to 4. 3: static members. 4: flexible. */
#include "coordinator/groups.h"
#include "handler/handlers.h"

void handle_heartbeat(struct call *call)
{
    const struct heartbeat_request *request = call->message;
    struct heartbeat_response response;
    enum kc_err err = groups_check_named(call->node->groups, request->group_id);
    message_defaults(&heartbeat_response_type, &response);
    /* A group that is still being read back has not lost its members. */
    if (err == KC_ERR_COORDINATOR_LOAD_IN_PROGRESS) {
        err = KC_ERR_NONE;
    } else if (!err) {
        err = groups_heartbeat(call->node->groups, request);
    }
    response.error_code = (int16_t)err;
    call_answer(call, &response, NULL, NULL);
}
