/* handler: a request in process: decoding, handing to its handler, answering. */
#include "handler/handler.h"

#include "base/clock.h"
#include "handler/fault_call.h"
#include "handler/throttle_call.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CALL_ARENA_BYTES_MAX = 256 << 20, /* decoded lists of the largest legal request */
    FREE_CALLS_MAX = 64
};

static struct call *call_take(struct node *node)
{
    struct list *link = list_first(&node->free_calls);
    if (link) {
        list_remove(link);
        return LIST_ITEM(link, struct call, link);
    }
    struct call *call = calloc(1, sizeof(*call));
    if (call) {
        arena_init(&call->arena, CALL_ARENA_BYTES_MAX);
        list_init(&call->link);
    }
    return call;
}

struct call *call_create(struct node *node, struct session *session,
                         const struct session_request *request, const struct handler *handler)
{
    struct call *call = call_take(node);
    if (call) {
        call->node = node;
        call->session = session;
        call->handler = handler;
        call->begun_us = clock_now_us(node->clock);
        call->version = request->head.version;
        call->client_id = request->head.client_id;
    }
    return call;
}

/* Keeps a few calls with their first arena block, so that steady traffic needs no malloc. */
void call_free(struct call *call)
{
    struct node *node = call->node;
    size_t kept = 0;
    if (call->ret_gone) {
        *call->ret_gone = true;
    }
    LIST_EACH(link, &node->free_calls)
    {
        kept++;
        (void)link;
    }
    if (kept >= FREE_CALLS_MAX) {
        arena_finish(&call->arena);
        bytes_finish(&call->reply);
        free(call);
        return;
    }
    arena_reset(&call->arena);
    bytes_finish(&call->reply);
    call->message = NULL;
    call->cancel = NULL;
    call->context = NULL;
    call->session = NULL;
    call->plan = NULL;
    call->is_answered = false;
    call->is_without_answer = false;
    call->ret_gone = NULL;
    call->next = NULL;
    call->has_turn = false;
    call->is_due = false;
    call->step_us = 0;
    call->used_us = 0;
    call->is_charged = false;
    call->silent_until_ms = 0;
    list_append(&node->free_calls, &call->link);
}

void node_finish(struct node *node)
{
    while (!list_is_empty(&node->free_calls)) {
        struct call *call = LIST_ITEM(list_first(&node->free_calls), struct call, link);
        list_remove(&call->link);
        arena_finish(&call->arena);
        free(call);
    }
    for (size_t i = 0; i < CALL_STATS_KEYS; i++) {
        free(node->stats[i]);
        node->stats[i] = NULL;
    }
}

const struct handler *handler_find(int16_t key)
{
    for (size_t i = 0; i < handler_count; i++) {
        if (handler_table[i].key == key) {
            return &handler_table[i];
        }
    }
    return NULL;
}

/* Counts a call that ends, once; memory being out, the first ones of an API go uncounted. */
static void count_call(struct call *call, const void *response)
{
    struct node *node = call->node;
    const struct session_request *request = session_current(call->session);
    struct call_stats **stats = &node->stats[call->handler->key];
    if (call->begun_us == 0 || !request) {
        return;
    }
    if (!*stats) {
        *stats = call_stats_create(request->head.api);
    }
    if (*stats) {
        call_stats_add(*stats, request->frame->size, clock_now_us(node->clock) - call->begun_us,
                       response);
    }
    call->begun_us = 0;
}

static void refuse(struct session *session, const struct session_request *request, const char *what)
{
    char reason[160];
    (void)snprintf(reason, sizeof(reason), "%s (API key %d, version %d)", what, request->head.key,
                   request->head.version);
    session_close(session, reason);
}

/* An ApiVersions request of a version that is not known is answered in version 0 with error 35
 * (KIP-511). */
static void answer_api_versions_downgrade(struct session *session)
{
    const struct handler *row = handler_find(18);
    struct api_versions_response response;
    struct api_versions_response_api_version key;
    message_defaults(&api_versions_response_type, &response);
    message_defaults(&api_versions_response_api_version_type, &key);
    key.api_key = 18;
    key.min_version = row->version_min;
    key.max_version = row->version_max;
    response.error_code = KC_ERR_UNSUPPORTED_VERSION;
    response.api_keys.items = &key;
    response.api_keys.count = 1;
    (void)session_answer_in(session, 0, &response, NULL, NULL);
}

/* Bytes after the body are passed over, as in Kafka: librdkafka 2.16 sends three of them. */
enum kc_err call_decode(struct call *call, const struct session_request *request)
{
    const struct message_type *type = request->head.api->request;
    void *message = arena_alloc(&call->arena, message_struct_size(type));
    struct reader body = request->body;
    if (!message) {
        return KC_ERR_NO_MEMORY;
    }
    call->message = message;
    return message_decode(type, request->head.version, &body, &call->arena, message);
}

bool call_run(struct call *call, void (*run)(struct call *call))
{
    bool is_gone = false;
    call->ret_gone = &is_gone;
    run(call);
    if (!is_gone) {
        call->ret_gone = NULL;
        throttle_call_pause(call);
    }
    return !is_gone;
}

