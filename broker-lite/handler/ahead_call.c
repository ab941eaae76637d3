/* handler: calls that begin ahead of their turn. */
#include "handler/ahead_call.h"

#include "handler/throttle_call.h"

/* Not where requests meet faults, or their clients a quota: those count on one at a time. */
static const struct handler *find_handler(const struct node *node,
                                          const struct session_request *request)
{
    const struct handler *handler = request->head.api ? handler_find(request->head.key) : NULL;
    const struct quota_table *quotas = &node->image->quotas;
    if (node->faults || quota_table_has(quotas, QUOTA_REQUEST_PERCENTAGE) ||
        quota_table_has(quotas, QUOTA_PRODUCER_BYTE_RATE)) {
        return NULL;
    }
    return handler && handler->may_go_ahead && request->head.version >= handler->version_min &&
                   request->head.version <= handler->version_max
               ? handler
               : NULL;
}

bool ahead_call_begin(struct node *node, struct session *session,
                      const struct session_request *request)
{
    const struct handler *handler = find_handler(node, request);
    struct call *last = session_context(session);
    struct call *call = handler && last ? call_create(node, session, request, handler) : NULL;
    if (!call) {
        return false;
    }
    if (call_decode(call, request) || !handler->may_go_ahead(call)) {
        call_free(call);
        return false;
    }
    while (last->next) {
        last = last->next;
    }
    last->next = call;
    handler->handle(call);
    return true;
}

static void turn_due(struct call *call)
{
    call->is_due = false;
    call->cancel = NULL;
    throttle_call_step(call);
    call_run(call, call->run);
}

void ahead_call_turn(struct session *session)
{
    struct call *call = session_context(session);
    call->has_turn = true;
    if (call->is_due) {
        turn_due(call);
    }
}

bool ahead_call_wait(struct call *call, void (*run)(struct call *call))
{
    if (call->has_turn) {
        return false;
    }
    call->run = run;
    call->cancel = call_drop;
    call->is_due = true;
    return true;
}
