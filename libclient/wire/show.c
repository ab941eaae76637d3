/* wire: any message as one line of JSON, for debug logs, test differences and the tools that print
 * stored records. */
#include "wire/field.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool show_text(struct bytes *out, const char *text)
{
    return bytes_append(out, text, strlen(text));
}

static bool show_signed(struct bytes *out, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRId64, value);
    return show_text(out, text);
}

/* The shortest digits that read back as the same number; JSON has no other way to say the rest. */
static bool show_double(struct bytes *out, double value)
{
    char text[40];
    if (isnan(value)) {
        return show_text(out, "\"NaN\"");
    }
    if (isinf(value)) {
        return show_text(out, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    }
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(text, sizeof(text), "%.*g", precision, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    /* Some locales have a decimal comma. */
    size_t point = strspn(text, "-0123456789e+");
    if (text[point]) {
        text[point] = '.';
    } else if (!strchr(text, 'e')) {
        memcpy(text + point, ".0", 3);
    }
    return show_text(out, text);
}

/* Bytes of the well-formed UTF-8 character at the start, or 0. */
static size_t utf8_size(const uint8_t *data, size_t left)
{
    uint8_t first = data[0];
    size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (size == 0 || size > left || first > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((first == 0xe0 && data[1] < 0xa0) || (first == 0xed && data[1] > 0x9f) ||
        (first == 0xf0 && data[1] < 0x90) || (first == 0xf4 && data[1] > 0x8f)) {
        return 0;
    }
    return size;
}

static bool show_escaped(struct bytes *out, uint8_t c)
{
    char text[8];
    switch (c) {
    case '"':
        return show_text(out, "\\\"");
    case '\\':
        return show_text(out, "\\\\");
    case '\n':
        return show_text(out, "\\n");
    case '\r':
        return show_text(out, "\\r");
    case '\t':
        return show_text(out, "\\t");
    default:
        (void)snprintf(text, sizeof(text), "\\u%04x", c);
        return show_text(out, text);
    }
}

static bool show_string(struct bytes *out, struct slice string)
{
    bool fits = show_text(out, "\"");
    for (size_t i = 0; fits && i < string.size;) {
        const uint8_t *data = string.data + i;
        size_t size = utf8_size(data, string.size - i);
        if (size == 0) {
            fits = show_text(out, "\\ufffd");
        } else if (size == 1 && (*data < 0x20 || *data == '"' || *data == '\\' || *data == 0x7f)) {
            fits = show_escaped(out, *data);
        } else {
            fits = bytes_append(out, data, size);
        }
        i += MAX_OF(size, (size_t)1);
    }
    return fits && show_text(out, "\"");
}

static bool show_base64(struct bytes *out, struct slice bytes)
{
    bool fits = show_text(out, "\"");

    for (size_t i = 0; fits && i < bytes.size; i += 3) {
        size_t left = MIN_OF(bytes.size - i, (size_t)3);
        uint32_t bits = (uint32_t)bytes.data[i] << 16 |
                        (left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0) |
                        (left > 2 ? bytes.data[i + 2] : 0);
        char group[4] = { digits[bits >> 18], digits[bits >> 12 & 63],
                          left > 1 ? digits[bits >> 6 & 63] : '=',
                          left > 2 ? digits[bits & 63] : '=' };
        fits = bytes_append(out, group, sizeof(group));
    }
    return fits && show_text(out, "\"");
}

static bool show_uuid(struct bytes *out, const struct uuid *uuid)
{
    char text[UUID_TEXT_SIZE];
    uuid_show(uuid, text);
    return show_string(out, slice_text(text));
}

static bool show_value(uint8_t kind, const struct message_type *sub, int16_t version,
                       const uint8_t *place, struct bytes *out)
{
    switch ((enum field_kind)kind) {
    case FIELD_BOOL:
        return show_text(out, *(const bool *)place ? "true" : "false");
    case FIELD_INT8:
        return show_signed(out, *(const int8_t *)place);
    case FIELD_INT16:
        return show_signed(out, *(const int16_t *)place);
    case FIELD_UINT16:
        return show_signed(out, *(const uint16_t *)place);
    case FIELD_INT32:
        return show_signed(out, *(const int32_t *)place);
    case FIELD_UINT32:
        return show_signed(out, *(const uint32_t *)place);
    case FIELD_INT64:
        return show_signed(out, *(const int64_t *)place);
    case FIELD_FLOAT64:
        return show_double(out, *(const double *)place);
    case FIELD_UUID:
        return show_uuid(out, (const struct uuid *)place);
    case FIELD_STRING:
    case FIELD_BYTES:
    case FIELD_RECORDS: {
        struct slice bytes = *(const struct slice *)place;
        return slice_is_null(bytes)   ? show_text(out, "null")
               : kind == FIELD_STRING ? show_string(out, bytes)
                                      : show_base64(out, bytes);
    }
    default:
        return message_show(sub, version, place, out);
    }
}

static bool show_field(const struct field *field, int16_t version, const uint8_t *place,
                       struct bytes *out)
{
    if (field->kind == FIELD_STRUCT && (field->flags & FIELD_POINTER)) {
        const void *nested;
        memcpy(&nested, place, sizeof(nested));
        return nested ? message_show(field->sub, version, nested, out) : show_text(out, "null");
    }
    if (field->kind != FIELD_ARRAY) {
        return show_value(field->kind, field->sub, version, place, out);
    }
    const struct field_list *list = (const struct field_list *)place;
    if (list->count < 0) {
        return show_text(out, "null");
    }
    const uint8_t *item = list->items;
    bool fits = show_text(out, "[");
    for (int32_t i = 0; fits && i < list->count; i++) {
        fits = (i == 0 || show_text(out, ",")) &&
               show_value(field->item, field->sub, version, item, out);
        item += field_item_size(field->item, field->sub);
    }
    return fits && show_text(out, "]");
}

bool message_show(const struct message_type *type, int16_t version, const void *message,
                  struct bytes *out)
{
    bool first = true;
    bool fits = show_text(out, "{");

    for (size_t i = 0; fits && i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (!field_in(field, version) ||
            (field->tag >= 0 && field_is_default(type, field, message))) {
            continue;
        }
        fits = (first || show_text(out, ",")) && show_text(out, "\"") &&
               show_text(out, field->name) && show_text(out, "\":") &&
               show_field(field, version, (const uint8_t *)message + field->offset, out);
        first = false;
    }
    return fits && show_text(out, "}");
}
