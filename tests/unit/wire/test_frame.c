/* tests: wire/frame: size prefix and headers. */
#include "support/test.h"
#include "wire/frame.h"
#include "wire/messages.h"

#include <stdlib.h>

TEST(request_frame_byte_for_byte)
{
    static const uint8_t expected[] = { 0, 0, 0,   20, /* size */
                                        0, 3, 0,   1,  /* Metadata, version 1 */
                                        0, 0, 0,   42, /* correlation id */
                                        0, 2, 'm', 'e', 0, 0, 0, 1, 0, 2, 't', '1' };
    struct slice topic = slice_text("t1");
    struct metadata_request_metadata_request_topic item;
    struct metadata_request request;
    struct bytes out;
    struct writer writer;

    message_defaults(&metadata_request_type, &request);
    message_defaults(&metadata_request_metadata_request_topic_type, &item);
    item.name = topic;
    request.topics.items = &item;
    request.topics.count = 1;
    bytes_init(&out, 4096);
    writer_init(&writer, &out);
    assert_int_equal(
        request_write(&writer, api_find(API_METADATA), 1, 42, slice_text("me"), &request),
        KC_ERR_NONE);
    assert_int_equal(out.size, sizeof(expected));
    assert_memory_equal(out.data, expected, sizeof(expected));

    struct reader reader;
    struct request_head head;
    reader_init(&reader, slice_of(out.data + 4, out.size - 4));
    assert_int_equal(request_head_read(&reader, &head), KC_ERR_NONE);
    assert_ptr_equal(head.api, api_find(API_METADATA));
    assert_int_equal(head.version, 1);
    assert_int_equal(head.correlation_id, 42);
    assert_true(slice_is(head.client_id, "me"));
    assert_int_equal(reader_left(&reader), 8);
    bytes_finish(&out);
}

TEST(flexible_headers)
{
    struct api_versions_request request;
    struct bytes out;
    struct writer writer;
    struct reader reader;
    struct request_head head;

    message_defaults(&api_versions_request_type, &request);
    bytes_init(&out, 4096);
    writer_init(&writer, &out);
    assert_int_equal(request_write(&writer, api_find(API_API_VERSIONS), 4, 1, SLICE_NULL, &request),
                     KC_ERR_NONE);
    reader_init(&reader, slice_of(out.data + 4, out.size - 4));
    assert_int_equal(request_head_read(&reader, &head), KC_ERR_NONE);
    assert_true(slice_is_null(head.client_id));
    assert_int_equal(reader_left(&reader), 3);
    bytes_finish(&out);
}

TEST(unknown_key_or_version_is_no_error)
{
    static const uint8_t key[] = { 0x03, 0xe7, 0, 0, 0, 0, 0, 9, 0xff, 0xff };
    static const uint8_t version[] = { 0, 18, 0, 99, 0, 0, 0, 9, 0xff };
    struct reader reader;
    struct request_head head;

    reader_init(&reader, slice_of(key, sizeof(key)));
    assert_int_equal(request_head_read(&reader, &head), KC_ERR_NONE);
    assert_null(head.api);
    assert_int_equal(head.key, 999);
    assert_int_equal(head.correlation_id, 9);

    reader_init(&reader, slice_of(version, sizeof(version)));
    assert_int_equal(request_head_read(&reader, &head), KC_ERR_NONE);
    assert_ptr_equal(head.api, api_find(API_API_VERSIONS));
    assert_int_equal(head.version, 99);
    assert_int_equal(head.correlation_id, 9);
}

TEST(cut_headers)
{
    static const uint8_t data[] = { 0, 18, 0, 3, 0, 0, 0, 9, 0, 2, 'm', 'e', 1, 5, 1, 0 };
    for (size_t size = 0; size < sizeof(data); size++) {
        uint8_t *copy = malloc(size > 0 ? size : 1);
        struct reader reader;
        struct request_head head = { .key = -7 };
        memcpy(copy, data, size);
        reader_init(&reader, slice_of(copy, size));
        assert_int_equal(request_head_read(&reader, &head), KC_ERR_MALFORMED);
        assert_int_equal(head.key, -7);
        free(copy);
    }
}

