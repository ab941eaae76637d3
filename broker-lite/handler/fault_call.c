/* handler: a call that faults meet. Before its effect and before its answer leaves it passes the
 * same gate: hold, then delay, then the deed. */
#include "handler/fault_call.h"

#include "handler/fault.h"
#include "handler/throttle_call.h"

enum { METADATA_KEY = 3, PRODUCE_KEY = 0, API_VERSIONS_KEY = 18 };

/* ---- what the request is about ---- */

static bool names_topic(void *context, const char *topic, struct refusal_topic *ret_topic)
{
    const struct call *call = context;
    struct slice name = slice_text(topic);
    const struct image_topic *known = image_topic(call->node->image, name);
    ret_topic->name = name;
    if (known) {
        ret_topic->id = known->id;
    }
    return refusal_names(session_current(call->session)->head.api->request, call->version,
                         call->message, ret_topic);
}

/* The script may forget the name before the answer is made. */
static bool keep_plan(struct call *call, const struct fault_plan *plan)
{
    struct fault_plan *kept = call_alloc(call, 1, sizeof(*kept));
    if (!kept) {
        return false;
    }
    *kept = *plan;
    for (int i = 0; i < 2; i++) {
        if (!slice_is_null(plan->topics[i].name)) {
            kept->topics[i].name = arena_copy(&call->arena, plan->topics[i].name);
            if (slice_is_null(kept->topics[i].name)) {
                return false;
            }
        }
    }
    call->plan = kept;
    return true;
}

/* ---- waiting at a gate ---- */

static void fault_go_on(struct call *call);

static void fault_due(struct loop_timer *timer)
{
    struct call *call = timer->context;
    loop_timer_finish(timer);
    list_remove(&call->link);
    call->cancel = NULL;
    throttle_call_step(call);
    fault_go_on(call);
}

/* A request that has arrived is carried out though its sender is gone. */
static void fault_cancelled(struct call *call)
{
    call->cancel = NULL;
    if (call->node->faults->is_ending) {
        loop_timer_finish(&call->later);
        list_remove(&call->link);
        call_drop(call);
    }
}

/* False: nothing to wait for. */
static bool fault_waits(struct call *call, int moment)
{
    const struct fault_plan *plan = call->plan;
    if (!plan->holds[moment] && plan->delays_ms[moment] <= 0) {
        return false;
    }
    throttle_call_pause(call); /* the wait is not of the client's making */
    call->cancel = session_is_open(call->session) ? fault_cancelled : NULL;
    list_append(&call->node->faults->waiting, &call->link);
    loop_timer_init(&call->later, call->node->loop, fault_due, call);
    if (!plan->holds[moment]) {
        loop_timer_start(&call->later, plan->delays_ms[moment] * INT64_C(1000));
    }
    return true;
}

void fault_call_release(struct fault_script *script, int id)
{
    LIST_EACH(link, &script->waiting)
    {
        struct call *call = LIST_ITEM(link, struct call, link);
        int moment = call->is_answered ? 1 : 0;
        if (call->plan->holds[moment] == id) {
            call->plan->holds[moment] = 0;
            loop_timer_start(&call->later, call->plan->delays_ms[moment] * INT64_C(1000));
        }
    }
}

void fault_call_end(struct fault_script *script)
{
    script->is_ending = true;
    LIST_EACH_SAFE(link, &script->waiting)
    {
        struct call *call = LIST_ITEM(link, struct call, link);
        if (!call->cancel) {
            loop_timer_finish(&call->later);
            list_remove(&call->link);
            call_drop(call);
        }
    }
}

/* ---- before ---- */

static void refuse(struct call *call)
{
    const struct fault_plan *plan = call->plan;
    const struct api *api = session_current(call->session)->head.api;
    void *response = call_alloc(call, 1, message_struct_size(api->response));
    if (api->key == PRODUCE_KEY && ((const struct produce_request *)call->message)->acks == 0) {
        call_fail(call, "a fault: an error to a request that wants no answer");
        return;
    }
    if (api->key == API_VERSIONS_KEY && plan->errors[0] == KC_ERR_UNSUPPORTED_VERSION) {
        call->version = 0; /* KIP-511: the one that everybody reads */
    }
    if (!response || refusal_make(api, call->version, call->message, &call->arena, plan->are_top[0],
                                  plan->errors[0], response)) {
        call_fail(call, "out of memory");
        return;
    }
    call_answer(call, response, NULL, NULL);
}

/* Whoever parks a call hopes to hear when its connection is lost: that may have been before. */
static void handle(struct call *call)
{
    bool is_open = session_is_open(call->session);
    if (call_run(call, call->handler->handle) && !is_open && call->cancel) {
        call->cancel(call);
    }
}

