/* handler: UnregisterBroker, version 0 (KIP-500). The one broker is this one, which runs: other
 * than Kafka, it is not taken out of the cluster under its clients. */
#include "handler/handlers.h"

#include <inttypes.h>
#include <stdio.h>

void handle_unregister_broker(struct call *call)
{
    const struct unregister_broker_request *request = call->message;
    bool is_there = image_broker(call->node->image, request->broker_id);
    struct unregister_broker_response response;
    char text[96];
    message_defaults(&unregister_broker_response_type, &response);
    response.error_code = is_there ? KC_ERR_INVALID_REQUEST : KC_ERR_BROKER_ID_NOT_REGISTERED;
    (void)snprintf(text, sizeof(text),
                   is_there ? "Broker %" PRId32 " is running: stop it instead."
                            : "Broker ID %" PRId32 " is not currently registered",
                   request->broker_id);
    response.error_message = slice_text(text);
    call_answer(call, &response, NULL, NULL);
}
