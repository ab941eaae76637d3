/* tests/wire: lines of wire/ and data/: what Kafka's classes wrote, and what our codec makes of it.
 */
#include "wire/api.h"
#include "wire/frame.h"
#include "wire/messages.h"
#include "wire/vector.h"

#include <stdlib.h>

enum { MEMORY_FACTOR_MAX = 64, OUT_SIZE_MAX = 1 << 26 };

/* One message of a line: decoded once, then checked from all sides. */
struct subject {
    struct vector *vector;
    const struct message_type *type;
    int16_t version;
    const char *what; /* "body", "header" */
    struct slice bytes;
    const struct jsontree *json;
    bool exact; /* encoding gives the same bytes (not so with unknown tags) */
    void *message;
    struct arena arena;
    struct bytes out;
};

static bool subject_fail(struct subject *subject, const char *what)
{
    return vector_fail(subject->vector, "%s v%d %s: %s", message_name(subject->type),
                       subject->version, subject->what, what);
}

static bool check_decode(struct subject *subject)
{
    enum kc_err err = message_decode_all(subject->type, subject->version, subject->bytes,
                                         &subject->arena, subject->message);
    if (err) {
        return subject_fail(subject, kc_err_name(err));
    }
    return true;
}

static bool check_show(struct subject *subject)
{
    char path[256] = "";
    if (!message_show(subject->type, subject->version, subject->message, &subject->out)) {
        return subject_fail(subject, "cannot be shown");
    }
    const struct jsontree *shown =
        jsontree_parse(bytes_slice(&subject->out), subject->vector->arena);
    subject->out.size = 0;
    if (!shown) {
        return subject_fail(subject, "show gives no JSON");
    }
    return jsontree_equal(subject->json, shown, path, sizeof(path)) || subject_fail(subject, path);
}

static bool check_encode(struct subject *subject)
{
    struct writer writer;
    writer_init(&writer, &subject->out);
    if (message_encode(subject->type, subject->version, subject->message, &writer)) {
        return subject_fail(subject, "cannot be encoded");
    }
    size_t size = message_size(subject->type, subject->version, subject->message);
    if (size != subject->out.size) {
        return subject_fail(subject, "message_size is wrong");
    }
    if (subject->exact && !slice_equal(bytes_slice(&subject->out), subject->bytes)) {
        return subject_fail(subject, "encodes to other bytes");
    }
    void *again = arena_alloc(&subject->arena, message_struct_size(subject->type));
    if (message_decode_all(subject->type, subject->version, bytes_slice(&subject->out),
                           &subject->arena, again) ||
        !message_equal(subject->type, subject->message, again)) {
        return subject_fail(subject, "is another after encoding and decoding");
    }
    subject->out.size = 0;
    return true;
}

/* Each start of the bytes, in memory of just that size. */
static bool check_truncated(struct subject *subject)
{
    for (size_t size = 0; size < subject->bytes.size; size++) {
        uint8_t *data = malloc(size > 0 ? size : 1);
        memcpy(data, subject->bytes.data, size);
        enum kc_err err = message_decode_all(subject->type, subject->version, slice_of(data, size),
                                             &subject->arena, subject->message);
        free(data);
        arena_reset(&subject->arena);
        if (err != KC_ERR_MALFORMED) {
            return vector_fail(subject->vector, "%s v%d %s: cut at %zu of %zu bytes gives %s",
                               message_name(subject->type), subject->version, subject->what, size,
                               subject->bytes.size, kc_err_name(err));
        }
    }
    return true;
}

