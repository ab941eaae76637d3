/* tests: Metadata, FindCoordinator, ApiVersions and the APIs of topics, settings and the cluster in
 * every version. */
#include "versions.h"

#include "support/test.h"
#include "txn_line.h"

#include <stdio.h>

static void check_topic(const struct metadata_response_metadata_response_topic *topic)
{
    assert_int_equal(topic->error_code, 0);
    assert_int_equal(topic->partitions.count, 2);
    assert_int_equal(topic->partitions.items[1].partition_index, 1);
    assert_int_equal(topic->partitions.items[1].leader_id, 1);
    assert_int_equal(topic->partitions.items[1].replica_nodes.count, 1);
    assert_int_equal(topic->partitions.items[1].isr_nodes.count, 1);
}

static void ask_metadata(struct versions *v)
{
    struct metadata_request_metadata_request_topic topics[5];
    struct metadata_request request;
    struct metadata_response response;
    message_defaults(&metadata_request_type, &request);
    for (int i = 0; i < 5; i++) {
        message_defaults(&metadata_request_metadata_request_topic_type, &topics[i]);
    }
    topics[0].name = slice_text("there");
    topics[1].name = slice_text("bad name");
    topics[2].name = slice_text("nowhere");
    topics[3].name = SLICE_NULL;
    topics[3].topic_id = v->there;
    topics[4].name = SLICE_NULL;
    topics[4].topic_id = v->nowhere;
    request.topics.items = topics;
    /* Before version 4 whoever asks makes the topic. */
    request.topics.count = v->version >= 12 ? 5 : v->version >= 4 ? 3 : 2;
    request.allow_auto_topic_creation = v->version < 4;
    line_ask(&v->line, 3, v->version, &request, &response);
    assert_int_equal(response.topics.count, request.topics.count);
    check_topic(&response.topics.items[0]);
    assert_int_equal(response.topics.items[1].error_code, KC_ERR_INVALID_TOPIC_EXCEPTION);
    if (v->version >= 4) {
        assert_int_equal(response.topics.items[2].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    }
    if (v->version >= 12) {
        check_topic(&response.topics.items[3]);
        assert_true(slice_is(response.topics.items[3].name, "there"));
        assert_int_equal(response.topics.items[4].error_code, KC_ERR_UNKNOWN_TOPIC_ID);
    }
    assert_int_equal(response.brokers.count, 1);
    assert_int_equal(response.brokers.items[0].port, v->served.port);
    request.topics.count = v->version == 0 ? 0 : -1;
    line_ask(&v->line, 3, v->version, &request, &response);
    assert_true(response.topics.count >= 2); /* "there" and __consumer_offsets */
    if (v->version >= 1) {
        request.topics.count = 0;
        line_ask(&v->line, 3, v->version, &request, &response);
        assert_int_equal(response.topics.count, 0);
    }
}

static void ask_coordinator(struct versions *v)
{
    struct slice keys[] = { slice_text("group"), slice_text("other") };
    struct find_coordinator_request request;
    struct find_coordinator_response response;
    struct txn_line txn;
    txn_line_init(&txn, &v->line, "transactions have their topic");
    for (int8_t type = 0; type <= (v->version >= 1 ? 2 : 0); type++) {
        message_defaults(&find_coordinator_request_type, &request);
        request.key = v->version < 4 ? slice_text("group") : SLICE_EMPTY;
        request.key_type = type;
        request.coordinator_keys.items = keys;
        request.coordinator_keys.count = v->version >= 4 ? 2 : 0;
        line_ask(&v->line, 10, v->version, &request, &response);
        if (v->version < 4) {
            assert_int_equal(response.error_code == 0, type < 2);
            assert_int_equal(response.port, type < 2 ? v->served.port : -1);
            continue;
        }
        assert_int_equal(response.coordinators.count, 2);
        assert_int_equal(response.coordinators.items[1].error_code == 0, type < 2);
        assert_int_equal(response.coordinators.items[1].port, type < 2 ? v->served.port : -1);
        assert_true(slice_is(response.coordinators.items[1].key, "other"));
    }
}

static void ask_api_versions(struct versions *v)
{
    struct api_versions_request request;
    struct api_versions_response response;
    message_defaults(&api_versions_request_type, &request);
    request.client_software_name = v->version >= 3 ? slice_text("unit-test") : SLICE_EMPTY;
    request.client_software_version = v->version >= 3 ? slice_text("1.0") : SLICE_EMPTY;
    line_ask(&v->line, 18, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_true(response.api_keys.count >= 24);
    if (v->version >= 3) {
        request.client_software_name = slice_text("-bad-");
        line_ask(&v->line, 18, v->version, &request, &response);
        assert_int_equal(response.error_code, KC_ERR_INVALID_REQUEST);
    }
}

static void ask_create(struct versions *v)
{
    char fresh[32];
    struct create_topics_request_creatable_topic_config config = { slice_text("retention.ms"),
                                                                   slice_text("5000") };
    struct create_topics_request_creatable_topic topics[4];
    struct create_topics_request request;
    struct create_topics_response response;
    const char *const names[] = { fresh, "there", "bad name", "unknown-setting" };
    (void)snprintf(fresh, sizeof(fresh), "fresh-%d", v->version);
    message_defaults(&create_topics_request_type, &request);
    for (int i = 0; i < 4; i++) {
        message_defaults(&create_topics_request_creatable_topic_type, &topics[i]);
        topics[i].name = slice_text(names[i]);
        topics[i].num_partitions = 1;
        topics[i].replication_factor = 1;
    }
    topics[0].configs.items = &config;
    topics[0].configs.count = 1;
    struct create_topics_request_creatable_topic_config bad = { slice_text("retention.sm"),
                                                                slice_text("5") };
    topics[3].configs.items = &bad;
    topics[3].configs.count = 1;
    request.topics.items = topics;
    request.topics.count = 4;
    for (int step = 0; step < 3; step++) { /* only looked at; made; there already */
        const int16_t expected[] = { 0, 0, KC_ERR_TOPIC_ALREADY_EXISTS };
        request.validate_only = step == 0;
        line_ask(&v->line, 19, v->version, &request, &response);
        assert_int_equal(response.topics.items[0].error_code, expected[step]);
        assert_int_equal(response.topics.items[1].error_code, KC_ERR_TOPIC_ALREADY_EXISTS);
        assert_int_equal(response.topics.items[2].error_code, KC_ERR_INVALID_TOPIC_EXCEPTION);
        assert_int_equal(response.topics.items[3].error_code, KC_ERR_INVALID_CONFIG);
        if (v->version >= 5 && step < 2) {
            assert_true(response.topics.items[0].configs.count > 20);
        }
    }
}

static void ask_delete(struct versions *v)
{
    struct slice names[] = { slice_text("doomed"), slice_text("nowhere") };
    struct delete_topics_request_delete_topic_state states[] = {
        { slice_text("doomed"), { { 0 } } },
        { slice_text("nowhere"), { { 0 } } },
        { SLICE_NULL, v->nowhere },
        { SLICE_NULL, { { 0 } } }
    };
    struct delete_topics_request request;
    struct delete_topics_response response;
    bool by_state = v->version >= 6;
    (void)line_create_topic(&v->line, "doomed", 3);
    if (by_state) {
        states[3].topic_id = line_create_topic(&v->line, "doomed-2", 1);
    }
    message_defaults(&delete_topics_request_type, &request);
    request.topics.items = states;
    request.topics.count = by_state ? 4 : 0;
    request.topic_names.items = names;
    request.topic_names.count = by_state ? 0 : 2;
    line_ask(&v->line, 20, v->version, &request, &response);
    assert_int_equal(response.responses.count, by_state ? 4 : 2);
    assert_int_equal(response.responses.items[0].error_code, 0);
    assert_true(slice_is(response.responses.items[0].name, "doomed"));
    assert_int_equal(response.responses.items[1].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    if (by_state) {
        assert_int_equal(response.responses.items[2].error_code, KC_ERR_UNKNOWN_TOPIC_ID);
        assert_int_equal(response.responses.items[3].error_code, 0);
        assert_true(slice_is(response.responses.items[3].name, "doomed-2"));
    }
}

static void ask_partitions(struct versions *v)
{
    char name[32];
    struct create_partitions_request_create_partitions_topic topics[3];
    struct create_partitions_request request;
    struct create_partitions_response response;
    (void)snprintf(name, sizeof(name), "grown-%d", v->version);
    (void)line_create_topic(&v->line, name, 1);
    message_defaults(&create_partitions_request_type, &request);
    for (int i = 0; i < 3; i++) {
        message_defaults(&create_partitions_request_create_partitions_topic_type, &topics[i]);
        topics[i].name = slice_text(i == 0 ? name : i == 1 ? "nowhere" : "there");
        topics[i].count = i == 2 ? 1 : 4;
        topics[i].assignments.count = -1;
    }
    request.topics.items = topics;
    request.topics.count = 3;
    line_ask(&v->line, 37, v->version, &request, &response);
    assert_int_equal(response.results.count, 3);
    assert_int_equal(response.results.items[0].error_code, 0);
    assert_int_equal(response.results.items[1].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(response.results.items[2].error_code, KC_ERR_INVALID_PARTITIONS);
}

static void ask_configs(struct versions *v)
{
    const struct {
        int8_t type;
        const char *name;
        int16_t err;
    } rows[] = { { 2, "there", 0 },
                 { 2, "nowhere", KC_ERR_UNKNOWN_TOPIC_OR_PARTITION },
                 { 4, "1", 0 },
                 { 4, "", 0 },
                 { 4, "77", KC_ERR_INVALID_REQUEST },
                 { 99, "x", KC_ERR_INVALID_REQUEST } };
    struct describe_configs_request_describe_configs_resource resources[6];
    struct describe_configs_request request;
    struct describe_configs_response response;
    message_defaults(&describe_configs_request_type, &request);
    for (int i = 0; i < 6; i++) {
        message_defaults(&describe_configs_request_describe_configs_resource_type, &resources[i]);
        resources[i].resource_type = rows[i].type;
        resources[i].resource_name = slice_text(rows[i].name);
        resources[i].configuration_keys.count = -1;
    }
    request.resources.items = resources;
    request.resources.count = 6;
    request.include_synonyms = true;
    request.include_documentation = v->version >= 3;
    line_ask(&v->line, 32, v->version, &request, &response);
    assert_int_equal(response.results.count, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(response.results.items[i].error_code, rows[i].err);
        assert_true(slice_is(response.results.items[i].resource_name, rows[i].name));
    }
    assert_true(response.results.items[0].configs.count > 20);
    assert_true(response.results.items[0].configs.items[0].synonyms.count > 0);
    assert_true(response.results.items[2].configs.count > 0);
    /* Kafka tells of the default of all brokers where each value was set, and no more. */
    const struct describe_configs_response_describe_configs_resource_result *shared =
        &response.results.items[3].configs.items[0];
    assert_int_equal(response.results.items[3].configs.count, 1);
    assert_true(slice_is(shared->name, "min.insync.replicas"));
    assert_int_equal(shared->synonyms.count, 1);
    assert_true(slice_is(shared->synonyms.items[0].value, "1"));
    assert_int_equal(shared->synonyms.items[0].source, 3);
}

static void ask_alter_configs(struct versions *v)
{
    struct incremental_alter_configs_request_alterable_config good[] = {
        { slice_text("retention.ms"), 0, slice_text("5000") },
        { slice_text("cleanup.policy"), 2, slice_text("compact") },
        { slice_text("segment.bytes"), 1, SLICE_NULL },
    };
    struct incremental_alter_configs_request_alterable_config bad = { slice_text("retention.ms"), 0,
                                                                      slice_text("soon") };
    struct incremental_alter_configs_request_alter_configs_resource resources[] = {
        { 2, slice_text("altered"), { good, 3 } },
        { 2, slice_text("there"), { &bad, 1 } },
        { 2, slice_text("nowhere"), { good, 1 } },
        { 99, slice_text("there"), { good, 1 } },
    };
    struct incremental_alter_configs_request request;
    struct incremental_alter_configs_response response;
    if (v->version == 0) {
        (void)line_create_topic(&v->line, "altered", 1);
    }
    message_defaults(&incremental_alter_configs_request_type, &request);
    request.resources.items = resources;
    request.resources.count = 4;
    line_ask(&v->line, 44, v->version, &request, &response);
    assert_int_equal(response.responses.count, 4);
    assert_int_equal(response.responses.items[0].error_code, 0);
    assert_int_equal(response.responses.items[1].error_code, KC_ERR_INVALID_CONFIG);
    assert_int_equal(response.responses.items[2].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(response.responses.items[3].error_code, KC_ERR_INVALID_REQUEST);
}

static void ask_log_dirs(struct versions *v)
{
    int32_t indexes[] = { 0, 99 };
    struct describe_log_dirs_request_describable_log_dir_topic topics[] = {
        { slice_text("there"), { indexes, 2 } }, { slice_text("nowhere"), { indexes, 1 } }
    };
    struct describe_log_dirs_request request;
    struct describe_log_dirs_response response;
    message_defaults(&describe_log_dirs_request_type, &request);
    request.topics.items = topics;
    request.topics.count = 2;
    line_ask(&v->line, 35, v->version, &request, &response);
    assert_int_equal(response.results.count, 1);
    assert_true(slice_is(response.results.items[0].log_dir, v->served.directory));
    assert_int_equal(response.results.items[0].total_bytes > 0, v->version >= 4);
    assert_int_equal(response.results.items[0].topics.count, 1);
    assert_int_equal(response.results.items[0].topics.items[0].partitions.count, 1);
    assert_true(response.results.items[0].topics.items[0].partitions.items[0].partition_size > 0);
    request.topics.count = -1;
    line_ask(&v->line, 35, v->version, &request, &response);
    assert_true(response.results.items[0].topics.count >= 2);
}

static void ask_move(struct versions *v)
{
    int32_t indexes[] = { 0, 99 };
    struct alter_replica_log_dirs_request_alter_replica_log_dir_topic topics[] = {
        { slice_text("there"), { indexes, 2 } }, { slice_text("nowhere"), { indexes, 1 } }
    };
    struct alter_replica_log_dirs_request_alter_replica_log_dir dirs[] = {
        { slice_text(v->served.directory), { topics, 2 } },
        { slice_text("/nowhere"), { topics, 1 } }
    };
    struct alter_replica_log_dirs_request request;
    struct alter_replica_log_dirs_response response;
    message_defaults(&alter_replica_log_dirs_request_type, &request);
    request.dirs.items = dirs;
    request.dirs.count = 2;
    line_ask(&v->line, 34, v->version, &request, &response);
    assert_int_equal(response.results.count, 3);
    assert_true(slice_is(response.results.items[0].topic_name, "there"));
    assert_int_equal(response.results.items[0].partitions.items[0].error_code, 0); /* it is there */
    assert_int_equal(response.results.items[0].partitions.items[1].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(response.results.items[1].partitions.items[0].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(response.results.items[2].partitions.items[0].error_code,
                     KC_ERR_LOG_DIR_NOT_FOUND);
}

static void ask_reassignments(struct versions *v)
{
    struct list_partition_reassignments_request request;
    struct list_partition_reassignments_response response;
    message_defaults(&list_partition_reassignments_request_type, &request);
    line_ask(&v->line, 46, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.topics.count, 0);
}

static void ask_cluster(struct versions *v)
{
    struct describe_cluster_request request;
    struct describe_cluster_response response;
    message_defaults(&describe_cluster_request_type, &request);
    request.include_fenced_brokers = v->version >= 2;
    line_ask(&v->line, 60, v->version, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.brokers.count, 1);
    assert_int_equal(response.brokers.items[0].port, v->served.port);
    if (v->version >= 1) {
        request.endpoint_type = 2;
        line_ask(&v->line, 60, v->version, &request, &response);
        assert_int_equal(response.error_code, KC_ERR_MISMATCHED_ENDPOINT_TYPE);
    }
}

static void ask_topic_partitions(struct versions *v)
{
    struct describe_topic_partitions_request_topic_request topics[] = { { slice_text("there") },
                                                                        { slice_text("nowhere") } };
    struct describe_topic_partitions_request request;
    struct describe_topic_partitions_response response;
    message_defaults(&describe_topic_partitions_request_type, &request);
    request.topics.items = topics;
    request.topics.count = 2;
    line_ask(&v->line, 75, v->version, &request, &response);
    assert_int_equal(response.topics.count, 2); /* sorted */
    assert_int_equal(response.topics.items[0].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(response.topics.items[1].partitions.count, 2);
    assert_int_equal(response.topics.items[1].partitions.items[1].eligible_leader_replicas.count,
                     0);
    assert_null(response.next_cursor);
}

const struct versions_row versions_of_topics[] = {
    { 3, ask_metadata },
    { 10, ask_coordinator },
    { 18, ask_api_versions },
    { 19, ask_create },
    { 20, ask_delete },
    { 32, ask_configs },
    { 34, ask_move },
    { 35, ask_log_dirs },
    { 37, ask_partitions },
    { 44, ask_alter_configs },
    { 46, ask_reassignments },
    { 60, ask_cluster },
    { 75, ask_topic_partitions },
    { -1, NULL },
};
