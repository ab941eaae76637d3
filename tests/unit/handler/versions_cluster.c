/* tests: ACLs, elections, reassignments, the quorum and brokers in every version: what Kafka 4.3
 * answers on one node without an authorizer. */
#include "versions.h"

#include "support/test.h"

static void ask_describe_acls(struct versions *v)
{
    struct describe_acls_request request;
    struct describe_acls_response response;
    message_defaults(&describe_acls_request_type, &request);
    request.resource_type_filter = 1;
    request.operation = 1;
    request.permission_type = 1;
    line_ask(&v->line, 29, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_SECURITY_DISABLED);
    assert_true(slice_is(response.error_message, "No Authorizer is configured on the broker"));
    assert_int_equal(response.resources.count, 0);
}

static void ask_create_acls(struct versions *v)
{
    struct create_acls_request_acl_creation creations[2];
    struct create_acls_request request;
    struct create_acls_response response;
    message_defaults(&create_acls_request_type, &request);
    for (int i = 0; i < 2; i++) {
        message_defaults(&create_acls_request_acl_creation_type, &creations[i]);
        creations[i].resource_type = 2;
        creations[i].resource_name = slice_text("there");
        creations[i].principal = slice_text("User:a");
        creations[i].host = slice_text("*");
        creations[i].operation = 3;
        creations[i].permission_type = 3;
    }
    request.creations.items = creations;
    request.creations.count = 2;
    line_ask(&v->line, 30, v->version, &request, &response);
    assert_int_equal(response.results.count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(response.results.items[i].error_code, KC_ERR_SECURITY_DISABLED);
        assert_true(
            slice_is(response.results.items[i].error_message, "No Authorizer is configured."));
    }
    request.creations.count = 0;
    line_ask(&v->line, 30, v->version, &request, &response);
    assert_int_equal(response.results.count, 0);
}

static void ask_delete_acls(struct versions *v)
{
    struct delete_acls_request_delete_acls_filter filter;
    struct delete_acls_request request;
    struct delete_acls_response response;
    message_defaults(&delete_acls_request_type, &request);
    message_defaults(&delete_acls_request_delete_acls_filter_type, &filter);
    filter.resource_type_filter = 1;
    filter.operation = 1;
    filter.permission_type = 1;
    request.filters.items = &filter;
    request.filters.count = 1;
    line_ask(&v->line, 31, v->version, &request, &response);
    assert_int_equal(response.filter_results.count, 1);
    assert_int_equal(response.filter_results.items[0].error_code, KC_ERR_SECURITY_DISABLED);
    assert_int_equal(response.filter_results.items[0].matching_acls.count, 0);
}

static void elect(struct versions *v, int8_t type, struct elect_leaders_response *ret_response)
{
    int32_t partitions[] = { 1, 7 };
    struct elect_leaders_request_topic_partitions topics[] = {
        { slice_text("there"), { partitions, 2 } },
        { slice_text("nowhere"), { partitions, 1 } },
    };
    struct elect_leaders_request request;
    message_defaults(&elect_leaders_request_type, &request);
    request.election_type = type;
    request.topic_partitions.items = topics;
    request.topic_partitions.count = 2;
    line_ask(&v->line, 43, v->version, &request, ret_response);
}

