/* handler: CreateAcls, versions 1 to 3. 2: flexible. 3: user resources. There is no authorizer
 * here: the answer is that of a Kafka without authorizer.class.name. */
#include "handler/handlers.h"

void handle_create_acls(struct call *call)
{
    const struct create_acls_request *request = call->message;
    struct create_acls_response response;
    message_defaults(&create_acls_response_type, &response);
    response.results.count = MAX_OF(request->creations.count, 0);
    response.results.items =
        call_alloc(call, (size_t)response.results.count, sizeof(*response.results.items));
    if (!response.results.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    for (int32_t i = 0; i < response.results.count; i++) {
        response.results.items[i] = (struct create_acls_response_acl_creation_result){
            .error_code = KC_ERR_SECURITY_DISABLED,
            .error_message = slice_text("No Authorizer is configured."),
        };
    }
    call_answer(call, &response, NULL, NULL);
}
