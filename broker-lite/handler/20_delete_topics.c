/* handler: DeleteTopics, versions 1 to 6. 3: TOPIC_DELETION_DISABLED. 4: flexible. 5: error
 * messages. 6: topics by id. */
#include "handler/handlers.h"
#include "handler/proposal.h"
#include "handler/repeats.h"
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

/* A topic as the request names it. */
struct deletable {
    struct slice name;     /* null: by its id */
    const struct uuid *id; /* NULL in the versions that know names only */
};

static struct deletable wanted_topic(const struct call *call, int32_t index)
{
    const struct delete_topics_request *request = call->message;
    return call->version >= 6 ? (struct deletable){ request->topics.items[index].name,
                                                    &request->topics.items[index].topic_id }
                              : (struct deletable){ request->topic_names.items[index], NULL };
}

/* Neither name nor id, or both: such a one is refused by itself. */
static bool is_unclear(const struct deletable *wanted)
{
    return wanted->id && slice_is_null(wanted->name) == uuid_is_zero(wanted->id);
}

static const struct image_topic *find_topic(const struct call *call, const struct deletable *wanted)
{
    const struct image *image = call->node->image;
    return slice_is_null(wanted->name) ? image_topic_by_id(image, wanted->id)
                                       : image_topic(image, wanted->name);
}

/* What each topic is among those of the request; NULL when memory is out. */
static enum repeat *find_repeats(struct call *call, int32_t count)
{
    struct slice *keys = call_alloc(call, (size_t)count, sizeof(*keys));
    for (int32_t i = 0; keys && i < count; i++) {
        struct deletable wanted = wanted_topic(call, i);
        const struct image_topic *topic = is_unclear(&wanted) ? NULL : find_topic(call, &wanted);
        keys[i] = is_unclear(&wanted) ? SLICE_NULL
                  : topic             ? slice_of(topic->id.bytes, sizeof(topic->id.bytes))
                  : slice_is_null(wanted.name)
                      ? slice_of(wanted.id->bytes, sizeof(wanted.id->bytes))
                      : wanted.name;
    }
    return keys ? repeats_find(call, keys, (size_t)count) : NULL;
}

static const char *check_wanted(const struct deletable *wanted, bool repeats)
{
    bool by_id = slice_is_null(wanted->name);
    if (is_unclear(wanted)) {
        return by_id ? "Neither topic name nor id were specified."
                     : "You may not specify both topic name and topic id.";
    }
    return !repeats ? NULL : by_id ? "Duplicate topic id." : "Duplicate topic name.";
}

static void delete_one(struct call *call, int32_t index, bool repeats, struct metadata_batch *batch,
                       struct delete_topics_response_deletable_topic_result *result)
{
    struct deletable wanted = wanted_topic(call, index);
    bool by_id = slice_is_null(wanted.name);
    const struct image_topic *topic = find_topic(call, &wanted);
    const char *refusal = check_wanted(&wanted, repeats);
    enum kc_err err = KC_ERR_NONE;
    message_defaults(&delete_topics_response_deletable_topic_result_type, result);
    result->name = wanted.name;
    if (wanted.id) {
        result->topic_id = *wanted.id;
    }
    if (refusal) {
        err = KC_ERR_INVALID_REQUEST;
    } else if (!topic) {
        err = by_id ? KC_ERR_UNKNOWN_TOPIC_ID : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    } else {
        err = plan_topic(call, topic, batch);
        /* The topic is gone when the answer is sent: its name must not be borrowed from it. */
        result->name = arena_copy(&call->arena, slice_text(topic->name));
        result->topic_id = topic->id;
    }
    result->error_code = (int16_t)err;
    bool has_text = err && err != KC_ERR_THROTTLING_QUOTA_EXCEEDED; /* as in Kafka */
    result->error_message = refusal    ? slice_text(refusal)
                            : has_text ? slice_text(kc_err_text(err))
                                       : SLICE_NULL;
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
    int32_t count = call->version >= 6 ? request->topics.count : request->topic_names.count;
    struct deletion *deletion = call_alloc(call, 1, sizeof(*deletion));
    if (deletion) {
        message_defaults(&delete_topics_response_type, &deletion->response);
        deletion->response.responses.items =
            call_alloc(call, (size_t)count, sizeof(*deletion->response.responses.items));
    }
    enum repeat *repeats = find_repeats(call, count);
    if (!deletion || !deletion->response.responses.items || !repeats) {
        call_fail(call, "out of memory for a request");
        return;
    }
    struct metadata_batch batch;
    metadata_batch_init(&batch);
    for (int32_t i = 0; i < count; i++) {
        if (repeats[i] != REPEAT_LATER) {
            delete_one(call, i, repeats[i] == REPEAT_FIRST, &batch,
                       &deletion->response.responses.items[deletion->response.responses.count++]);
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
