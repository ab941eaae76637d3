/* tests: describing the cluster and settings. */
#include "admin_rig.h"

enum { METADATA = 3, CONFIGS = 32, CLUSTER = 60 };

TEST(cluster_is_told_by_either_request)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_cluster_describe(0));
    struct describe_cluster_response_describe_cluster_broker broker = { .broker_id = 4,
                                                                        .host = slice_text("h"),
                                                                        .port = 9 };
    struct describe_cluster_response response = { .endpoint_type = 1,
                                                  .cluster_id = slice_text("id"),
                                                  .controller_id = 4,
                                                  .brokers = { &broker, 1 } };
    admin_rig_answer(&rig, CLUSTER, -1, 0, &response);
    const struct kc_cluster_description *told = &rig.fanout->harvest->as.cluster;
    assert_true(rig.is_done);
    assert_string_equal(told->cluster_id, "id");
    assert_int_equal(told->nodes[0].id, 4);
    assert_null(told->nodes[0].rack);
    admin_rig_finish(&rig);

    admin_rig_start(&rig, admin_cluster_describe(0));
    admin_rig_refuse(&rig, CLUSTER, -1, KC_ERR_UNSUPPORTED_VERSION, "too old");
    struct metadata_response_metadata_response_broker old = {
        .node_id = 5, .host = slice_text("g"), .port = 8, .rack = slice_text("r")
    };
    const struct metadata_response metadata = { .controller_id = 5,
                                                .brokers = { &old, 1 },
                                                .cluster_authorized_operations = INT32_MIN };
    admin_rig_answer(&rig, METADATA, -1, 1, &metadata);
    told = &rig.fanout->harvest->as.cluster;
    assert_true(rig.is_done);
    assert_null(told->cluster_id);
    assert_int_equal(told->controller_id, 5);
    assert_string_equal(told->nodes[0].rack, "r");
    admin_rig_finish(&rig);
}

TEST(configs_of_brokers_are_asked_of_each_broker)
{
    struct admin_rig rig;
    const struct kc_resource brokers[] = { { KC_RESOURCE_BROKER, "2" },
                                           { KC_RESOURCE_BROKER, "1" },
                                           { KC_RESOURCE_BROKER, "" } };
    admin_rig_start(&rig, admin_configs_describe(brokers, 3, 0));
    assert_int_equal(rig.request_count, 3);
    struct describe_configs_response_describe_configs_resource_result entry = {
        .name = slice_text("log.dirs"),
        .config_source = KC_SOURCE_STATIC_BROKER,
        .read_only = true,
        .is_sensitive = true,
    };
    struct describe_configs_response_describe_configs_result result = {
        .resource_type = KC_RESOURCE_BROKER,
        .resource_name = slice_text("1"),
        .configs = { &entry, 1 },
    };
    const struct describe_configs_response response = { .results = { &result, 1 } };
    admin_rig_answer(&rig, CONFIGS, 1, 4, &response);
    result.resource_name = slice_text("2");
    result.error_code = KC_ERR_CLUSTER_AUTHORIZATION_FAILED;
    result.error_message = slice_text("no");
    admin_rig_answer(&rig, CONFIGS, 2, 4, &response);
    result.resource_name = SLICE_EMPTY;
    result.error_code = 0;
    admin_rig_answer(&rig, CONFIGS, -1, 1, &response);
    assert_true(rig.is_done);
    const struct kc_resource_configs *told = &rig.fanout->harvest->as.configs;
    assert_int_equal(told->items[0].err, KC_ERR_CLUSTER_AUTHORIZATION_FAILED);
    assert_string_equal(told->items[0].text, "no");
    assert_int_equal(told->items[1].entry_count, 1);
    assert_string_equal(told->items[1].entries[0].name, "log.dirs");
    assert_int_equal(told->items[1].entries[0].source, KC_SOURCE_STATIC_BROKER);
    assert_true(told->items[1].entries[0].sensitive);
    assert_null(told->items[1].entries[0].value);
    assert_int_equal(told->items[2].entry_count, 1);
    admin_rig_finish(&rig);
}

TEST(configs_know_a_brokers_name)
{
    assert_true(admin_configs_is_broker("12"));
    assert_false(admin_configs_is_broker("-1"));
    assert_false(admin_configs_is_broker("1x"));
    assert_false(admin_configs_is_broker("99999999999"));
}
