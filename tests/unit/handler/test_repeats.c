/* tests: what a request names twice. Expected values are what Kafka 4.3 answers. */
#include "order.h"
#include "served.h"

#include "support/test.h"

static const char *const duplicate_name = "Duplicate topic name.";

TEST(topics_to_make)
{
    static const char *const names[] = { "t", "u", "t", "v", "t" };
    struct create_topics_request_creatable_topic topics[5];
    struct create_topics_request request;
    struct create_topics_response response;
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    message_defaults(&create_topics_request_type, &request);
    for (int i = 0; i < 5; i++) {
        message_defaults(&create_topics_request_creatable_topic_type, &topics[i]);
        topics[i].name = slice_text(names[i]);
        topics[i].num_partitions = 1;
        topics[i].replication_factor = 1;
    }
    request.topics.items = topics;
    request.topics.count = 5;
    line_ask(&line, 19, 5, &request, &response);
    assert_int_equal(response.topics.count, 3);
    assert_true(slice_is(response.topics.items[0].name, "t"));
    assert_int_equal(response.topics.items[0].error_code, KC_ERR_INVALID_REQUEST);
    assert_true(slice_is(response.topics.items[0].error_message, duplicate_name));
    assert_int_equal(response.topics.items[1].error_code, 0);
    assert_true(slice_is(response.topics.items[2].name, "v"));
    line_close(&line);
    served_stop(&served);
}

static int16_t grow(struct line *line, const char *const names[2], int32_t to,
                    struct create_partitions_response *ret_response)
{
    struct create_partitions_request_create_partitions_topic topics[2];
    struct create_partitions_request request;
    message_defaults(&create_partitions_request_type, &request);
    for (int i = 0; i < 2; i++) {
        message_defaults(&create_partitions_request_create_partitions_topic_type, &topics[i]);
        topics[i].name = slice_text(names[i]);
        topics[i].count = to;
        topics[i].assignments.count = -1;
    }
    request.topics.items = topics;
    request.topics.count = 2;
    line_ask(line, 37, 3, &request, ret_response);
    return ret_response->results.items[0].error_code;
}

TEST(topics_that_should_grow)
{
    static const char *const twice[] = { "t", "t" };
    static const char *const once[] = { "t", "u" };
    struct create_partitions_response response;
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    assert_int_equal(grow(&line, twice, 5, &response), KC_ERR_INVALID_REQUEST);
    assert_int_equal(response.results.count, 1);
    assert_true(slice_is(response.results.items[0].error_message, duplicate_name));
    assert_int_equal(grow(&line, once, 2, &response), 0); /* it has not grown before */
    assert_int_equal(response.results.items[1].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    line_close(&line);
    served_stop(&served);
}

static void drop(struct line *line, struct delete_topics_request_delete_topic_state *states,
                 int32_t count, struct delete_topics_response *ret_response)
{
    struct delete_topics_request request;
    message_defaults(&delete_topics_request_type, &request);
    request.topics.items = states;
    request.topics.count = count;
    line_ask(line, 20, 6, &request, ret_response);
}

static void check_refused(const struct delete_topics_response *response, const char *text)
{
    assert_int_equal(response->responses.count, 1);
    assert_int_equal(response->responses.items[0].error_code, KC_ERR_INVALID_REQUEST);
    assert_true(slice_is(response->responses.items[0].error_message, text));
}

TEST(topics_to_delete)
{
    struct delete_topics_response response;
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    struct uuid id = line_create_topic(&line, "t", 1);
    struct delete_topics_request_delete_topic_state names[] = { { slice_text("t"), { { 0 } } },
                                                                { slice_text("t"), { { 0 } } } };
    struct delete_topics_request_delete_topic_state ids[] = { { SLICE_NULL, id },
                                                              { SLICE_NULL, id } };
    struct delete_topics_request_delete_topic_state both = { slice_text("t"), id };
    struct delete_topics_request_delete_topic_state neither = { SLICE_NULL, { { 0 } } };
    drop(&line, names, 2, &response);
    check_refused(&response, duplicate_name);
    drop(&line, ids, 2, &response);
    check_refused(&response, "Duplicate topic id.");
    drop(&line, &both, 1, &response);
    check_refused(&response, "You may not specify both topic name and topic id.");
    drop(&line, &neither, 1, &response);
    check_refused(&response, "Neither topic name nor id were specified.");
    drop(&line, names, 1, &response); /* it is still there */
    assert_int_equal(response.responses.items[0].error_code, 0);
    line_close(&line);
    served_stop(&served);
}

TEST(resources_and_their_settings)
{
    struct order_alter order;
    struct incremental_alter_configs_request_alter_configs_resource resources[2];
    struct incremental_alter_configs_request_alterable_config configs[2];
    struct incremental_alter_configs_response response;
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    order_alter(&order, 2, "t", ORDER_SET, "retention.ms", "5000");
    resources[0] = resources[1] = order.request.resources.items[0];
    configs[0] = configs[1] = resources[0].configs.items[0];
    order.request.resources.items = resources;
    order.request.resources.count = 2;
    line_ask(&line, 44, 1, &order.request, &response);
    assert_int_equal(response.responses.count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(response.responses.items[i].error_code, KC_ERR_INVALID_REQUEST);
        assert_true(slice_is(response.responses.items[i].error_message,
                             "Each resource must appear at most once."));
    }
    resources[1].resource_type = 32; /* another's of that name */
    resources[0].configs.items = configs;
    resources[0].configs.count = 2;
    line_ask(&line, 44, 1, &order.request, &response);
    assert_int_equal(response.responses.items[0].error_code, KC_ERR_INVALID_REQUEST);
    assert_true(
        slice_is(response.responses.items[0].error_message, "Error due to duplicate config keys"));
    assert_int_equal(response.responses.items[1].error_code, KC_ERR_INVALID_CONFIG);
    line_close(&line);
    served_stop(&served);
}
