/* wire: where an answer has its error codes. */
#include "wire/error_path.h"

#include "wire/field.h"

#include <string.h>

static bool is_error(const struct field *field)
{
    return field->kind == FIELD_INT16 && strcmp(field->name, "errorCode") == 0;
}

static bool is_list(const struct field *field)
{
    return field->kind == FIELD_ARRAY && field->item == FIELD_STRUCT;
}

/* Steps that turn out to lead nowhere are taken back. */
static void add_step(struct error_path *path, const struct message_type *type, uint32_t list_offset)
{
    if (path->count == ERROR_PATH_STEPS_MAX) {
        return;
    }
    uint8_t at = path->count++;
    struct error_path_step *step = &path->steps[at];
    *step = (struct error_path_step){ list_offset, type->size, -1, 0 };
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (is_error(field)) {
            step->error_offset = (int32_t)field->offset;
        } else if (is_list(field)) {
            add_step(path, field->sub, field->offset);
        }
    }
    step->end = path->count;
    if (step->error_offset < 0 && step->end == at + 1) {
        path->count = at;
    }
}

void error_path_init(struct error_path *path, const struct message_type *type)
{
    path->count = 0;
    add_step(path, type, 0);
}

static void walk(const struct error_path *path, uint8_t at, const uint8_t *item,
                 void (*found)(void *context, int16_t code), void *context)
{
    const struct error_path_step *step = &path->steps[at];
    if (step->error_offset >= 0) {
        int16_t code;
        memcpy(&code, item + step->error_offset, sizeof(code));
        if (code != KC_ERR_NONE) {
            found(context, code);
        }
    }
    for (uint8_t below = (uint8_t)(at + 1); below < step->end; below = path->steps[below].end) {
        const struct error_path_step *inner = &path->steps[below];
        const struct field_list *list =
            (const struct field_list *)(const void *)(item + inner->list_offset);
        for (int32_t i = 0; i < list->count; i++) {
            walk(path, below, (const uint8_t *)list->items + (size_t)i * inner->item_size, found,
                 context);
        }
    }
}

void error_path_walk(const struct error_path *path, const void *message,
                     void (*found)(void *context, int16_t code), void *context)
{
    if (path->count > 0) {
        walk(path, 0, message, found, context);
    }
}
