/* wire: what the rows tell besides encoding: names, versions, defaults, equality. */
#include "wire/codec.h"

#include "wire/field.h"

#include <assert.h>

static const uint8_t item_sizes[] = {
    [FIELD_BOOL] = sizeof(bool),
    [FIELD_INT8] = 1,
    [FIELD_INT16] = 2,
    [FIELD_UINT16] = 2,
    [FIELD_INT32] = 4,
    [FIELD_UINT32] = 4,
    [FIELD_INT64] = 8,
    [FIELD_FLOAT64] = 8,
    [FIELD_UUID] = sizeof(struct uuid),
    [FIELD_STRING] = sizeof(struct slice),
    [FIELD_BYTES] = sizeof(struct slice),
    [FIELD_RECORDS] = sizeof(struct slice),
    [FIELD_ARRAY] = sizeof(struct field_list),
};

const char *message_name(const struct message_type *type)
{
    return type->name;
}

int16_t message_version_min(const struct message_type *type)
{
    return type->version_min;
}

int16_t message_version_max(const struct message_type *type)
{
    return type->version_max;
}

bool message_is_flexible(const struct message_type *type, int16_t version)
{
    return version >= type->flexible_since;
}

size_t message_struct_size(const struct message_type *type)
{
    return type->size;
}

int16_t message_key(const struct message_type *type)
{
    return type->key;
}

const struct message_type *message_find(struct slice name)
{
    for (size_t i = 0; i < message_table_count; i++) {
        if (slice_is(name, message_table[i]->name)) {
            return message_table[i];
        }
    }
    return NULL;
}

void message_defaults(const struct message_type *type, void *ret_message)
{
    memcpy(ret_message, type->defaults, type->size);
}

size_t field_item_size(uint8_t kind, const struct message_type *sub)
{
    return kind == FIELD_STRUCT ? sub->size : item_sizes[kind];
}

int64_t field_number(uint8_t kind, const uint8_t *place)
{
    switch ((enum field_kind)kind) {
    case FIELD_BOOL:
        return *(const bool *)place;
    case FIELD_INT8:
        return *(const int8_t *)place;
    case FIELD_INT16:
        return *(const int16_t *)place;
    case FIELD_UINT16:
        return *(const uint16_t *)place;
    case FIELD_INT32:
        return *(const int32_t *)place;
    case FIELD_UINT32:
        return *(const uint32_t *)place;
    default:
        assert(kind == FIELD_INT64);
        return *(const int64_t *)place;
    }
}

static bool equal_items(const struct field *field, const struct field_list *a,
                        const struct field_list *b)
{
    if (MAX_OF(a->count, -1) != MAX_OF(b->count, -1)) {
        return false;
    }
    size_t size = field_item_size(field->item, field->sub);
    for (int32_t i = 0; i < a->count; i++) {
        const uint8_t *left = (const uint8_t *)a->items + (size_t)i * size;
        const uint8_t *right = (const uint8_t *)b->items + (size_t)i * size;
        bool same = field->item == FIELD_STRUCT ? message_equal(field->sub, left, right)
                    : field->item == FIELD_STRING
                        ? slice_equal(*(const struct slice *)left, *(const struct slice *)right)
                        : memcmp(left, right, size) == 0;
        if (!same) {
            return false;
        }
    }
    return true;
}

static bool equal_nested(const struct field *field, const void *a, const void *b)
{
    if (field->flags & FIELD_POINTER) {
        const void *left;
        const void *right;
        memcpy(&left, a, sizeof(left));
        memcpy(&right, b, sizeof(right));
        if (!left || !right) {
            return left == right;
        }
        return message_equal(field->sub, left, right);
    }
    return message_equal(field->sub, a, b);
}

/* Numbers are compared by their bits, so NaN equals itself and a message equals its decoded form.
 */
static bool equal_values(const struct field *field, const void *a, const void *b)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_STRING:
    case FIELD_BYTES:
    case FIELD_RECORDS:
        return slice_equal(*(const struct slice *)a, *(const struct slice *)b);
    case FIELD_STRUCT:
        return equal_nested(field, a, b);
    case FIELD_ARRAY:
        return equal_items(field, a, b);
    default:
        return memcmp(a, b, field_item_size(field->kind, NULL)) == 0;
    }
}

bool field_is_default(const struct message_type *type, const struct field *field,
                      const uint8_t *message)
{
    return equal_values(field, message + field->offset,
                        (const uint8_t *)type->defaults + field->offset);
}

bool message_equal(const struct message_type *type, const void *a, const void *b)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (!equal_values(field, (const uint8_t *)a + field->offset,
                          (const uint8_t *)b + field->offset)) {
            return false;
        }
    }
    return true;
}
