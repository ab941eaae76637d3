/* tests: calls by form: where requests go, how they are grouped, how answers find their items. */
#include "admin_rig.h"

enum {
    METADATA = 3,
    FIND = 10,
    LEAVE = 13,
    DELETE_RECORDS = 21,
    MARKERS = 27,
    CREATE_ACLS = 30,
    ALTER_DIRS = 34,
    DIRS = 35,
    ALTER_CONFIGS = 44,
    REASSIGN = 45,
    LIST_REASSIGN = 46,
    ALTER_QUOTAS = 49,
    ALTER_SCRAM = 51,
    QUORUM = 55,
    FEATURES = 57,
    PRODUCERS = 61,
    DESCRIBE_TXNS = 65,
    LIST_TXNS = 66,
    RESOURCES = 74,
    SHARE_ALTER = 91
};

static const char *const leaders =
    "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":0,\"leaderId\":1},"
    "{\"partitionIndex\":1,\"leaderId\":2}]}]}";

TEST(records_are_deleted_at_each_leader_again_when_it_moved)
{
    const struct kc_position asked[] = {
        { .topic = "t", .partition = 1, .offset = 5 },
        { .topic = "t", .partition = 0, .offset = KC_OFFSET_LATEST },
        { .topic = "t", .partition = 1, .offset = 6 }
    };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_records_delete(asked, 3));
    admin_rig_tell(&rig, METADATA, -1, 12, leaders);
    admin_rig_expect(&rig, DELETE_RECORDS, 1, 2,
                     "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":0,"
                     "\"offset\":-1}]}]}");
    /* The same partition twice: one after the other. */
    admin_rig_expect(&rig, DELETE_RECORDS, 2, 2,
                     "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":1,"
                     "\"offset\":5}]}]}");
    admin_rig_tell(&rig, DELETE_RECORDS, 1, 2,
                   "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":0,"
                   "\"lowWatermark\":9}]}]}");
    admin_rig_tell(&rig, DELETE_RECORDS, 2, 2,
                   "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":1,"
                   "\"errorCode\":6}]}]}");
    admin_rig_wake(&rig);
    admin_rig_tell(&rig, METADATA, -1, 12, leaders);
    admin_rig_tell(&rig, DELETE_RECORDS, 2, 2,
                   "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":1,"
                   "\"lowWatermark\":6}]}]}");
    /* The other one was under way meanwhile, and has its answer; now the one that came back. */
    assert_false(rig.is_done);
    admin_rig_expect(&rig, DELETE_RECORDS, 2, 2,
                     "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":1,"
                     "\"offset\":5}]}]}");
    admin_rig_tell(&rig, DELETE_RECORDS, 2, 2,
                   "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":1,"
                   "\"errorCode\":1}]}]}");
    assert_true(rig.is_done);
    const struct kc_low_watermark *marks = rig.fanout->harvest->as.list.items;
    assert_int_equal(marks[1].offset, 9);
    assert_int_equal(marks[1].err, KC_ERR_NONE);
    assert_string_equal(marks[0].topic, "t");
    assert_int_equal(marks[2].offset, 6);
    assert_int_equal(marks[2].err, KC_ERR_NONE);
    assert_int_equal(marks[0].err, KC_ERR_OFFSET_OUT_OF_RANGE);
    admin_rig_finish(&rig);
}

TEST(moves_are_grouped_by_broker_directory_and_topic)
{
    const struct kc_replica_move moves[] = { { "b", 1, 1, "/y" },
                                             { "a", 0, 1, "/x" },
                                             { "b", 0, 1, "/y" },
                                             { "a", 1, 2, "/x" },
                                             { "a", 2, 1, "/y" } };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_replicas_move(moves, 5));
    admin_rig_expect(
        &rig, ALTER_DIRS, 1, 2,
        "{\"dirs\":[{\"path\":\"/x\",\"topics\":[{\"name\":\"a\",\"partitions\":[0]}]},"
        "{\"path\":\"/y\",\"topics\":[{\"name\":\"a\",\"partitions\":[2]},"
        "{\"name\":\"b\",\"partitions\":[0,1]}]}]}");
    admin_rig_tell(&rig, ALTER_DIRS, 1, 2,
                   "{\"results\":[{\"topicName\":\"b\",\"partitions\":[{\"partitionIndex\":0,"
                   "\"errorCode\":57},{\"partitionIndex\":1}]},{\"topicName\":\"a\",\"partitions\":"
                   "[{\"partitionIndex\":0}]}]}");
    admin_rig_refuse(&rig, ALTER_DIRS, 2, KC_ERR_CONNECT, "no way there");
    assert_true(rig.is_done);
    const struct kc_partition_result *results = rig.fanout->harvest->as.list.items;
    assert_int_equal(results[0].err, KC_ERR_NONE);
    assert_int_equal(results[2].err, KC_ERR_LOG_DIR_NOT_FOUND);
    assert_int_equal(results[3].err, KC_ERR_CONNECT);
    assert_string_equal(results[3].text, "no way there");
    assert_int_equal(results[4].err, KC_ERR_MALFORMED); /* the answer left it out */
    admin_rig_finish(&rig);
}

