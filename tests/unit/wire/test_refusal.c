/* tests: wire/refusal: error codes in answers of every shape, with no word of any one API. */
#include "support/test.h"

#include "wire/messages.h"
#include "wire/refusal.h"

#include <libclient/error.h>
#include <stdlib.h>

static struct arena arena;

/* The answer as one line of JSON, which must also encode. */
static void refused(int16_t key, int16_t version, const void *request, bool is_top, int16_t code,
                    const char *wanted)
{
    const struct api *api = api_find(key);
    struct bytes text;
    arena_init(&arena, 1 << 20);
    bytes_init(&text, 1 << 20);
    void *response = arena_alloc(&arena, message_struct_size(api->response));
    assert_non_null(response);
    assert_int_equal(
        refusal_make(api, version, request, &arena, is_top, (enum kc_err)code, response), 0);
    assert_true(message_size(api->response, version, response) > 0);
    assert_true(message_show(api->response, version, response, &text));
    assert_true(bytes_append(&text, "", 1));
    assert_string_equal((const char *)text.data, wanted);
    bytes_finish(&text);
    arena_finish(&arena);
}

TEST(names_topics_and_partitions_of_a_produce_request)
{
    struct produce_request_partition_produce_data partitions[2] = { { .index = 4 },
                                                                    { .index = 7 } };
    struct produce_request_topic_produce_data topic = { .name = slice_text("t") };
    struct produce_request request;
    message_defaults(&produce_request_type, &request);
    topic.partition_data.items = partitions;
    topic.partition_data.count = 2;
    request.topic_data.items = &topic;
    request.topic_data.count = 1;
    refused(0, 7, &request, false, 6,
            "{\"responses\":[{\"name\":\"t\",\"partitionResponses\":["
            "{\"index\":4,\"errorCode\":6,\"baseOffset\":0,\"logAppendTimeMs\":-1,"
            "\"logStartOffset\":-1},"
            "{\"index\":7,\"errorCode\":6,\"baseOffset\":0,\"logAppendTimeMs\":-1,"
            "\"logStartOffset\":-1}]}],\"throttleTimeMs\":0}");
}

TEST(makes_items_of_bare_names)
{
    struct slice keys[2] = { slice_text("a"), slice_text("b") };
    struct find_coordinator_request request;
    message_defaults(&find_coordinator_request_type, &request);
    request.coordinator_keys.items = keys;
    request.coordinator_keys.count = 2;
    refused(10, 4, &request, false, 15,
            "{\"throttleTimeMs\":0,\"coordinators\":["
            "{\"key\":\"a\",\"nodeId\":0,\"host\":\"\",\"port\":0,\"errorCode\":15,"
            "\"errorMessage\":\"\"},"
            "{\"key\":\"b\",\"nodeId\":0,\"host\":\"\",\"port\":0,\"errorCode\":15,"
            "\"errorMessage\":\"\"}]}");
}

TEST(finds_error_codes_of_other_names)
{
    int32_t numbers[1] = { 3 };
    struct add_partitions_to_txn_request_add_partitions_to_txn_topic topic = { .name = slice_text(
                                                                                   "t") };
    struct add_partitions_to_txn_request request;
    message_defaults(&add_partitions_to_txn_request_type, &request);
    topic.partitions.items = numbers;
    topic.partitions.count = 1;
    request.v3_and_below_topics.items = &topic;
    request.v3_and_below_topics.count = 1;
    refused(24, 3, &request, false, 51,
            "{\"throttleTimeMs\":0,\"resultsByTopicV3AndBelow\":[{\"name\":\"t\","
            "\"resultsByPartition\":[{\"partitionIndex\":3,\"partitionErrorCode\":51}]}]}");
}

TEST(an_answer_without_items_has_the_error_itself)
{
    struct end_txn_request request;
    message_defaults(&end_txn_request_type, &request);
    refused(26, 3, &request, false, 47, "{\"throttleTimeMs\":0,\"errorCode\":47}");
}

TEST(on_top_leaves_the_items_out)
{
    struct fetch_request_fetch_partition partition = { .partition = 1 };
    struct fetch_request_fetch_topic topic = { .topic = slice_text("t") };
    struct fetch_request request;
    message_defaults(&fetch_request_type, &request);
    topic.partitions.items = &partition;
    topic.partitions.count = 1;
    request.topics.items = &topic;
    request.topics.count = 1;
    refused(1, 7, &request, true, 70,
            "{\"throttleTimeMs\":0,\"errorCode\":70,\"sessionId\":0,\"responses\":[]}");
}

