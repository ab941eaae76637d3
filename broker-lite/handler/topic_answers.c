/* handler: partition by partition. */
#include "handler/topic_answers.h"

#include "wire/mirror.h"

/* Room for as many items as are wanted; NULL when memory is out. */
static void *make_room(struct call *call, const struct mirror_field *wanted,
                       const struct mirror_field *list)
{
    int32_t count = mirror_count(wanted);
    void *items = call_alloc(call, (size_t)count, list->item_size);
    mirror_set_list(list, items, items ? count : 0);
    return items;
}

/* The topic that is asked for, whose name and id the answer repeats. */
static const struct image_topic *repeat_topic(struct call *call, const struct message_type *type,
                                              const void *wanted, const char *name,
                                              const struct message_type *told_type, void *told)
{
    struct slice text = mirror_text(type, wanted, name);
    struct mirror_field id = mirror_find(type, wanted, "topicId");
    memcpy(mirror_find(told_type, told, name).place, &text, sizeof(text));
    if (!id.place) {
        return image_topic(call->node->image, text);
    }
    memcpy(mirror_find(told_type, told, "topicId").place, id.place, sizeof(struct uuid));
    return uuid_is_zero(id.place) ? image_topic(call->node->image, text)
                                  : image_topic_by_id(call->node->image, id.place);
}

static bool fill_topic(struct call *call, const struct topic_answers *answers,
                       const struct mirror_field *wanted, const struct mirror_field *told,
                       int32_t index)
{
    void *topic = mirror_item(told, index);
    message_defaults(told->sub, topic);
    const struct image_topic *known = repeat_topic(call, wanted->sub, mirror_item(wanted, index),
                                                   answers->name, told->sub, topic);
    struct mirror_field asked =
        mirror_find(wanted->sub, mirror_item(wanted, index), answers->wanted);
    struct mirror_field partitions = mirror_find(told->sub, topic, "partitions");
    bool good = make_room(call, &asked, &partitions) != NULL;
    for (int32_t i = 0; good && i < mirror_count(&asked); i++) {
        void *answer = mirror_item(&partitions, i);
        message_defaults(partitions.sub, answer);
        good = answers->fill(call, known, mirror_item(&asked, i), answer);
    }
    return good;
}

size_t topic_answers_count(const struct call *call, const struct topic_answers *answers)
{
    const struct api *api = api_find(call->handler->key);
    struct mirror_field topics = mirror_find(api->request, call->message, "topics");
    size_t count = 0;
    for (int32_t i = 0; i < mirror_count(&topics); i++) {
        struct mirror_field partitions =
            mirror_find(topics.sub, mirror_item(&topics, i), answers->wanted);
        count += (size_t)mirror_count(&partitions);
    }
    return count;
}

bool topic_answers_fill(struct call *call, const struct topic_answers *answers, void *response)
{
    const struct api *api = api_find(call->handler->key);
    struct mirror_field wanted = mirror_find(api->request, call->message, "topics");
    struct mirror_field told = mirror_find(api->response, response, "topics");
    bool good = make_room(call, &wanted, &told) != NULL;
    for (int32_t i = 0; good && i < mirror_count(&wanted); i++) {
        good = fill_topic(call, answers, &wanted, &told, i);
    }
    return good;
}

void topic_answers_blame(const struct call *call, void *response, enum kc_err err)
{
    const struct api *api = api_find(call->handler->key);
    struct mirror_field topics = mirror_find(api->response, response, "topics");
    for (int32_t i = 0; i < mirror_count(&topics); i++) {
        struct mirror_field partitions =
            mirror_find(topics.sub, mirror_item(&topics, i), "partitions");
        for (int32_t k = 0; k < mirror_count(&partitions); k++) {
            int16_t *error =
                mirror_find(partitions.sub, mirror_item(&partitions, k), "errorCode").place;
            *error = *error ? *error : (int16_t)err;
        }
    }
}

void topic_answers_send(struct call *call, const struct topic_answers *answers)
{
    const struct api *api = api_find(call->handler->key);
    void *response = call_alloc(call, 1, message_struct_size(api->response));
    if (response) {
        message_defaults(api->response, response);
    }
    if (!response || !topic_answers_fill(call, answers, response)) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, response, NULL, NULL);
}
