/* handler: CreatePartitions, versions 0 to 3. 2: flexible. */
#include "handler/handlers.h"
#include "handler/proposal.h"
#include "handler/throttle_call.h"

#include "controller/topics.h"

static bool is_duplicate(const struct create_partitions_request *request, int32_t index)
{
    for (int32_t i = 0; i < index; i++) {
        if (slice_equal(request->topics.items[i].name, request->topics.items[index].name)) {
            return true;
        }
    }
    return false;
}

static void plan_topic(struct call *call, int32_t index, struct metadata_batch *batch,
                       struct create_partitions_response_create_partitions_topic_result *result)
{
    const struct create_partitions_request *request = call->message;
    struct topics_defaults defaults;
    struct topic_planned planned = { .err = KC_ERR_INVALID_REQUEST,
                                     .text = "Duplicate topic in request." };
    node_topics_defaults(call->node, &defaults);
    defaults.permit = throttle_call_permit;
    defaults.permit_context = call;
    if (!is_duplicate(request, index)) {
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
        response->results.count = request->topics.count;
    }
    if (!response || !response->results.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    struct metadata_batch batch;
    metadata_batch_init(&batch);
    for (int32_t i = 0; i < request->topics.count; i++) {
        plan_topic(call, i, &batch, &response->results.items[i]);
    }
    call->parked = response;
    if (request->validate_only || batch.count == 0) {
        metadata_batch_finish(&batch);
        partitions_committed(call, KC_ERR_NONE);
        return;
    }
    call_propose(call, &batch, partitions_committed);
}
