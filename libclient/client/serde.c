/* client: the serializers and deserializers that are built in. */
#include "client/serde.h"

#include "base/attr.h"
#include "base/bytes.h"
#include "client/reason.h"

#include <cjson/cJSON.h>

enum { UUID_SHOWN_SIZE = 36 };

static const struct serde table[] = {
    { "void", (const char *const[]){ "Void", NULL }, KC_OBJECT_NULL },
    { "bytes", (const char *const[]){ "ByteArray", "Bytes", "ByteBuffer", NULL }, KC_OBJECT_BYTES },
    { "string", (const char *const[]){ "String", NULL }, KC_OBJECT_STRING },
    { "boolean", (const char *const[]){ "Boolean", NULL }, KC_OBJECT_BOOLEAN },
    { "short", (const char *const[]){ "Short", NULL }, KC_OBJECT_INT16 },
    { "integer", (const char *const[]){ "Integer", NULL }, KC_OBJECT_INT32 },
    { "long", (const char *const[]){ "Long", NULL }, KC_OBJECT_INT64 },
    { "float", (const char *const[]){ "Float", NULL }, KC_OBJECT_FLOAT },
    { "double", (const char *const[]){ "Double", NULL }, KC_OBJECT_DOUBLE },
    { "uuid", (const char *const[]){ "UUID", NULL }, KC_OBJECT_UUID },
    { "json", (const char *const[]){ "Json", NULL }, KC_OBJECT_JSON },
};

static const char *name_of(enum kc_object_type type)
{
    for (size_t i = 0; i < ARRAY_COUNT(table); i++) {
        if (table[i].type == type) {
            return table[i].name;
        }
    }
    return "custom";
}

static bool has_class(const struct serde *serde, const char *class_name)
{
    for (const char *const *at = serde->classes; *at; at++) {
        size_t size = strlen(*at);
        if (strncmp(class_name, *at, size) == 0 &&
            (strcmp(class_name + size, "Serializer") == 0 ||
             strcmp(class_name + size, "Deserializer") == 0)) {
            return true;
        }
    }
    return false;
}

