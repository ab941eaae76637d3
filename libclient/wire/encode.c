/* wire: structs to bytes, by the generated rows. */
#include "wire/field.h"

struct encoder {
    struct writer *writer;
    int16_t version;
    bool flexible;
};

static void encode_struct(const struct encoder *encoder, const struct message_type *type,
                          const uint8_t *message);

static void encode_structs(const struct encoder *encoder, const struct message_type *sub,
                           const uint8_t *items, int32_t count)
{
    for (int32_t i = 0; i < count && !encoder->writer->err; i++) {
        encode_struct(encoder, sub, items);
        items += sub->size;
    }
}

static void encode_items(const struct encoder *encoder, const struct field *field,
                         const void *items, int32_t count)
{
    struct writer *writer = encoder->writer;
    size_t size = field_item_size(field->item, NULL);

    for (int32_t i = 0; i < count; i++) {
        switch (field->item == FIELD_STRING ? 0 : size) {
        case 0: {
            struct slice text = ((const struct slice *)items)[i];
            if (slice_is_null(text)) {
                writer_fail(writer, KC_ERR_INVALID);
            }
            write_string(writer, text, encoder->flexible);
            break;
        }
        case 1:
            write_i8(writer, ((const int8_t *)items)[i]);
            break;
        case 2:
            write_u16(writer, ((const uint16_t *)items)[i]);
            break;
        case 4:
            write_u32(writer, ((const uint32_t *)items)[i]);
            break;
        case 8:
            write_i64(writer, ((const int64_t *)items)[i]);
            break;
        default:
            write_uuid(writer, &((const struct uuid *)items)[i]);
            break;
        }
    }
}

static void encode_array(const struct encoder *encoder, const struct field *field,
                         const struct field_list *list)
{
    bool null = list->count < 0;
    if (null ? !field_nullable(field, encoder->version) : list->count > 0 && !list->items) {
        writer_fail(encoder->writer, KC_ERR_INVALID);
        return;
    }
    write_count(encoder->writer, list->count, encoder->flexible);
    if (field->item == FIELD_STRUCT) {
        encode_structs(encoder, field->sub, list->items, list->count);
    } else {
        encode_items(encoder, field, list->items, list->count);
    }
}

static void encode_nested(const struct encoder *encoder, const struct field *field,
                          const void *place)
{
    if (!(field->flags & FIELD_POINTER)) {
        encode_struct(encoder, field->sub, place);
        return;
    }
    const void *nested;
    memcpy(&nested, place, sizeof(nested));
    bool nullable = field_nullable(field, encoder->version);
    if (nullable && field->tag >= 0) {
        write_uvarint(encoder->writer, nested ? 1 : 0);
    } else if (nullable) {
        write_i8(encoder->writer, nested ? 1 : -1);
    }
    if (nested) {
        encode_struct(encoder, field->sub, nested);
    } else if (!nullable) {
        writer_fail(encoder->writer, KC_ERR_INVALID);
    }
}

static void encode_text(const struct encoder *encoder, const struct field *field, struct slice text)
{
    if (slice_is_null(text) && !field_nullable(field, encoder->version)) {
        writer_fail(encoder->writer, KC_ERR_INVALID);
    } else if (field->kind == FIELD_STRING) {
        write_string(encoder->writer, text, field_compact(field, encoder->flexible));
    } else {
        write_bytes(encoder->writer, text, encoder->flexible);
    }
}

static void encode_field(const struct encoder *encoder, const struct field *field,
                         const uint8_t *place)
{
    struct writer *writer = encoder->writer;
    switch ((enum field_kind)field->kind) {
    case FIELD_BOOL:
        write_bool(writer, *(const bool *)place);
        break;
    case FIELD_INT8:
        write_i8(writer, *(const int8_t *)place);
        break;
    case FIELD_INT16:
    case FIELD_UINT16:
        write_u16(writer, *(const uint16_t *)place);
        break;
    case FIELD_INT32:
    case FIELD_UINT32:
        write_u32(writer, *(const uint32_t *)place);
        break;
    case FIELD_INT64:
        write_i64(writer, *(const int64_t *)place);
        break;
    case FIELD_FLOAT64:
        write_f64(writer, *(const double *)place);
        break;
    case FIELD_UUID:
        write_uuid(writer, (const struct uuid *)place);
        break;
    case FIELD_STRING:
    case FIELD_BYTES:
    case FIELD_RECORDS:
        encode_text(encoder, field, *(const struct slice *)place);
        break;
    case FIELD_STRUCT:
        encode_nested(encoder, field, place);
        break;
    case FIELD_ARRAY:
        encode_array(encoder, field, (const struct field_list *)place);
        break;
    }
}

static void encode_tagged(const struct encoder *encoder, const struct field *field,
                          const uint8_t *place)
{
    struct writer counter;
    struct encoder counting = *encoder;

    writer_init(&counter, NULL);
    counting.writer = &counter;
    encode_field(&counting, field, place);
    if (counter.err || counter.counted > INT32_MAX) {
        writer_fail(encoder->writer, counter.err ? counter.err : KC_ERR_TOO_LARGE);
        return;
    }
    write_uvarint(encoder->writer, (uint32_t)field->tag);
    write_uvarint(encoder->writer, (uint32_t)counter.counted);
    encode_field(encoder, field, place);
}

/* Fields with their defaults are left out (KIP-482). */
static void encode_tags(const struct encoder *encoder, const struct message_type *type,
                        const uint8_t *message)
{
    uint32_t count = 0;
    for (size_t i = 0; i < type->tag_count; i++) {
        const struct field *field = &type->fields[type->tags[i]];
        count += field_in(field, encoder->version) && !field_is_default(type, field, message);
    }
    write_uvarint(encoder->writer, count);
    for (size_t i = 0; i < type->tag_count && count > 0; i++) {
        const struct field *field = &type->fields[type->tags[i]];
        if (field_in(field, encoder->version) && !field_is_default(type, field, message)) {
            encode_tagged(encoder, field, message + field->offset);
        }
    }
}

static void encode_struct(const struct encoder *encoder, const struct message_type *type,
                          const uint8_t *message)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (!field_in(field, encoder->version)) {
            if (!(field->flags & FIELD_IGNORABLE) && !field_is_default(type, field, message)) {
                writer_fail(encoder->writer, KC_ERR_UNSUPPORTED_VERSION);
            }
        } else if (field->tag < 0) {
            encode_field(encoder, field, message + field->offset);
        }
    }
    if (encoder->flexible) {
        encode_tags(encoder, type, message);
    }
}

enum kc_err message_encode(const struct message_type *type, int16_t version, const void *message,
                           struct writer *writer)
{
    if (version < type->version_min || version > type->version_max) {
        writer_fail(writer, KC_ERR_UNSUPPORTED_VERSION);
    } else if (!writer->err) {
        struct encoder encoder = { .writer = writer,
                                   .version = version,
                                   .flexible = version >= type->flexible_since };
        encode_struct(&encoder, type, message);
    }
    return writer->err;
}

size_t message_size(const struct message_type *type, int16_t version, const void *message)
{
    struct writer counter;
    writer_init(&counter, NULL);
    return message_encode(type, version, message, &counter) ? 0 : counter.counted;
}