TEST(response_frame)
{
    struct heartbeat_response response;
    struct bytes out;
    struct writer writer;
    struct reader reader;
    int32_t correlation_id = 0;

    message_defaults(&heartbeat_response_type, &response);
    response.error_code = KC_ERR_REBALANCE_IN_PROGRESS;
    bytes_init(&out, 4096);
    writer_init(&writer, &out);
    assert_int_equal(response_write(&writer, api_find(API_HEARTBEAT), 4, -5, &response),
                     KC_ERR_NONE);
    assert_int_equal(load_u32(out.data), out.size - 4);
    reader_init(&reader, slice_of(out.data + 4, out.size - 4));
    assert_int_equal(response_head_read(&reader, api_find(API_HEARTBEAT), 4, &correlation_id),
                     KC_ERR_NONE);
    assert_int_equal(correlation_id, -5);
    assert_int_equal(reader_left(&reader), 4 + 2 + 1);

    reader_init(&reader, slice_of(out.data + 4, 4));
    correlation_id = 77;
    assert_int_equal(response_head_read(&reader, api_find(API_HEARTBEAT), 4, &correlation_id),
                     KC_ERR_MALFORMED);
    assert_int_equal(correlation_id, 77);
    bytes_finish(&out);
}

static void fill_produce(struct produce_request *request,
                         struct produce_request_topic_produce_data *topic,
                         struct produce_request_partition_produce_data *partition,
                         struct slice records)
{
    message_defaults(&produce_request_type, request);
    message_defaults(&produce_request_topic_produce_data_type, topic);
    message_defaults(&produce_request_partition_produce_data_type, partition);
    partition->records = records;
    topic->name = slice_text("t");
    topic->partition_data.items = partition;
    topic->partition_data.count = 1;
    request->topic_data.items = topic;
    request->topic_data.count = 1;
}

TEST(spliced_frame_is_the_same_frame)
{
    static const uint8_t records[1000] = { 1, 2, 3 };
    struct produce_request request;
    struct produce_request_topic_produce_data topic;
    struct produce_request_partition_produce_data partition;
    struct splice splices[4];
    struct bytes copied;
    struct bytes spliced;
    struct writer writer;

    fill_produce(&request, &topic, &partition, slice_of(records, sizeof(records)));
    bytes_init(&copied, 4096);
    writer_init(&writer, &copied);
    assert_int_equal(request_write(&writer, api_find(API_PRODUCE), 9, 1, SLICE_EMPTY, &request),
                     KC_ERR_NONE);

    bytes_init(&spliced, 4096);
    writer_init(&writer, &spliced);
    writer_allow_splices(&writer, splices, 4, 100);
    assert_int_equal(request_write(&writer, api_find(API_PRODUCE), 9, 1, SLICE_EMPTY, &request),
                     KC_ERR_NONE);
    assert_int_equal(writer.splice_count, 1);
    assert_int_equal(spliced.size + writer.spliced_size, copied.size);
    size_t head = splices[0].position;
    assert_memory_equal(spliced.data, copied.data, head);
    assert_memory_equal(splices[0].bytes.data, copied.data + head, sizeof(records));
    assert_memory_equal(spliced.data + head, copied.data + head + sizeof(records),
                        spliced.size - head);
    bytes_finish(&copied);
    bytes_finish(&spliced);
}

TEST(failed_frame_leaves_no_trace)
{
    static const uint8_t records[1000];
    struct produce_request request;
    struct produce_request_topic_produce_data topic;
    struct produce_request_partition_produce_data partition;
    struct splice splices[4];
    struct bytes out;
    struct writer writer;

    fill_produce(&request, &topic, &partition, slice_of(records, sizeof(records)));
    topic.name = SLICE_NULL;
    bytes_init(&out, 4096);
    assert_true(bytes_append(&out, "before", 6));
    writer_init(&writer, &out);
    writer_allow_splices(&writer, splices, 4, 100);
    assert_int_equal(request_write(&writer, api_find(API_PRODUCE), 9, 1, SLICE_EMPTY, &request),
                     KC_ERR_INVALID);
    assert_int_equal(out.size, 6);
    assert_int_equal(writer.splice_count, 0);
    assert_int_equal(writer.spliced_size, 0);

    topic.name = slice_text("t");
    out.size_max = 20;
    writer_init(&writer, &out);
    assert_int_equal(request_write(&writer, api_find(API_PRODUCE), 9, 1, SLICE_EMPTY, &request),
                     KC_ERR_TOO_LARGE);
    assert_int_equal(out.size, 6);
    assert_memory_equal(out.data, "before", 6);
    bytes_finish(&out);
}
