/* wire: copies between messages and plain structs by rows. */
#include "wire/mirror.h"

#include "wire/field.h"

#include <assert.h>

static const struct field *find_name(const struct message_type *type, const char *name, size_t size)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const char *have = type->fields[i].name;
        if (strncmp(have, name, size) == 0 && have[size] == 0) {
            return &type->fields[i];
        }
    }
    return NULL;
}

/* The struct in the field, or NULL. */
static const uint8_t *enter(const struct field *field, const uint8_t *place)
{
    const uint8_t *nested = place;
    if (field->flags & FIELD_POINTER) {
        memcpy(&nested, place, sizeof(nested));
    }
    return nested;
}

/* The field at the end of the path; *place moves from the message to it, NULL behind a null. */
static const struct field *walk(const struct message_type *type, const char *path,
                                const uint8_t **place)
{
    for (;;) {
        size_t size = strcspn(path, ".");
        const struct field *field = find_name(type, path, size);
        if (!field) {
            return NULL;
        }
        *place = *place ? *place + field->offset : NULL;
        if (!path[size]) {
            return field;
        }
        assert(field->kind == FIELD_STRUCT);
        *place = *place ? enter(field, *place) : NULL;
        type = field->sub;
        path += size + 1;
    }
}

/* Little endian or big, bytes of a shorter integer are those of a cast. */
static void store_sized(size_t size, uint8_t *place, int64_t value)
{
    const int8_t tiny = (int8_t)value;
    const int16_t small = (int16_t)value;
    const int32_t middle = (int32_t)value;
    const void *from = size == 1   ? (const void *)&tiny
                       : size == 2 ? (const void *)&small
                       : size == 4 ? (const void *)&middle
                                   : (const void *)&value;
    assert(size == 1 || size == 2 || size == 4 || size == 8);
    memcpy(place, from, size);
}

static int64_t load_sized(size_t size, const uint8_t *place)
{
    assert(size == 1 || size == 2 || size == 4 || size == 8);
    return size == 1   ? *(const int8_t *)place
           : size == 2 ? *(const int16_t *)place
           : size == 4 ? *(const int32_t *)place
                       : *(const int64_t *)place;
}

static void set_count(const struct mirror_row *row, uint8_t *plain, size_t count)
{
    memcpy(plain + row->count, &count, sizeof(count));
}

static bool read_text(const uint8_t *from, struct arena *arena, uint8_t *to)
{
    struct slice text = *(const struct slice *)from;
    struct slice copy = slice_is_null(text) ? text : arena_copy(arena, text);
    memcpy(to, &copy.data, sizeof(copy.data));
    return slice_is_null(text) == slice_is_null(copy);
}

static bool read_scalar(uint8_t kind, const uint8_t *from, size_t size, struct arena *arena,
                        uint8_t *to)
{
    if (kind == FIELD_STRING) {
        assert(size == sizeof(char *));
        return read_text(from, arena, to);
    }
    if (kind == FIELD_UUID) {
        char text[UUID_TEXT_SIZE] = "";
        assert(size >= sizeof(text));
        if (!uuid_is_zero((const struct uuid *)from)) {
            uuid_show((const struct uuid *)from, text);
        }
        memcpy(to, text, sizeof(text));
    } else if (kind == FIELD_FLOAT64) {
        assert(size == sizeof(double));
        memcpy(to, from, sizeof(double));
    } else {
        store_sized(size, to, field_number(kind, from));
    }
    return true;
}

static bool read_list(const struct field *field, const struct field_list *list,
                      const struct mirror_row *row, struct arena *arena, uint8_t *plain)
{
    size_t count = list->count > 0 ? (size_t)list->count : 0;
    size_t step = field_item_size(field->item, field->sub);
    uint8_t *items = arena_alloc_array(arena, count, row->item_size);
    bool fits = items != NULL;
    for (size_t i = 0; fits && i < count; i++) {
        const uint8_t *from = (const uint8_t *)list->items + i * step;
        uint8_t *to = items + i * row->item_size;
        fits = field->item == FIELD_STRUCT
                   ? mirror_read(field->sub, from, row->rows, arena, to)
                   : read_scalar(field->item, from, row->item_size, arena, to);
    }
    if (list->count < 0) {
        items = NULL;
    }
    memcpy(plain + row->offset, &items, sizeof(items));
    set_count(row, plain, fits ? count : 0);
    return fits;
}

