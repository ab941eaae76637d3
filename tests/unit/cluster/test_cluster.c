/* tests: a cluster object against brokers with a script in the same loop. */
#include "support/stage.h"

#include "cluster/cluster.h"

enum { BROKERS = 2 };

struct fleet;

struct broker {
    struct fleet *fleet;
    struct listener *listener;
    int32_t id;
    int metadata_count;
    int find_count;
    int other_count;
};

struct fleet {
    struct stage stage;
    struct broker brokers[BROKERS];
    struct cluster *cluster;
    int32_t coordinator;
    int16_t find_error; /* of the first answer */
    int16_t topic_error;
    int drops; /* requests to answer by closing */
    int metadata_told;
    int conn_told;
    const char *awaited;
    int retry_ms;     /* retry.backoff.ms; 0: short */
    int topics_asked; /* by name, in all metadata requests */
    int8_t endpoint;  /* not 0: of controllers, and so the answer says */
    int16_t describe_error;
};

struct asked {
    struct cluster_request request;
    struct fleet *fleet;
    bool is_done;
    enum kc_err err;
    char text[400];
    int repeats;
};

static void answer_metadata(struct broker *broker, struct session *session,
                            const struct session_request *request)
{
    struct fleet *fleet = broker->fleet;
    struct arena arena;
    struct metadata_request asked;
    arena_init(&arena, 1 << 20);
    struct reader body = request->body;
    assert_int_equal(
        message_decode(&metadata_request_type, request->head.version, &body, &arena, &asked), 0);
    struct metadata_response_metadata_response_broker brokers[BROKERS];
    struct metadata_response_metadata_response_topic topics[4];
    struct metadata_response_metadata_response_partition partition;
    struct metadata_response response;
    message_defaults(&metadata_response_type, &response);
    message_defaults(&metadata_response_metadata_response_partition_type, &partition);
    for (int i = 0; i < BROKERS; i++) {
        brokers[i] = (struct metadata_response_metadata_response_broker){
            .node_id = i,
            .host = slice_text("127.0.0.1"),
            .port = listener_port(fleet->brokers[i].listener)
        };
    }
    response.controller_id = 1;
    response.brokers.items = brokers;
    response.brokers.count = BROKERS;
    partition.leader_id = 1;
    partition.leader_epoch = 1;
    assert_true(asked.topics.count <= 4);
    fleet->topics_asked += asked.topics.count;
    for (int32_t i = 0; i < asked.topics.count; i++) {
        message_defaults(&metadata_response_metadata_response_topic_type, &topics[i]);
        topics[i].name = asked.topics.items[i].name;
        topics[i].error_code = broker->fleet->topic_error;
        topics[i].partitions.items = &partition;
        topics[i].partitions.count = fleet->topic_error ? 0 : 1;
        response.topics.count = i + 1;
    }
    fleet->topic_error = 0;
    response.topics.items = topics;
    broker->metadata_count++;
    assert_int_equal(session_answer(session, &response, NULL, NULL), 0);
    arena_finish(&arena);
}

static void answer_find(struct broker *broker, struct session *session)
{
    struct fleet *fleet = broker->fleet;
    struct find_coordinator_response response;
    struct find_coordinator_response_coordinator found = {
        .key = slice_text("g"),
        .node_id = fleet->coordinator,
        .host = slice_text("127.0.0.1"),
        .port = listener_port(fleet->brokers[fleet->coordinator].listener),
        .error_code = fleet->find_error
    };
    message_defaults(&find_coordinator_response_type, &response);
    response.coordinators.items = &found;
    response.coordinators.count = 1;
    fleet->find_error = 0;
    broker->find_count++;
    assert_int_equal(session_answer(session, &response, NULL, NULL), 0);
}