TEST(quotas_find_their_answers_by_entity)
{
    const struct kc_quota_part both[] = { { "user", "u" }, { "client-id", NULL } };
    const struct kc_quota_op op = { "k", 1.5, false };
    const struct kc_quota_change changes[] = { { both, 1, &op, 1 }, { both, 2, &op, 1 } };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_users_alter_quotas(changes, 2, true));
    admin_rig_expect(
        &rig, ALTER_QUOTAS, -1, 1,
        "{\"entries\":[{\"entity\":[{\"entityType\":\"user\",\"entityName\":\"u\"}],"
        "\"ops\":[{\"key\":\"k\",\"value\":1.5,\"remove\":false}]},{\"entity\":["
        "{\"entityType\":\"user\",\"entityName\":\"u\"},{\"entityType\":\"client-id\","
        "\"entityName\":null}],\"ops\":[{\"key\":\"k\",\"value\":1.5,\"remove\":false}]"
        "}],\"validateOnly\":true}");
    admin_rig_tell(&rig, ALTER_QUOTAS, -1, 1,
                   "{\"entries\":[{\"errorCode\":42,\"errorMessage\":\"odd\",\"entity\":["
                   "{\"entityType\":\"client-id\",\"entityName\":null},{\"entityType\":\"user\","
                   "\"entityName\":\"u\"}]},{\"errorMessage\":null,\"entity\":["
                   "{\"entityType\":\"user\",\"entityName\":\"u\"}]}]}");
    const struct kc_quota_result *results = rig.fanout->harvest->as.list.items;
    assert_true(rig.is_done);
    assert_int_equal(results[0].err, KC_ERR_NONE);
    assert_int_equal(results[1].err, KC_ERR_INVALID_REQUEST);
    assert_string_equal(results[1].text, "odd");
    assert_int_equal(results[1].part_count, 2);
    admin_rig_finish(&rig);
}

TEST(items_without_a_key_go_by_place)
{
    const struct kc_acl acls[2] = { { KC_ACL_TOPIC, KC_PATTERN_LITERAL, KC_OPERATION_READ,
                                      KC_PERMISSION_ALLOW, "t", "U:a", "*" },
                                    { KC_ACL_GROUP, KC_PATTERN_LITERAL, KC_OPERATION_READ,
                                      KC_PERMISSION_DENY, "g", "U:b", "*" } };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_acls_create(acls, 2));
    admin_rig_expect(&rig, CREATE_ACLS, -1, 3,
                     "{\"creations\":[{\"resourceType\":2,\"resourceName\":\"t\","
                     "\"resourcePatternType\":3,\"principal\":\"U:a\",\"host\":\"*\","
                     "\"operation\":3,\"permissionType\":3},{\"resourceType\":3,"
                     "\"resourceName\":\"g\",\"resourcePatternType\":3,\"principal\":\"U:b\","
                     "\"host\":\"*\",\"operation\":3,\"permissionType\":2}]}");
    admin_rig_tell(&rig, CREATE_ACLS, -1, 3,
                   "{\"results\":[{\"errorCode\":0},{\"errorCode\":54,\"errorMessage\":\"none\"},"
                   "{\"errorCode\":1}]}");
    const struct kc_acl_result *results = rig.fanout->harvest->as.list.items;
    assert_true(rig.is_done);
    assert_int_equal(results[0].err, KC_ERR_NONE);
    assert_int_equal(results[1].err, KC_ERR_SECURITY_DISABLED);
    admin_rig_finish(&rig);
}

TEST(an_answer_that_is_an_error_fails_every_item)
{
    const int32_t here[] = { 1 };
    const struct kc_new_replicas wanted[] = { { "t", 0, here, 1 }, { "t", 1, NULL, 0 } };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_replicas_reassign(wanted, 2, 0));
    admin_rig_expect(&rig, REASSIGN, -1, 0,
                     "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":0,"
                     "\"replicas\":[1]},{\"partitionIndex\":1,\"replicas\":null}]}]}");
    admin_rig_tell(&rig, REASSIGN, -1, 0, "{\"errorCode\":31,\"errorMessage\":\"not you\"}");
    const struct kc_partition_result *results = rig.fanout->harvest->as.list.items;
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_NONE);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(results[i].err, KC_ERR_CLUSTER_AUTHORIZATION_FAILED);
        assert_string_equal(results[i].text, "not you");
    }
    admin_rig_finish(&rig);
}

