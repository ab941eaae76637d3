/* tests: serializers against the bytes of Kafka's own; what is not theirs is refused. */
#include "base/attr.h"
#include "client/serde.h"
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct kc_object object_of(const char *kind, const char *shown, uint8_t **ret_bytes)
{
    size_t size = 0;
    if (strcmp(kind, "string") == 0) {
        return kc_object_string(shown);
    }
    if (strcmp(kind, "bytes") == 0) {
        *ret_bytes = test_unhex(shown + 2, &size);
        return kc_object_bytes(*ret_bytes, size);
    }
    if (strcmp(kind, "short") == 0) {
        return kc_object_int16((int16_t)strtol(shown, NULL, 10));
    }
    if (strcmp(kind, "integer") == 0) {
        return kc_object_int32((int32_t)strtol(shown, NULL, 10));
    }
    if (strcmp(kind, "long") == 0) {
        return kc_object_int64(strtoll(shown, NULL, 10));
    }
    if (strcmp(kind, "float") == 0) {
        uint32_t bits = (uint32_t)strtoul(shown, NULL, 16);
        float value;
        memcpy(&value, &bits, sizeof(value));
        return kc_object_float(value);
    }
    if (strcmp(kind, "double") == 0) {
        uint64_t bits = strtoull(shown, NULL, 16);
        double value;
        memcpy(&value, &bits, sizeof(value));
        return kc_object_double(value);
    }
    if (strcmp(kind, "boolean") == 0) {
        return kc_object_boolean(strcmp(shown, "true") == 0);
    }
    assert_string_equal(kind, "uuid");
    uint8_t text[33] = { 0 };
    for (size_t i = 0; *shown; shown++) {
        if (*shown != '-') {
            text[i++] = (uint8_t)*shown;
        }
    }
    *ret_bytes = test_unhex((const char *)text, &size);
    assert_int_equal(size, 16);
    return kc_object_uuid(*ret_bytes);
}

static void check_vector(const char *kind, const char *shown, const char *hex)
{
    uint8_t small[SERDE_SIZE_MAX];
    uint8_t again[SERDE_SIZE_MAX];
    uint8_t *own = NULL;
    size_t size;
    struct kc_bytes bytes;
    struct kc_object back;
    uint8_t *wanted = test_unhex(hex, &size);
    struct kc_object object = object_of(kind, shown, &own);
    const struct serde *serde = serde_find(kind);
    assert_non_null(serde);
    assert_int_equal(serde_encode(serde, &object, small, &bytes, NULL), KC_ERR_NONE);
    if (bytes.size != size || memcmp(bytes.data, wanted, size) != 0) {
        fail_msg("%s %s: not the bytes of Java's, %s", kind, shown, hex);
    }
    /* And the way back: the same object gives the same bytes. */
    assert_int_equal(serde_decode(serde, kc_bytes(wanted, size), &back, NULL), KC_ERR_NONE);
    assert_int_equal(back.type, object.type);
    assert_int_equal(serde_encode(NULL, &back, again, &bytes, NULL), KC_ERR_NONE);
    assert_int_equal(bytes.size, size);
    assert_memory_equal(bytes.data, wanted, size);
    free(wanted);
    free(own);
}

TEST(bytes_are_those_of_kafkas_serializers)
{
    size_t size;
    size_t count = 0;
    char *text = test_read_file(JAVA_SERDES, &size);
    for (char *line = text, *next; *line; line = next, count++) {
        char *shown = strchr(line, '\t');
        assert_non_null(shown);
        *shown++ = 0;
        char *hex = strchr(shown, '\t');
        assert_non_null(hex);
        *hex++ = 0;
        next = strchr(hex, '\n');
        assert_non_null(next);
        *next++ = 0;
        check_vector(line, shown, hex);
    }
    assert_true(count > 30);
    free(text);
}

TEST(names_select_what_is_built_in)
{
    static const struct {
        const char *value;
        enum kc_object_type type;
    } rows[] = {
        { "org.apache.kafka.common.serialization.StringSerializer", KC_OBJECT_STRING },
        { "org.apache.kafka.common.serialization.ByteBufferDeserializer", KC_OBJECT_BYTES },
        { "org.apache.kafka.common.serialization.ByteArraySerializer", KC_OBJECT_BYTES },
        { "org.apache.kafka.common.serialization.BytesDeserializer", KC_OBJECT_BYTES },
        { "org.apache.kafka.common.serialization.LongSerializer", KC_OBJECT_INT64 },
        { "org.apache.kafka.common.serialization.IntegerDeserializer", KC_OBJECT_INT32 },
        { "org.apache.kafka.common.serialization.ShortSerializer", KC_OBJECT_INT16 },
        { "org.apache.kafka.common.serialization.FloatSerializer", KC_OBJECT_FLOAT },
        { "org.apache.kafka.common.serialization.DoubleSerializer", KC_OBJECT_DOUBLE },
        { "org.apache.kafka.common.serialization.BooleanSerializer", KC_OBJECT_BOOLEAN },
        { "org.apache.kafka.common.serialization.UUIDSerializer", KC_OBJECT_UUID },
        { "org.apache.kafka.common.serialization.VoidSerializer", KC_OBJECT_NULL },
        { "org.apache.kafka.connect.json.JsonSerializer", KC_OBJECT_JSON },
        { "json", KC_OBJECT_JSON },
        { "void", KC_OBJECT_NULL },
    };
    static const char *const strangers[] = { "",
                                             "String",
                                             "com.example.StringSerializer",
                                             "org.apache.kafka.StringSerializerX",
                                             "org.apache.kafka.common.serialization.ListSerializer",
                                             "org.apache.kafka." };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct serde *serde = serde_find(rows[i].value);
        assert_non_null(serde);
        assert_int_equal(serde->type, rows[i].type);
    }
    for (size_t i = 0; i < ARRAY_COUNT(strangers); i++) {
        assert_null(serde_find(strangers[i]));
    }
    assert_null(serde_find(NULL));
}