/* Topics with partitions, as partitions that name their topic. */
static bool read_flat(const struct field *field, const struct field_list *list,
                      const struct mirror_row *row, struct arena *arena, uint8_t *plain)
{
    const struct mirror_field outer = {
        .place = (void *)list, .sub = field->sub, .item_size = field->sub->size, .kind = FIELD_ARRAY
    };
    size_t count = 0;
    for (int32_t i = 0; i < mirror_count(&outer); i++) {
        struct mirror_field inner = mirror_find(outer.sub, mirror_item(&outer, i), row->inner);
        count += (size_t)mirror_count(&inner);
    }
    uint8_t *items = arena_alloc_array(arena, count, row->item_size);
    uint8_t *to = items;
    bool fits = items != NULL;
    for (int32_t i = 0; fits && i < mirror_count(&outer); i++) {
        const void *item = mirror_item(&outer, i);
        struct mirror_field inner = mirror_find(outer.sub, item, row->inner);
        struct slice name = mirror_text(outer.sub, item, row->outer);
        const uint8_t *text = NULL;
        fits = read_text((const uint8_t *)&name, arena, (uint8_t *)&text);
        for (int32_t k = 0; fits && k < mirror_count(&inner); k++, to += row->item_size) {
            memcpy(to, &text, sizeof(text));
            if (inner.sub) {
                fits = mirror_read(inner.sub, mirror_item(&inner, k), row->rows, arena, to);
            } else {
                store_sized(sizeof(int32_t), to + sizeof(text),
                            *(const int32_t *)mirror_item(&inner, k));
            }
        }
    }
    memcpy(plain + row->offset, &items, sizeof(items));
    set_count(row, plain, fits ? count : 0);
    return fits;
}

static bool read_row(const struct field *field, const uint8_t *from, const struct mirror_row *row,
                     struct arena *arena, uint8_t *plain)
{
    if (field->kind == FIELD_ARRAY) {
        const struct field_list *list = (const struct field_list *)from;
        return row->inner ? read_flat(field, list, row, arena, plain)
                          : read_list(field, list, row, arena, plain);
    }
    if (field->kind == FIELD_BYTES || field->kind == FIELD_RECORDS) {
        set_count(row, plain, ((const struct slice *)from)->size);
        return read_text(from, arena, plain + row->offset);
    }
    return read_scalar(field->kind, from, row->size, arena, plain + row->offset);
}

bool mirror_read(const struct message_type *type, const void *message,
                 const struct mirror_row *rows, struct arena *arena, void *plain)
{
    bool fits = true;
    for (const struct mirror_row *row = rows; fits && row->path; row++) {
        const uint8_t *from = message;
        const struct field *field = walk(type, row->path, &from);
        assert(field);
        fits = !from || read_row(field, from, row, arena, plain);
    }
    return fits;
}

static bool write_scalar(uint8_t kind, const uint8_t *from, size_t size, struct arena *arena,
                         uint8_t *to)
{
    if (kind == FIELD_STRING) {
        const char *text;
        memcpy(&text, from, sizeof(text));
        *(struct slice *)to = text ? arena_copy(arena, slice_text(text)) : SLICE_NULL;
        return !text || !slice_is_null(*(struct slice *)to);
    }
    if (kind == FIELD_UUID) {
        struct uuid uuid = { { 0 } };
        const char *text = (const char *)from;
        if (size == sizeof(text)) {
            memcpy(&text, from, sizeof(text));
        }
        (void)uuid_parse(slice_text(text), &uuid);
        memcpy(to, &uuid, sizeof(uuid));
    } else if (kind == FIELD_FLOAT64) {
        memcpy(to, from, sizeof(double));
    } else {
        size_t wide = field_item_size(kind, NULL);
        store_sized(wide, to, load_sized(size, from));
    }
    return true;
}