static void answer_describe(struct broker *broker, struct session *session)
{
    struct fleet *fleet = broker->fleet;
    struct describe_cluster_response_describe_cluster_broker nodes[BROKERS] = { 0 };
    struct describe_cluster_response response;
    message_defaults(&describe_cluster_response_type, &response);
    for (int i = 0; i < BROKERS; i++) {
        nodes[i].broker_id = i;
        nodes[i].host = slice_text("127.0.0.1");
        nodes[i].port = listener_port(fleet->brokers[i].listener);
    }
    response.error_code = fleet->describe_error;
    response.endpoint_type = fleet->endpoint;
    response.controller_id = 1;
    response.brokers.items = nodes;
    response.brokers.count = BROKERS;
    broker->metadata_count++;
    assert_int_equal(session_answer(session, &response, NULL, NULL), 0);
}

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct broker *broker = context;
    struct list_partition_reassignments_response reassignments;
    struct heartbeat_response heartbeat;
    switch (request->head.key) {
    case API_API_VERSIONS:
        assert_int_equal(stage_answer_versions(session), 0);
        return;
    case API_METADATA:
        answer_metadata(broker, session, request);
        return;
    case API_FIND_COORDINATOR:
        answer_find(broker, session);
        return;
    case API_DESCRIBE_CLUSTER:
        answer_describe(broker, session);
        return;
    default:
        broker->other_count++;
        if (broker->fleet->drops > 0) {
            broker->fleet->drops--;
            session_close(session, "script");
            return;
        }
        message_defaults(&heartbeat_response_type, &heartbeat);
        message_defaults(&list_partition_reassignments_response_type, &reassignments);
        bool is_heartbeat = request->head.key == API_HEARTBEAT;
        assert_int_equal(
            session_answer(session, is_heartbeat ? (void *)&heartbeat : &reassignments, NULL, NULL),
            0);
    }
}

static const struct listener_handler broker_calls = { .on_request = on_request };

static void fleet_create_cluster(struct fleet *fleet, const char *bootstrap)
{
    struct cluster_options options;
    cluster_options_defaults(&options);
    options.loop = fleet->stage.loop;
    options.trace = &fleet->stage.trace;
    options.client_id = slice_text("tester");
    options.of_controllers = fleet->endpoint != 0;
    options.retry = fleet->retry_ms > 0 ? (struct retry_policy){ fleet->retry_ms, fleet->retry_ms }
                                        : (struct retry_policy){ 5, 20 };
    options.reconnect = (struct retry_policy){ 5, 20 };
    assert_int_equal(address_list_parse(slice_text(bootstrap), &options.bootstrap, NULL), 0);
    fleet->cluster = cluster_create(&options);
    assert_non_null(fleet->cluster);
    address_list_finish(&options.bootstrap);
}

static void fleet_open_with(struct fleet *fleet, int retry_ms, int8_t endpoint)
{
    memset(fleet, 0, sizeof(*fleet));
    fleet->retry_ms = retry_ms;
    fleet->endpoint = endpoint;
    stage_init(&fleet->stage);
    const struct listener_options options = { .loop = fleet->stage.loop, .host = "127.0.0.1" };
    for (int i = 0; i < BROKERS; i++) {
        fleet->brokers[i].fleet = fleet;
        fleet->brokers[i].id = i;
        assert_int_equal(listener_open(&options, &broker_calls, &fleet->brokers[i],
                                       &fleet->brokers[i].listener, NULL),
                         0);
    }
    /* A dead address in front: the next one must serve. */
    char bootstrap[64];
    snprintf(bootstrap, sizeof(bootstrap), "127.0.0.1:1,127.0.0.1:%u",
             (unsigned)listener_port(fleet->brokers[0].listener));
    fleet_create_cluster(fleet, bootstrap);
}

static void fleet_open(struct fleet *fleet)
{
    fleet_open_with(fleet, 0, 0);
}

static void fleet_close(struct fleet *fleet)
{
    cluster_destroy(fleet->cluster);
    for (int i = 0; i < BROKERS; i++) {
        listener_destroy(fleet->brokers[i].listener);
    }
    stage_finish(&fleet->stage);
}

