/* handler: DeleteAcls, versions 1 to 3. 2: flexible. 3: user resources. There is no authorizer
 * here: the answer is that of a Kafka without authorizer.class.name. */
#include "handler/handlers.h"

void handle_delete_acls(struct call *call)
{
    const struct delete_acls_request *request = call->message;
    struct delete_acls_response response;
    message_defaults(&delete_acls_response_type, &response);
    response.filter_results.count = MAX_OF(request->filters.count, 0);
    response.filter_results.items = call_alloc(call, (size_t)response.filter_results.count,
                                               sizeof(*response.filter_results.items));
    if (!response.filter_results.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    for (int32_t i = 0; i < response.filter_results.count; i++) {
        struct delete_acls_response_delete_acls_filter_result *result =
            &response.filter_results.items[i];
        message_defaults(&delete_acls_response_delete_acls_filter_result_type, result);
        result->error_code = KC_ERR_SECURITY_DISABLED;
        result->error_message = slice_text("No Authorizer is configured.");
    }
    call_answer(call, &response, NULL, NULL);
}
