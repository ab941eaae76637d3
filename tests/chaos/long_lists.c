/* chaos: sends every request that a broker says it serves, with one of its lists after another as
 * long as COUNT, all items different. Each goes over a connection of its own, which the broker must
 * end in time, with or without an answer.
 *
 *   long_lists PORT COUNT SECONDS
 * Prints one line: how many were sent and which took longest. Exit status 1: one took longer than
 * SECONDS. */
#include "caller.h"

#include "base/clock.h"
#include "wire/field.h"
#include "wire/frame.h"
#include "wire/messages.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_MAX = 1 << 28, ANSWER_MAX = 1 << 28 };

/* How a message is filled: list `wanted`, counted as they are met, has `count` items. */
struct filling {
    struct arena arena;
    int16_t version;
    int32_t count;
    int wanted;
    int met;
    const char *name;
    int32_t number; /* of the item of the long list that is filled */
};

struct long_lists {
    int port;
    int32_t count;
    long patience_ms;
    unsigned long sent;
    long slowest_ms;
    char slowest[128];
};

/* ---- a request with one long list ---- */

static void fill(const struct message_type *type, struct filling *filling, void *message);

static bool ends_with(const char *name, const char *end)
{
    size_t size = strlen(name);
    return size >= strlen(end) && strcmp(name + size - strlen(end), end) == 0;
}

static bool is_number_of_something(const char *name)
{
    return ends_with(name, "ndex") || ends_with(name, "ndexes") || ends_with(name, "Id") ||
           ends_with(name, "Ids") || ends_with(name, "artition") || ends_with(name, "artitions");
}

static void fill_value(uint8_t kind, const struct field *field, struct filling *filling,
                       void *place)
{
    uint8_t *bytes = place;
    if (kind == FIELD_STRING || kind == FIELD_BYTES || kind == FIELD_RECORDS) {
        const char *text = arena_printf(&filling->arena, "t%d", filling->number);
        assert(text);
        struct slice value = slice_text(text);
        memcpy(place, &value, sizeof(value));
    } else if (kind == FIELD_UUID) {
        memcpy(bytes + 12, &filling->number, sizeof(filling->number));
        bytes[0] = 1;
    } else if (kind == FIELD_INT32 && is_number_of_something(field->name)) {
        memcpy(place, &filling->number, sizeof(filling->number));
    } else if (kind == FIELD_STRUCT) {
        fill(field->sub, filling, place);
    }
}

static void fill_list(const struct field *field, struct filling *filling, struct field_list *list)
{
    bool is_wanted = filling->met++ == filling->wanted;
    size_t size = field_item_size(field->item, field->sub);
    list->count = is_wanted ? filling->count : 1;
    list->items = arena_alloc(&filling->arena, size * (size_t)list->count);
    assert(list->items);
    memset(list->items, 0, size * (size_t)list->count);
    if (is_wanted) {
        filling->name = field->name;
    }
    int met = filling->met;
    for (int32_t i = 0; i < list->count; i++) {
        filling->met = met;
        filling->number = is_wanted ? i : filling->number;
        fill_value(field->item, field, filling, (uint8_t *)list->items + size * (size_t)i);
    }
    filling->number = is_wanted ? 0 : filling->number;
}

static void fill_field(const struct field *field, struct filling *filling, uint8_t *place)
{
    if (field->kind == FIELD_ARRAY) {
        struct field_list list;
        fill_list(field, filling, &list);
        memcpy(place, &list, sizeof(list));
    } else if (field->flags & FIELD_POINTER) {
        void *part = arena_alloc(&filling->arena, message_struct_size(field->sub));
        assert(part);
        fill(field->sub, filling, part);
        memcpy(place, &part, sizeof(part));
    } else {
        fill_value(field->kind, field, filling, place);
    }
}

static void fill(const struct message_type *type, struct filling *filling, void *message)
{
    message_defaults(type, message);
    for (size_t i = 0; i < type->field_count; i++) {
        if (field_in(&type->fields[i], filling->version)) {
            fill_field(&type->fields[i], filling, (uint8_t *)message + type->fields[i].offset);
        }
    }
}

/* The whole frame; the list's name, NULL when the request has no list `wanted`. */
static const char *write_frame(const struct api *api, int16_t version, int wanted, int32_t count,
                               struct bytes *out)
{
    struct filling filling = { .version = version, .count = count, .wanted = wanted };
    struct writer writer;
    arena_init(&filling.arena, FRAME_MAX);
    void *message = arena_alloc(&filling.arena, message_struct_size(api->request));
    assert(message);
    fill(api->request, &filling, message);
    bytes_init(out, FRAME_MAX);
    writer_init(&writer, out);
    enum kc_err err = request_write(&writer, api, version, 7, slice_text("long"), message);
    if (err) {
        (void)fprintf(stderr, "%s version %d: %s\n", api->name, version, kc_err_text(err));
        exit(3);
    }
    arena_finish(&filling.arena);
    return filling.name;
}

/* True when the request has such a list. */
static bool stretch(struct long_lists *lists, const struct api *api, int16_t version, int wanted)
{
    struct bytes frame;
    struct bytes answer;
    char what[128];
    const char *name = write_frame(api, version, wanted, lists->count, &frame);
    if (!name) {
        bytes_finish(&frame);
        return false;
    }
    (void)snprintf(what, sizeof(what), "%s version %d, %s", api->name, version, name);
    bytes_init(&answer, ANSWER_MAX);
    int64_t before = clock_now_ms(&clock_system);
    bool is_ended = caller_send(lists->port, bytes_slice(&frame), lists->patience_ms, &answer);
    long took = (long)(clock_now_ms(&clock_system) - before);
    if (!is_ended || took > lists->patience_ms) {
        (void)fprintf(stderr, "%s: %ld ms for %d items\n", what, took, lists->count);
        exit(1);
    }
    lists->sent++;
    if (took > lists->slowest_ms) {
        lists->slowest_ms = took;
        (void)snprintf(lists->slowest, sizeof(lists->slowest), "%s", what);
    }
    bytes_finish(&frame);
    bytes_finish(&answer);
    return true;
}

static void stretch_versions(struct long_lists *lists,
                             const struct api_versions_response_api_version *served)
{
    const struct api *api = api_find(served->api_key);
    if (!api) {
        (void)fprintf(stderr, "API key %d is in no table\n", served->api_key);
        exit(3);
    }
    int16_t first = (int16_t)MAX_OF(served->min_version, api->version_min);
    for (int wanted = 0; stretch(lists, api, served->max_version, wanted); wanted++) {
    }
    for (int wanted = 0; first < served->max_version && stretch(lists, api, first, wanted);
         wanted++) {
    }
}

static long argument(const char *text)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (value <= 0 || *end != 0) {
        (void)fprintf(stderr, "usage: long_lists PORT COUNT SECONDS\n");
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct api_versions_response served;
    if (argc != 4) {
        (void)fprintf(stderr, "usage: long_lists PORT COUNT SECONDS\n");
        return 2;
    }
    struct long_lists lists = { .port = (int)argument(argv[1]),
                                .count = (int32_t)argument(argv[2]),
                                .patience_ms = argument(argv[3]) * 1000 };
    arena_init(&arena, ANSWER_MAX);
    caller_ask_served(lists.port, lists.patience_ms, &arena, &served);
    for (int32_t i = 0; i < served.api_keys.count; i++) {
        stretch_versions(&lists, &served.api_keys.items[i]);
    }
    (void)printf("%lu sent, the slowest took %ld ms: %s\n", lists.sent, lists.slowest_ms,
                 lists.slowest);
    arena_finish(&arena);
    return 0;
}
