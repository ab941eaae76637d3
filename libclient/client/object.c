/* client: makes objects. */
#include <libclient/serializer.h>

#include <string.h>

static struct kc_object of_bytes(enum kc_object_type type, struct kc_bytes bytes)
{
    struct kc_object object = { .type = bytes.data ? type : KC_OBJECT_NULL };
    if (bytes.data) {
        object.as.bytes = bytes;
    }
    return object;
}

struct kc_object kc_object_null(void)
{
    return (struct kc_object){ .type = KC_OBJECT_NULL };
}

struct kc_object kc_object_bytes(const void *data, size_t size)
{
    return of_bytes(KC_OBJECT_BYTES, kc_bytes(data, size));
}

struct kc_object kc_object_string(const char *text)
{
    return of_bytes(KC_OBJECT_STRING, kc_text(text));
}

struct kc_object kc_object_boolean(bool value)
{
    return (struct kc_object){ .type = KC_OBJECT_BOOLEAN, .as.boolean = value };
}

struct kc_object kc_object_int16(int16_t value)
{
    return (struct kc_object){ .type = KC_OBJECT_INT16, .as.int16 = value };
}

struct kc_object kc_object_int32(int32_t value)
{
    return (struct kc_object){ .type = KC_OBJECT_INT32, .as.int32 = value };
}

struct kc_object kc_object_int64(int64_t value)
{
    return (struct kc_object){ .type = KC_OBJECT_INT64, .as.int64 = value };
}

struct kc_object kc_object_float(float value)
{
    return (struct kc_object){ .type = KC_OBJECT_FLOAT, .as.float32 = value };
}

struct kc_object kc_object_double(double value)
{
    return (struct kc_object){ .type = KC_OBJECT_DOUBLE, .as.float64 = value };
}

struct kc_object kc_object_uuid(const uint8_t uuid[16])
{
    struct kc_object object = { .type = KC_OBJECT_UUID };
    memcpy(object.as.uuid, uuid, sizeof(object.as.uuid));
    return object;
}

struct kc_object kc_object_json(const char *text)
{
    return of_bytes(KC_OBJECT_JSON, kc_text(text));
}

struct kc_object kc_object_custom(const void *object)
{
    struct kc_object made = { .type = object ? KC_OBJECT_CUSTOM : KC_OBJECT_NULL };
    if (object) {
        made.as.custom = object;
    }
    return made;
}