static void on_done(struct cluster_request *request, const struct conn_reply *reply)
{
    struct asked *asked = request->context;
    if (asked->repeats > 0 && reply->err == KC_ERR_NONE) {
        asked->repeats--;
        assert_true(cluster_request_again(asked->fleet->cluster, request));
        return;
    }
    asked->is_done = true;
    asked->err = reply->err;
    snprintf(asked->text, sizeof(asked->text), "%s", reply->text ? reply->text : "");
}

static const struct heartbeat_request heartbeat_message = {
    .group_id = { (const uint8_t *)"g", 1 }, .member_id = { (const uint8_t *)"m", 1 }
};

static void ask(struct fleet *fleet, struct asked *asked, enum cluster_target target)
{
    memset(asked, 0, sizeof(*asked));
    asked->fleet = fleet;
    asked->request = (struct cluster_request){ .target = target,
                                               .broker_id = 1,
                                               .key = slice_text("g"),
                                               .api_key = API_HEARTBEAT,
                                               .message = &heartbeat_message,
                                               .timeout_ms = 5000,
                                               .done = on_done,
                                               .context = asked };
    cluster_request(fleet->cluster, &asked->request);
    assert_false(asked->is_done);
}

TEST(requests_find_their_broker)
{
    struct fleet fleet;
    struct asked asked;
    fleet_open(&fleet);
    ask(&fleet, &asked, CLUSTER_ANY);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, 0);
    assert_int_equal(fleet.brokers[0].other_count, 1);
    ask(&fleet, &asked, CLUSTER_BROKER);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, 0);
    assert_int_equal(asked.request.node_id, 1);
    assert_int_equal(fleet.brokers[1].other_count, 1);
    ask(&fleet, &asked, CLUSTER_CONTROLLER);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.request.node_id, 1);
    assert_int_equal(fleet.brokers[1].other_count, 2);
    fleet_close(&fleet);
}

/* ---- controllers (KIP-919) ---- */

enum { ENDPOINT_BROKER = 1, ENDPOINT_CONTROLLER = 2 };

static const struct list_partition_reassignments_request reassignments_message = { .topics.count =
                                                                                       -1 };

/* As `ask`, for what controllers serve, too. */
static void ask_quorum(struct fleet *fleet, struct asked *asked, enum cluster_target target)
{
    ask(fleet, asked, target);
    cluster_request_cancel(fleet->cluster, &asked->request);
    asked->request.api_key = API_LIST_PARTITION_REASSIGNMENTS;
    asked->request.message = &reassignments_message;
    cluster_request(fleet->cluster, &asked->request);
    stage_run(&fleet->stage, stage_flag, &asked->is_done);
}

TEST(controllers_are_a_cluster_of_their_own)
{
    struct fleet fleet;
    struct asked asked;
    fleet_open_with(&fleet, 0, ENDPOINT_CONTROLLER);
    ask_quorum(&fleet, &asked, CLUSTER_ANY); /* the active one */
    assert_int_equal(asked.err, 0);
    assert_int_equal(asked.request.node_id, 1);
    ask_quorum(&fleet, &asked, CLUSTER_CONTROLLER);
    assert_int_equal(asked.request.node_id, 1);
    assert_int_equal(fleet.brokers[1].other_count, 2);
    /* What only brokers serve is told at once, and nobody is asked. */
    ask(&fleet, &asked, CLUSTER_GROUP);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, KC_ERR_UNSUPPORTED_ENDPOINT_TYPE);
    assert_non_null(strstr(asked.text, "controllers do not serve Heartbeat"));
    assert_int_equal(fleet.brokers[0].find_count + fleet.brokers[1].find_count, 0);
    fleet_close(&fleet);
}

