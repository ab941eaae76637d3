/* tests: settings of brokers, groups and client metrics: layers, effect, lists, and a restart. */
#include "order.h"
#include "versions.h"

#include "support/test.h"

#include <stdlib.h>

enum { TOPIC = 2, BROKER = 4, LOGGER = 8, METRICS = 16, GROUP = 32 };

static void alter(struct line *line, int8_t type, const char *resource, const char *name,
                  const char *value)
{
    struct order_alter order;
    struct incremental_alter_configs_response response;
    order_alter(&order, type, resource, value ? ORDER_SET : ORDER_DELETE, name, value);
    line_ask(line, 44, 1, &order.request, &response);
    assert_int_equal(response.responses.items[0].error_code, 0);
}

/* All settings when name is NULL. The answer lives until the next. */
static struct describe_configs_response_describe_configs_result
describe(struct line *line, int8_t type, const char *resource, const char *name)
{
    struct slice key = slice_text(name);
    struct describe_configs_request_describe_configs_resource item = { type,
                                                                       slice_text(resource),
                                                                       { &key, name ? 1 : 0 } };
    struct describe_configs_request request;
    struct describe_configs_response response;
    message_defaults(&describe_configs_request_type, &request);
    request.resources.items = &item;
    request.resources.count = 1;
    request.include_synonyms = true;
    request.include_documentation = true;
    line_ask(line, 32, 4, &request, &response);
    return response.results.items[0];
}

/* Sources of all layers, as digits, the one in force first; "" when nothing is shown. */
static void check(struct line *line, int8_t type, const char *resource, const char *name,
                  const char *value, const char *sources)
{
    char seen[16] = "";
    struct describe_configs_response_describe_configs_result result =
        describe(line, type, resource, name);
    assert_int_equal(result.error_code, 0);
    assert_int_equal(result.configs.count, 1);
    for (int32_t i = 0; i < result.configs.items[0].synonyms.count; i++) {
        seen[i] = (char)('0' + result.configs.items[0].synonyms.items[i].source);
    }
    assert_string_equal(seen, sources);
    assert_true(slice_is(result.configs.items[0].value, value));
    assert_true(result.configs.items[0].documentation.size > 0);
    if (sources[0]) {
        assert_int_equal(result.configs.items[0].config_source, sources[0] - '0');
    }
}

TEST(layers_of_a_broker)
{
    static const char *const settings[] = { "log.retention.hours", "2", NULL };
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, settings);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    check(&line, TOPIC, "t", "retention.ms", "7200000", "");
    check(&line, BROKER, "1", "log.retention.hours", "2", "45");
    alter(&line, BROKER, "", "log.retention.ms", "7000");
    check(&line, BROKER, "1", "log.retention.ms", "7000", "345");
    alter(&line, BROKER, "1", "log.retention.ms", "8000");
    check(&line, BROKER, "1", "log.retention.ms", "8000", "2345");
    check(&line, BROKER, "", "log.retention.ms", "7000", "3");
    check(&line, TOPIC, "t", "retention.ms", "8000", "2345");
    alter(&line, TOPIC, "t", "retention.ms", "9000");
    check(&line, TOPIC, "t", "retention.ms", "9000", "12345");
    line_close(&line);
    served_stop(&served);
    served_start(&served, settings);
    line_open(&line, &served);
    check(&line, TOPIC, "t", "retention.ms", "9000", "12345");
    alter(&line, BROKER, "1", "log.retention.ms", NULL);
    check(&line, BROKER, "1", "log.retention.ms", "7000", "345");
    alter(&line, BROKER, "1", "leader.replication.throttled.rate", "5"); /* no meaning here */
    assert_int_equal(
        describe(&line, BROKER, "1", "leader.replication.throttled.rate").configs.count, 1);
    line_close(&line);
    served_stop(&served);
}

