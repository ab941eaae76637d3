/* handler: LeaveGroup, versions 0 to 5. 3: several members, also static ones (KIP-345). 4:
 * flexible. 5: reasons. */
#include "coordinator/groups.h"
#include "handler/handlers.h"

static void answer_single(struct call *call)
{
    const struct leave_group_request *request = call->message;
    struct leave_group_response response;
    enum kc_err err = groups_check_named(call->node->groups, request->group_id);
    message_defaults(&leave_group_response_type, &response);
    err = err ? err
              : groups_leave(call->node->groups, request->group_id, request->member_id, SLICE_NULL);
    response.error_code = (int16_t)err;
    call_answer(call, &response, NULL, NULL);
}

void handle_leave_group(struct call *call)
{
    const struct leave_group_request *request = call->message;
    struct leave_group_response response;
    if (call->version < 3) {
        answer_single(call);
        return;
    }
    enum kc_err err = groups_check_named(call->node->groups, request->group_id);
    message_defaults(&leave_group_response_type, &response);
    response.error_code = (int16_t)err;
    response.members.count = err ? 0 : request->members.count;
    response.members.items =
        call_alloc(call, (size_t)response.members.count, sizeof(*response.members.items));
    if (!response.members.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    for (int32_t i = 0; i < response.members.count; i++) {
        const struct leave_group_request_member_identity *member = &request->members.items[i];
        response.members.items[i].member_id = member->member_id;
        response.members.items[i].group_instance_id = member->group_instance_id;
        response.members.items[i].error_code = (int16_t)groups_leave(
            call->node->groups, request->group_id, member->member_id, member->group_instance_id);
    }
    call_answer(call, &response, NULL, NULL);
}
