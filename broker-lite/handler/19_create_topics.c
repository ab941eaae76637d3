/* handler: CreateTopics, versions 2 to 7. 5: flexible; the answer tells settings (KIP-525). 7:
 * topic ids. */
#include "handler/configs.h"
#include "handler/handlers.h"
#include "handler/proposal.h"
#include "handler/repeats.h"
#include "handler/throttle_call.h"

#include "controller/topic_name.h"
#include "controller/topics.h"

#include <stdio.h>

/* The whole request on its way to the log. */
struct creating {
    struct create_topics_response response;
    struct map planned; /* names by what colliding ones share; of the planning only */
    size_t planned_count;
};

/* What each name is among those of the request; NULL when memory is out. */
static enum repeat *find_repeats(struct call *call)
{
    const struct create_topics_request *request = call->message;
    struct slice *names = call_alloc(call, (size_t)request->topics.count, sizeof(*names));
    for (int32_t i = 0; names && i < request->topics.count; i++) {
        names[i] = request->topics.items[i].name;
    }
    return names ? repeats_find(call, names, (size_t)request->topics.count) : NULL;
}

static void set_error(struct call *call, enum kc_err err, const char *text,
                      struct create_topics_response_creatable_topic_result *result)
{
    result->error_code = (int16_t)err;
    result->error_message = text[0] ? arena_copy(&call->arena, slice_text(text)) : SLICE_NULL;
    result->num_partitions = -1;
    result->replication_factor = -1;
    result->configs.items = NULL;
    result->configs.count = 0;
    memset(&result->topic_id, 0, sizeof(result->topic_id));
}

/* So that a later topic of the request is seen to collide. Without memory it is not, as in Kafka.
 */
static void note_name(struct call *call, struct creating *creating, struct slice *name)
{
    char *folded = call_alloc(call, name->size, 1);
    if (folded && topic_name_fold(*name, folded)) {
        (void)map_put(&creating->planned, slice_of(folded, name->size), name, NULL);
    }
}

static void plan_topic(struct call *call, struct creating *creating, int32_t index, bool repeats,
                       struct metadata_batch *batch)
{
    const struct create_topics_request *request = call->message;
    struct create_topics_request_creatable_topic *topic = &request->topics.items[index];
    struct create_topics_response_creatable_topic_result *result =
        &creating->response.topics.items[creating->response.topics.count++];
    struct topics_defaults defaults;
    struct topic_planned planned;
    message_defaults(&create_topics_response_creatable_topic_result_type, result);
    result->name = topic->name;
    if (repeats) {
        set_error(call, KC_ERR_INVALID_REQUEST, "Duplicate topic name.", result);
        return;
    }
    node_topics_defaults(call->node, &defaults);
    defaults.permit = throttle_call_permit;
    defaults.permit_context = call;
    topics_plan_create(call->node->image, &defaults, call->node->random, topic, &creating->planned,
                       batch, &planned);
    if (planned.err) {
        set_error(call, planned.err, planned.text, result);
        return;
    }
    creating->planned_count++;
    note_name(call, creating, &topic->name);
    result->topic_id = planned.id;
    result->num_partitions = planned.partition_count;
    result->replication_factor = planned.replication_factor;
    result->error_message = SLICE_NULL;
    if (request->validate_only) {
        memset(&result->topic_id, 0, sizeof(result->topic_id));
    }
    configs_of_new_topic(call, topic, result);
}

static void create_committed(struct call *call, enum kc_err err)
{
    struct creating *creating = call->parked;
    for (int32_t i = 0; err && i < creating->response.topics.count; i++) {
        if (!creating->response.topics.items[i].error_code) {
            set_error(call, err, kc_err_text(err), &creating->response.topics.items[i]);
        }
    }
    call_answer(call, &creating->response, NULL, NULL);
}

void handle_create_topics(struct call *call)
{
    const struct create_topics_request *request = call->message;
    struct creating *creating = call_alloc(call, 1, sizeof(*creating));
    size_t count = (size_t)request->topics.count;
    if (creating) {
        message_defaults(&create_topics_response_type, &creating->response);
        map_init(&creating->planned, random_next(call->node->random));
        creating->response.topics.items =
            call_alloc(call, count, sizeof(*creating->response.topics.items));
    }
    enum repeat *repeats = find_repeats(call);
    if (!creating || !creating->response.topics.items || !repeats) {
        call_fail(call, "out of memory for a request");
        return;
    }
    struct metadata_batch batch;
    metadata_batch_init(&batch);
    for (int32_t i = 0; i < request->topics.count; i++) {
        if (repeats[i] != REPEAT_LATER) {
            plan_topic(call, creating, i, repeats[i] == REPEAT_FIRST, &batch);
        }
    }
    map_finish(&creating->planned);
    call->parked = creating;
    if (request->validate_only || creating->planned_count == 0) {
        metadata_batch_finish(&batch);
        create_committed(call, KC_ERR_NONE);
        return;
    }
    call_propose(call, &batch, create_committed);
}
