/* handler: faults that a test asks for. */
#include "handler/fault.h"

#include <stdlib.h>

void fault_script_init(struct fault_script *script)
{
    *script = (struct fault_script){ 0 };
    list_init(&script->faults);
    list_init(&script->waiting);
}

static void fault_destroy(struct fault *fault)
{
    list_remove(&fault->link);
    free(fault->topic);
    free(fault);
}

void fault_script_finish(struct fault_script *script)
{
    while (!list_is_empty(&script->faults)) {
        fault_destroy(LIST_ITEM(list_first(&script->faults), struct fault, link));
    }
}

enum kc_err fault_script_add(struct fault_script *script, const struct fault *fault, int *ret_id)
{
    if (script->fault_count >= FAULT_COUNT_MAX) {
        return KC_ERR_QUEUE_FULL;
    }
    struct fault *copy = malloc(sizeof(*copy));
    char *topic = fault->topic ? slice_dup_text(slice_text(fault->topic)) : NULL;
    if (!copy || (fault->topic && !topic)) {
        free(copy);
        free(topic);
        return KC_ERR_NO_MEMORY;
    }
    *copy = *fault;
    copy->topic = topic;
    copy->id = ++script->last_id;
    copy->seen = 0;
    copy->hits = 0;
    random_init(&copy->random, fault->seed);
    list_init(&copy->link);
    list_append(&script->faults, &copy->link);
    script->fault_count++;
    *ret_id = copy->id;
    return KC_ERR_NONE;
}

bool fault_script_remove(struct fault_script *script, int id)
{
    LIST_EACH(link, &script->faults)
    {
        struct fault *fault = LIST_ITEM(link, struct fault, link);
        if (fault->id == id) {
            fault_destroy(fault);
            script->fault_count--;
            return true;
        }
    }
    return false;
}

/* Counts what it sees: the same requests under the same seed are met again. */
static bool fault_meets(struct fault *fault, const struct fault_request *request,
                        struct refusal_topic *ret_topic)
{
    if ((fault->api_key != FAULT_ANY_API && fault->api_key != request->api_key) ||
        request->version < fault->version_min ||
        (fault->topic && !request->names(request->context, fault->topic, ret_topic))) {
        return false;
    }
    if (fault->seen < fault->skip) {
        fault->seen++;
        return false;
    }
    if (fault->count > 0 && fault->hits >= fault->count) {
        return false;
    }
    double draw = (double)(random_next(&fault->random) >> 11) / (double)(UINT64_C(1) << 53);
    if (draw >= fault->chance) {
        return false;
    }
    fault->hits++;
    return true;
}

static void plan_add(struct fault_plan *plan, const struct fault *fault,
                     const struct refusal_topic *topic)
{
    int moment = fault->is_after ? 1 : 0;
    switch (fault->deed) {
    case FAULT_WATCH:
        break;
    case FAULT_ERROR:
        plan->errors[moment] = (enum kc_err)fault->value;
        plan->are_top[moment] = fault->is_top;
        plan->topics[moment] = *topic;
        break;
    case FAULT_DELAY:
        plan->delays_ms[moment] = fault->value;
        break;
    case FAULT_HOLD:
        plan->holds[moment] = fault->id;
        break;
    case FAULT_CLOSE:
        plan->closes[moment] = true;
        break;
    case FAULT_DROP_REPLY:
        plan->drops_reply = true;
        break;
    case FAULT_CUT_REPLY:
        plan->cut_bytes = fault->value;
        break;
    case FAULT_THROTTLE:
        plan->throttle_ms = fault->value;
        break;
    }
}

bool fault_script_meet(struct fault_script *script, const struct fault_request *request,
                       struct fault_plan *ret_plan)
{
    bool is_met = false;
    struct fault_plan plan = { .cut_bytes = -1, .throttle_ms = -1 };
    LIST_EACH(link, &script->faults)
    {
        struct fault *fault = LIST_ITEM(link, struct fault, link);
        struct refusal_topic topic = { .name = SLICE_NULL };
        if (fault_meets(fault, request, &topic)) {
            plan_add(&plan, fault, &topic);
            is_met = true;
            if (script->told) {
                script->told(script->context, fault->id, fault->hits);
            }
        }
    }
    if (is_met) {
        *ret_plan = plan;
    }
    return is_met;
}