static bool write_list(const struct field *field, const struct mirror_row *row,
                       const uint8_t *plain, struct arena *arena, struct field_list *list)
{
    const uint8_t *items;
    size_t count;
    memcpy(&items, plain + row->offset, sizeof(items));
    memcpy(&count, plain + row->count, sizeof(count));
    if (!items) {
        list->count = field->null_since <= field->null_until ? -1 : 0;
        return true;
    }
    size_t step = field_item_size(field->item, field->sub);
    list->items = arena_alloc_array(arena, count, step);
    list->count = list->items ? (int32_t)count : 0;
    bool fits = list->items != NULL;
    for (size_t i = 0; fits && i < count; i++) {
        uint8_t *to = (uint8_t *)list->items + i * step;
        const uint8_t *from = items + i * row->item_size;
        if (field->item == FIELD_STRUCT) {
            message_defaults(field->sub, to);
            fits = mirror_write(field->sub, row->rows, from, arena, to);
        } else {
            fits = write_scalar(field->item, from, row->item_size, arena, to);
        }
    }
    return fits;
}

static bool write_row(const struct field *field, const struct mirror_row *row, const uint8_t *plain,
                      struct arena *arena, uint8_t *to)
{
    if (field->kind == FIELD_ARRAY) {
        assert(!row->inner);
        return write_list(field, row, plain, arena, (struct field_list *)to);
    }
    if (field->kind == FIELD_BYTES) {
        struct slice bytes;
        memcpy(&bytes.data, plain + row->offset, sizeof(bytes.data));
        memcpy(&bytes.size, plain + row->count, sizeof(bytes.size));
        *(struct slice *)to = arena_copy(arena, bytes.data ? bytes : SLICE_EMPTY);
        return !slice_is_null(*(struct slice *)to);
    }
    return write_scalar(field->kind, plain + row->offset, row->size, arena, to);
}

bool mirror_write(const struct message_type *type, const struct mirror_row *rows, const void *plain,
                  struct arena *arena, void *message)
{
    bool fits = true;
    for (const struct mirror_row *row = rows; fits && row->path; row++) {
        const uint8_t *place = message;
        const struct field *field = walk(type, row->path, &place);
        assert(field && place);
        fits = write_row(field, row, plain, arena, (uint8_t *)place);
    }
    return fits;
}

struct mirror_field mirror_find(const struct message_type *type, const void *message,
                                const char *path)
{
    const uint8_t *place = message;
    const struct field *field = walk(type, path, &place);
    if (!field) {
        return (struct mirror_field){ .place = NULL };
    }
    return (struct mirror_field){
        .place = (void *)place,
        .sub = field->sub,
        .item_size = field->kind == FIELD_ARRAY ? field_item_size(field->item, field->sub) : 0,
        .kind = field->kind,
    };
}

int32_t mirror_count(const struct mirror_field *field)
{
    const struct field_list *list = field->place;
    return list && field->kind == FIELD_ARRAY && list->count > 0 ? list->count : 0;
}

void *mirror_item(const struct mirror_field *field, int32_t index)
{
    const struct field_list *list = field->place;
    return (uint8_t *)list->items + (size_t)index * field->item_size;
}

void mirror_set_list(const struct mirror_field *field, void *items, int32_t count)
{
    struct field_list *list = field->place;
    assert(list && field->kind == FIELD_ARRAY);
    list->items = items;
    list->count = count;
}

int64_t mirror_number(const struct message_type *type, const void *message, const char *path,
                      int64_t otherwise)
{
    struct mirror_field field = mirror_find(type, message, path);
    return field.place ? field_number(field.kind, field.place) : otherwise;
}

struct slice mirror_text(const struct message_type *type, const void *message, const char *path)
{
    struct mirror_field field = mirror_find(type, message, path);
    return field.place ? *(const struct slice *)field.place : SLICE_NULL;
}