TEST(null_is_null_for_every_serializer)
{
    static const char *const names[] = { "void", "string", "long", "json", "uuid" };
    uint8_t small[SERDE_SIZE_MAX];
    struct kc_object null = kc_object_string(NULL);
    assert_int_equal(null.type, KC_OBJECT_NULL);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct kc_bytes bytes = kc_text("x");
        assert_int_equal(serde_encode(serde_find(names[i]), &null, small, &bytes, NULL),
                         KC_ERR_NONE);
        assert_null(bytes.data);
        assert_int_equal(bytes.size, 0);
    }
}

TEST(another_type_is_refused)
{
    uint8_t small[SERDE_SIZE_MAX];
    struct kc_error error;
    struct kc_bytes bytes = kc_text("untouched");
    struct kc_object number = kc_object_int32(1);
    struct kc_object custom = kc_object_custom(&number);
    struct kc_object broken = { .type = KC_OBJECT_STRING };
    assert_int_equal(serde_encode(serde_find("long"), &number, small, &bytes, &error),
                     KC_ERR_INVALID);
    assert_string_equal(error.text, "the serializer is for long, the object is integer");
    assert_int_equal(serde_encode(serde_find("void"), &number, small, &bytes, &error),
                     KC_ERR_INVALID);
    assert_int_equal(serde_encode(NULL, &custom, small, &bytes, &error), KC_ERR_INVALID);
    assert_int_equal(serde_encode(NULL, &broken, small, &bytes, &error), KC_ERR_INVALID);
    assert_string_equal(bytes.data, "untouched");
}

TEST(json_keeps_every_digit_and_must_be_json)
{
    static const char *const good[] = { "{\"id\":9007199254740993,\"big\":18446744073709551616}",
                                        " [1, 2.50, \"x\"] \n", "null", "\"text\"", "-0.1e+30" };
    static const char *const bad[] = { "", "{", "[1,]", "{\"a\":1}}", "nulls", "'x'", "{} {}" };
    uint8_t small[SERDE_SIZE_MAX];
    struct kc_bytes bytes;
    struct kc_object back;
    struct kc_error error;
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        struct kc_object object = kc_object_json(good[i]);
        if (serde_encode(NULL, &object, small, &bytes, &error) != KC_ERR_NONE) {
            fail_msg("%s: %s", good[i], error.text);
        }
        assert_ptr_equal(bytes.data, good[i]);
        assert_int_equal(bytes.size, strlen(good[i]));
        assert_int_equal(serde_decode(serde_find("json"), bytes, &back, &error), KC_ERR_NONE);
        assert_ptr_equal(back.as.bytes.data, good[i]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        struct kc_object object = kc_object_json(bad[i]);
        assert_int_equal(serde_encode(NULL, &object, small, &bytes, &error), KC_ERR_INVALID);
        assert_int_equal(serde_decode(serde_find("json"), kc_text(bad[i]), &back, &error),
                         KC_ERR_INVALID_RECORD);
    }
}

TEST(bytes_that_are_no_such_thing_are_told)
{
    static const struct {
        const char *name;
        const char *hex;
    } rows[] = {
        { "integer", "000000" },
        { "integer", "0000000000" },
        { "long", "00000000" },
        { "short", "" },
        { "float", "00" },
        { "double", "00000000" },
        { "boolean", "02" },
        { "boolean", "0000" },
        { "void", "00" },
        { "uuid", "303132333435363738396162636465663031323334353637383961626364656630313233" },
        { "uuid", "30" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t size;
        struct kc_error error;
        struct kc_object object = kc_object_int32(77);
        uint8_t *data = test_unhex(rows[i].hex, &size);
        assert_int_equal(
            serde_decode(serde_find(rows[i].name), kc_bytes(data, size), &object, &error),
            KC_ERR_INVALID_RECORD);
        assert_non_null(strstr(error.text, rows[i].name));
        assert_int_equal(object.as.int32, 77);
        free(data);
    }
}
