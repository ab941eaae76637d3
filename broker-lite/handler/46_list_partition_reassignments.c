/* handler: ListPartitionReassignments, version 0 (KIP-455). Replicas do not move here: none is ever
 * under way. */
#include "handler/handlers.h"

void handle_list_partition_reassignments(struct call *call)
{
    struct list_partition_reassignments_response response;
    message_defaults(&list_partition_reassignments_response_type, &response);
    response.error_message = SLICE_NULL;
    call_answer(call, &response, NULL, NULL);
}
