/* tests: wire/codec: defaults, equality, and what encoding and decoding refuse. */
#include "support/test.h"
#include "wire/codec.h"
#include "wire/messages.h"

#include <stdlib.h>

static enum kc_err decode(const struct message_type *type, int16_t version, const void *data,
                          size_t size, struct arena *arena, void *message)
{
    return message_decode_all(type, version, slice_of(data, size), arena, message);
}

static enum kc_err encode(const struct message_type *type, int16_t version, const void *message)
{
    struct bytes out;
    struct writer writer;

    bytes_init(&out, 1 << 20);
    writer_init(&writer, &out);
    enum kc_err err = message_encode(type, version, message, &writer);
    assert_int_equal(writer.err, err);
    assert_int_equal(message_size(type, version, message), err ? 0 : out.size);
    bytes_finish(&out);
    return err;
}

TEST(defaults)
{
    struct fetch_request request;
    memset(&request, 0xaa, sizeof(request));
    message_defaults(&fetch_request_type, &request);
    assert_true(slice_is_null(request.cluster_id));
    assert_int_equal(request.replica_id, -1);
    assert_int_equal(request.replica_state.replica_id, -1);
    assert_true(request.replica_state.replica_epoch == -1);
    assert_int_equal(request.max_bytes, INT32_MAX);
    assert_int_equal(request.topics.count, 0);
    assert_non_null(request.rack_id.data);
    assert_int_equal(request.rack_id.size, 0);

    struct fetch_response_partition_data partition;
    message_defaults(&fetch_response_partition_data_type, &partition);
    assert_null(partition.records.data);
    assert_int_equal(partition.diverging_epoch.epoch, -1);

    struct partition_change_record change;
    message_defaults(&partition_change_record_type, &change);
    assert_int_equal(change.isr.count, -1);
    assert_int_equal(change.leader, -2);
}

TEST(equality)
{
    int32_t first[] = { 1, 2, 3 };
    int32_t second[] = { 1, 2, 4 };
    struct partition_change_record a;
    struct partition_change_record b;

    message_defaults(&partition_change_record_type, &a);
    message_defaults(&partition_change_record_type, &b);
    assert_true(message_equal(&partition_change_record_type, &a, &b));
    b.isr.count = 0;
    assert_false(message_equal(&partition_change_record_type, &a, &b));
    a.isr.items = first;
    a.isr.count = 3;
    b.isr.items = second;
    b.isr.count = 3;
    assert_false(message_equal(&partition_change_record_type, &a, &b));
    second[2] = 3;
    assert_true(message_equal(&partition_change_record_type, &a, &b));
    b.isr.count = 2;
    assert_false(message_equal(&partition_change_record_type, &a, &b));
}

TEST(nullable_structs)
{
    struct describe_topic_partitions_request_cursor cursor;
    struct describe_topic_partitions_request request;
    struct describe_topic_partitions_request again;
    struct arena arena;
    struct bytes out;
    struct writer writer;

    message_defaults(&describe_topic_partitions_request_type, &request);
    assert_null(request.cursor);
    message_defaults(&describe_topic_partitions_request_cursor_type, &cursor);
    cursor.topic_name = slice_text("t");
    cursor.partition_index = 5;
    request.cursor = &cursor;
    bytes_init(&out, 4096);
    arena_init(&arena, 0);
    writer_init(&writer, &out);
    assert_int_equal(message_encode(&describe_topic_partitions_request_type, 0, &request, &writer),
                     0);
    assert_int_equal(
        decode(&describe_topic_partitions_request_type, 0, out.data, out.size, &arena, &again),
        KC_ERR_NONE);
    assert_int_equal(again.cursor->partition_index, 5);
    assert_true(message_equal(&describe_topic_partitions_request_type, &request, &again));
    again.cursor = NULL;
    assert_false(message_equal(&describe_topic_partitions_request_type, &request, &again));
    arena_finish(&arena);
    bytes_finish(&out);
}

TEST(nullable_struct_with_an_object_as_default)
{
    static const uint8_t bare[] = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0 };
    struct consumer_group_member_metadata_value value;
    struct arena arena;

    arena_init(&arena, 0);
    assert_int_equal(
        decode(&consumer_group_member_metadata_value_type, 0, bare, sizeof(bare), &arena, &value),
        KC_ERR_NONE);
    assert_non_null(value.classic_member_metadata);
    assert_int_equal(value.classic_member_metadata->supported_protocols.count, 0);
    assert_int_equal(message_size(&consumer_group_member_metadata_value_type, 0, &value),
                     sizeof(bare));
    /* Null is not the default, so it is written: tag 0, one byte, 0. */
    value.classic_member_metadata = NULL;
    assert_int_equal(message_size(&consumer_group_member_metadata_value_type, 0, &value),
                     sizeof(bare) + 3);
    arena_finish(&arena);
}

TEST(null_in_a_tag_as_kafka_writes_it)
{
    size_t size;
    uint8_t *bytes = test_unhex("000011636f6e736f6c652d636f6e73756d65720b2f3132372e302e302e310202"
                                "7401000493e00001000100",
                                &size);
    struct consumer_group_member_metadata_value value;
    struct arena arena;
    struct bytes out;
    struct writer writer;

    arena_init(&arena, 0);
    bytes_init(&out, 4096);
    writer_init(&writer, &out);
    assert_int_equal(
        decode(&consumer_group_member_metadata_value_type, 0, bytes, size, &arena, &value),
        KC_ERR_NONE);
    assert_null(value.classic_member_metadata);
    assert_true(slice_is(value.client_host, "/127.0.0.1"));
    assert_int_equal(message_encode(&consumer_group_member_metadata_value_type, 0, &value, &writer),
                     0);
    assert_int_equal(out.size, size);
    assert_memory_equal(out.data, bytes, size);
    bytes_finish(&out);
    arena_finish(&arena);
    free(bytes);
}

