/* wire: error codes in any answer, by the tables alone. */
#include "wire/refusal.h"

#include "wire/field.h"

static bool name_ends(const char *name, const char *end)
{
    size_t size = strlen(name);
    size_t end_size = strlen(end);
    return size >= end_size && strcmp(name + size - end_size, end) == 0;
}

static bool is_error(const struct field *field)
{
    return field->kind == FIELD_INT16 &&
           (strcmp(field->name, "errorCode") == 0 || name_ends(field->name, "ErrorCode"));
}

static bool is_struct_list(const struct field *field)
{
    return field->kind == FIELD_ARRAY && field->item == FIELD_STRUCT;
}

static const struct field *error_of(const struct message_type *type, int16_t version)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (field_in(&type->fields[i], version) && is_error(&type->fields[i])) {
            return &type->fields[i];
        }
    }
    return NULL;
}

/* The type or one of its lists has a place for an error. */
static bool holds_errors(const struct message_type *type, int16_t version)
{
    if (error_of(type, version)) {
        return true;
    }
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (field_in(field, version) && is_struct_list(field) &&
            holds_errors(field->sub, version)) {
            return true;
        }
    }
    return false;
}

/* ---- naming a topic ---- */

static bool is_topic_text(const struct field *field)
{
    return strcmp(field->name, "name") == 0 || strcmp(field->name, "topic") == 0 ||
           strncmp(field->name, "topicName", 9) == 0;
}

static bool value_names(uint8_t kind, const uint8_t *place, const struct refusal_topic *topic)
{
    if (kind == FIELD_STRING) {
        return !slice_is_null(topic->name) &&
               slice_equal(*(const struct slice *)(const void *)place, topic->name);
    }
    return kind == FIELD_UUID && !uuid_is_zero(&topic->id) &&
           memcmp(place, &topic->id, sizeof(topic->id)) == 0;
}

/* The message itself, without its lists. */
static bool names_itself(const struct message_type *type, int16_t version, const uint8_t *message,
                         const struct refusal_topic *topic)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (field_in(field, version) && (is_topic_text(field) || field->kind == FIELD_UUID) &&
            value_names(field->kind, message + field->offset, topic)) {
            return true;
        }
    }
    return false;
}

static bool list_names(const struct field *field, int16_t version, const uint8_t *place,
                       const struct refusal_topic *topic)
{
    const struct field_list *list = (const struct field_list *)(const void *)place;
    const uint8_t *item = list->items;
    if (list->count < 0) {
        return strcmp(field->name, "topics") == 0;
    }
    for (int32_t i = 0; i < list->count; i++) {
        if (field->item == FIELD_STRUCT ? refusal_names(field->sub, version, item, topic)
                                        : value_names(field->item, item, topic)) {
            return true;
        }
        item += field_item_size(field->item, field->sub);
    }
    return false;
}

bool refusal_names(const struct message_type *type, int16_t version, const void *message,
                   const struct refusal_topic *topic)
{
    if (names_itself(type, version, message, topic)) {
        return true;
    }
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (field_in(field, version) && field->kind == FIELD_ARRAY &&
            list_names(field, version, (const uint8_t *)message + field->offset, topic)) {
            return true;
        }
    }
    return false;
}

/* ---- marking ---- */

static void put_error(const struct field *field, uint8_t *message, enum kc_err err)
{
    int16_t code = (int16_t)err;
    memcpy(message + field->offset, &code, sizeof(code));
}

static bool mark_items(const struct message_type *type, int16_t version, uint8_t *message,
                       const struct refusal_topic *topic, enum kc_err err);

static bool mark_item(const struct message_type *type, int16_t version, uint8_t *item,
                      const struct refusal_topic *topic, enum kc_err err)
{
    const struct field *error = error_of(type, version);
    if (topic && names_itself(type, version, item, topic)) {
        topic = NULL;
    }
    if (!error) {
        return mark_items(type, version, item, topic, err);
    }
    if (topic) {
        return false;
    }
    put_error(error, item, err);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (is_struct_list(field) && holds_errors(field->sub, version)) {
            struct field_list *list = (struct field_list *)(void *)(item + field->offset);
            list->count = 0;
        }
    }
    return true;
}

static bool mark_items(const struct message_type *type, int16_t version, uint8_t *message,
                       const struct refusal_topic *topic, enum kc_err err)
{
    bool is_marked = false;
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (!field_in(field, version) || !is_struct_list(field)) {
            continue;
        }
        struct field_list *list = (struct field_list *)(void *)(message + field->offset);
        for (int32_t k = 0; k < list->count; k++) {
            uint8_t *item = (uint8_t *)list->items + (size_t)k * field->sub->size;
            is_marked |= mark_item(field->sub, version, item, topic, err);
        }
    }
    return is_marked;
}

bool refusal_mark(const struct message_type *type, int16_t version, void *message,
                  const struct refusal_topic *topic, bool is_top, enum kc_err err)
{
    const struct field *error = error_of(type, version);
    if (!is_top && mark_items(type, version, message, topic, err)) {
        return true;
    }
    if (error) {
        put_error(error, message, err);
    }
    return error != NULL;
}

/* ---- the answer that mirrors a request ---- */

