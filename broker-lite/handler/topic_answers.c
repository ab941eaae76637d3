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

static bool fill_topic(struct call *call, const struct topic_answers *answers,
                       const struct mirror_field *wanted, const struct mirror_field *told,
                       int32_t index)
{
    void *topic = mirror_item(told, index);
    message_defaults(told->sub, topic);
    struct slice name = mirror_text(wanted->sub, mirror_item(wanted, index), answers->name);
    memcpy(mirror_find(told->sub, topic, answers->name).place, &name, sizeof(name));
    struct mirror_field asked =
        mirror_find(wanted->sub, mirror_item(wanted, index), answers->wanted);
    struct mirror_field partitions = mirror_find(told->sub, topic, "partitions");
    const struct image_topic *known = image_topic(call->node->image, name);
    bool good = make_room(call, &asked, &partitions) != NULL;
    for (int32_t i = 0; good && i < mirror_count(&asked); i++) {
        void *answer = mirror_item(&partitions, i);
        message_defaults(partitions.sub, answer);
        good = answers->fill(call, known, mirror_item(&asked, i), answer);
    }
    return good;
}

void topic_answers_send(struct call *call, const struct topic_answers *answers)
{
    const struct api *api = api_find(call->handler->key);
    void *response = call_alloc(call, 1, message_struct_size(api->response));
    bool good = response != NULL;
    if (good) {
        message_defaults(api->response, response);
        struct mirror_field wanted = mirror_find(api->request, call->message, "topics");
        struct mirror_field told = mirror_find(api->response, response, "topics");
        good = make_room(call, &wanted, &told) != NULL;
        for (int32_t i = 0; good && i < mirror_count(&wanted); i++) {
            good = fill_topic(call, answers, &wanted, &told, i);
        }
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, response, NULL, NULL);
}