/* Two topics, the first with a partition that has a place for an error of its own. */
struct described {
    struct metadata_response_metadata_response_partition partition;
    struct metadata_response_metadata_response_topic topics[2];
    struct metadata_response response;
};

static void describe(struct described *described)
{
    memset(described, 0, sizeof(*described));
    message_defaults(&metadata_response_type, &described->response);
    described->topics[0].name = slice_text("one");
    described->topics[0].partitions.items = &described->partition;
    described->topics[0].partitions.count = 1;
    described->topics[1].name = slice_text("two");
    described->topics[1].topic_id.bytes[0] = 2;
    described->response.topics.items = described->topics;
    described->response.topics.count = 2;
}

TEST(marks_the_outermost_items_and_empties_what_is_inside)
{
    struct described described;
    describe(&described);
    assert_true(refusal_mark(&metadata_response_type, 12, &described.response, NULL, false,
                             KC_ERR_LEADER_NOT_AVAILABLE));
    assert_int_equal(described.topics[0].error_code, 5);
    assert_int_equal(described.topics[0].partitions.count, 0);
    assert_int_equal(described.topics[1].error_code, 5);
}

TEST(marks_one_topic_by_name_or_id)
{
    struct described described;
    struct refusal_topic topic = { .name = slice_text("one") };
    describe(&described);
    assert_true(refusal_mark(&metadata_response_type, 12, &described.response, &topic, false,
                             KC_ERR_UNKNOWN_TOPIC_OR_PARTITION));
    assert_int_equal(described.topics[0].error_code, 3);
    assert_int_equal(described.topics[1].error_code, 0);
    describe(&described);
    topic = (struct refusal_topic){ .name = slice_text("other"), .id = { .bytes = { 2 } } };
    assert_true(refusal_mark(&metadata_response_type, 12, &described.response, &topic, false,
                             KC_ERR_UNKNOWN_TOPIC_OR_PARTITION));
    assert_int_equal(described.topics[0].error_code, 0);
    assert_int_equal(described.topics[1].error_code, 3);
}

TEST(a_request_names_its_topics_and_a_null_list_all)
{
    struct metadata_request_metadata_request_topic asked = { .name = slice_text("one") };
    struct metadata_request request;
    struct refusal_topic one = { .name = slice_text("one") };
    struct refusal_topic two = { .name = slice_text("two") };
    message_defaults(&metadata_request_type, &request);
    request.topics.items = &asked;
    request.topics.count = 1;
    assert_true(refusal_names(&metadata_request_type, 12, &request, &one));
    assert_false(refusal_names(&metadata_request_type, 12, &request, &two));
    request.topics.count = -1;
    assert_true(refusal_names(&metadata_request_type, 12, &request, &two));
}

/* Every API and version: what is made of an empty request encodes, and has the error somewhere
 * unless it is all items. */
TEST(every_answer_can_be_made)
{
    for (size_t i = 0; i < api_table_count; i++) {
        const struct api *api = &api_table[i];
        for (int16_t version = api->version_min; version <= api->version_max; version++) {
            arena_init(&arena, 1 << 20);
            void *request = arena_alloc(&arena, message_struct_size(api->request));
            void *response = arena_alloc(&arena, message_struct_size(api->response));
            message_defaults(api->request, request);
            assert_int_equal(refusal_make(api, version, request, &arena, false,
                                          KC_ERR_UNKNOWN_SERVER_ERROR, response),
                             0);
            if (message_size(api->response, version, response) == 0) {
                fail_msg("%s version %d", api->name, version);
            }
            (void)refusal_throttle(api->response, version, response, 5);
            assert_true(message_size(api->response, version, response) > 0);
            arena_finish(&arena);
        }
    }
}

TEST(throttle_is_set_where_the_version_has_it)
{
    struct metadata_response response;
    message_defaults(&metadata_response_type, &response);
    assert_false(refusal_throttle(&metadata_response_type, 2, &response, 9));
    assert_true(refusal_throttle(&metadata_response_type, 3, &response, 9));
    assert_int_equal(response.throttle_time_ms, 9);
}