/* Any byte may be a length: each takes a few hostile values. */
static bool check_flipped(struct subject *subject)
{
    static const uint8_t masks[] = { 0xff, 0x80, 0x01, 0x7f, 0x40 };
    uint8_t *data = (uint8_t *)(uintptr_t)subject->bytes.data;
    size_t used_max = MEMORY_FACTOR_MAX * subject->bytes.size;

    for (size_t i = 0; i < subject->bytes.size * ARRAY_COUNT(masks); i++) {
        uint8_t *place = &data[i / ARRAY_COUNT(masks)];
        *place ^= masks[i % ARRAY_COUNT(masks)];
        enum kc_err err = message_decode_all(subject->type, subject->version, subject->bytes,
                                             &subject->arena, subject->message);
        size_t used = subject->arena.used;
        /* Walks every list and string, so that a sanitizer sees a reference out of bounds. */
        bool shown =
            err || message_show(subject->type, subject->version, subject->message, &subject->out);
        *place ^= masks[i % ARRAY_COUNT(masks)];
        subject->out.size = 0;
        arena_reset(&subject->arena);
        if ((err && err != KC_ERR_MALFORMED) || used > used_max || !shown) {
            return vector_fail(subject->vector, "%s v%d %s: flipped byte %zu: %s, %zu bytes used",
                               message_name(subject->type), subject->version, subject->what,
                               i / ARRAY_COUNT(masks), kc_err_name(err), used);
        }
    }
    return true;
}

static bool check_subject(struct subject *subject)
{
    if (slice_is_null(subject->bytes) || !subject->json || !subject->type) {
        return vector_fail(subject->vector, "the line lacks its %s", subject->what);
    }
    arena_init(&subject->arena, 0);
    bytes_init(&subject->out, OUT_SIZE_MAX);
    subject->message = malloc(message_struct_size(subject->type));
    bool passed = check_decode(subject) && check_show(subject) && check_encode(subject) &&
                  check_truncated(subject) && check_flipped(subject);
    free(subject->message);
    bytes_finish(&subject->out);
    arena_finish(&subject->arena);
    return passed;
}

static bool is_exact(const struct vector *vector)
{
    struct slice instance = SLICE_EMPTY;
    (void)jsontree_string(vector->line, "instance", &instance);
    return !slice_is(instance, "unknown-tags");
}

static bool check_part(struct vector *vector, const struct message_type *type, int64_t version,
                       const char *bytes_name, const char *json_name)
{
    struct subject subject = { .vector = vector,
                               .type = type,
                               .version = (int16_t)version,
                               .what = bytes_name,
                               .bytes = vector_bytes(vector->line, bytes_name),
                               .json = jsontree_get(vector->line, json_name),
                               .exact = is_exact(vector) };
    bool passed = check_subject(&subject);
    free((void *)(uintptr_t)subject.bytes.data);
    return passed;
}

/* Writes the whole frame again from the decoded parts: size, header, body. */
static bool write_frame(struct vector *vector, const struct api *api, bool request, int16_t version,
                        struct reader *reader, struct writer *writer)
{
    const struct message_type *type = request ? api->request : api->response;
    struct request_head head = { 0 };
    int32_t correlation_id = 0;
    enum kc_err err = request ? request_head_read(reader, &head)
                              : response_head_read(reader, api, version, &correlation_id);
    if (err || (request && (head.api != api || head.version != version))) {
        return vector_fail(vector, "the head cannot be read");
    }
    void *message = arena_alloc(vector->arena, message_struct_size(type));
    if (message_decode(type, version, reader, vector->arena, message) || reader_left(reader) > 0) {
        return vector_fail(vector, "the body behind the head cannot be decoded");
    }
    err = request
              ? request_write(writer, api, version, head.correlation_id, head.client_id, message)
              : response_write(writer, api, version, correlation_id, message);
    return !err || vector_fail(vector, "the frame cannot be written");
}

static bool check_frame(struct vector *vector, const struct api *api, bool request, int16_t version)
{
    struct slice header = vector_bytes(vector->line, "header");
    struct slice body = vector_bytes(vector->line, "body");
    struct bytes frame;
    struct bytes again;
    struct reader reader;
    struct writer writer;

    bytes_init(&frame, OUT_SIZE_MAX);
    bytes_init(&again, OUT_SIZE_MAX);
    writer_init(&writer, &frame);
    write_i32(&writer, (int32_t)(header.size + body.size));
    write_raw(&writer, header);
    write_raw(&writer, body);
    reader_init(&reader, slice_of(frame.data + 4, frame.size - 4));
    writer_init(&writer, &again);
    bool passed = write_frame(vector, api, request, version, &reader, &writer);
    if (passed && is_exact(vector) && !slice_equal(bytes_slice(&frame), bytes_slice(&again))) {
        passed = vector_fail(vector, "the frame has other bytes");
    }
    bytes_finish(&frame);
    bytes_finish(&again);
    free((void *)(uintptr_t)header.data);
    free((void *)(uintptr_t)body.data);
    return passed;
}

