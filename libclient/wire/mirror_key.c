/* wire: the values of a message's fields as keys of maps. */
#include "wire/mirror.h"

#include "wire/field.h"

#include <assert.h>

enum { SORT_MAX = 16 };

static size_t put(uint8_t *out, const void *data, size_t size)
{
    if (out && size > 0) {
        memcpy(out, data, size);
    }
    return size;
}

/* Null and empty texts differ. */
static size_t put_text(uint8_t *out, struct slice text)
{
    int64_t size = slice_is_null(text) ? -1 : (int64_t)text.size;
    return put(out, &size, sizeof(size)) +
           put(out ? out + sizeof(size) : NULL, text.data, text.size);
}

static size_t put_field(uint8_t *out, const struct mirror_field *field);

static size_t put_item(uint8_t *out, const struct message_type *type, void *item)
{
    size_t size = 0;
    for (size_t i = 0; i < type->field_count; i++) {
        struct mirror_field field = { .place = (uint8_t *)item + type->fields[i].offset,
                                      .kind = type->fields[i].kind };
        size += put_field(out ? out + size : NULL, &field);
    }
    return size;
}

/* The position of the item that comes next after `last` in order of the first field, a string. */
static int32_t next_item(const struct mirror_field *list, int32_t last)
{
    int32_t best = -1;
    for (int32_t i = 0; i < mirror_count(list); i++) {
        const struct slice *name = mirror_item(list, i);
        int after = last < 0 ? 1 : slice_compare(*name, *(struct slice *)mirror_item(list, last));
        bool is_later = after > 0 || (after == 0 && i > last);
        if (is_later &&
            (best < 0 || slice_compare(*name, *(struct slice *)mirror_item(list, best)) < 0)) {
            best = i;
        }
    }
    return best;
}

/* Lists of structs that begin with a string: in any order when they are short. */
static size_t put_list(uint8_t *out, const struct mirror_field *list)
{
    int64_t count = mirror_count(list);
    size_t size = put(out, &count, sizeof(count));
    int32_t item = -1;
    assert(list->sub && list->sub->fields[0].kind == FIELD_STRING);
    for (int32_t i = 0; i < count; i++) {
        item = count > SORT_MAX ? i : next_item(list, item);
        size += put_item(out ? out + size : NULL, list->sub, mirror_item(list, item));
    }
    return size;
}

static size_t put_field(uint8_t *out, const struct mirror_field *field)
{
    assert(field->place);
    if (field->kind == FIELD_STRING) {
        return put_text(out, *(const struct slice *)field->place);
    }
    if (field->kind == FIELD_UUID) {
        return put(out, field->place, sizeof(struct uuid));
    }
    if (field->kind == FIELD_ARRAY) {
        return put_list(out, field);
    }
    int64_t number = field_number(field->kind, field->place);
    return put(out, &number, sizeof(number));
}

struct slice mirror_key(const struct message_type *type, const void *message,
                        const char *const *names, struct arena *arena)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    for (int pass = 0; pass < 2; pass++) {
        size = 0;
        for (const char *const *name = names; *name; name++) {
            struct mirror_field field = mirror_find(type, message, *name);
            size += put_field(bytes ? bytes + size : NULL, &field);
        }
        if (pass == 0) {
            bytes = arena_alloc(arena, size);
            if (!bytes) {
                return SLICE_NULL;
            }
        }
    }
    return slice_of(bytes, size);
}

struct slice mirror_text_key(struct slice text, struct arena *arena)
{
    uint8_t *bytes = arena_alloc(arena, put_text(NULL, text));
    return bytes ? slice_of(bytes, put_text(bytes, text)) : SLICE_NULL;
}