void call_begin(struct node *node, struct session *session, const struct session_request *request)
{
    const struct handler *handler = request->head.api ? handler_find(request->head.key) : NULL;
    if (!handler) {
        node->refused_calls++;
        refuse(session, request, "asks for an API that is not served");
        return;
    }
    if (request->head.version < handler->version_min ||
        request->head.version > handler->version_max) {
        if (handler->key == 18) {
            answer_api_versions_downgrade(session);
        } else {
            node->refused_calls++;
            refuse(session, request, "asks for a version that is not served");
        }
        return;
    }
    struct call *call = call_create(node, session, request, handler);
    if (!call) {
        session_close(session, "out of memory");
        return;
    }
    call->has_turn = true;
    session_set_context(session, call);
    throttle_call_step(call);
    enum kc_err err = call_decode(call, request);
    if (err) {
        call_fail(call, err == KC_ERR_NO_MEMORY ? "out of memory for a request"
                                                : "sent a malformed request body");
        return;
    }
    if (!node->faults || !fault_call_begin(call)) {
        (void)call_run(call, handler->handle);
    }
}

void call_session_closed(struct session *session)
{
    struct call *call;
    while ((call = session_context(session)) && call->cancel) {
        call->cancel(call);
        if (session_context(session) == call) {
            return; /* it outlives its connection */
        }
    }
}

/* ---- going on from the loop ---- */

static void later_due(struct loop_timer *timer)
{
    struct call *call = timer->context;
    loop_timer_finish(timer);
    call->cancel = NULL;
    throttle_call_step(call);
    (void)call_run(call, call->run);
}

static void later_cancelled(struct call *call)
{
    loop_timer_finish(&call->later);
    call_drop(call);
}

void call_later(struct call *call, void (*run)(struct call *call))
{
    call->run = run;
    call->cancel = later_cancelled;
    loop_timer_init(&call->later, call->node->loop, later_due, call);
    loop_timer_start(&call->later, 0);
}

/* ---- answering ---- */

void *call_alloc(struct call *call, size_t count, size_t size)
{
    return arena_alloc_array(&call->arena, count, size);
}

static struct session *call_leave(struct call *call)
{
    struct session *session = call->session;
    assert(session);
    session_set_context(session, call->next);
    return session;
}

static void trace_answer(const struct call *call, enum kc_err err)
{
    trace_log(call->node->trace, TRACE_ERROR, "handler", "API key %d version %d: answer: %s",
              call->handler->key, call->version, kc_err_text(err));
}

void call_answer(struct call *call, void *response, void (*release)(void *context), void *context)
{
    struct throttle_sending sending;
    count_call(call, response);
    throttle_call_end(call, response);
    if (call->plan) {
        fault_call_answer(call, response, release, context);
        return;
    }
    throttle_call_send(call, &sending);
    struct session *session = call_leave(call);
    enum kc_err err = session_answer(session, response, release, context);
    if (err) {
        trace_answer(call, err);
    }
    throttle_call_sent(&sending);
    call_free(call);
}

void call_answer_files(struct call *call, void *response, const struct outgoing_file *files,
                       size_t file_count, void (*release)(void *context), void *context)
{
    struct throttle_sending sending;
    assert(!call->plan);
    count_call(call, response);
    throttle_call_end(call, response);
    throttle_call_send(call, &sending);
    struct session *session = call_leave(call);
    enum kc_err err = session_answer_files(session, response, files, file_count, release, context);
    if (err) {
        trace_answer(call, err);
    }
    throttle_call_sent(&sending);
    call_free(call);
}

static void reply_fail(struct call *call)
{
    call_fail(call, "an answer that cannot be encoded");
}

void call_send_reply(struct call *call)
{
    struct session *session = call_leave(call);
    struct writer writer;
    struct bytes reply = call->reply;
    bytes_init(&call->reply, 0);
    call_free(call);
    writer_init(&writer, &reply);
    session_reply(session, &writer, NULL, NULL);
}

void call_cut_reply(struct call *call, size_t size_max, const char *reason)
{
    struct session *session = call_leave(call);
    struct bytes reply = call->reply;
    bytes_init(&call->reply, 0);
    call_free(call);
    reply.size = MIN_OF(reply.size, size_max);
    session_reply_cut(session, &reply, reason);
}

static void reply_send(struct call *call)
{
    if (call->plan) {
        fault_call_answer_copied(call);
    } else {
        call_send_reply(call);
    }
}

void call_answer_copied(struct call *call, void *response)
{
    const struct request_head *head = &session_current(call->session)->head;
    struct writer writer;
    count_call(call, response);
    throttle_call_end(call, response);
    bytes_init(&call->reply, INT32_MAX);
    writer_init(&writer, &call->reply);
    enum kc_err err =
        response_write(&writer, head->api, call->version, head->correlation_id, response);
    if (err) {
        trace_answer(call, err);
        call_later(call, reply_fail);
        return;
    }
    call_later(call, reply_send);
}

void call_answer_nothing(struct call *call)
{
    count_call(call, NULL);
    throttle_call_end(call, NULL);
    if (call->plan) {
        fault_call_answer_nothing(call);
        return;
    }
    session_no_reply(call_leave(call));
    call_free(call);
}

void call_fail(struct call *call, const char *reason)
{
    call->node->refused_calls++;
    session_close(call_leave(call), reason);
    call_free(call);
}

void call_drop(struct call *call)
{
    session_no_reply(call_leave(call));
    call_free(call);
}

const char *call_host(struct call *call)
{
    const char *peer = session_peer(call->session);
    const char *colon = strrchr(peer, ':');
    int size = (int)(colon ? (size_t)(colon - peer) : strlen(peer));
    const char *host = arena_printf(&call->arena, "/%.*s", size, peer);
    return host ? host : "/";
}
