/* tests: wire/decode: hostile bytes, and memory that runs out. */
#include "support/test.h"
#include "wire/field.h"
#include "wire/messages.h"

#include <stdlib.h>

static enum kc_err decode(const struct message_type *type, int16_t version, const void *data,
                          size_t size, struct arena *arena, void *message)
{
    return message_decode_all(type, version, slice_of(data, size), arena, message);
}

/* Fields of a TransactionLogValue v1 up to its tags; what follows is the tag section. */
#define TXN_HEAD \
    0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 3, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

static enum kc_err decode_txn(const uint8_t *data, size_t size,
                              struct transaction_log_value *ret_value)
{
    struct arena arena;
    arena_init(&arena, 0);
    enum kc_err err = decode(&transaction_log_value_type, 1, data, size, &arena, ret_value);
    arena_finish(&arena);
    return err;
}

#define DECODE_TXN(value, ...)                             \
    decode_txn((const uint8_t[]){ TXN_HEAD, __VA_ARGS__ }, \
               sizeof((const uint8_t[]){ TXN_HEAD, __VA_ARGS__ }), (value))

TEST(tagged_fields_are_strict)
{
    struct transaction_log_value value;

    assert_int_equal(DECODE_TXN(&value, 0), KC_ERR_NONE);
    assert_true(value.previous_producer_id == -1);
    assert_int_equal(DECODE_TXN(&value, 2, 2, 2, 0, 9, 3, 2, 0, 7), KC_ERR_NONE);
    assert_int_equal(value.client_transaction_version, 9);
    assert_int_equal(value.next_producer_epoch, 7);
    assert_true(value.previous_producer_id == -1);
    /* Unknown tags between and behind are skipped. */
    assert_int_equal(DECODE_TXN(&value, 2, 2, 2, 0, 9, 60, 3, 1, 1, 1), KC_ERR_NONE);

    /* Twice, descending, too short, too long, past the end, more tags than bytes. */
    assert_int_equal(DECODE_TXN(&value, 2, 2, 2, 0, 9, 2, 2, 0, 9), KC_ERR_MALFORMED);
    assert_int_equal(DECODE_TXN(&value, 2, 3, 2, 0, 9, 2, 2, 0, 9), KC_ERR_MALFORMED);
    assert_int_equal(DECODE_TXN(&value, 1, 2, 1, 9), KC_ERR_MALFORMED);
    assert_int_equal(DECODE_TXN(&value, 1, 2, 3, 0, 9, 9), KC_ERR_MALFORMED);
    assert_int_equal(DECODE_TXN(&value, 1, 2, 2, 9), KC_ERR_MALFORMED);
    assert_int_equal(DECODE_TXN(&value, 1, 60, 2, 9), KC_ERR_MALFORMED);
    assert_int_equal(DECODE_TXN(&value, 0xff, 0xff, 0xff, 0xff, 0x0f), KC_ERR_MALFORMED);
}

/* A request with lists in lists, strings and a tagged struct. */
static void encode_fetch(struct bytes *out)
{
    struct fetch_request_fetch_partition partitions[3];
    struct fetch_request_fetch_topic topics[2];
    struct fetch_request request;
    struct writer writer;

    message_defaults(&fetch_request_type, &request);
    for (size_t i = 0; i < 3; i++) {
        message_defaults(&fetch_request_fetch_partition_type, &partitions[i]);
        partitions[i].high_watermark = (int64_t)i;
    }
    for (size_t i = 0; i < 2; i++) {
        message_defaults(&fetch_request_fetch_topic_type, &topics[i]);
        topics[i].partitions.items = partitions;
        topics[i].partitions.count = 3;
    }
    request.topics.items = topics;
    request.topics.count = 2;
    request.replica_state.replica_id = 5;
    request.rack_id = slice_text("rack");
    writer_init(&writer, out);
    assert_int_equal(message_encode(&fetch_request_type, 18, &request, &writer), KC_ERR_NONE);
}

TEST(memory_runs_out_at_any_place)
{
    struct fetch_request request;
    struct arena arena;
    struct bytes out;

    bytes_init(&out, 4096);
    encode_fetch(&out);
    arena_init(&arena, 0);
    assert_int_equal(decode(&fetch_request_type, 18, out.data, out.size, &arena, &request),
                     KC_ERR_NONE);
    assert_int_equal(request.topics.items[1].partitions.items[2].high_watermark, 2);
    size_t used = arena.used;
    arena_finish(&arena);
    for (size_t bytes_max = 1; bytes_max < used; bytes_max += 8) {
        arena_init(&arena, bytes_max);
        assert_int_equal(decode(&fetch_request_type, 18, out.data, out.size, &arena, &request),
                         KC_ERR_NO_MEMORY);
        arena_finish(&arena);
    }
    bytes_finish(&out);
}

TEST(room_runs_out_at_any_place)
{
    struct fetch_request request;
    struct arena arena;
    struct bytes whole;

    bytes_init(&whole, 4096);
    encode_fetch(&whole);
    arena_init(&arena, 0);
    assert_int_equal(decode(&fetch_request_type, 18, whole.data, whole.size, &arena, &request),
                     KC_ERR_NONE);
    for (size_t size_max = 0; size_max <= whole.size; size_max++) {
        struct bytes out;
        struct writer writer;
        bytes_init(&out, size_max);
        writer_init(&writer, &out);
        assert_int_equal(message_encode(&fetch_request_type, 18, &request, &writer),
                         size_max < whole.size ? KC_ERR_TOO_LARGE : KC_ERR_NONE);
        bytes_finish(&out);
    }
    arena_finish(&arena);
    bytes_finish(&whole);
}

/* Structs that stand in lists: the size in memory against the fewest bytes on the wire, which
 * bounds what a decoder can be made to allocate. */
static void check_ratio(const struct message_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (!field->sub) {
            continue;
        }
        for (int version = MAX_OF(field->since, type->version_min); version <= field->until;
             version++) {
            size_t size_min = field->sub->size_min[version - field->sub->version_min];
            assert_true(field->kind != FIELD_ARRAY || size_min > 0);
            assert_true(field->kind != FIELD_ARRAY || field->sub->size <= 32 * size_min);
        }
        check_ratio(field->sub);
    }
}

TEST(memory_of_every_message_is_bounded)
{
    assert_true(message_table_count > 270);
    for (size_t i = 0; i < message_table_count; i++) {
        check_ratio(message_table[i]);
    }
}

/* A list promises all its bytes to its elements, and the first list inside promises them again. */
TEST(nested_lists_cannot_promise_the_same_bytes)
{
    enum { SIZE = 1 << 16 };
    struct metadata_response response;
    struct arena arena;
    uint8_t *data = calloc(1, SIZE);

    size_t topics = (SIZE - 8) / 8;
    store_u32(data + 4, (uint32_t)topics);
    store_u32(data + 8 + 4, (uint32_t)(SIZE - 32) / 18); /* the first topic's partitions */
    arena_init(&arena, 0);
    enum kc_err err = decode(&metadata_response_type, 0, data, SIZE, &arena, &response);
    assert_int_equal(err, KC_ERR_MALFORMED);
    assert_true(arena.used <=
                topics * sizeof(struct metadata_response_metadata_response_topic) + 16);
    arena_finish(&arena);
    free(data);
}