TEST(everything_is_described)
{
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    struct describe_configs_response_describe_configs_result result =
        describe(&line, BROKER, "1", NULL);
    int read_only = 0;
    assert_true(result.configs.count > 80);
    for (int32_t i = 0; i < result.configs.count; i++) {
        assert_true(result.configs.items[i].config_type != 0);
        assert_true(result.configs.items[i].documentation.size > 10);
        assert_false(result.configs.items[i].is_sensitive);
        read_only += result.configs.items[i].read_only;
    }
    assert_true(read_only > 40 && read_only < result.configs.count - 25);
    assert_int_equal(describe(&line, BROKER, "2", NULL).error_code, KC_ERR_INVALID_REQUEST);
    result = describe(&line, LOGGER, "1", NULL);
    assert_int_equal(result.configs.count, 1);
    assert_true(slice_is(result.configs.items[0].name, "root"));
    assert_true(result.configs.items[0].read_only);
    assert_int_equal(describe(&line, LOGGER, "", NULL).error_code, KC_ERR_INVALID_REQUEST);
    assert_int_equal(describe(&line, GROUP, "", NULL).error_code, KC_ERR_INVALID_REQUEST);
    assert_int_equal(describe(&line, METRICS, "", NULL).error_code, KC_ERR_INVALID_REQUEST);
    assert_int_equal(describe(&line, METRICS, "m", NULL).configs.count, 3);
    assert_int_equal(describe(&line, TOPIC, "no/name", NULL).error_code,
                     KC_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(describe(&line, TOPIC, "nowhere", NULL).error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    line_close(&line);
    served_stop(&served);
}

static int32_t beat(struct line *line, const char *group)
{
    struct slice topic = slice_text("t");
    struct consumer_group_heartbeat_request_topic_partitions none;
    struct consumer_group_heartbeat_request request;
    struct consumer_group_heartbeat_response response;
    message_defaults(&consumer_group_heartbeat_request_type, &request);
    message_defaults(&consumer_group_heartbeat_request_topic_partitions_type, &none);
    request.group_id = slice_text(group);
    request.member_id = slice_text("m");
    request.rebalance_timeout_ms = 1000;
    request.subscribed_topic_names.items = &topic;
    request.subscribed_topic_names.count = 1;
    request.topic_partitions.items = &none;
    request.topic_partitions.count = 0;
    line_ask(line, 68, 1, &request, &response);
    assert_int_equal(response.error_code, 0);
    return response.heartbeat_interval_ms;
}

TEST(groups_obey_their_own)
{
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    line_await_coordinator(&line, "g");
    check(&line, GROUP, "g", "consumer.heartbeat.interval.ms", "5000", "5");
    assert_int_equal(beat(&line, "g"), 5000);
    alter(&line, GROUP, "g", "consumer.heartbeat.interval.ms", "7000");
    check(&line, GROUP, "g", "consumer.heartbeat.interval.ms", "7000", "85");
    assert_int_equal(beat(&line, "g"), 7000);
    assert_int_equal(beat(&line, "other"), 5000);
    line_close(&line);
    served_stop(&served);
}

static int listed(struct line *line, int16_t version, int8_t type)
{
    struct list_config_resources_request request;
    struct list_config_resources_response response;
    message_defaults(&list_config_resources_request_type, &request);
    request.resource_types.items = &type;
    request.resource_types.count = type ? 1 : 0;
    line_ask(line, 74, version, &request, &response);
    assert_int_equal(response.error_code, 0);
    return response.config_resources.count;
}

TEST(resources_are_listed_while_they_have_settings)
{
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    assert_int_equal(listed(&line, 1, METRICS), 0);
    alter(&line, METRICS, "m", "interval.ms", "1000");
    alter(&line, METRICS, "m", "match", "client_id=a.*,client_software_name=b");
    alter(&line, GROUP, "g", "consumer.session.timeout.ms", "50000");
    check(&line, METRICS, "m", "interval.ms", "1000", "7");
    check(&line, METRICS, "m", "metrics", "", "");
    assert_int_equal(listed(&line, 0, 0), 1);
    assert_int_equal(listed(&line, 1, METRICS), 1);
    assert_int_equal(listed(&line, 1, GROUP), 1);
    assert_int_equal(listed(&line, 1, 0), 4); /* and the broker and its log */
    alter(&line, METRICS, "m", "interval.ms", NULL);
    alter(&line, METRICS, "m", "match", NULL);
    alter(&line, GROUP, "g", "consumer.session.timeout.ms", NULL);
    assert_int_equal(listed(&line, 1, METRICS), 0);
    assert_int_equal(listed(&line, 1, GROUP), 0);
    line_close(&line);
    served_stop(&served);
}