static bool check_message(struct vector *vector)
{
    int64_t key = -1;
    int64_t version = -1;
    int64_t header_version = -1;
    struct slice kind = SLICE_EMPTY;

    bool whole = jsontree_number(vector->line, "key", &key) &&
                 jsontree_number(vector->line, "version", &version) &&
                 jsontree_number(vector->line, "header_version", &header_version) &&
                 jsontree_string(vector->line, "kind", &kind);
    const struct api *api = api_find((int16_t)key);
    struct slice name = SLICE_EMPTY;
    if (!whole || !api || !jsontree_string(vector->line, "api", &name) ||
        !slice_is(name, api->name)) {
        return vector_fail(vector, "the line names no API");
    }
    bool request = slice_is(kind, "request");
    int16_t expected = request ? api_request_header_version(api, (int16_t)version)
                               : api_response_header_version(api, (int16_t)version);
    if (expected != header_version) {
        return vector_fail(vector, "the header version is %d", expected);
    }
    return check_part(vector, request ? &request_header_type : &response_header_type,
                      header_version, "header", "header_json") &&
           check_part(vector, request ? api->request : api->response, version, "body", "json") &&
           (version > api->version_max || check_frame(vector, api, request, (int16_t)version));
}

enum vector_result vector_check_message(struct vector *vector)
{
    return check_message(vector) ? VECTOR_PASSED : VECTOR_FAILED;
}

/* The stored form: what stands in front of the body. */
static bool check_framed(struct vector *vector, const struct message_type *type, int64_t version)
{
    struct slice kind = SLICE_EMPTY;
    struct slice framed = vector_bytes(vector->line, "framed");
    struct slice body = vector_bytes(vector->line, "body");
    struct reader reader;
    bool right = true;

    if (slice_is_null(framed)) {
        free((void *)(uintptr_t)body.data);
        return true;
    }
    (void)jsontree_string(vector->line, "type", &kind);
    reader_init(&reader, framed);
    if (slice_is(kind, "metadata")) {
        right = read_uvarint(&reader) == 1 && (int16_t)read_uvarint(&reader) == message_key(type) &&
                read_uvarint(&reader) == (uint32_t)version;
    } else if (slice_is(kind, "coordinator-key")) {
        right = read_i16(&reader) == message_key(type);
    } else {
        right = read_i16(&reader) == version;
    }
    struct slice rest = read_raw(&reader, reader_left(&reader));
    right = right && !reader.err && slice_equal(rest, body);
    free((void *)(uintptr_t)framed.data);
    free((void *)(uintptr_t)body.data);
    return right || vector_fail(vector, "the framed form is another");
}

enum vector_result vector_check_data(struct vector *vector)
{
    struct slice name = SLICE_EMPTY;
    int64_t version = -1;
    int64_t key = -1;

    (void)jsontree_string(vector->line, "schema", &name);
    const struct message_type *type = message_find(name);
    if (!type || !jsontree_number(vector->line, "version", &version)) {
        (void)vector_fail(vector, "the line names no schema");
        return VECTOR_FAILED;
    }
    if (jsontree_number(vector->line, "key", &key) && key != message_key(type)) {
        (void)vector_fail(vector, "the record type is %d", message_key(type));
        return VECTOR_FAILED;
    }
    bool passed =
        check_part(vector, type, version, "body", "json") && check_framed(vector, type, version);
    return passed ? VECTOR_PASSED : VECTOR_FAILED;
}
