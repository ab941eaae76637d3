/* wire: any message from JSON, led by the message's rows. */
#include "wire/parse.h"

#include "wire/field.h"
#include "wire/parse_text.h"

#include <stdio.h>

static void parse_struct(struct parse_text *text, const struct message_type *type, uint8_t *out);

static const struct {
    const char *name;
    int64_t min;
    int64_t max;
} number_kinds[] = {
    [FIELD_INT8] = { "int8", INT8_MIN, INT8_MAX },
    [FIELD_INT16] = { "int16", INT16_MIN, INT16_MAX },
    [FIELD_UINT16] = { "uint16", 0, UINT16_MAX },
    [FIELD_INT32] = { "int32", INT32_MIN, INT32_MAX },
    [FIELD_UINT32] = { "uint32", 0, UINT32_MAX },
    [FIELD_INT64] = { "int64", INT64_MIN, INT64_MAX },
};

static void parse_integer(struct parse_text *text, uint8_t kind, uint8_t *out)
{
    int64_t value = parse_text_integer(text, number_kinds[kind].min, number_kinds[kind].max,
                                       number_kinds[kind].name);
    const int8_t tiny = (int8_t)value;
    const int16_t small = (int16_t)value;
    const int32_t middle = (int32_t)value;
    size_t size = field_item_size(kind, NULL);
    memcpy(out,
           size == 1   ? (const void *)&tiny
           : size == 2 ? (const void *)&small
           : size == 4 ? (const void *)&middle
                       : (const void *)&value,
           size);
}

static void parse_value(struct parse_text *text, uint8_t kind, const struct message_type *sub,
                        uint8_t *out)
{
    switch ((enum field_kind)kind) {
    case FIELD_BOOL: {
        bool value = parse_text_word(text, "true");
        if (!value && !parse_text_word(text, "false")) {
            parse_text_fail(text, "true or false is expected");
        }
        memcpy(out, &value, sizeof(value));
        break;
    }
    case FIELD_FLOAT64: {
        double value = parse_text_double(text);
        memcpy(out, &value, sizeof(value));
        break;
    }
    case FIELD_UUID:
        if (!uuid_parse(parse_text_string(text), (struct uuid *)out)) {
            parse_text_fail(text, "no uuid in Kafka's 22 characters of base64");
        }
        break;
    case FIELD_STRING:
        *(struct slice *)out = parse_text_string(text);
        break;
    case FIELD_BYTES:
    case FIELD_RECORDS:
        *(struct slice *)out = parse_text_base64(text);
        break;
    case FIELD_STRUCT:
        parse_struct(text, sub, out);
        break;
    default:
        parse_integer(text, kind, out);
    }
}

/* Room for one more item; the list's memory doubles. */
static uint8_t *add_item(struct parse_text *text, struct field_list *list, size_t size,
                         size_t *capacity)
{
    if ((size_t)list->count == *capacity) {
        size_t wider = MAX_OF(*capacity * 2, (size_t)4);
        uint8_t *items = arena_alloc_array(text->arena, wider, size);
        if (!items) {
            text->err = text->err ? text->err : KC_ERR_NO_MEMORY;
            return NULL;
        }
        if (list->count > 0) {
            memcpy(items, list->items, *capacity * size);
        }
        list->items = items;
        *capacity = wider;
    }
    return (uint8_t *)list->items + (size_t)list->count++ * size;
}

static void parse_list(struct parse_text *text, const struct field *field, struct field_list *list)
{
    size_t size = field_item_size(field->item, field->sub);
    size_t capacity = 0;
    size_t path_size = text->path_size;
    list->items = NULL;
    list->count = 0;
    parse_text_expect(text, '[');
    if (parse_text_take(text, ']')) {
        return;
    }
    do {
        int used =
            snprintf(text->path + path_size, sizeof(text->path) - path_size, "[%d]", list->count);
        text->path_size = MIN_OF(path_size + (size_t)MAX_OF(used, 0), sizeof(text->path) - 1);
        uint8_t *item = text->err ? NULL : add_item(text, list, size, &capacity);
        if (item) {
            parse_value(text, field->item, field->sub, item);
        }
    } while (!text->err && parse_text_take(text, ','));
    if (!text->err) {
        text->path_size = path_size;
    }
    parse_text_expect(text, ']');
}

static bool is_nullable(const struct field *field)
{
    return field->null_since <= field->null_until;
}

static void parse_null(struct parse_text *text, const struct field *field, uint8_t *out)
{
    if (!is_nullable(field)) {
        parse_text_fail(text, "null is not possible here");
    } else if (field->kind == FIELD_ARRAY) {
        ((struct field_list *)out)->count = -1;
    } else if (field->kind == FIELD_STRUCT) {
        memset(out, 0, sizeof(void *));
    } else {
        *(struct slice *)out = SLICE_NULL;
    }
}

static void parse_field(struct parse_text *text, const struct field *field, uint8_t *out)
{
    if (parse_text_word(text, "null")) {
        parse_null(text, field, out);
    } else if (field->kind == FIELD_ARRAY) {
        parse_list(text, field, (struct field_list *)out);
    } else if (field->kind == FIELD_STRUCT && (field->flags & FIELD_POINTER)) {
        uint8_t *nested = arena_alloc(text->arena, field->sub->size);
        if (nested) {
            parse_struct(text, field->sub, nested);
        } else {
            text->err = text->err ? text->err : KC_ERR_NO_MEMORY;
        }
        memcpy(out, &nested, sizeof(nested));
    } else {
        parse_value(text, field->kind, field->sub, out);
    }
}

static void parse_member(struct parse_text *text, const struct message_type *type, uint8_t *out)
{
    struct slice name = parse_text_string(text);
    for (size_t i = 0; !text->err && i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (!slice_is(name, field->name)) {
            continue;
        }
        size_t path_size = text->path_size;
        int used = snprintf(text->path + path_size, sizeof(text->path) - path_size, "%s%s",
                            path_size > 0 ? "." : "", field->name);
        text->path_size = MIN_OF(path_size + (size_t)MAX_OF(used, 0), sizeof(text->path) - 1);
        parse_text_expect(text, ':');
        parse_field(text, field, out + field->offset);
        if (!text->err) {
            text->path_size = path_size;
        }
        return;
    }
    parse_text_fail(text, "there is no field '%.*s'", (int)MIN_OF(name.size, (size_t)60),
                    (const char *)name.data);
}

static void parse_struct(struct parse_text *text, const struct message_type *type, uint8_t *out)
{
    message_defaults(type, out);
    parse_text_expect(text, '{');
    if (text->err || parse_text_take(text, '}')) {
        return;
    }
    do {
        parse_member(text, type, out);
    } while (!text->err && parse_text_take(text, ','));
    parse_text_expect(text, '}');
}

enum kc_err parse_message(const struct message_type *type, struct slice text, struct arena *arena,
                          void *ret_message, char *why, size_t why_size)
{
    struct parse_text reader = { .at = text.data,
                                 .end = text.data + text.size,
                                 .arena = arena,
                                 .why = why,
                                 .why_size = why_size };
    why[0] = 0;
    parse_struct(&reader, type, ret_message);
    if (!reader.err && parse_text_peek(&reader)) {
        parse_text_fail(&reader, "something follows the object");
    }
    return reader.err;
}
