/* chaos: sends every request that a broker says it serves, with one place after another of its body
 * replaced by lengths and counts that lie: -1, the largest, null, a varint without end. Each goes
 * over a connection of its own, which the broker must end in time, with or without an answer.
 *
 *   bent_requests PORT
 * Prints one line: how many were sent and how many answered. Exit status 1: one was not ended. */
#include "caller.h"

#include "wire/field.h"
#include "wire/frame.h"
#include "wire/messages.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 60000, FRAME_MAX = 1 << 20, ANSWER_MAX = 1 << 20 };

struct bent_counts {
    unsigned long sent;
    unsigned long answered;
};

/* What is put over a place. */
static const struct bent_kind {
    const char *name;
    size_t size;
    uint8_t bytes[10];
} bent_kinds[] = {
    { "int32 -1", 4, { 0xff, 0xff, 0xff, 0xff } },
    { "int32 least", 4, { 0x80, 0, 0, 0 } },
    { "int32 most", 4, { 0x7f, 0xff, 0xff, 0xff } },
    { "int16 -1", 2, { 0xff, 0xff } },
    { "int16 most", 2, { 0x7f, 0xff } },
    { "compact null", 1, { 0 } },
    { "compact most", 5, { 0xff, 0xff, 0xff, 0xff, 0x0f } },
    { "varint of ten", 10, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 } },
};

/* ---- a request in which nothing is empty ---- */

static void fill(const struct message_type *type, int16_t version, struct arena *arena,
                 void *message);

static void fill_value(uint8_t kind, const struct message_type *sub, int16_t version,
                       struct arena *arena, void *place)
{
    struct slice text = slice_text("t");
    if (kind == FIELD_STRING || kind == FIELD_BYTES || kind == FIELD_RECORDS) {
        memcpy(place, &text, sizeof(text));
    } else if (kind == FIELD_STRUCT) {
        fill(sub, version, arena, place);
    }
}

static void fill_field(const struct field *field, int16_t version, struct arena *arena,
                       uint8_t *place)
{
    if (field->kind == FIELD_ARRAY) {
        struct field_list list = { arena_alloc(arena, field_item_size(field->item, field->sub)),
                                   1 };
        assert(list.items);
        fill_value(field->item, field->sub, version, arena, list.items);
        memcpy(place, &list, sizeof(list));
    } else if (field->flags & FIELD_POINTER) {
        void *part = arena_alloc(arena, message_struct_size(field->sub));
        assert(part);
        fill(field->sub, version, arena, part);
        memcpy(place, &part, sizeof(part));
    } else {
        fill_value(field->kind, field->sub, version, arena, place);
    }
}

static void fill(const struct message_type *type, int16_t version, struct arena *arena,
                 void *message)
{
    message_defaults(type, message);
    for (size_t i = 0; i < type->field_count; i++) {
        if (field_in(&type->fields[i], version)) {
            fill_field(&type->fields[i], version, arena,
                       (uint8_t *)message + type->fields[i].offset);
        }
    }
}

/* The whole frame; returns where its body begins. */
static size_t write_frame(const struct api *api, int16_t version, struct bytes *out)
{
    struct arena arena;
    struct writer writer;
    arena_init(&arena, FRAME_MAX);
    void *message = arena_alloc(&arena, message_struct_size(api->request));
    assert(message);
    fill(api->request, version, &arena, message);
    bytes_init(out, FRAME_MAX);
    writer_init(&writer, out);
    enum kc_err err = request_write(&writer, api, version, 7, slice_text("bent"), message);
    if (err) {
        (void)fprintf(stderr, "%s version %d: %s\n", api->name, version, kc_err_text(err));
        exit(3);
    }
    size_t body = message_size(api->request, version, message);
    arena_finish(&arena);
    return out->size - body;
}

static void bend(int port, const struct api *api, int16_t version, struct bent_counts *counts)
{
    struct bytes plain;
    struct bytes answer;
    bytes_init(&answer, ANSWER_MAX);
    size_t body = write_frame(api, version, &plain);
    uint8_t *bent = malloc(plain.size);
    assert(bent);
    for (size_t place = body; place < plain.size; place++) {
        for (size_t k = 0; k < ARRAY_COUNT(bent_kinds); k++) {
            const struct bent_kind *kind = &bent_kinds[k];
            if (place + kind->size > plain.size) {
                continue;
            }
            memcpy(bent, plain.data, plain.size);
            memcpy(bent + place, kind->bytes, kind->size);
            if (!caller_send(port, slice_of(bent, plain.size), PATIENCE_MS, &answer)) {
                (void)fprintf(stderr, "%s version %d, %s at %zu of %zu: not ended\n", api->name,
                              version, kind->name, place - body, plain.size - body);
                exit(1);
            }
            counts->sent++;
            counts->answered += answer.size > 0;
        }
    }
    free(bent);
    bytes_finish(&plain);
    bytes_finish(&answer);
}

static void bend_versions(int port, const struct api_versions_response_api_version *served,
                          struct bent_counts *counts)
{
    const struct api *api = api_find(served->api_key);
    if (!api) {
        (void)fprintf(stderr, "API key %d is in no table\n", served->api_key);
        exit(3);
    }
    /* It says 0 for Produce, since librdkafka looks there. */
    for (int version = MAX_OF(served->min_version, api->version_min);
         version <= served->max_version; version++) {
        bend(port, api, (int16_t)version, counts);
    }
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct api_versions_response served;
    struct bent_counts counts = { 0 };
    char *end = NULL;
    int port = argc == 2 ? (int)strtol(argv[1], &end, 10) : 0;
    if (port <= 0 || *end != 0) {
        (void)fprintf(stderr, "usage: bent_requests PORT\n");
        return 2;
    }
    arena_init(&arena, ANSWER_MAX);
    caller_ask_served(port, PATIENCE_MS, &arena, &served);
    for (int32_t i = 0; i < served.api_keys.count; i++) {
        bend_versions(port, &served.api_keys.items[i], &counts);
    }
    (void)printf("%lu sent, %lu answered\n", counts.sent, counts.answered);
    arena_finish(&arena);
    return 0;
}
