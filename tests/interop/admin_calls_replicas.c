/* interop: admin calls about replicas, the cluster and its controllers. */
#include "admin_calls.h"

#include <stdlib.h>

#define admin admin_calls_admin()
#define nowhere admin_calls_nowhere()
#define error &admin_calls_error

static const char *other_dir(void)
{
    const char *dir = getenv("OTHER_LOG_DIR");
    assert_non_null(dir);
    return dir;
}

/* Kafka answers UNKNOWN_SERVER_ERROR for a directory whose mount it cannot find, as in a chroot. */
static void need_mounts(void)
{
    if (getenv("KC_NO_MOUNTS")) {
        skip();
    }
}

TEST(describe_log_dirs)
{
    const int32_t ids[] = { 1, 77 };
    struct kc_log_dirs *dirs = NULL;
    admin_calls_create("placed", 2);
    need_mounts();
    OK(kc_admin_describe_log_dirs(admin, ids, 1, WAIT_MS, &dirs, error));
    ITEM(KC_ERR_NONE, dirs->items[0].err, dirs->items[0].text);
    assert_int_equal(dirs->items[0].dir_count, 2);
    assert_true(dirs->items[0].dirs[0].total_bytes > 0);
    kc_log_dirs_destroy(dirs);
    OK(kc_admin_describe_log_dirs(admin, ids, 2, 2000, &dirs, error));
    ITEM(KC_ERR_NONE, dirs->items[0].err, dirs->items[0].text);
    ITEM(KC_ERR_TIMED_OUT, dirs->items[1].err, dirs->items[1].text);
    kc_log_dirs_destroy(dirs);
}

