/* handler: DeleteGroups, versions 0 to 2. 2: flexible. */
#include "coordinator/groups.h"
#include "handler/handlers.h"

void handle_delete_groups(struct call *call)
{
    const struct delete_groups_request *request = call->message;
    struct delete_groups_response response;
    message_defaults(&delete_groups_response_type, &response);
    response.results.items =
        call_alloc(call, (size_t)request->groups_names.count, sizeof(*response.results.items));
    response.results.count = request->groups_names.count;
    if (!response.results.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    for (int32_t i = 0; i < request->groups_names.count; i++) {
        struct slice group_id = request->groups_names.items[i];
        enum kc_err err = groups_check(call->node->groups, group_id);
        response.results.items[i].group_id = group_id;
        response.results.items[i].error_code =
            (int16_t)(err ? err : groups_delete(call->node->groups, group_id));
    }
    call_answer(call, &response, NULL, NULL);
}
