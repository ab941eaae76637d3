/* handler: JoinGroup, versions 0 to 9. 1: rebalance timeout. 4: member ids are given out first
 * (KIP-394). 5: static members (KIP-345). 6: flexible. 7: protocol type. 8: reason. 9: the leader
 * may keep its assignment (KIP-814). */
#include "coordinator/groups.h"
#include "handler/handlers.h"

struct joining {
    struct group_answer answer;
    struct call *call;
};

static void join_done(struct group_answer *answer, void *response)
{
    struct joining *joining = CONTAINER_OF(answer, struct joining, answer);
    call_answer_copied(joining->call, response);
}

/* The connection is gone: the member stays until its session ends, and may come back. */
static void join_cancelled(struct call *call)
{
    struct joining *joining = call->context;
    const struct join_group_request *request = call->message;
    groups_join_lost(call->node->groups, request->group_id, &joining->answer);
    call_drop(call);
}

static void answer_error(struct call *call, enum kc_err err)
{
    const struct join_group_request *request = call->message;
    struct join_group_response response;
    message_defaults(&join_group_response_type, &response);
    response.error_code = (int16_t)err;
    response.generation_id = -1;
    response.member_id = request->member_id;
    response.protocol_name = call->version >= 7 ? SLICE_NULL : SLICE_EMPTY;
    call_answer(call, &response, NULL, NULL);
}

void handle_join_group(struct call *call)
{
    const struct join_group_request *request = call->message;
    struct joining *joining = call_alloc(call, 1, sizeof(*joining));
    enum kc_err err = groups_check_named(call->node->groups, request->group_id);
    if (!joining) {
        call_fail(call, "out of memory for a request");
        return;
    }
    if (!err && !groups_session_is_valid(call->node->groups, request->session_timeout_ms)) {
        err = KC_ERR_INVALID_SESSION_TIMEOUT;
    }
    if (err) {
        answer_error(call, err);
        return;
    }
    struct group_join join = { .request = request,
                               .client_id = call->client_id,
                               .client_host = slice_text(call_host(call)),
                               .version = call->version };
    joining->call = call;
    joining->answer.done = join_done;
    call->cancel = join_cancelled;
    call->context = joining;
    groups_join(call->node->groups, &join, &joining->answer);
}
