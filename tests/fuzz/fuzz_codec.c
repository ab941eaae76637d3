/* tests/fuzz: every message type: what decodes encodes, and comes back the same. Input: kind (0
 * request, 1 response, else stored), key or place, version, body. */
#include "wire/api.h"
#include "wire/messages.h"

#include <assert.h>
#include <stdlib.h>

enum { SELECTOR_SIZE = 3, MEMORY_FACTOR_MAX = 64, MEMORY_MIN = 4096, OUT_SIZE_MAX = 1 << 28 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The stored records and headers are those that no API row names. */
static const struct message_type *find_stored(uint8_t place)
{
    size_t count = message_table_count - 2 * api_table_count;
    size_t wanted = place % count;
    for (size_t i = 0; i < message_table_count; i++) {
        const struct api *api = api_find(message_key(message_table[i]));
        bool named = api && (api->request == message_table[i] || api->response == message_table[i]);
        if (!named && wanted-- == 0) {
            return message_table[i];
        }
    }
    return NULL;
}

static const struct message_type *find_type(uint8_t kind, uint8_t key)
{
    if (kind % 4 >= 2) {
        return find_stored(key);
    }
    const struct api *api = api_find(key);
    api = api ? api : &api_table[key % api_table_count];
    return kind % 4 == 0 ? api->request : api->response;
}

static void encode(const struct message_type *type, int16_t version, const void *message,
                   struct bytes *out)
{
    struct writer writer;
    bytes_init(out, OUT_SIZE_MAX);
    writer_init(&writer, out);
    enum kc_err err = message_encode(type, version, message, &writer);
    assert(!err && "what was decoded can be encoded");
    assert(message_size(type, version, message) == out->size);
}

static void round_trip(const struct message_type *type, int16_t version, const void *message)
{
    struct bytes first;
    struct bytes second;
    struct bytes shown;
    struct arena arena;
    void *again = malloc(message_struct_size(type));

    arena_init(&arena, 0);
    encode(type, version, message, &first);
    enum kc_err err = message_decode_all(type, version, bytes_slice(&first), &arena, again);
    assert(!err && "what was encoded can be decoded");
    assert(message_equal(type, message, again));
    encode(type, version, again, &second);
    assert(slice_equal(bytes_slice(&first), bytes_slice(&second)));
    bytes_init(&shown, OUT_SIZE_MAX);
    bool fits = message_show(type, version, message, &shown);
    assert(fits);
    (void)err;
    (void)fits;
    bytes_finish(&first);
    bytes_finish(&second);
    bytes_finish(&shown);
    arena_finish(&arena);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < SELECTOR_SIZE) {
        return 0;
    }
    const struct message_type *type = find_type(data[0], data[1]);
    int versions = message_version_max(type) - message_version_min(type) + 1;
    int16_t version = (int16_t)(message_version_min(type) + data[2] % versions);
    struct arena arena;
    void *message = malloc(message_struct_size(type));

    arena_init(&arena, MEMORY_FACTOR_MAX * size + MEMORY_MIN);
    enum kc_err err = message_decode_all(
        type, version, slice_of(data + SELECTOR_SIZE, size - SELECTOR_SIZE), &arena, message);
    assert(err == KC_ERR_NONE || err == KC_ERR_MALFORMED);
    if (!err) {
        round_trip(type, version, message);
    }
    arena_finish(&arena);
    free(message);
    return 0;
}
