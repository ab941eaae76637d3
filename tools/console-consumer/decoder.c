/* console-consumer: prints serialized values as their Java deserializer and toString do. */
#include "console-consumer/decoder.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct decoder {
    const char *name;
    size_t size; /* of its values; 0: any */
    bool (*write)(const uint8_t *data, size_t size, struct text *text);
};

static uint64_t big_endian(const uint8_t *data, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | data[i];
    }
    return value;
}

static bool write_raw(const uint8_t *data, size_t size, struct text *text)
{
    text_append(text, data, size);
    return true;
}

static bool write_bytes(const uint8_t *data, size_t size, struct text *text)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] >= ' ' && data[i] <= '~' && data[i] != '\\') {
            text_append(text, &data[i], 1);
        } else {
            text_format(text, "\\x%02X", data[i]);
        }
    }
    return true;
}

static bool write_short(const uint8_t *data, size_t size, struct text *text)
{
    text_format(text, "%d", (int16_t)big_endian(data, size));
    return true;
}

static bool write_integer(const uint8_t *data, size_t size, struct text *text)
{
    text_format(text, "%" PRId32, (int32_t)big_endian(data, size));
    return true;
}

static bool write_long(const uint8_t *data, size_t size, struct text *text)
{
    text_format(text, "%" PRId64, (int64_t)big_endian(data, size));
    return true;
}

static bool write_boolean(const uint8_t *data, size_t size, struct text *text)
{
    if (data[0] > 1) {
        return false;
    }
    text_add(text, data[0] == 1 ? "true" : "false");
    return true;
}

/* The shortest digits that read back as the same number: "d.ddde[+-]xx". */
static void shortest(double value, bool single, char *ret_digits, size_t size)
{
    for (int precision = 0; precision <= 17; precision++) {
        snprintf(ret_digits, size, "%.*e", precision, value);
        bool same =
            single ? strtof(ret_digits, NULL) == (float)value : strtod(ret_digits, NULL) == value;
        if (same) {
            return;
        }
    }
}

/* Java's Double.toString: plain from 1e-3 up to 1e7, else d.dEn; always a digit after the point. */
static void write_real(double value, bool single, struct text *text)
{
    if (isnan(value) || isinf(value)) {
        text_add(text, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        return;
    }
    char digits[40];
    shortest(value, single, digits, sizeof digits);
    char *mantissa = digits;
    if (*mantissa == '-') {
        text_add(text, "-");
        mantissa++;
    }
    char *mark = strchr(mantissa, 'e');
    int exponent = (int)strtol(mark + 1, NULL, 10);
    *mark = '\0';
    size_t count = 1;
    if (mantissa[1] != '\0') { /* drop the point, keep the digits */
        memmove(mantissa + 1, mantissa + 2, strlen(mantissa + 2) + 1);
        count = strlen(mantissa);
    }
    if (value != 0 && (exponent < -3 || exponent >= 7)) {
        text_format(text, "%c.%sE%d", mantissa[0], count > 1 ? mantissa + 1 : "0", exponent);
    } else if (exponent < 0) {
        text_add(text, "0.");
        for (int i = -1; i > exponent; i--) {
            text_add(text, "0");
        }
        text_add(text, mantissa);
    } else {
        size_t whole = (size_t)exponent + 1;
        for (size_t i = 0; i < whole; i++) {
            text_append(text, i < count ? &mantissa[i] : "0", 1);
        }
        text_format(text, ".%s", count > whole ? mantissa + whole : "0");
    }
}

static bool write_float(const uint8_t *data, size_t size, struct text *text)
{
    uint32_t bits = (uint32_t)big_endian(data, size);
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    write_real(value, true, text);
    return true;
}

static bool write_double(const uint8_t *data, size_t size, struct text *text)
{
    uint64_t bits = big_endian(data, size);
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    write_real(value, false, text);
    return true;
}

static const struct decoder decoders[] = {
    { "StringDeserializer", 0, write_raw },    { "ByteArrayDeserializer", 0, write_raw },
    { "UUIDDeserializer", 0, write_raw },      { "BytesDeserializer", 0, write_bytes },
    { "ShortDeserializer", 2, write_short },   { "IntegerDeserializer", 4, write_integer },
    { "LongDeserializer", 8, write_long },     { "FloatDeserializer", 4, write_float },
    { "DoubleDeserializer", 8, write_double }, { "BooleanDeserializer", 1, write_boolean },
};

static const char package[] = "org.apache.kafka.common.serialization.";

const struct decoder *decoder_find(const char *class_name)
{
    if (strncmp(class_name, package, sizeof package - 1) == 0) {
        class_name += sizeof package - 1;
    }
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
        if (strcmp(decoders[i].name, class_name) == 0) {
            return &decoders[i];
        }
    }
    return NULL;
}

void decoder_names(struct text *text)
{
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
        text_format(text, "%s%s", i > 0 ? " " : "", decoders[i].name);
    }
}

bool decoder_write(const struct decoder *decoder, struct kc_bytes bytes, struct text *text,
                   char *ret_error, size_t error_size)
{
    if (decoder->size > 0 && bytes.size != decoder->size) {
        snprintf(ret_error, error_size, "Size of data received by %s is not %zu", decoder->name,
                 decoder->size);
        return false;
    }
    if (!decoder->write(bytes.data, bytes.size, text)) {
        snprintf(ret_error, error_size, "Unexpected byte received by %s: %d", decoder->name,
                 *(const int8_t *)bytes.data);
        return false;
    }
    return true;
}