TEST(an_address_of_the_wrong_kind_is_told_at_once)
{
    struct fleet fleet;
    struct asked asked;
    fleet_open_with(&fleet, 0, ENDPOINT_BROKER);
    ask_quorum(&fleet, &asked, CLUSTER_ANY);
    assert_int_equal(asked.err, KC_ERR_MISMATCHED_ENDPOINT_TYPE);
    assert_true(asked.text[0] != 0);
    fleet_close(&fleet);
    fleet_open_with(&fleet, 0, ENDPOINT_CONTROLLER);
    fleet.describe_error = KC_ERR_UNSUPPORTED_ENDPOINT_TYPE;
    ask_quorum(&fleet, &asked, CLUSTER_ANY);
    assert_int_equal(asked.err, KC_ERR_UNSUPPORTED_ENDPOINT_TYPE);
    /* It is asked again by itself: an answer of before may still be on its way. */
    fleet.describe_error = 0;
    do {
        ask_quorum(&fleet, &asked, CLUSTER_ANY);
    } while (asked.err == KC_ERR_UNSUPPORTED_ENDPOINT_TYPE);
    assert_int_equal(asked.err, 0);
    fleet_close(&fleet);
}

TEST(coordinators_are_found_and_forgotten)
{
    struct fleet fleet;
    struct asked asked;
    fleet_open(&fleet);
    fleet.coordinator = 1;
    fleet.find_error = KC_ERR_COORDINATOR_NOT_AVAILABLE;
    ask(&fleet, &asked, CLUSTER_GROUP);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, 0);
    assert_int_equal(fleet.brokers[1].other_count, 1);
    assert_int_equal(fleet.brokers[0].find_count + fleet.brokers[1].find_count, 2);
    ask(&fleet, &asked, CLUSTER_GROUP);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(fleet.brokers[0].find_count + fleet.brokers[1].find_count, 2);
    fleet.coordinator = 0;
    cluster_forget_coordinator(fleet.cluster, CLUSTER_GROUP, slice_text("g"));
    ask(&fleet, &asked, CLUSTER_GROUP);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, 0);
    assert_int_equal(fleet.brokers[0].other_count, 1);
    /* What waiting does not mend is told at once. */
    cluster_forget_coordinator(fleet.cluster, CLUSTER_GROUP, slice_text("g"));
    fleet.find_error = KC_ERR_GROUP_AUTHORIZATION_FAILED;
    ask(&fleet, &asked, CLUSTER_GROUP);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, KC_ERR_GROUP_AUTHORIZATION_FAILED);
    assert_non_null(strstr(asked.text, "cannot find the coordinator of 'g' ("));
    fleet_close(&fleet);
}

TEST(idempotent_requests_survive_a_lost_connection)
{
    struct fleet fleet;
    struct asked asked;
    fleet_open(&fleet);
    fleet.drops = 1;
    ask(&fleet, &asked, CLUSTER_ANY);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, KC_ERR_DISCONNECTED);
    assert_non_null(strstr(asked.text, "127.0.0.1:"));
    fleet.drops = 2;
    ask(&fleet, &asked, CLUSTER_ANY);
    asked.request.is_idempotent = true;
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, 0);
    assert_int_equal(fleet.brokers[0].other_count + fleet.brokers[1].other_count, 4);
    fleet_close(&fleet);
}

TEST(requests_can_be_made_again_and_cancelled)
{
    struct fleet fleet;
    struct asked asked;
    struct asked cancelled;
    fleet_open(&fleet);
    ask(&fleet, &asked, CLUSTER_ANY);
    asked.repeats = 2;
    ask(&fleet, &cancelled, CLUSTER_ANY);
    cluster_request_cancel(fleet.cluster, &cancelled.request);
    cluster_request_cancel(fleet.cluster, &cancelled.request);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, 0);
    assert_false(cancelled.is_done);
    assert_int_equal(fleet.brokers[0].other_count, 3);
    fleet_close(&fleet);
}

