/* tests/wire: lines of primitives/: varints, uuids, checksums, hashes, error codes. */
#include "base/crc32c.h"
#include "producer/key_hash.h"
#include "producer/partitioner.h"
#include "wire/cursor.h"
#include "wire/error.h"
#include "wire/vector.h"

#include <stdio.h>
#include <stdlib.h>

/* The number under the name; true only when it is there and equal. */
static bool same_number(struct vector *vector, const struct jsontree *tree, const char *name,
                        int64_t value)
{
    int64_t expected = 0;
    return (jsontree_number(tree, name, &expected) && expected == value) ||
           vector_fail(vector, "%s is %lld", name, (long long)value);
}

static bool same_bytes(struct vector *vector, const char *name, const uint8_t *data, size_t size)
{
    struct slice expected = vector_bytes(vector->line, name);
    bool same = slice_equal(expected, slice_of(data, size));
    free((void *)(uintptr_t)expected.data);
    return same || vector_fail(vector, "%s has other bytes", name);
}

static bool check_varint_value(struct vector *vector, int64_t value)
{
    uint8_t out[VARLONG_SIZE_MAX];

    if (!same_bytes(vector, "varlong", out, varlong_put(out, value)) ||
        !same_bytes(vector, "uvarlong", out, varlong_put_unsigned(out, (uint64_t)value))) {
        return false;
    }
    if (jsontree_get(vector->line, "varint") &&
        !same_bytes(vector, "varint", out, varint_put(out, (int32_t)value))) {
        return false;
    }
    if (jsontree_get(vector->line, "uvarint") &&
        !same_bytes(vector, "uvarint", out, varint_put_unsigned(out, (uint32_t)value))) {
        return false;
    }
    int64_t again = 0;
    size_t size = varlong_put(out, value);
    return (varlong_get(out, out + size, &again) == size && again == value) ||
           vector_fail(vector, "does not read back");
}

/* What a Java reader made of odd bytes: a value and the bytes it took, or an error. */
static bool check_varint_read(struct vector *vector, const char *name, struct slice bytes)
{
    const struct jsontree *expected = jsontree_get(jsontree_get(vector->line, "decode"), name);
    struct reader reader;
    int64_t value;

    reader_init(&reader, bytes);
    if (strcmp(name, "varint") == 0) {
        value = read_varint(&reader);
    } else if (strcmp(name, "varlong") == 0) {
        value = read_varlong(&reader);
    } else {
        value = (int32_t)read_uvarint(&reader);
    }
    if (jsontree_get(expected, "error")) {
        return reader.err == KC_ERR_MALFORMED || vector_fail(vector, "%s is accepted", name);
    }
    return expected && !reader.err && same_number(vector, expected, "value", value) &&
           same_number(vector, expected, "consumed", reader.data - bytes.data);
}

static bool check_varint(struct vector *vector)
{
    int64_t value;
    if (jsontree_number(vector->line, "value", &value)) {
        return check_varint_value(vector, value);
    }
    struct slice bytes = vector_bytes(vector->line, "bytes");
    bool passed = !slice_is_null(bytes) && check_varint_read(vector, "varint", bytes) &&
                  check_varint_read(vector, "uvarint", bytes) &&
                  check_varint_read(vector, "varlong", bytes);
    free((void *)(uintptr_t)bytes.data);
    return passed || vector_fail(vector, "reads otherwise");
}

static bool check_uuid(struct vector *vector)
{
    struct uuid uuid;
    struct slice text;
    char shown[UUID_TEXT_SIZE];

    if (jsontree_string(vector->line, "parse", &text)) {
        bool error = jsontree_get(vector->line, "error") != NULL;
        if (uuid_parse(text, &uuid) == error) {
            return vector_fail(vector, error ? "is accepted" : "is refused");
        }
        if (error) {
            return true;
        }
    } else {
        struct slice bytes = vector_bytes(vector->line, "bytes");
        bool whole = bytes.size == sizeof(uuid);
        if (whole) {
            memcpy(&uuid, bytes.data, sizeof(uuid));
        }
        free((void *)(uintptr_t)bytes.data);
        if (!whole) {
            return vector_fail(vector, "the line holds no uuid");
        }
    }
    uuid_show(&uuid, shown);
    struct uuid again;
    return (jsontree_string(vector->line, "text", &text) && slice_is(text, shown) &&
            uuid_parse(slice_text(shown), &again) && uuid_equal(&uuid, &again)) ||
           vector_fail(vector, "is shown as %s", shown);
}

static bool check_crc(struct vector *vector)
{
    struct slice data = vector_bytes(vector->line, "data");
    bool passed = !slice_is_null(data) &&
                  same_number(vector, vector->line, "crc32c", crc32c(0, data.data, data.size)) &&
                  same_number(vector, vector->line, "crc32", crc32_zlib(0, data.data, data.size));
    free((void *)(uintptr_t)data.data);
    return passed;
}

static bool same_flag(const struct jsontree *tree, const char *name, bool value)
{
    const struct jsontree *flag = jsontree_get(tree, name);
    return flag && flag->kind == (value ? JSONTREE_TRUE : JSONTREE_FALSE);
}

static bool check_error(struct vector *vector)
{
    int64_t number = 0;
    struct slice name = SLICE_EMPTY;
    if (!jsontree_number(vector->line, "code", &number) ||
        !jsontree_string(vector->line, "name", &name)) {
        return vector_fail(vector, "the line holds no error code");
    }
    enum kc_err code = (enum kc_err)number;
    return (slice_is(name, kc_err_name(code)) && strlen(kc_err_text(code)) > 5 &&
            same_flag(vector->line, "retriable", kc_err_is_retriable(code)) &&
            same_flag(vector->line, "refresh_metadata", error_wants_metadata(code))) ||
           vector_fail(vector, "%s has another name or kind", kc_err_name(code));
}

static bool check_murmur2(struct vector *vector)
{
    struct slice key = vector_bytes(vector->line, "key");
    const struct jsontree *counts = jsontree_get(vector->line, "partition");
    bool passed = !slice_is_null(key) && counts &&
                  same_number(vector, vector->line, "murmur2", key_hash_murmur2(key));
    for (counts = counts ? counts->first : NULL; passed && counts; counts = counts->next) {
        char name[16];
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(counts->name));
        passed = same_number(
            vector, jsontree_get(vector->line, "partition"), name,
            partitioner_of_key(PARTITIONER_MURMUR2, key, (int32_t)strtol(name, NULL, 10)));
    }
    free((void *)(uintptr_t)key.data);
    return passed || vector_fail(vector, "hashes otherwise");
}

enum vector_result vector_check_primitive(struct vector *vector)
{
    static const struct {
        const char *file;
        bool (*check)(struct vector *vector);
    } checks[] = { { "varint.jsonl", check_varint },
                   { "uuid.jsonl", check_uuid },
                   { "crc.jsonl", check_crc },
                   { "errors.jsonl", check_error },
                   { "murmur2.jsonl", check_murmur2 } };

    for (size_t i = 0; i < ARRAY_COUNT(checks); i++) {
        if (strcmp(vector->file, checks[i].file) == 0) {
            return checks[i].check(vector) ? VECTOR_PASSED : VECTOR_FAILED;
        }
    }
    return VECTOR_SKIPPED;
}