TEST(alter_replica_log_dirs)
{
    const struct kc_replica_move moves[] = { { "placed", 0, 1, other_dir() },
                                             { "placed", 1, 1, other_dir() },
                                             { "missing", 0, 1, other_dir() },
                                             { "placed", 1, 1, "/nowhere" } };
    struct kc_partition_results *results = NULL;
    OK(kc_admin_alter_log_dirs(admin, moves, 3, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_NONE, results->items[1].err, results->items[1].text);
    assert_true(results->items[2].err != KC_ERR_NONE);
    kc_partition_results_destroy(results);
    OK(kc_admin_alter_log_dirs(admin, &moves[3], 1, WAIT_MS, &results, error));
    ITEM(KC_ERR_LOG_DIR_NOT_FOUND, results->items[0].err, results->items[0].text);
    kc_partition_results_destroy(results);
}

TEST(describe_replica_log_dirs)
{
    const struct kc_replica replicas[] = { { "placed", 0, 1 },
                                           { "missing", 0, 1 },
                                           { "placed", 1, 1 } };
    const struct kc_replica absent = { "placed", 0, 77 };
    struct kc_replica_places *places = NULL;
    need_mounts();
    OK(kc_admin_describe_replica_log_dirs(admin, replicas, 3, WAIT_MS, &places, error));
    CODE(KC_ERR_NONE, places->items[0].err);
    assert_non_null(places->items[0].path);
    assert_non_null(places->items[2].path);
    assert_null(places->items[1].path);
    kc_replica_places_destroy(places);
    OK(kc_admin_describe_replica_log_dirs(admin, &absent, 1, 2000, &places, error));
    CODE(KC_ERR_TIMED_OUT, places->items[0].err);
    kc_replica_places_destroy(places);
}

TEST(alter_partition_reassignments)
{
    const int32_t here[] = { 1 };
    const int32_t there[] = { 77 };
    const struct kc_new_replicas wanted[] = { { "placed", 0, here, 1 },
                                              { "placed", 1, there, 1 },
                                              { "placed", 5, here, 1 } };
    const struct kc_new_replicas same = { "placed", 0, here, 1 };
    const struct kc_new_replicas cancel = { "placed", 0, NULL, 0 };
    struct kc_partition_results *results = NULL;
    OK(kc_admin_alter_reassignments(admin, wanted, 3, 0, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_INVALID_REPLICA_ASSIGNMENT, results->items[1].err, results->items[1].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, results->items[2].err, results->items[2].text);
    kc_partition_results_destroy(results);
    OK(kc_admin_alter_reassignments(admin, &same, 1, KC_KEEP_REPLICATION_FACTOR, WAIT_MS, &results,
                                    error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    kc_partition_results_destroy(results);
    OK(kc_admin_alter_reassignments(admin, &cancel, 1, 0, WAIT_MS, &results, error));
    ITEM(KC_ERR_NO_REASSIGNMENT_IN_PROGRESS, results->items[0].err, results->items[0].text);
    kc_partition_results_destroy(results);
}

static enum kc_err list_reassignments(void *context)
{
    const struct kc_partition partitions[] = { { "placed", 0 }, { "placed", 1 } };
    struct kc_reassignments *ongoing = NULL;
    size_t count = *(const size_t *)context;
    enum kc_err err =
        TRIED(kc_admin_list_reassignments(admin, partitions, count, WAIT_MS, &ongoing, error));
    if (!err) {
        assert_int_equal(ongoing->count, 0);
    }
    kc_reassignments_destroy(ongoing);
    return err;
}

TEST(list_partition_reassignments)
{
    size_t count = 2;
    OK(list_reassignments(&count));
    count = 0;
    OK(list_reassignments(&count));
    admin_calls_denied(KC_OPERATION_DESCRIBE, list_reassignments, &count);
}

TEST(elect_leaders)
{
    const struct kc_partition partitions[] = { { "placed", 0 }, { "missing", 3 } };
    struct kc_partition_results *results = NULL;
    OK(kc_admin_elect_leaders(admin, KC_ELECT_PREFERRED, NULL, 0, WAIT_MS, &results, error));
    assert_int_equal(results->count, 0); /* nothing needs one */
    kc_partition_results_destroy(results);
    OK(kc_admin_elect_leaders(admin, KC_ELECT_UNCLEAN, partitions, 2, WAIT_MS, &results, error));
    ITEM(KC_ERR_ELECTION_NOT_NEEDED, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, results->items[1].err, results->items[1].text);
    kc_partition_results_destroy(results);
}

/* The operations are none while the broker has not heard that it may describe the cluster again:
 * what a test before forbade and allowed comes to it by way of the controller. */
static enum kc_err describe_operations(void *context)
{
    struct kc_cluster_description **cluster = context;
    kc_cluster_description_destroy(*cluster);
    *cluster = NULL;
    enum kc_err err = TRIED(kc_admin_describe_cluster(admin, KC_WITH_FENCED | KC_WITH_OPERATIONS,
                                                      WAIT_MS, cluster, error));
    return err || (*cluster)->operations ? err : KC_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

TEST(describe_cluster)
{
    struct kc_cluster_description *cluster = NULL;
    OK(kc_admin_describe_cluster(admin, 0, WAIT_MS, &cluster, error));
    assert_int_equal(cluster->node_count, 1);
    kc_cluster_description_destroy(cluster);
    cluster = NULL;
    admin_calls_until(KC_ERR_NONE, describe_operations, &cluster);
    assert_int_equal(cluster->nodes[0].id, 1);
    assert_false(cluster->nodes[0].is_fenced);
    assert_true(cluster->operations & 1 << KC_OPERATION_ALTER);
    kc_cluster_description_destroy(cluster);
    FAILS(KC_ERR_CONNECT, kc_admin_describe_cluster(nowhere, 0, 300, &cluster, error));
}

TEST(describe_features)
{
    struct kc_features *features = NULL;
    bool found = false;
    OK(kc_admin_describe_features(admin, 1, WAIT_MS, &features, error));
    for (size_t i = 0; i < features->finalized_count; i++) {
        found = found || strcmp(features->finalized[i].name, "metadata.version") == 0;
    }
    assert_true(found);
    assert_true(features->supported_count >= features->finalized_count);
    assert_true(features->finalized_epoch > 0);
    kc_features_destroy(features);
    FAILS(KC_ERR_CONNECT, kc_admin_describe_features(nowhere, -1, 300, &features, error));
}

TEST(update_features)
{
    const struct kc_feature_change good = { "transaction.version", 1, KC_DOWNGRADE_SAFE };
    const struct kc_feature_change bad = { "no.such.feature", 1, KC_UPGRADE };
    OK(kc_admin_update_features(admin, &good, 1, true, WAIT_MS, error));
    enum kc_err err = TRIED(kc_admin_update_features(admin, &bad, 1, false, WAIT_MS, error));
    assert_true(err == KC_ERR_INVALID_UPDATE_VERSION || err == KC_ERR_FEATURE_UPDATE_FAILED);
    assert_non_null(strstr(admin_calls_error.text, "no.such.feature"));
}

static enum kc_err describe_quorum(void *context)
{
    struct kc_quorum *quorum = NULL;
    enum kc_err err = TRIED(kc_admin_describe_quorum(admin, WAIT_MS, &quorum, error));
    (void)context;
    if (!err) {
        assert_int_equal(quorum->leader_id, 1);
        assert_true(quorum->high_watermark > 0);
        assert_int_equal(quorum->voter_count, 1);
        assert_int_equal(quorum->voters[0].id, 1);
        assert_true(quorum->voters[0].log_end_offset > 0);
        assert_int_equal(quorum->node_count, 1);
        assert_string_equal(quorum->nodes[0].endpoints[0].listener, "CONTROLLER");
    }
    kc_quorum_destroy(quorum);
    return err;
}

TEST(describe_metadata_quorum)
{
    OK(describe_quorum(NULL));
    admin_calls_denied(KC_OPERATION_DESCRIBE, describe_quorum, NULL);
}

/* The second controller reads the log; it votes when it is asked to. Its directory's id. */
static enum kc_err find_second(void *context)
{
    char *id = context;
    struct kc_quorum *quorum = NULL;
    enum kc_err err = TRIED(kc_admin_describe_quorum(admin, WAIT_MS, &quorum, error));
    if (err) {
        return err;
    }
    err = KC_ERR_RESOURCE_NOT_FOUND;
    for (size_t i = 0; i < quorum->observer_count; i++) {
        if (quorum->observers[i].id == 2) {
            memcpy(id, quorum->observers[i].directory_id,
                   sizeof(quorum->observers[i].directory_id));
            err = KC_ERR_NONE;
        }
    }
    kc_quorum_destroy(quorum);
    return err;
}

static char second_id[24];

static enum kc_err add_second(void *context)
{
    const char *port = getenv("SECOND_CONTROLLER_PORT");
    assert_non_null(port);
    char *rest = NULL;
    const struct kc_quorum_endpoint end = { "CONTROLLER", "127.0.0.1",
                                            (int32_t)strtol(port, &rest, 10) };
    assert_int_equal(*rest, 0);
    return TRIED(kc_admin_add_voter(admin, context, 2, second_id, &end, 1, WAIT_MS, error));
}

TEST(add_raft_voter)
{
    char another[] = "another";
    admin_calls_until(KC_ERR_NONE, find_second, second_id);
    FAILS(KC_ERR_INCONSISTENT_CLUSTER_ID, add_second(another));
    admin_calls_until(KC_ERR_NONE, add_second, NULL);
    FAILS(KC_ERR_DUPLICATE_VOTER, add_second(NULL));
}

TEST(remove_raft_voter)
{
    OK(kc_admin_remove_voter(admin, NULL, 2, second_id, WAIT_MS, error));
    FAILS(KC_ERR_VOTER_NOT_FOUND, kc_admin_remove_voter(admin, NULL, 2, second_id, WAIT_MS, error));
}

TEST(client_instance_id)
{
    char id[24] = "";
    char again[24] = "";
    OK(kc_admin_client_instance_id(admin, WAIT_MS, id, error));
    assert_int_equal(strlen(id), 22);
    OK(kc_admin_client_instance_id(admin, WAIT_MS, again, error));
    assert_string_equal(again, id);
    FAILS(KC_ERR_CONNECT, kc_admin_client_instance_id(nowhere, 300, id, error));
}

TEST(any_request_by_json)
{
    admin_calls_raw(3, NULL, "{\"topics\":[],\"allowAutoTopicCreation\":false}",
                    "\"controllerId\":1");
    struct kc_raw_answer *answer = NULL;
    const struct kc_raw_call bad = { .api_key = 3, .version = -1, .body = "{\"topic\":[]}" };
    FAILS(KC_ERR_INVALID, kc_admin_call(admin, &bad, WAIT_MS, &answer, error));
    assert_non_null(strstr(admin_calls_error.text, "topic"));
    const struct kc_raw_call old = { .api_key = 3, .version = 99, .body = "{}" };
    FAILS(KC_ERR_INVALID, kc_admin_call(admin, &old, WAIT_MS, &answer, error));
}
