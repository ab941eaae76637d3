/* handler: DescribeUserScramCredentials, version 0 (KIP-554). No user has credentials, while nobody
 * has to prove who he is: Kafka's tool asks with the quotas of users. */
#include "handler/handlers.h"

/* A name's place in the answer, for those that come twice. */
static void describe_user(struct call *call, struct map *seen, struct slice name,
                          struct describe_user_scram_credentials_response *response)
{
    struct describe_user_scram_credentials_response_describe_user_scram_credentials_result *result =
        map_get(seen, name);
    bool is_again = result != NULL;
    if (!is_again) {
        result = &response->results.items[response->results.count++];
        message_defaults(
            &describe_user_scram_credentials_response_describe_user_scram_credentials_result_type,
            result);
        result->user = name;
    }
    result->error_code =
        (int16_t)(is_again ? KC_ERR_DUPLICATE_RESOURCE : KC_ERR_RESOURCE_NOT_FOUND);
    const char *text = arena_printf(
        &call->arena, "%s: %.*s",
        is_again ? "Cannot describe SCRAM credentials for the same user twice in a single request"
                 : "Attempt to describe a user credential that does not exist",
        SLICE_ARGS(name));
    result->error_message = slice_text(text);
    /* Without memory for it, a user that comes twice is told twice that he is not there. */
    (void)(is_again || map_put(seen, name, result, NULL));
}

void handle_describe_user_scram_credentials(struct call *call)
{
    const struct describe_user_scram_credentials_request *request = call->message;
    struct describe_user_scram_credentials_response response;
    struct map seen;
    size_t count = request->users.count > 0 ? (size_t)request->users.count : 0;
    message_defaults(&describe_user_scram_credentials_response_type, &response);
    response.error_message = SLICE_EMPTY; /* as Kafka's */
    response.results.items = call_alloc(call, count, sizeof(*response.results.items));
    response.results.count = 0;
    if (!response.results.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    map_init(&seen, random_next(call->node->random));
    for (size_t i = 0; i < count; i++) {
        describe_user(call, &seen, request->users.items[i].name, &response);
    }
    map_finish(&seen);
    call_answer(call, &response, NULL, NULL);
}
