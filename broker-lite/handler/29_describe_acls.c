/* handler: DescribeAcls, versions 1 to 3. 2: flexible. 3: user resources. There is no authorizer
 * here: the answer is that of a Kafka without authorizer.class.name. */
#include "handler/handlers.h"

void handle_describe_acls(struct call *call)
{
    struct describe_acls_response response;
    message_defaults(&describe_acls_response_type, &response);
    response.error_code = KC_ERR_SECURITY_DISABLED;
    response.error_message = slice_text("No Authorizer is configured on the broker");
    call_answer(call, &response, NULL, NULL);
}