TEST(an_api_that_the_broker_lacks_is_told)
{
    struct fleet fleet;
    struct asked asked;
    fleet_open(&fleet);
    ask(&fleet, &asked, CLUSTER_ANY);
    asked.request.version_min = 99;
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, KC_ERR_UNSUPPORTED_VERSION);
    assert_non_null(strstr(asked.text, "does not support Heartbeat"));
    fleet_close(&fleet);
}

TEST(nobody_there_names_the_cause)
{
    struct fleet fleet;
    struct asked asked;
    memset(&fleet, 0, sizeof(fleet));
    stage_init(&fleet.stage);
    fleet_create_cluster(&fleet, "127.0.0.1:1");
    ask(&fleet, &asked, CLUSTER_ANY);
    cluster_request_cancel(fleet.cluster, &asked.request);
    asked.request.timeout_ms = 60;
    cluster_request(fleet.cluster, &asked.request);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, KC_ERR_CONNECT);
    assert_string_equal(asked.text, "cannot connect to 127.0.0.1:1 (Connection refused)");
    struct kc_error error;
    cluster_last_error(fleet.cluster, &error);
    assert_int_equal(error.code, KC_ERR_CONNECT);
    cluster_destroy(fleet.cluster);

    fleet_create_cluster(&fleet, "no-such-host.invalid:9092");
    ask(&fleet, &asked, CLUSTER_ANY);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, KC_ERR_RESOLVE);
    cluster_destroy(fleet.cluster);
    stage_finish(&fleet.stage);
}

TEST(destroying_ends_what_waits)
{
    struct fleet fleet;
    struct asked asked;
    memset(&fleet, 0, sizeof(fleet));
    stage_init(&fleet.stage);
    fleet_create_cluster(&fleet, "127.0.0.1:1");
    ask(&fleet, &asked, CLUSTER_ANY);
    cluster_destroy(fleet.cluster);
    assert_true(asked.is_done);
    assert_int_equal(asked.err, KC_ERR_CLOSED);
    stage_finish(&fleet.stage);
}

static void on_metadata(struct cluster_watch *watch)
{
    struct fleet *fleet = watch->context;
    fleet->metadata_told++;
}

static void on_conn(struct cluster_watch *watch, int32_t broker_id, enum cluster_use use,
                    enum kc_err err, const char *text)
{
    struct fleet *fleet = watch->context;
    (void)text;
    if (broker_id == 1 && use == CLUSTER_USE_FETCH && err == KC_ERR_NONE) {
        fleet->conn_told++;
    }
}

static bool is_known(void *context)
{
    const struct fleet *fleet = context;
    return cluster_topic(fleet->cluster, slice_text(fleet->awaited)) != NULL;
}

static bool topic_is_known(void *context)
{
    struct fleet *fleet = context;
    const struct metadata_topic *topic = cluster_topic(fleet->cluster, slice_text("t"));
    return topic && topic->err == KC_ERR_NONE;
}

static bool conn_is_told(void *context)
{
    struct fleet *fleet = context;
    return fleet->conn_told > 0;
}

