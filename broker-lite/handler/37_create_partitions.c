/* handler: CreatePartitions, versions 0 to 3. 2: flexible. */
#include "handler/handlers.h"
#include "handler/proposal.h"
#include "handler/repeats.h"
#include "handler/throttle_call.h"

#include "controller/topics.h"

/* What each name is among those of the request; NULL when memory is out. */
static enum repeat *find_repeats(struct call *call)
{
    const struct create_partitions_request *request = call->message;
    struct slice *names = call_alloc(call, (size_t)request->topics.count, sizeof(*names));
    for (int32_t i = 0; names && i < request->topics.count; i++) {
        names[i] = request->topics.items[i].name;
    }
    return names ? repeats_find(call, names, (size_t)request->topics.count) : NULL;
}

static void plan_topic(struct call *call, int32_t index, bool repeats, struct metadata_batch *batch,
                       struct create_partitions_response_create_partitions_topic_result *result)
{
    const struct create_partitions_request *request = call->message;
    struct topics_defaults defaults;
    struct topic_planned planned = { .err = KC_ERR_INVALID_REQUEST,
                                     .text = "Duplicate topic name." };
    node_topics_defaults(call->node, &defaults);
    defaults.permit = throttle_call_permit;
    defaults.permit_context = call;
    if (!repeats) {
        topics_plan_partitions(call->node->image, &defaults, call->node->random,
                               &request->topics.items[index], batch, &planned);
    }
    result->name = request->topics.items[index].name;
    result->error_code = (int16_t)planned.err;
    result->error_message =
        planned.text[0] ? arena_copy(&call->arena, slice_text(planned.text)) : SLICE_NULL;
}

static void partitions_committed(struct call *call, enum kc_err err)
{
    struct create_partitions_response *response = call->parked;
    for (int32_t i = 0; err && i < response->results.count; i++) {
        if (!response->results.items[i].error_code) {
            response->results.items[i].error_code = (int16_t)err;
            response->results.items[i].error_message = slice_text(kc_err_text(err));
        }
    }
    call_answer(call, response, NULL, NULL);
}

void handle_create_partitions(struct call *call)
{
    const struct create_partitions_request *request = call->message;
    struct create_partitions_response *response = call_alloc(call, 1, sizeof(*response));
    if (response) {
        message_defaults(&create_partitions_response_type, response);
        response->results.items =
            call_alloc(call, (size_t)request->topics.count, sizeof(*response->results.items));
    }
    enum repeat *repeats = find_repeats(call);
    if (!response || !response->results.items || !repeats) {
        call_fail(call, "out of memory for a request");
        return;
    }
    struct metadata_batch batch;
    metadata_batch_init(&batch);
    for (int32_t i = 0; i < request->topics.count; i++) {
        if (repeats[i] != REPEAT_LATER) {
            plan_topic(call, i, repeats[i] == REPEAT_FIRST, &batch,
                       &response->results.items[response->results.count++]);
        }
    }
    call->parked = response;
    if (request->validate_only || batch.count == 0) {
        metadata_batch_finish(&batch);
        partitions_committed(call, KC_ERR_NONE);
        return;
    }
    call_propose(call, &batch, partitions_committed);
}
