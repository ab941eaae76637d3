/* wire: bytes to structs, by the generated rows. */
#include "wire/field.h"

struct decoder {
    struct reader *reader;
    struct arena *arena;
    /* Bytes that elements of the lists around will need at least. What they are promised no inner
     * list can claim again, so all lists together are bounded by the input. */
    size_t reserved;
    int16_t version;
    bool flexible;
};

static void decode_struct(struct decoder *decoder, const struct message_type *type, void *out);

static void *fail(struct decoder *decoder, enum kc_err err)
{
    reader_fail(decoder->reader, err);
    return NULL;
}

/* Fewest bytes that one item of an array takes. */
static size_t item_size_min(const struct decoder *decoder, const struct field *field)
{
    switch (field->item) {
    case FIELD_STRUCT:
        return field->sub->size_min[decoder->version - field->sub->version_min];
    case FIELD_STRING:
        return decoder->flexible ? 1 : 2;
    default:
        return field_item_size(field->item, NULL);
    }
}

static void *decode_alloc(struct decoder *decoder, size_t count, size_t size)
{
    void *memory = arena_alloc_array(decoder->arena, count, size);
    return memory ? memory : fail(decoder, KC_ERR_NO_MEMORY);
}

static void decode_structs(struct decoder *decoder, const struct message_type *sub, uint8_t *items,
                           int32_t count, size_t size_min)
{
    size_t outer = decoder->reserved;
    for (int32_t i = count; i > 0 && !decoder->reader->err; i--) {
        decoder->reserved = outer + (size_t)(i - 1) * size_min;
        decode_struct(decoder, sub, items);
        items += sub->size;
    }
    decoder->reserved = outer;
}

static void decode_strings(struct decoder *decoder, struct slice *items, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        items[i] = read_string(decoder->reader, decoder->flexible);
        if (slice_is_null(items[i])) {
            (void)fail(decoder, KC_ERR_MALFORMED);
            return;
        }
    }
}

/* Whole numbers and uuids; the bytes are known to be there. */
static void decode_numbers(struct reader *reader, uint8_t item, void *items, int32_t count)
{
    const uint8_t *data = reader->data;
    switch (field_item_size(item, NULL)) {
    case 1:
        for (int32_t i = 0; i < count; i++) {
            ((uint8_t *)items)[i] = item == FIELD_BOOL ? data[i] != 0 : data[i];
        }
        break;
    case 2:
        for (int32_t i = 0; i < count; i++) {
            ((uint16_t *)items)[i] = load_u16(data + 2 * (size_t)i);
        }
        break;
    case 4:
        for (int32_t i = 0; i < count; i++) {
            ((uint32_t *)items)[i] = load_u32(data + 4 * (size_t)i);
        }
        break;
    case 8: /* float64 too: its bits are moved as a number */
        for (int32_t i = 0; i < count; i++) {
            ((uint64_t *)items)[i] = load_u64(data + 8 * (size_t)i);
        }
        break;
    default:
        memcpy(items, data, (size_t)count * sizeof(struct uuid));
        break;
    }
    reader->data = data + (size_t)count * field_item_size(item, NULL);
}

static void decode_array(struct decoder *decoder, const struct field *field, struct field_list *out)
{
    struct reader *reader = decoder->reader;
    size_t size_min = item_size_min(decoder, field);
    int32_t count = read_count(reader, decoder->flexible, size_min);
    if (count <= 0) {
        *out = (struct field_list){ NULL, count };
        if (count < 0 && !field_nullable(field, decoder->version)) {
            (void)fail(decoder, KC_ERR_MALFORMED);
        }
        return;
    }
    size_t left = reader_left(reader);
    if (left < decoder->reserved || (size_t)count * size_min > left - decoder->reserved) {
        (void)fail(decoder, KC_ERR_MALFORMED);
        return;
    }
    void *items = decode_alloc(decoder, (size_t)count, field_item_size(field->item, field->sub));
    if (!items) {
        return;
    }
    *out = (struct field_list){ items, count };
    if (field->item == FIELD_STRUCT) {
        decode_structs(decoder, field->sub, items, count, size_min);
    } else if (field->item == FIELD_STRING) {
        decode_strings(decoder, items, count);
    } else {
        decode_numbers(reader, field->item, items, count);
    }
}

/* A tagged struct has an unsigned varint in front, 0 for null, another one an int8, -1 for null: so
 * Kafka 4.3 was seen to write them. */
static bool decode_presence(struct decoder *decoder, const struct field *field)
{
    if (!field_nullable(field, decoder->version)) {
        return true;
    }
    return field->tag >= 0 ? read_uvarint(decoder->reader) > 0 : read_i8(decoder->reader) >= 0;
}

static void decode_nested(struct decoder *decoder, const struct field *field, void *out)
{
    if (!(field->flags & FIELD_POINTER)) {
        decode_struct(decoder, field->sub, out);
        return;
    }
    void *nested = NULL;
    if (decode_presence(decoder, field)) {
        nested = decode_alloc(decoder, 1, field->sub->size);
        if (!nested) {
            return;
        }
        decode_struct(decoder, field->sub, nested);
    }
    memcpy(out, &nested, sizeof(nested));
}

