/* handler: DeleteTopics, versions 1 to 6. 3: TOPIC_DELETION_DISABLED. 4: flexible. 5: error
 * messages. 6: topics by id. */
#include "handler/handlers.h"
#include "handler/proposal.h"
#include "handler/throttle_call.h"

#include "controller/topics.h"

struct deletion {
    struct delete_topics_response response;
};

static enum kc_err plan_topic(struct call *call, const struct image_topic *topic,
                              struct metadata_batch *batch)
{
    if (!call->node->settings.delete_topics) {
        return call->version < 3 ? KC_ERR_INVALID_REQUEST : KC_ERR_TOPIC_DELETION_DISABLED;
    }
    enum kc_err err = throttle_call_permit(call, topic->partition_count);
    if (!err) {
        topics_plan_delete(topic, batch);
    }
    return err;
}

static bool was_planned(const struct delete_topics_response *response, int32_t count,
                        const struct image_topic *topic)
{
    for (int32_t i = 0; i < count; i++) {
        if (!response->responses.items[i].error_code &&
            uuid_equal(&response->responses.items[i].topic_id, &topic->id)) {
            return true;
        }
    }
    return false;
}

static void delete_one(struct call *call, struct deletion *deletion, int32_t index,
                       struct slice name, const struct uuid *id, struct metadata_batch *batch)
{
    struct delete_topics_response_deletable_topic_result *result =
        &deletion->response.responses.items[index];
    bool by_id = slice_is_null(name);
    const struct image_topic *topic =
        by_id ? image_topic_by_id(call->node->image, id) : image_topic(call->node->image, name);
    enum kc_err err = KC_ERR_NONE;
    message_defaults(&delete_topics_response_deletable_topic_result_type, result);
    result->name = name;
    if (by_id) {
        result->topic_id = *id;
    }
    if (!topic) {
        err = by_id ? KC_ERR_UNKNOWN_TOPIC_ID : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    } else if (was_planned(&deletion->response, index, topic)) {
        err = KC_ERR_INVALID_REQUEST;
    } else {
        err = plan_topic(call, topic, batch);
        /* The topic is gone when the answer is sent: its name must not be borrowed from it. */
        result->name = arena_copy(&call->arena, slice_text(topic->name));
        result->topic_id = topic->id;
    }
    result->error_code = (int16_t)err;
    bool has_text = err && err != KC_ERR_THROTTLING_QUOTA_EXCEEDED; /* as in Kafka */
    result->error_message = has_text ? slice_text(kc_err_text(err)) : SLICE_NULL;
}

static void delete_committed(struct call *call, enum kc_err err)
{
    struct deletion *deletion = call->parked;
    for (int32_t i = 0; err && i < deletion->response.responses.count; i++) {
        struct delete_topics_response_deletable_topic_result *result =
            &deletion->response.responses.items[i];
        if (!result->error_code) {
            result->error_code = (int16_t)err;
            result->error_message = slice_text(kc_err_text(err));
        }
    }
    call_answer(call, &deletion->response, NULL, NULL);
}

void handle_delete_topics(struct call *call)
{
    const struct delete_topics_request *request = call->message;
    bool by_state = call->version >= 6;
    int32_t count = by_state ? request->topics.count : request->topic_names.count;
    struct deletion *deletion = call_alloc(call, 1, sizeof(*deletion));
    if (deletion) {
        message_defaults(&delete_topics_response_type, &deletion->response);
        deletion->response.responses.items =
            call_alloc(call, (size_t)count, sizeof(*deletion->response.responses.items));
        deletion->response.responses.count = count;
    }
    if (!deletion || !deletion->response.responses.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    struct metadata_batch batch;
    metadata_batch_init(&batch);
    for (int32_t i = 0; i < count; i++) {
        if (by_state) {
            delete_one(call, deletion, i, request->topics.items[i].name,
                       &request->topics.items[i].topic_id, &batch);
        } else {
            delete_one(call, deletion, i, request->topic_names.items[i], NULL, &batch);
        }
    }
    call->parked = deletion;
    if (batch.count == 0) {
        metadata_batch_finish(&batch);
        delete_committed(call, KC_ERR_NONE);
        return;
    }
    call_propose(call, &batch, delete_committed);
}