static void ask_elect_leaders(struct versions *v)
{
    struct elect_leaders_request request;
    struct elect_leaders_response response;
    for (int8_t type = 0; type <= (v->version > 0); type++) {
        elect(v, type, &response);
        assert_int_equal(response.error_code, KC_ERR_NONE);
        assert_int_equal(response.replica_election_results.count, 2);
        const struct elect_leaders_response_replica_election_result *there =
            &response.replica_election_results.items[0];
        assert_int_equal(there->partition_result.count, 2);
        assert_int_equal(there->partition_result.items[0].error_code, KC_ERR_ELECTION_NOT_NEEDED);
        assert_int_equal(there->partition_result.items[1].error_code,
                         KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
        assert_true(slice_is(there->partition_result.items[1].error_message,
                             "No such partition as there-7"));
        assert_true(slice_is(
            response.replica_election_results.items[1].partition_result.items[0].error_message,
            "No such topic as nowhere"));
    }
    if (v->version > 0) {
        elect(v, 9, &response);
        assert_int_equal(response.error_code, KC_ERR_INVALID_REQUEST);
    }
    message_defaults(&elect_leaders_request_type, &request);
    request.topic_partitions.count = -1; /* of all, those that need one */
    line_ask(&v->line, 43, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_NONE);
    assert_int_equal(response.replica_election_results.count, 0);
}

static void ask_reassign(struct versions *v)
{
    int32_t ids[] = { 1, 2 };
    struct alter_partition_reassignments_request_reassignable_partition partitions[] = {
        { 0, { ids, 1 } },   { 0, { ids, 2 } }, { 0, { ids, 0 } },
        { 0, { NULL, -1 } }, { 9, { ids, 1 } }, { 1, { (int32_t[]){ 1, 1 }, 2 } },
    };
    static const struct {
        int16_t err;
        const char *text;
    } wanted[] = {
        { 0, NULL },
        { KC_ERR_INVALID_REPLICA_ASSIGNMENT,
          "The manual partition assignment includes broker 2, but no such broker is registered." },
        { KC_ERR_INVALID_REPLICA_ASSIGNMENT,
          "The manual partition assignment includes an empty replica list." },
        { KC_ERR_NO_REASSIGNMENT_IN_PROGRESS, "No partition reassignment is in progress." },
        { KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, "Unable to find partition there:9." },
        { KC_ERR_INVALID_REPLICA_ASSIGNMENT,
          "The manual partition assignment includes the broker 1 more than once." },
    };
    struct alter_partition_reassignments_request_reassignable_topic topics[] = {
        { slice_text("there"), { partitions, 6 } },
        { slice_text("nowhere"), { partitions, 1 } },
    };
    struct alter_partition_reassignments_request request;
    struct alter_partition_reassignments_response response;
    message_defaults(&alter_partition_reassignments_request_type, &request);
    request.topics.items = topics;
    request.topics.count = 2;
    line_ask(&v->line, 45, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_NONE);
    assert_int_equal(response.responses.count, 2);
    assert_int_equal(response.responses.items[0].partitions.count, 6);
    for (int i = 0; i < 6; i++) {
        const struct alter_partition_reassignments_response_reassignable_partition_response *told =
            &response.responses.items[0].partitions.items[i];
        assert_int_equal(told->error_code, wanted[i].err);
        assert_true(wanted[i].text ? slice_is(told->error_message, wanted[i].text)
                                   : slice_is_null(told->error_message));
    }
    assert_true(slice_is(response.responses.items[1].partitions.items[0].error_message,
                         "Unable to find a topic named nowhere."));
}

static void ask_describe_quorum(struct versions *v)
{
    struct describe_quorum_request_partition_data partitions[] = { { 0 }, { 1 } };
    struct describe_quorum_request_topic_data topic = { slice_text("__cluster_metadata"),
                                                        { partitions, 2 } };
    struct describe_quorum_request request;
    struct describe_quorum_response response;
    message_defaults(&describe_quorum_request_type, &request);
    request.topics.items = &topic;
    request.topics.count = 1;
    line_ask(&v->line, 55, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_NONE);
    assert_int_equal(response.topics.count, 1);
    const struct describe_quorum_response_partition_data *told =
        response.topics.items[0].partitions.items;
    assert_int_equal(told[0].error_code, KC_ERR_NONE);
    assert_int_equal(told[0].leader_id, 1);
    assert_true(told[0].leader_epoch > 0);
    assert_true(told[0].high_watermark > 0);
    assert_int_equal(told[0].current_voters.count, 1);
    assert_int_equal(told[0].observers.count, 0);
    const struct describe_quorum_response_replica_state *voter = told[0].current_voters.items;
    assert_int_equal(voter->replica_id, 1);
    assert_int_equal(voter->log_end_offset, told[0].high_watermark);
    assert_true((voter->last_caught_up_timestamp > 0) == (v->version >= 1));
    assert_true(uuid_is_zero(&voter->replica_directory_id) == (v->version < 2));
    assert_int_equal(told[1].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(response.nodes.count, v->version >= 2);
    if (v->version >= 2) {
        assert_int_equal(response.nodes.items[0].node_id, 1);
        assert_true(slice_is(response.nodes.items[0].listeners.items[0].host, "127.0.0.1"));
        assert_int_equal(response.nodes.items[0].listeners.items[0].port, v->served.port);
    }
    topic.topic_name = slice_text("there");
    line_ask(&v->line, 55, v->version, &request, &response);
    assert_int_equal(response.topics.items[0].partitions.items[0].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
}

static void ask_unregister_broker(struct versions *v)
{
    struct unregister_broker_request request = { 7 };
    struct unregister_broker_response response;
    line_ask(&v->line, 64, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_BROKER_ID_NOT_REGISTERED);
    assert_true(slice_is(response.error_message, "Broker ID 7 is not currently registered"));
    request.broker_id = 1;
    line_ask(&v->line, 64, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_INVALID_REQUEST);
}

const struct versions_row versions_of_cluster[] = {
    { 29, ask_describe_acls },     { 30, ask_create_acls },
    { 31, ask_delete_acls },       { 43, ask_elect_leaders },
    { 45, ask_reassign },          { 55, ask_describe_quorum },
    { 64, ask_unregister_broker }, { -1, NULL },
};