TEST(a_controller_that_moved_is_asked_again)
{
    const struct kc_feature_change change = { "f", 2, KC_UPGRADE };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_features_update(&change, 1, false));
    admin_rig_tell(&rig, FEATURES, -1, 2, "{\"errorCode\":41}");
    assert_int_equal(rig.forget_count, 1);
    admin_rig_wake(&rig);
    admin_rig_tell(&rig, FEATURES, -1, 2, "{\"errorCode\":95,\"errorMessage\":\"too new\"}");
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_INVALID_UPDATE_VERSION);
    assert_string_equal(rig.fanout->error.text, "too new");
    admin_rig_finish(&rig);
}

TEST(one_group_is_looked_up_once_for_all_its_partitions)
{
    const struct kc_position asked[] = { { .topic = "t", .partition = 0, .offset = 1 },
                                         { .topic = "u", .partition = 0, .offset = 2 } };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_share_alter("g", asked, 2));
    admin_rig_expect(&rig, FIND, -1, 6, "{\"keyType\":0,\"coordinatorKeys\":[\"g\"]}");
    admin_rig_tell(&rig, FIND, -1, 6,
                   "{\"coordinators\":[{\"key\":\"g\",\"nodeId\":4,\"host\":\"h\",\"port\":1}]}");
    admin_rig_tell(&rig, SHARE_ALTER, 4, 0, "{\"errorCode\":16}");
    admin_rig_wake(&rig);
    admin_rig_tell(&rig, FIND, -1, 6,
                   "{\"coordinators\":[{\"key\":\"g\",\"nodeId\":5,\"host\":\"h\",\"port\":1}]}");
    admin_rig_tell(&rig, SHARE_ALTER, 5, 0, "{\"errorCode\":68,\"errorMessage\":\"busy\"}");
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_NON_EMPTY_GROUP);
    assert_string_equal(rig.fanout->error.text, "busy");
    admin_rig_finish(&rig);
}

TEST(transactional_ids_have_coordinators_of_their_own)
{
    const char *const ids[] = { "x", "y" };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_transactions_describe(ids, 2));
    admin_rig_expect(&rig, FIND, -1, 6, "{\"keyType\":1,\"coordinatorKeys\":[\"x\",\"y\"]}");
    admin_rig_tell(&rig, FIND, -1, 6,
                   "{\"coordinators\":[{\"key\":\"x\",\"nodeId\":1,\"host\":\"h\",\"port\":1},"
                   "{\"key\":\"y\",\"nodeId\":2,\"host\":\"h\",\"port\":1}]}");
    admin_rig_tell(&rig, DESCRIBE_TXNS, 2, 0,
                   "{\"transactionStates\":[{\"transactionalId\":\"y\",\"transactionState\":"
                   "\"Ongoing\",\"producerId\":9223372036854775807,\"topics\":[{\"topic\":\"t\","
                   "\"partitions\":[3,4]}]}]}");
    admin_rig_tell(&rig, DESCRIBE_TXNS, 1, 0,
                   "{\"transactionStates\":[{\"transactionalId\":\"x\",\"errorCode\":105}]}");
    const struct kc_txn_description *txns = rig.fanout->harvest->as.list.items;
    assert_true(rig.is_done);
    assert_int_equal(txns[0].err, KC_ERR_TRANSACTIONAL_ID_NOT_FOUND);
    assert_int_equal(txns[1].producer_id, INT64_MAX);
    assert_int_equal(txns[1].coordinator_id, 2);
    assert_int_equal(txns[1].partitions[1].partition, 4);
    admin_rig_finish(&rig);
}

TEST(a_state_that_no_broker_knows_is_an_error)
{
    const char *const states[] = { "Ongoing", "Lost" };
    const struct kc_txn_filter filter = { states, 2, NULL, 0, 5, NULL };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_transactions_list(&filter));
    admin_rig_tell(&rig, METADATA, -1, 12, "{\"brokers\":[{\"nodeId\":1},{\"nodeId\":2}]}");
    admin_rig_expect(&rig, LIST_TXNS, 1, 1,
                     "{\"stateFilters\":[\"Ongoing\",\"Lost\"],\"producerIdFilters\":[],"
                     "\"durationFilter\":5}");
    admin_rig_tell(&rig, LIST_TXNS, 2, 1, "{\"unknownStateFilters\":[\"Lost\"]}");
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_INVALID_REQUEST);
    assert_int_equal(rig.cancel_count, 1);
    admin_rig_finish(&rig);
}