static void decode_text(struct decoder *decoder, const struct field *field, struct slice *out)
{
    if (field->kind == FIELD_STRING) {
        *out = read_string(decoder->reader, field_compact(field, decoder->flexible));
    } else {
        *out = read_bytes(decoder->reader, decoder->flexible);
    }
    if (slice_is_null(*out) && !field_nullable(field, decoder->version)) {
        (void)fail(decoder, KC_ERR_MALFORMED);
    }
}

static inline void decode_field(struct decoder *decoder, const struct field *field, uint8_t *out)
{
    struct reader *reader = decoder->reader;
    switch ((enum field_kind)field->kind) {
    case FIELD_BOOL:
        *(bool *)out = read_bool(reader);
        break;
    case FIELD_INT8:
        *(int8_t *)out = read_i8(reader);
        break;
    case FIELD_INT16:
    case FIELD_UINT16:
        *(uint16_t *)out = read_u16(reader);
        break;
    case FIELD_INT32:
    case FIELD_UINT32:
        *(uint32_t *)out = read_u32(reader);
        break;
    case FIELD_INT64:
        *(int64_t *)out = read_i64(reader);
        break;
    case FIELD_FLOAT64:
        *(double *)out = read_f64(reader);
        break;
    case FIELD_UUID:
        memcpy(out, reader_take(reader, sizeof(struct uuid)), sizeof(struct uuid));
        break;
    case FIELD_STRING:
    case FIELD_BYTES:
    case FIELD_RECORDS:
        decode_text(decoder, field, (struct slice *)out);
        break;
    case FIELD_STRUCT:
        decode_nested(decoder, field, out);
        break;
    case FIELD_ARRAY:
        decode_array(decoder, field, (struct field_list *)out);
        break;
    }
}

/* A tagged field is a message of its own size: it must use it up, and owes nothing to the lists
 * around. */
static void decode_tagged(struct decoder *decoder, const struct field *field, size_t size,
                          void *out)
{
    struct reader *reader = decoder->reader;
    const uint8_t *end = reader->end;
    size_t reserved = decoder->reserved;

    reader->end = reader->data + size;
    decoder->reserved = 0;
    decode_field(decoder, field, out);
    if (!reader->err && reader->data != reader->end) {
        reader->err = KC_ERR_MALFORMED;
    }
    decoder->reserved = reserved;
    reader->end = end;
    if (reader->err) {
        reader->data = end;
    }
}

static void decode_tags(struct decoder *decoder, const struct message_type *type, uint8_t *out)
{
    struct reader *reader = decoder->reader;
    uint32_t count = read_uvarint(reader);
    int64_t last = -1;
    size_t next = 0;

    for (uint32_t i = 0; i < count && !reader->err; i++) {
        uint32_t tag = read_uvarint(reader);
        uint32_t size = read_uvarint(reader);
        size_t left = reader_left(reader);
        if (tag <= last || left < decoder->reserved || size > left - decoder->reserved) {
            (void)fail(decoder, KC_ERR_MALFORMED);
            return;
        }
        last = tag;
        while (next < type->tag_count && type->fields[type->tags[next]].tag < last) {
            next++;
        }
        const struct field *field = next < type->tag_count ? &type->fields[type->tags[next]] : NULL;
        if (field && field->tag == last && field_in(field, decoder->version)) {
            decode_tagged(decoder, field, size, out + field->offset);
        } else {
            reader->data += size;
        }
    }
}

static void decode_struct(struct decoder *decoder, const struct message_type *type, void *out)
{
    memcpy(out, type->defaults, type->size);
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (field->tag < 0 && field_in(field, decoder->version)) {
            decode_field(decoder, field, (uint8_t *)out + field->offset);
        }
    }
    if (decoder->flexible) {
        decode_tags(decoder, type, out);
    }
}

enum kc_err message_decode(const struct message_type *type, int16_t version, struct reader *reader,
                           struct arena *arena, void *ret_message)
{
    if (version < type->version_min || version > type->version_max) {
        return KC_ERR_UNSUPPORTED_VERSION;
    }
    struct decoder decoder = { .reader = reader,
                               .arena = arena,
                               .version = version,
                               .flexible = version >= type->flexible_since };
    if (!reader->err) {
        decode_struct(&decoder, type, ret_message);
    }
    return reader->err;
}

enum kc_err message_decode_all(const struct message_type *type, int16_t version, struct slice body,
                               struct arena *arena, void *ret_message)
{
    struct reader reader;
    reader_init(&reader, body);
    enum kc_err err = message_decode(type, version, &reader, arena, ret_message);
    if (err) {
        return err;
    }
    return reader_left(&reader) == 0 ? KC_ERR_NONE : KC_ERR_MALFORMED;
}