TEST(versions_outside_the_range)
{
    struct fetch_request request;
    struct arena arena;

    arena_init(&arena, 0);
    message_defaults(&fetch_request_type, &request);
    assert_int_equal(encode(&fetch_request_type, 3, &request), KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(encode(&fetch_request_type, 19, &request), KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(encode(&fetch_request_type, -1, &request), KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(decode(&fetch_request_type, 3, "", 0, &arena, &request),
                     KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(decode(&fetch_request_type, INT16_MAX, "", 0, &arena, &request),
                     KC_ERR_UNSUPPORTED_VERSION);
    arena_finish(&arena);
}

TEST(fields_that_the_version_lacks)
{
    struct fetch_request request;
    struct fetch_request_forgotten_topic forgotten;

    /* Ignorable: dropped. */
    message_defaults(&fetch_request_type, &request);
    request.rack_id = slice_text("rack");
    assert_int_equal(encode(&fetch_request_type, 4, &request), KC_ERR_NONE);

    /* Not ignorable: refused. */
    message_defaults(&fetch_request_forgotten_topic_type, &forgotten);
    request.forgotten_topics_data.items = &forgotten;
    request.forgotten_topics_data.count = 1;
    assert_int_equal(encode(&fetch_request_type, 6, &request), KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(encode(&fetch_request_type, 7, &request), KC_ERR_NONE);
}

TEST(null_where_it_is_not_allowed)
{
    struct metadata_request request;
    struct heartbeat_request heartbeat;

    message_defaults(&metadata_request_type, &request);
    request.topics.count = -1;
    assert_int_equal(encode(&metadata_request_type, 1, &request), KC_ERR_NONE);
    assert_int_equal(encode(&metadata_request_type, 0, &request), KC_ERR_INVALID);
    request.topics.count = 1;
    assert_int_equal(encode(&metadata_request_type, 1, &request), KC_ERR_INVALID);

    message_defaults(&heartbeat_request_type, &heartbeat);
    heartbeat.group_id = SLICE_NULL;
    assert_int_equal(encode(&heartbeat_request_type, 3, &heartbeat), KC_ERR_INVALID);

    static const uint8_t null_group[] = { 0xff, 0xff, 0, 0, 0, 1, 0, 0 };
    static const uint8_t null_topics[] = { 0xff, 0xff, 0xff, 0xff };
    struct arena arena;
    arena_init(&arena, 0);
    assert_int_equal(
        decode(&heartbeat_request_type, 0, null_group, sizeof(null_group), &arena, &heartbeat),
        KC_ERR_MALFORMED);
    assert_int_equal(
        decode(&metadata_request_type, 0, null_topics, sizeof(null_topics), &arena, &request),
        KC_ERR_MALFORMED);
    assert_int_equal(
        decode(&metadata_request_type, 1, null_topics, sizeof(null_topics), &arena, &request),
        KC_ERR_NONE);
    assert_int_equal(request.topics.count, -1);
    arena_finish(&arena);
}

TEST(null_string_in_a_list)
{
    struct describe_groups_request request;
    struct slice groups[] = { SLICE_NULL };
    static const uint8_t data[] = { 0, 0, 0, 1, 0xff, 0xff };
    struct arena arena;

    message_defaults(&describe_groups_request_type, &request);
    request.groups.items = groups;
    request.groups.count = 1;
    assert_int_equal(encode(&describe_groups_request_type, 0, &request), KC_ERR_INVALID);
    arena_init(&arena, 0);
    assert_int_equal(decode(&describe_groups_request_type, 0, data, sizeof(data), &arena, &request),
                     KC_ERR_MALFORMED);
    arena_finish(&arena);
}

TEST(trailing_bytes)
{
    static const uint8_t data[] = { 0, 0, 0, 0, 0, 0, 9 };
    struct heartbeat_response response;
    struct arena arena;
    struct reader reader;

    arena_init(&arena, 0);
    assert_int_equal(decode(&heartbeat_response_type, 1, data, sizeof(data), &arena, &response),
                     KC_ERR_MALFORMED);
    reader_init(&reader, slice_of(data, sizeof(data)));
    assert_int_equal(message_decode(&heartbeat_response_type, 1, &reader, &arena, &response),
                     KC_ERR_NONE);
    assert_int_equal(reader_left(&reader), 1);
    arena_finish(&arena);
}

TEST(string_too_long_to_encode)
{
    static const char text[WRITER_STRING_MAX + 1];
    struct heartbeat_request request;

    message_defaults(&heartbeat_request_type, &request);
    request.group_id = slice_of(text, WRITER_STRING_MAX);
    assert_int_equal(encode(&heartbeat_request_type, 4, &request), KC_ERR_NONE);
    request.group_id = slice_of(text, WRITER_STRING_MAX + 1);
    assert_int_equal(encode(&heartbeat_request_type, 4, &request), KC_ERR_TOO_LARGE);
}

TEST(failed_writer_stays_failed)
{
    struct heartbeat_request request;
    struct writer writer;
    struct bytes out;

    bytes_init(&out, 4096);
    writer_init(&writer, &out);
    writer_fail(&writer, KC_ERR_NO_MEMORY);
    message_defaults(&heartbeat_request_type, &request);
    assert_int_equal(message_encode(&heartbeat_request_type, 4, &request, &writer),
                     KC_ERR_NO_MEMORY);
    assert_int_equal(out.size, 0);
    bytes_finish(&out);
}
