/* tests: wire/api: the table of APIs. */
#include "support/test.h"
#include "wire/api.h"
#include "wire/messages.h"

TEST(rows_are_in_order_and_found)
{
    assert_int_equal(api_table_count, 89);
    for (size_t i = 0; i < api_table_count; i++) {
        const struct api *api = &api_table[i];
        assert_true(i == 0 || api_table[i - 1].key < api->key);
        assert_ptr_equal(api_find(api->key), api);
        assert_int_equal(message_key(api->request), api->key);
        assert_int_equal(message_key(api->response), api->key);
        assert_int_equal(message_version_min(api->request), api->version_min);
        assert_true(message_version_max(api->request) >= api->version_max);
        assert_int_not_equal(api->listeners, 0);
    }
}

TEST(keys_that_are_not_there)
{
    static const int16_t keys[] = { -1, 4, 5, 6, 7, 93, INT16_MIN, INT16_MAX };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_null(api_find(keys[i]));
    }
}

TEST(unstable_versions_are_not_offered)
{
    const struct api *api = api_find(API_INIT_PRODUCER_ID);
    assert_int_equal(api->version_max, 5);
    assert_int_equal(message_version_max(api->request), 6);
}

TEST(header_versions)
{
    const struct api *fetch = api_find(API_FETCH);
    assert_int_equal(api_request_header_version(fetch, 11), 1);
    assert_int_equal(api_response_header_version(fetch, 11), 0);
    assert_int_equal(api_request_header_version(fetch, 12), 2);
    assert_int_equal(api_response_header_version(fetch, 12), 1);

    const struct api *versions = api_find(API_API_VERSIONS);
    assert_int_equal(api_request_header_version(versions, 3), 2);
    assert_int_equal(api_response_header_version(versions, 3), 0);

    const struct api *handshake = api_find(API_SASL_HANDSHAKE);
    assert_int_equal(api_request_header_version(handshake, 1), 1);
    assert_int_equal(api_response_header_version(handshake, 1), 0);
}

TEST(messages_by_name)
{
    assert_ptr_equal(message_find(slice_text("FetchRequest")), &fetch_request_type);
    assert_ptr_equal(message_find(slice_text("TopicRecord")), &topic_record_type);
    assert_int_equal(message_key(&topic_record_type), TOPIC_RECORD_KEY);
    assert_null(message_find(slice_text("LeaderAndIsrRequest")));
    assert_null(message_find(slice_text("")));
}
