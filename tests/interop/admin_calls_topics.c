/* interop: admin calls about topics, settings, partitions. */
#include "admin_calls.h"

#define admin admin_calls_admin()
#define nowhere admin_calls_nowhere()
#define error &admin_calls_error

static char topic_id[24];

TEST(create_topics)
{
    const struct kc_setting setting = { "retention.ms", "12345" };
    const struct kc_new_topic topics[] = { { "made", 2, 1, &setting, 1, NULL },
                                           { "bad/name", 1, 1, NULL, 0, NULL } };
    struct kc_item_results *results = NULL;
    struct kc_created_topics *created = NULL;
    OK(kc_admin_create_topics(admin, topics, 2, KC_VALIDATE_ONLY, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    kc_item_results_destroy(results);
    OK(kc_admin_create_topics_described(admin, topics, 2, 0, WAIT_MS, &created, error));
    ITEM(KC_ERR_NONE, created->items[0].err, created->items[0].text);
    assert_int_equal(created->items[0].partition_count, 2);
    assert_int_equal(created->items[0].replication_factor, 1);
    assert_true(created->items[0].setting_count > 10);
    bool found = false;
    for (size_t i = 0; i < created->items[0].setting_count; i++) {
        const struct kc_config_entry *entry = &created->items[0].settings[i];
        found = found || (strcmp(entry->name, "retention.ms") == 0 &&
                          strcmp(entry->value, "12345") == 0 && entry->source == KC_SOURCE_TOPIC);
    }
    assert_true(found);
    CODE(KC_ERR_NONE, created->items[0].settings_err);
    memcpy(topic_id, created->items[0].id, sizeof(topic_id));
    assert_int_equal(strlen(topic_id), 22);
    ITEM(KC_ERR_INVALID_TOPIC_EXCEPTION, created->items[1].err, created->items[1].text);
    kc_created_topics_destroy(created);
    OK(kc_admin_create_topics(admin, topics, 1, KC_NO_QUOTA_RETRY, WAIT_MS, &results, error));
    ITEM(KC_ERR_TOPIC_ALREADY_EXISTS, results->items[0].err, results->items[0].text);
    kc_item_results_destroy(results);
}

TEST(list_topics)
{
    struct kc_topic_descriptions *topics = NULL;
    OK(kc_admin_list_topics(admin, WAIT_MS, &topics, error));
    assert_true(topics->count >= 1);
    kc_topic_descriptions_destroy(topics);
    FAILS(KC_ERR_CONNECT, kc_admin_list_topics(nowhere, 300, &topics, error));
}

TEST(describe_topics)
{
    const char *const names[] = { "made", "missing" };
    const char *const ids[] = { topic_id, "AQIDBAUGBwgJCgsMDQ4PEA" };
    struct kc_topic_descriptions *topics = NULL;
    OK(kc_admin_describe_topics(admin, names, 2, KC_WITH_OPERATIONS, WAIT_MS, &topics, error));
    CODE(KC_ERR_NONE, topics->items[0].err);
    assert_int_equal(topics->items[0].partition_count, 2);
    assert_int_equal(topics->items[0].partitions[1].leader, 1);
    assert_string_equal(topics->items[0].id, topic_id);
    assert_true(topics->items[0].operations & 1 << KC_OPERATION_DESCRIBE);
    CODE(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, topics->items[1].err);
    kc_topic_descriptions_destroy(topics);
    OK(kc_admin_describe_topics_by_id(admin, ids, 2, KC_WITH_OPERATIONS, WAIT_MS, &topics, error));
    CODE(KC_ERR_NONE, topics->items[0].err);
    assert_string_equal(topics->items[0].name, "made");
    assert_true(topics->items[0].operations & 1 << KC_OPERATION_DELETE);
    assert_int_equal(topics->items[0].partition_count, 2);
    CODE(KC_ERR_UNKNOWN_TOPIC_ID, topics->items[1].err);
    kc_topic_descriptions_destroy(topics);
}

TEST(create_partitions)
{
    const int32_t here[] = { 1 };
    const int32_t nowhere_id[] = { 7 };
    const int32_t *const two[] = { here, here };
    const int32_t *const bad[] = { nowhere_id };
    const struct kc_new_partitions wanted[] = {
        { .topic = "made", .total_count = 3 },
        { "wide", 3, two, 2, 1 },
        { "wrong", 2, bad, 1, 1 },
        { .topic = "missing", .total_count = 3 },
    };
    struct kc_item_results *results = NULL;
    admin_calls_create("wide", 1);
    admin_calls_create("wrong", 1);
    OK(kc_admin_create_partitions(admin, wanted, 2, KC_VALIDATE_ONLY | KC_NO_QUOTA_RETRY, WAIT_MS,
                                  &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_NONE, results->items[1].err, results->items[1].text);
    kc_item_results_destroy(results);
    OK(kc_admin_create_partitions(admin, wanted, 4, 0, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_NONE, results->items[1].err, results->items[1].text);
    ITEM(KC_ERR_INVALID_REPLICA_ASSIGNMENT, results->items[2].err, results->items[2].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, results->items[3].err, results->items[3].text);
    kc_item_results_destroy(results);
    OK(kc_admin_create_partitions(admin, wanted, 1, 0, WAIT_MS, &results, error));
    ITEM(KC_ERR_INVALID_PARTITIONS, results->items[0].err, results->items[0].text);
    kc_item_results_destroy(results);
}

TEST(describe_configs)
{
    const char *const names[] = { "made", "missing" };
    const struct kc_resource resources[] = { { KC_RESOURCE_TOPIC, "made" },
                                             { KC_RESOURCE_BROKER, "1" },
                                             { KC_RESOURCE_GROUP, "any" },
                                             { KC_RESOURCE_TOPIC, "missing" } };
    struct kc_resource_configs *configs = NULL;
    OK(kc_admin_describe_configs(admin, KC_RESOURCE_TOPIC, names, 2, WAIT_MS, &configs, error));
    ITEM(KC_ERR_NONE, configs->items[0].err, configs->items[0].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, configs->items[1].err, configs->items[1].text);
    kc_resource_configs_destroy(configs);
    OK(kc_admin_describe_resources(admin, resources, 4, KC_WITH_SYNONYMS | KC_WITH_DOCUMENTATION,
                                   WAIT_MS, &configs, error));
    for (size_t i = 0; i < 3; i++) {
        ITEM(KC_ERR_NONE, configs->items[i].err, configs->items[i].text);
        assert_true(configs->items[i].entry_count > 3);
    }
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, configs->items[3].err, configs->items[3].text);
    bool found = false;
    for (size_t i = 0; i < configs->items[0].entry_count; i++) {
        const struct kc_config_entry *entry = &configs->items[0].entries[i];
        assert_non_null(entry->documentation);
        if (strcmp(entry->name, "retention.ms") == 0) {
            found = true;
            assert_int_equal(entry->type, KC_TYPE_LONG);
            assert_true(entry->synonym_count >= 1);
            assert_string_equal(entry->synonyms[0].value, "12345");
            assert_int_equal(entry->synonyms[0].source, KC_SOURCE_TOPIC);
        }
    }
    assert_true(found);
    kc_resource_configs_destroy(configs);
}

TEST(incremental_alter_configs)
{
    const struct kc_config_change good[] = { { "retention.ms", KC_CONFIG_DELETE, NULL },
                                             { "cleanup.policy", KC_CONFIG_APPEND, "compact" } };
    const struct kc_config_change bad[] = { { "retention.ms", KC_CONFIG_SET, "soon" } };
    const struct kc_config_change metrics[] = { { "interval.ms", KC_CONFIG_SET, "60000" } };
    const struct kc_config_change broker[] = { { "log.cleaner.threads", KC_CONFIG_SET, "2" } };
    const struct kc_config_change group[] = { { "consumer.session.timeout.ms", KC_CONFIG_SET,
                                                "50000" } };
    const struct kc_resource_change changes[] = {
        { KC_RESOURCE_TOPIC, "made", good, 2 },
        { KC_RESOURCE_TOPIC, "missing", good, 1 },
        { KC_RESOURCE_CLIENT_METRICS, "watch", metrics, 1 },
        { KC_RESOURCE_BROKER, "", broker, 1 },
        { KC_RESOURCE_GROUP, "settled", group, 1 },
    };
    const struct kc_resource_change wrong = { KC_RESOURCE_TOPIC, "made", bad, 1 };
    struct kc_resource_results *results = NULL;
    OK(kc_admin_alter_configs(admin, changes, 5, false, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, results->items[1].err, results->items[1].text);
    ITEM(KC_ERR_NONE, results->items[2].err, results->items[2].text);
    ITEM(KC_ERR_NONE, results->items[3].err, results->items[3].text);
    ITEM(KC_ERR_NONE, results->items[4].err, results->items[4].text);
    kc_resource_results_destroy(results);
    OK(kc_admin_alter_configs(admin, &wrong, 1, true, WAIT_MS, &results, error));
    ITEM(KC_ERR_INVALID_CONFIG, results->items[0].err, results->items[0].text);
    kc_resource_results_destroy(results);
}

static bool has_resource(const struct kc_resources *resources, enum kc_resource_type type,
                         const char *name)
{
    for (size_t i = 0; i < resources->count; i++) {
        if (resources->items[i].type == type && strcmp(resources->items[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static enum kc_err list_resources(void *context)
{
    struct kc_resources *resources = NULL;
    (void)context;
    enum kc_err err =
        TRIED(kc_admin_list_config_resources(admin, NULL, 0, WAIT_MS, &resources, error));
    if (!err && !(has_resource(resources, KC_RESOURCE_TOPIC, "made") &&
                  has_resource(resources, KC_RESOURCE_BROKER, "1") &&
                  has_resource(resources, KC_RESOURCE_GROUP, "settled"))) {
        err = KC_ERR_RESOURCE_NOT_FOUND; /* not yet */
    }
    kc_resources_destroy(resources);
    return err;
}

TEST(list_config_resources)
{
    admin_calls_until(KC_ERR_NONE, list_resources, NULL);
    admin_calls_denied(KC_OPERATION_DESCRIBE_CONFIGS, list_resources, NULL);
}

TEST(list_client_metrics_resources)
{
    const enum kc_resource_type type = KC_RESOURCE_CLIENT_METRICS;
    const enum kc_resource_type wrong = (enum kc_resource_type)77;
    struct kc_resources *resources = NULL;
    OK(kc_admin_list_config_resources(admin, &type, 1, WAIT_MS, &resources, error));
    assert_int_equal(resources->count, 1);
    assert_true(has_resource(resources, KC_RESOURCE_CLIENT_METRICS, "watch"));
    kc_resources_destroy(resources);
    FAILS(KC_ERR_UNSUPPORTED_VERSION,
          kc_admin_list_config_resources(admin, &wrong, 1, WAIT_MS, &resources, error));
}

TEST(list_offsets)
{
    const struct kc_position asked[] = {
        { .topic = "made", .partition = 0, .offset = KC_OFFSET_EARLIEST },
        { .topic = "made", .partition = 0, .offset = KC_OFFSET_LATEST },
        { .topic = "made", .partition = 0, .offset = 1003 },
        { .topic = "made", .partition = 0, .offset = KC_OFFSET_MAX_TIMESTAMP },
        { .topic = "made", .partition = 0, .offset = KC_OFFSET_EARLIEST_LOCAL },
        { .topic = "made", .partition = 0, .offset = KC_OFFSET_LATEST_TIERED },
        { .topic = "made", .partition = 99, .offset = KC_OFFSET_LATEST },
    };
    struct kc_positions *positions = NULL;
    struct kc_offset_spots *spots = NULL;
    admin_calls_produce("made", 10);
    OK(kc_admin_find_offsets(admin, asked, 7, true, WAIT_MS, &spots, error));
    assert_int_equal(spots->items[0].offset, 0);
    assert_int_equal(spots->items[1].offset, 10);
    assert_int_equal(spots->items[2].offset, 3);
    assert_int_equal(spots->items[2].timestamp_ms, 1003);
    assert_int_equal(spots->items[3].offset, 9);
    assert_int_equal(spots->items[3].timestamp_ms, 1009);
    assert_int_equal(spots->items[4].offset, 0);
    assert_int_equal(spots->items[5].offset, KC_OFFSET_NONE);
    for (size_t i = 0; i < 6; i++) {
        ITEM(KC_ERR_NONE, spots->items[i].err, spots->items[i].text);
    }
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, spots->items[6].err, spots->items[6].text);
    kc_offset_spots_destroy(spots);
    OK(kc_admin_list_offsets(admin, asked, 7, WAIT_MS, &positions, error));
    CODE(KC_ERR_NONE, positions->items[1].err);
    assert_int_equal(positions->items[1].offset, 10);
    CODE(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, positions->items[6].err);
    kc_positions_destroy(positions);
}

TEST(delete_records)
{
    const struct kc_position asked[] = { { .topic = "made", .partition = 0, .offset = 4 },
                                         { .topic = "made", .partition = 1, .offset = 4 },
                                         { .topic = "nil", .partition = 0, .offset = 4 } };
    const struct kc_position all = { .topic = "kept", .partition = 0, .offset = KC_OFFSET_LATEST };
    struct kc_low_watermarks *marks = NULL;
    OK(kc_admin_delete_records(admin, asked, 3, WAIT_MS, &marks, error));
    ITEM(KC_ERR_NONE, marks->items[0].err, marks->items[0].text);
    assert_int_equal(marks->items[0].offset, 4);
    ITEM(KC_ERR_OFFSET_OUT_OF_RANGE, marks->items[1].err, marks->items[1].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, marks->items[2].err, marks->items[2].text);
    kc_low_watermarks_destroy(marks);
    admin_calls_create("kept", 1);
    admin_calls_produce("kept", 3);
    OK(kc_admin_delete_records(admin, &all, 1, WAIT_MS, &marks, error));
    ITEM(KC_ERR_NONE, marks->items[0].err, marks->items[0].text);
    assert_int_equal(marks->items[0].offset, 3);
    kc_low_watermarks_destroy(marks);
}

TEST(delete_topics)
{
    const char *const ids[] = { topic_id, "AQIDBAUGBwgJCgsMDQ4PEA" };
    const char *const names[] = { "gone", "missing" };
    struct kc_item_results *results = NULL;
    admin_calls_create("gone", 1);
    OK(kc_admin_delete_topics(admin, names, 2, KC_NO_QUOTA_RETRY, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, results->items[1].err, results->items[1].text);
    kc_item_results_destroy(results);
    OK(kc_admin_delete_topics_by_id(admin, ids, 2, 0, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_ID, results->items[1].err, results->items[1].text);
    kc_item_results_destroy(results);
}