/* What tells one item from another: names, ids, kinds and numbers of partitions. */
static bool is_key(const struct field *field)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_STRING:
        return !name_ends(field->name, "essage");
    case FIELD_UUID:
    case FIELD_INT8:
        return true;
    case FIELD_INT32:
        return strcmp(field->name, "index") == 0 || strncmp(field->name, "partition", 9) == 0;
    default:
        return false;
    }
}

/* Kafka calls the same thing "partition" here and "partitionIndex" there. */
static bool is_same_key(const struct field *a, const struct field *b)
{
    size_t size = MIN_OF(strlen(a->name), strlen(b->name));
    return a->kind == b->kind && is_key(a) && is_key(b) && memcmp(a->name, b->name, size) == 0;
}

static const struct field *key_like(const struct message_type *type, int16_t version,
                                    const struct field *wanted)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (field_in(&type->fields[i], version) && is_same_key(&type->fields[i], wanted)) {
            return &type->fields[i];
        }
    }
    return NULL;
}

static const struct field *key_of_kind(const struct message_type *type, int16_t version,
                                       uint8_t kind)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (field_in(field, version) && field->kind == kind && is_key(field)) {
            return field;
        }
    }
    return NULL;
}

static bool shares_key(const struct message_type *a, const struct message_type *b, int16_t version)
{
    for (size_t i = 0; i < a->field_count; i++) {
        if (field_in(&a->fields[i], version) && key_like(b, version, &a->fields[i])) {
            return true;
        }
    }
    return false;
}

/* The list of the request that the items of this list of the answer stand for, or NULL. */
static const struct field *list_like(const struct message_type *request, int16_t version,
                                     const struct message_type *item)
{
    for (size_t i = 0; i < request->field_count; i++) {
        const struct field *field = &request->fields[i];
        if (field_in(field, version) && field->kind == FIELD_ARRAY &&
            (field->item == FIELD_STRUCT ? shares_key(field->sub, item, version)
                                         : key_of_kind(item, version, field->item) != NULL)) {
            return field;
        }
    }
    return NULL;
}

static enum kc_err mirror_lists(const struct message_type *from, int16_t version,
                                const uint8_t *request, const struct message_type *to,
                                struct arena *arena, uint8_t *answer);

static enum kc_err mirror_item(const struct field *from, int16_t version, const uint8_t *request,
                               const struct message_type *to, struct arena *arena, uint8_t *item)
{
    message_defaults(to, item);
    if (from->item != FIELD_STRUCT) {
        memcpy(item + key_of_kind(to, version, from->item)->offset, request,
               field_item_size(from->item, NULL));
        return KC_ERR_NONE;
    }
    for (size_t i = 0; i < to->field_count; i++) {
        const struct field *field = &to->fields[i];
        const struct field *source =
            field_in(field, version) ? key_like(from->sub, version, field) : NULL;
        if (source) {
            memcpy(item + field->offset, request + source->offset,
                   field_item_size(field->kind, NULL));
        }
    }
    return mirror_lists(from->sub, version, request, to, arena, item);
}

static enum kc_err mirror_lists(const struct message_type *from, int16_t version,
                                const uint8_t *request, const struct message_type *to,
                                struct arena *arena, uint8_t *answer)
{
    enum kc_err err = KC_ERR_NONE;
    for (size_t i = 0; i < to->field_count && !err; i++) {
        const struct field *field = &to->fields[i];
        bool is_wanted =
            field_in(field, version) && is_struct_list(field) && holds_errors(field->sub, version);
        const struct field *source = is_wanted ? list_like(from, version, field->sub) : NULL;
        if (!source) {
            continue;
        }
        const struct field_list *asked =
            (const struct field_list *)(const void *)(request + source->offset);
        struct field_list *list = (struct field_list *)(void *)(answer + field->offset);
        size_t count = asked->count > 0 ? (size_t)asked->count : 0;
        list->items = arena_alloc_array(arena, count, field->sub->size);
        if (!list->items) {
            return KC_ERR_NO_MEMORY;
        }
        list->count = (int32_t)count;
        for (size_t k = 0; k < count && !err; k++) {
            err = mirror_item(source, version,
                              (const uint8_t *)asked->items +
                                  k * field_item_size(source->item, source->sub),
                              field->sub, arena, (uint8_t *)list->items + k * field->sub->size);
        }
    }
    return err;
}

enum kc_err refusal_make(const struct api *api, int16_t version, const void *request,
                         struct arena *arena, bool is_top, enum kc_err err, void *ret_response)
{
    message_defaults(api->response, ret_response);
    enum kc_err made =
        is_top ? KC_ERR_NONE
               : mirror_lists(api->request, version, request, api->response, arena, ret_response);
    if (!made) {
        (void)refusal_mark(api->response, version, ret_response, NULL, is_top, err);
    }
    return made;
}

bool refusal_throttle(const struct message_type *type, int16_t version, void *message,
                      int32_t throttle_ms)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (field_in(field, version) && field->kind == FIELD_INT32 &&
            strcmp(field->name, "throttleTimeMs") == 0) {
            memcpy((uint8_t *)message + field->offset, &throttle_ms, sizeof(throttle_ms));
            return true;
        }
    }
    return false;
}