/* Metadata without its brokers would be no answer that a broker gives: it is made, though without
 * the effect that it may have, and the error put in. */
static void refuse_metadata(struct call *call)
{
    struct fault_plan *plan = call->plan;
    struct metadata_request *request = (struct metadata_request *)(uintptr_t)call->message;
    request->allow_auto_topic_creation = false;
    plan->errors[1] = plan->errors[0];
    plan->are_top[1] = plan->are_top[0];
    plan->topics[1] = plan->topics[0];
    handle(call);
}

static void begin(struct call *call)
{
    const struct fault_plan *plan = call->plan;
    if (plan->closes[0]) {
        call_fail(call, "a fault: closed before the request is carried out");
    } else if (plan->errors[0] && call->handler->key == METADATA_KEY) {
        refuse_metadata(call);
    } else if (plan->errors[0]) {
        refuse(call);
    } else {
        handle(call);
    }
}

bool fault_call_begin(struct call *call)
{
    struct fault_plan plan;
    struct fault_request request = { .api_key = call->handler->key,
                                     .version = call->version,
                                     .names = names_topic,
                                     .context = call };
    if (!fault_script_meet(call->node->faults, &request, &plan)) {
        return false;
    }
    if (!keep_plan(call, &plan)) {
        call_fail(call, "out of memory");
    } else if (!fault_waits(call, 0)) {
        begin(call);
    }
    return true;
}

/* ---- after ---- */

static enum kc_err encode(struct call *call, const void *response, struct bytes *out)
{
    const struct request_head *head = &session_current(call->session)->head;
    struct writer writer;
    bytes_init(out, INT32_MAX);
    writer_init(&writer, out);
    return response_write(&writer, head->api, call->version, head->correlation_id, response);
}

/* The answer is somebody's memory: what is changed is a copy, made by way of its bytes. */
static enum kc_err alter(struct call *call)
{
    enum { PREFIX_SIZE = 4 };
    const struct fault_plan *plan = call->plan;
    const struct api *api = session_current(call->session)->head.api;
    void *response = call_alloc(call, 1, message_struct_size(api->response));
    struct reader reader;
    struct bytes plain = call->reply;
    int32_t correlation_id;
    if (!response) {
        return KC_ERR_NO_MEMORY;
    }
    reader_init(&reader, slice_of(plain.data + PREFIX_SIZE, plain.size - PREFIX_SIZE));
    enum kc_err err = response_head_read(&reader, api, call->version, &correlation_id);
    if (!err) {
        err = message_decode(api->response, call->version, &reader, &call->arena, response);
    }
    if (err) {
        return err;
    }
    if (plan->errors[1]) {
        const struct refusal_topic *topic = &plan->topics[1];
        (void)refusal_mark(api->response, call->version, response,
                           slice_is_null(topic->name) ? NULL : topic, plan->are_top[1],
                           plan->errors[1]);
    }
    if (plan->throttle_ms >= 0) {
        (void)refusal_throttle(api->response, call->version, response, plan->throttle_ms);
    }
    err = encode(call, response, &call->reply);
    bytes_finish(&plain);
    return err;
}

static void end(struct call *call)
{
    struct fault_plan *plan = call->plan;
    call->plan = NULL;
    if (plan->closes[1]) {
        call_fail(call, "a fault: closed before the answer is sent");
    } else if (plan->drops_reply || call->is_without_answer) {
        call_answer_nothing(call);
    } else if (plan->cut_bytes >= 0) {
        call_cut_reply(call, (size_t)plan->cut_bytes, "a fault: closed within the answer");
    } else {
        call_send_reply(call);
    }
}

static void fault_go_on(struct call *call)
{
    if (call->is_answered) {
        end(call);
    } else {
        begin(call);
    }
}

void fault_call_answer(struct call *call, const void *response, void (*release)(void *context),
                       void *context)
{
    enum kc_err err = encode(call, response, &call->reply);
    if (release) {
        release(context);
    }
    if (err) {
        call_fail(call, "an answer that cannot be encoded");
    } else {
        fault_call_answer_copied(call);
    }
}

void fault_call_answer_copied(struct call *call)
{
    const struct fault_plan *plan = call->plan;
    enum kc_err err = KC_ERR_NONE;
    if (plan->errors[1] || plan->throttle_ms >= 0) {
        err = alter(call);
    }
    if (err) {
        call_fail(call, "an answer that cannot be encoded");
        return;
    }
    call->is_answered = true;
    if (!fault_waits(call, 1)) {
        end(call);
    }
}

void fault_call_answer_nothing(struct call *call)
{
    call->is_answered = true;
    call->is_without_answer = true;
    if (!fault_waits(call, 1)) {
        end(call);
    }
}