TEST(scram_changes_go_to_their_lists_without_the_password)
{
    const struct kc_scram_change changes[] = {
        { "a", KC_SCRAM_SHA_256, NULL, 0, NULL, 0, 0 },
        { "b", KC_SCRAM_SHA_256, "pencil", 6, "salt", 4, 1 },
    };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_users_alter(changes, 2));
    const struct alter_user_scram_credentials_request *request =
        admin_rig_message(&rig, ALTER_SCRAM, -1, 0);
    assert_int_equal(request->deletions.count, 1);
    assert_int_equal(request->upsertions.count, 1);
    assert_int_equal(request->upsertions.items[0].salted_password.size, 32);
    assert_true(slice_is(request->upsertions.items[0].salt, "salt"));
    admin_rig_tell(&rig, ALTER_SCRAM, -1, 0,
                   "{\"results\":[{\"user\":\"b\"},{\"user\":\"a\",\"errorCode\":91}]}");
    const struct kc_item_results *results = &rig.fanout->harvest->as.items;
    assert_true(rig.is_done);
    assert_int_equal(results->items[0].err, KC_ERR_RESOURCE_NOT_FOUND);
    assert_string_equal(results->items[1].name, "b");
    assert_int_equal(results->items[1].err, KC_ERR_NONE);
    admin_rig_finish(&rig);
}

TEST(a_hanging_transaction_is_aborted_at_the_leader)
{
    const struct kc_partition partition = { "t", 1 };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_transactions_abort(&partition, 7, 3, 2));
    admin_rig_tell(&rig, METADATA, -1, 12, leaders);
    admin_rig_expect(&rig, MARKERS, 2, 1,
                     "{\"markers\":[{\"producerId\":7,\"producerEpoch\":3,"
                     "\"transactionResult\":false,\"topics\":[{\"name\":\"t\","
                     "\"partitionIndexes\":[1]}],\"coordinatorEpoch\":2}]}");
    admin_rig_tell(&rig, MARKERS, 2, 1, "{\"markers\":[]}");
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_MALFORMED);
    admin_rig_finish(&rig);

    admin_rig_start(&rig, admin_transactions_abort(&partition, 7, 3, 2));
    admin_rig_tell(&rig, METADATA, -1, 12, leaders);
    admin_rig_tell(&rig, MARKERS, 2, 1,
                   "{\"markers\":[{\"producerId\":7,\"topics\":[{\"name\":\"t\",\"partitions\":["
                   "{\"partitionIndex\":1,\"errorCode\":47}]}]}]}");
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_INVALID_PRODUCER_EPOCH);
    admin_rig_finish(&rig);
}

TEST(client_metrics_are_listed_by_old_brokers_and_nothing_else)
{
    const enum kc_resource_type types[] = { KC_RESOURCE_CLIENT_METRICS, KC_RESOURCE_TOPIC };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_configs_list(types, 1));
    admin_rig_expect(&rig, RESOURCES, -1, 0, "{}");
    admin_rig_expect(&rig, RESOURCES, -1, 1, "{\"resourceTypes\":[16]}");
    admin_rig_tell(&rig, RESOURCES, -1, 0, "{\"configResources\":[{\"resourceName\":\"m\"}]}");
    const struct kc_resource *resources = rig.fanout->harvest->as.list.items;
    assert_true(rig.is_done);
    assert_int_equal(resources[0].type, KC_RESOURCE_CLIENT_METRICS);
    admin_rig_finish(&rig);
    admin_rig_start(&rig, admin_configs_list(types, 2));
    assert_int_equal(rig.requests[0]->version_min, 1);
    admin_rig_finish(&rig);
}

TEST(producers_are_asked_of_the_broker_that_is_named)
{
    const struct kc_partition partitions[] = { { "t", 0 }, { "t", 1 } };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_transactions_producers(partitions, 2, 8));
    admin_rig_expect(&rig, PRODUCERS, 8, 0,
                     "{\"topics\":[{\"name\":\"t\",\"partitionIndexes\":[0,1]}]}");
    admin_rig_tell(&rig, PRODUCERS, 8, 0,
                   "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":1,"
                   "\"activeProducers\":[{\"producerId\":5}]},{\"partitionIndex\":0,"
                   "\"errorCode\":6}]}]}");
    const struct kc_producer_states *states = rig.fanout->harvest->as.list.items;
    assert_true(rig.is_done);
    assert_int_equal(states[0].err, KC_ERR_NOT_LEADER_OR_FOLLOWER);
    assert_int_equal(states[1].producers[0].producer_id, 5);
    assert_int_equal(states[1].producers[0].txn_start_offset, -1);
    admin_rig_finish(&rig);
}