TEST(wanted_topics_are_learnt_and_connections_lent)
{
    struct fleet fleet;
    fleet_open(&fleet);
    struct cluster_watch watch = { .on_metadata = on_metadata,
                                   .on_conn = on_conn,
                                   .context = &fleet };
    cluster_watch_add(fleet.cluster, &watch);
    fleet.topic_error = KC_ERR_LEADER_NOT_AVAILABLE;
    assert_int_equal(cluster_want_topic(fleet.cluster, slice_text("t")), 0);
    assert_int_equal(cluster_want_topic(fleet.cluster, slice_text("t")), 0);
    stage_run(&fleet.stage, topic_is_known, &fleet);
    assert_true(fleet.metadata_told >= 2);
    assert_true(fleet.brokers[0].metadata_count + fleet.brokers[1].metadata_count >= 2);
    assert_null(cluster_broker_conn(fleet.cluster, 1, CLUSTER_USE_FETCH));
    stage_run(&fleet.stage, conn_is_told, &fleet);
    struct conn *conn = cluster_broker_conn(fleet.cluster, 1, CLUSTER_USE_FETCH);
    assert_non_null(conn);
    assert_true(conn_is_ready(conn));
    /* KIP-219: a throttled broker is left alone. */
    cluster_throttle(fleet.cluster, 1, CLUSTER_USE_FETCH, 60000);
    assert_null(cluster_broker_conn(fleet.cluster, 1, CLUSTER_USE_FETCH));
    /* KIP-951 */
    int told = fleet.metadata_told;
    cluster_hint_leader(fleet.cluster, slice_text("t"), 0, 0, 9);
    assert_int_equal(cluster_topic(fleet.cluster, slice_text("t"))->partitions[0].leader, 0);
    struct asked asked;
    ask(&fleet, &asked, CLUSTER_ANY);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_true(fleet.metadata_told > told);
    cluster_unwant_topic(fleet.cluster, slice_text("t"));
    assert_non_null(cluster_topic(fleet.cluster, slice_text("t")));
    cluster_unwant_topic(fleet.cluster, slice_text("t"));
    assert_null(cluster_topic(fleet.cluster, slice_text("t")));
    cluster_watch_remove(&watch);
    fleet_close(&fleet);
}

TEST(a_new_topic_is_asked_for_alone_and_at_once)
{
    struct fleet fleet;
    /* Behind the pause that follows an answer it would come too late for stage_run. */
    fleet_open_with(&fleet, 4 * STAGE_DEADLINE_MS, 0);
    assert_int_equal(cluster_want_topic(fleet.cluster, slice_text("a")), 0);
    fleet.awaited = "a";
    stage_run(&fleet.stage, is_known, &fleet);
    fleet.topics_asked = 0;
    assert_int_equal(cluster_want_topic(fleet.cluster, slice_text("b")), 0);
    fleet.awaited = "b";
    stage_run(&fleet.stage, is_known, &fleet);
    assert_int_equal(fleet.topics_asked, 1);
    fleet_close(&fleet);
}

static bool is_second_turn(void *context)
{
    return ++*(int *)context == 2;
}

TEST(a_topic_may_go_while_it_is_asked_for)
{
    struct fleet fleet;
    int turns = 0;
    fleet_open(&fleet);
    assert_int_equal(cluster_want_topic(fleet.cluster, slice_text("a")), 0);
    stage_run(&fleet.stage, is_second_turn, &turns); /* the request waits for a connection */
    cluster_unwant_topic(fleet.cluster, slice_text("a"));
    assert_int_equal(cluster_want_topic(fleet.cluster, slice_text("b")), 0);
    fleet.awaited = "b";
    stage_run(&fleet.stage, is_known, &fleet);
    assert_null(cluster_topic(fleet.cluster, slice_text("a")));
    fleet_close(&fleet);
}

TEST(a_lost_fleet_is_found_again_by_bootstrap)
{
    struct fleet fleet;
    struct asked asked;
    fleet_open(&fleet);
    assert_int_equal(cluster_want_topic(fleet.cluster, slice_text("t")), 0);
    stage_run(&fleet.stage, topic_is_known, &fleet);
    /* Broker 1 goes away for good; its requests fail in time, the rest goes on. */
    listener_destroy(fleet.brokers[1].listener);
    const struct listener_options options = { .loop = fleet.stage.loop, .host = "127.0.0.1" };
    struct listener *moved = NULL;
    assert_int_equal(listener_open(&options, &broker_calls, &fleet.brokers[1], &moved, NULL), 0);
    fleet.brokers[1].listener = moved;
    /* It came back on another port: metadata tells where. */
    ask(&fleet, &asked, CLUSTER_BROKER);
    stage_run(&fleet.stage, stage_flag, &asked.is_done);
    assert_int_equal(asked.err, 0);
    fleet_close(&fleet);
}