const struct serde *serde_find(const char *value)
{
    static const char kafka[] = "org.apache.kafka.";
    bool is_class = value && strncmp(value, kafka, sizeof(kafka) - 1) == 0;
    for (size_t i = 0; value && i < ARRAY_COUNT(table); i++) {
        if (is_class ? has_class(&table[i], strrchr(value, '.') + 1)
                     : strcmp(value, table[i].name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

/* cJSON's numbers are doubles: what it has read is thrown away, the text is what counts. */
static bool is_json(struct kc_bytes text)
{
    const char *end = NULL;
    const char *start = text.data;
    cJSON *tree = cJSON_ParseWithLengthOpts(start, text.size, &end, false);
    if (!tree) {
        return false;
    }
    cJSON_Delete(tree);
    while (end < start + text.size && strchr(" \t\r\n", *end) && *end != 0) {
        end++;
    }
    return end == start + text.size;
}

static void show_uuid(const uint8_t uuid[16], uint8_t ret_text[UUID_SHOWN_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            ret_text[at++] = '-';
        }
        ret_text[at++] = (uint8_t)digits[uuid[i] >> 4];
        ret_text[at++] = (uint8_t)digits[uuid[i] & 15];
    }
}

static int digit_of(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool read_uuid(const uint8_t *text, size_t size, uint8_t ret_uuid[16])
{
    if (size != UUID_SHOWN_SIZE) {
        return false;
    }
    for (size_t i = 0, at = 0; i < 16; i++, at += 2) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text[at++] != '-') {
                return false;
            }
        }
        int high = digit_of(text[at]);
        int low = digit_of(text[at + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        ret_uuid[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static uint32_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static uint64_t bits_of_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static double double_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* The size of the wire form, which is in `small`; 0: it is borrowed instead. */
static size_t encode_small(const struct kc_object *object, uint8_t small[SERDE_SIZE_MAX])
{
    switch (object->type) {
    case KC_OBJECT_BOOLEAN:
        small[0] = object->as.boolean;
        return 1;
    case KC_OBJECT_INT16:
        store_u16(small, (uint16_t)object->as.int16);
        return 2;
    case KC_OBJECT_INT32:
        store_u32(small, (uint32_t)object->as.int32);
        return 4;
    case KC_OBJECT_INT64:
        store_u64(small, (uint64_t)object->as.int64);
        return 8;
    case KC_OBJECT_FLOAT:
        store_u32(small, bits_of_float(object->as.float32));
        return 4;
    case KC_OBJECT_DOUBLE:
        store_u64(small, bits_of_double(object->as.float64));
        return 8;
    case KC_OBJECT_UUID:
        show_uuid(object->as.uuid, small);
        return UUID_SHOWN_SIZE;
    case KC_OBJECT_NULL:
    case KC_OBJECT_BYTES:
    case KC_OBJECT_STRING:
    case KC_OBJECT_JSON:
    case KC_OBJECT_CUSTOM:
        break;
    }
    return 0;
}

enum kc_err serde_encode(const struct serde *serde, const struct kc_object *object,
                         uint8_t small[SERDE_SIZE_MAX], struct kc_bytes *ret_bytes,
                         struct kc_error *error)
{
    if (object->type == KC_OBJECT_NULL) {
        *ret_bytes = kc_bytes(NULL, 0);
        return KC_ERR_NONE;
    }
    if (serde && serde->type != object->type) {
        return reason_set(error, KC_ERR_INVALID, "the serializer is for %s, the object is %s",
                          serde->name, name_of(object->type));
    }
    size_t size = encode_small(object, small);
    if (size > 0) {
        *ret_bytes = kc_bytes(small, size);
        return KC_ERR_NONE;
    }
    if (object->type != KC_OBJECT_BYTES && object->type != KC_OBJECT_STRING &&
        object->type != KC_OBJECT_JSON) {
        return reason_set(error, KC_ERR_INVALID, "a custom object needs a serializer of its own");
    }
    if (!object->as.bytes.data) {
        return reason_set(error, KC_ERR_INVALID, "an object of type %s without bytes",
                          name_of(object->type));
    }
    if (object->type == KC_OBJECT_JSON && !is_json(object->as.bytes)) {
        return reason_set(error, KC_ERR_INVALID, "not valid JSON");
    }
    *ret_bytes = object->as.bytes;
    return KC_ERR_NONE;
}

/* Numbers; false when the size or a value is wrong. */
static bool decode_small(enum kc_object_type type, const uint8_t *data, size_t size,
                         union kc_object_value *ret_value)
{
    static const size_t sizes[] = {
        [KC_OBJECT_BOOLEAN] = 1, [KC_OBJECT_INT16] = 2, [KC_OBJECT_INT32] = 4,
        [KC_OBJECT_INT64] = 8,   [KC_OBJECT_FLOAT] = 4, [KC_OBJECT_DOUBLE] = 8,
        [KC_OBJECT_UUID] = 36
    };
    if (type >= ARRAY_COUNT(sizes) || size != sizes[type]) {
        return false;
    }
    switch (type) {
    case KC_OBJECT_BOOLEAN:
        ret_value->boolean = data[0] == 1;
        return data[0] <= 1;
    case KC_OBJECT_INT16:
        ret_value->int16 = (int16_t)load_u16(data);
        return true;
    case KC_OBJECT_INT32:
        ret_value->int32 = (int32_t)load_u32(data);
        return true;
    case KC_OBJECT_INT64:
        ret_value->int64 = (int64_t)load_u64(data);
        return true;
    case KC_OBJECT_FLOAT:
        ret_value->float32 = float_of_bits(load_u32(data));
        return true;
    case KC_OBJECT_DOUBLE:
        ret_value->float64 = double_of_bits(load_u64(data));
        return true;
    default:
        return read_uuid(data, size, ret_value->uuid);
    }
}

enum kc_err serde_decode(const struct serde *serde, struct kc_bytes bytes,
                         struct kc_object *ret_object, struct kc_error *error)
{
    enum kc_object_type type = serde ? serde->type : KC_OBJECT_BYTES;
    struct kc_object object = { .type = type };
    bool good = true;
    if (type == KC_OBJECT_BYTES || type == KC_OBJECT_STRING || type == KC_OBJECT_JSON) {
        object.as.bytes = bytes;
        good = type != KC_OBJECT_JSON || is_json(bytes);
    } else {
        good = decode_small(type, bytes.data, bytes.size, &object.as);
    }
    if (!good) {
        return reason_set(error, KC_ERR_INVALID_RECORD, "%zu bytes that are not a valid %s",
                          bytes.size, serde->name);
    }
    *ret_object = object;
    return KC_ERR_NONE;
}
