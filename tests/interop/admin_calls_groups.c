/* interop: admin calls about groups of every type. Members are made by hand, with the raw call. */
#include "admin_calls.h"

#define admin admin_calls_admin()
#define nowhere admin_calls_nowhere()
#define error &admin_calls_error

/* A member of a KIP-848 group, of a share group (KIP-932), of a streams group (KIP-1071). */
static void join_consumer(const char *group_id, const char *member_id, const char *instance)
{
    char body[512];
    (void)snprintf(body, sizeof(body),
                   "{\"groupId\":\"%s\",\"memberId\":\"%s\",\"memberEpoch\":0,"
                   "\"instanceId\":%s,\"rebalanceTimeoutMs\":60000,"
                   "\"rackId\":\"shelf\",\"subscribedTopicRegex\":\"rea.*\","
                   "\"subscribedTopicNames\":[\"read\"],\"topicPartitions\":[]}",
                   group_id, member_id, instance);
    admin_calls_raw(68, group_id, body, "\"errorCode\":0");
}

static void beat_share(const char *group_id, const char *member_id, int epoch)
{
    char body[512];
    (void)snprintf(body, sizeof(body),
                   "{\"groupId\":\"%s\",\"memberId\":\"%s\",\"memberEpoch\":%d,"
                   "\"subscribedTopicNames\":%s}",
                   group_id, member_id, epoch, epoch < 0 ? "null" : "[\"read\"]");
    admin_calls_raw(76, group_id, body, "\"errorCode\":0");
}

static void beat_streams(const char *group_id, const char *member_id, int epoch)
{
    char body[1024];
    const char *rest =
        epoch < 0 ? ""
                  : ",\"rebalanceTimeoutMs\":60000,\"processId\":\"p\",\"userEndpoint\":{"
                    "\"host\":\"asked.here\",\"port\":65000},\"clientTags\":[{"
                    "\"key\":\"side\",\"value\":\"left\"}],"
                    "\"activeTasks\":[],\"standbyTasks\":[],\"warmupTasks\":[],"
                    "\"topology\":{\"epoch\":0,\"subtopologies\":[{\"subtopologyId\":\"0\","
                    "\"sourceTopics\":[\"read\"]}]}";
    (void)snprintf(body, sizeof(body),
                   "{\"groupId\":\"%s\",\"memberId\":\"%s\",\"memberEpoch\":%d%s}", group_id,
                   member_id, epoch, rest);
    admin_calls_raw(88, group_id, body, "\"errorCode\":0");
}

TEST(groups_begin)
{
    admin_calls_create("read", 2);
    admin_calls_produce("read", 5);
    join_consumer("modern", "AAAAAAAAAAAAAAAAAAAAAQ", "\"fixed\"");
    beat_share("shared", "AAAAAAAAAAAAAAAAAAAAAg", 0);
    beat_streams("flowing", "AAAAAAAAAAAAAAAAAAAAAw", 0);
}

TEST(alter_consumer_group_offsets)
{
    const struct kc_position asked[] = {
        { .topic = "read", .partition = 0, .offset = 2, .leader_epoch = -1, .metadata = "note" },
        { .topic = "read", .partition = 1, .offset = 0, .leader_epoch = -1 }
    };
    struct kc_positions *positions = NULL;
    OK(kc_admin_alter_group_offsets(admin, "old", asked, 2, WAIT_MS, &positions, error));
    CODE(KC_ERR_NONE, positions->items[0].err);
    CODE(KC_ERR_NONE, positions->items[1].err);
    kc_positions_destroy(positions);
    /* A group with members of its own. */
    OK(kc_admin_alter_group_offsets(admin, "modern", asked, 2, WAIT_MS, &positions, error));
    CODE(KC_ERR_UNKNOWN_MEMBER_ID, positions->items[0].err);
    kc_positions_destroy(positions);
}

TEST(list_consumer_group_offsets)
{
    const struct kc_partition some[] = { { "read", 1 }, { "read", 7 } };
    const struct kc_group_partitions asked[] = { { "old", NULL, 0 }, { "no-such-group", NULL, 0 } };
    const struct kc_group_partitions part = { "old", some, 2 };
    struct kc_positions *positions = NULL;
    struct kc_groups_offsets *groups = NULL;
    OK(kc_admin_list_group_offsets(admin, "old", WAIT_MS, &positions, error));
    assert_int_equal(positions->count, 2);
    assert_string_equal(positions->items[0].metadata, "note");
    kc_positions_destroy(positions);
    OK(kc_admin_list_offsets_of_groups(admin, asked, 2, true, WAIT_MS, &groups, error));
    ITEM(KC_ERR_NONE, groups->items[0].err, groups->items[0].text);
    assert_int_equal(groups->items[0].position_count, 2);
    assert_string_equal(groups->items[1].group_id, "no-such-group");
    assert_int_equal(groups->items[1].position_count, 0);
    kc_groups_offsets_destroy(groups);
    OK(kc_admin_list_offsets_of_groups(admin, &part, 1, false, WAIT_MS, &groups, error));
    ITEM(KC_ERR_NONE, groups->items[0].err, groups->items[0].text);
    assert_int_equal(groups->items[0].position_count, 2);
    assert_int_equal(groups->items[0].positions[0].partition, 1);
    assert_int_equal(groups->items[0].positions[0].offset, 0);
    assert_int_equal(groups->items[0].positions[1].offset, -1);
    kc_groups_offsets_destroy(groups);
    FAILS(KC_ERR_CONNECT,
          kc_admin_list_offsets_of_groups(nowhere, asked, 1, false, 300, &groups, error));
}

TEST(list_groups)
{
    const char *const states[] = { "Empty", "Stable" };
    const char *const types[] = { "share", "Streams" };
    const char *const bad[] = { "NoSuchType" };
    const struct kc_group_filter empty = { .states = states, .state_count = 1 };
    const struct kc_group_filter modern = { .types = types, .type_count = 2 };
    const struct kc_group_filter shared = { .protocol_types = types, .protocol_type_count = 1 };
    const struct kc_group_filter wrong = { .types = bad, .type_count = 1 };
    struct kc_group_listings *groups = NULL;
    OK(kc_admin_list_groups(admin, NULL, WAIT_MS, &groups, error));
    assert_int_equal(groups->count, 4);
    assert_string_equal(groups->items[0].group_id, "flowing");
    assert_string_equal(groups->items[0].type, "Streams");
    assert_string_equal(groups->items[1].type, "Consumer");
    assert_string_equal(groups->items[2].type, "Classic");
    assert_string_equal(groups->items[3].type, "Share");
    kc_group_listings_destroy(groups);
    OK(kc_admin_list_groups(admin, &empty, WAIT_MS, &groups, error));
    assert_int_equal(groups->count, 1);
    assert_string_equal(groups->items[0].group_id, "old");
    assert_string_equal(groups->items[0].protocol_type, "");
    kc_group_listings_destroy(groups);
    OK(kc_admin_list_groups(admin, &modern, WAIT_MS, &groups, error));
    assert_int_equal(groups->count, 2);
    kc_group_listings_destroy(groups);
    OK(kc_admin_list_groups(admin, &shared, WAIT_MS, &groups, error));
    assert_int_equal(groups->count, 1);
    assert_string_equal(groups->items[0].group_id, "shared");
    kc_group_listings_destroy(groups);
    OK(kc_admin_list_groups(admin, &wrong, WAIT_MS, &groups, error));
    assert_int_equal(groups->count, 0); /* Kafka has no error for these */
    kc_group_listings_destroy(groups);
    FAILS(KC_ERR_CONNECT, kc_admin_list_groups(nowhere, NULL, 300, &groups, error));
}

TEST(describe_consumer_groups)
{
    const char *const ids[] = { "modern", "old", "missing" };
    struct kc_group_descriptions *groups = NULL;
    OK(kc_admin_describe_groups(admin, ids, 3, KC_WITH_OPERATIONS, WAIT_MS, &groups, error));
    ITEM(KC_ERR_NONE, groups->items[0].err, groups->items[0].text);
    assert_string_equal(groups->items[0].type, "Consumer");
    assert_int_equal(groups->items[0].coordinator.id, 1);
    assert_int_equal(groups->items[0].member_count, 1);
    assert_true(groups->items[0].operations & 1 << KC_OPERATION_READ);
    assert_string_equal(groups->items[0].members[0].instance_id, "fixed");
    assert_string_equal(groups->items[0].members[0].rack, "shelf");
    assert_int_equal(groups->items[0].members[0].topic_count, 1);
    assert_string_equal(groups->items[0].members[0].topics[0], "read");
    assert_string_equal(groups->items[0].members[0].topic_pattern, "rea.*");
    assert_int_equal(groups->items[0].members[0].is_upgraded, 1);
    assert_int_equal(groups->items[0].members[0].target_partition_count, 2);
    assert_string_equal(groups->items[0].members[0].target_partitions[1].topic, "read");
    ITEM(KC_ERR_NONE, groups->items[1].err, groups->items[1].text);
    assert_string_equal(groups->items[1].type, "Classic");
    ITEM(KC_ERR_GROUP_ID_NOT_FOUND, groups->items[2].err, groups->items[2].text);
    kc_group_descriptions_destroy(groups);
}

TEST(describe_classic_groups)
{
    const char *const ids[] = { "old", "modern" };
    struct kc_group_descriptions *groups = NULL;
    OK(kc_admin_describe_classic_groups(admin, ids, 2, KC_WITH_OPERATIONS, WAIT_MS, &groups,
                                        error));
    ITEM(KC_ERR_NONE, groups->items[0].err, groups->items[0].text);
    assert_string_equal(groups->items[0].state, "Empty");
    assert_true(groups->items[0].operations & 1 << KC_OPERATION_DELETE);
    ITEM(KC_ERR_GROUP_ID_NOT_FOUND, groups->items[1].err, groups->items[1].text);
    kc_group_descriptions_destroy(groups);
}

TEST(describe_share_groups)
{
    const char *const ids[] = { "shared", "modern" };
    struct kc_group_descriptions *groups = NULL;
    OK(kc_admin_describe_share_groups(admin, ids, 2, KC_WITH_OPERATIONS, WAIT_MS, &groups, error));
    ITEM(KC_ERR_NONE, groups->items[0].err, groups->items[0].text);
    assert_string_equal(groups->items[0].type, "Share");
    assert_true(groups->items[0].operations & 1 << KC_OPERATION_READ);
    assert_string_equal(groups->items[0].members[0].topics[0], "read");
    assert_string_equal(groups->items[0].members[0].member_id, "AAAAAAAAAAAAAAAAAAAAAg");
    ITEM(KC_ERR_GROUP_ID_NOT_FOUND, groups->items[1].err, groups->items[1].text);
    kc_group_descriptions_destroy(groups);
}

TEST(describe_streams_groups)
{
    const char *const ids[] = { "flowing", "modern" };
    struct kc_streams_groups *groups = NULL;
    OK(kc_admin_describe_streams_groups(admin, ids, 2, KC_WITH_OPERATIONS, WAIT_MS, &groups,
                                        error));
    ITEM(KC_ERR_NONE, groups->items[0].err, groups->items[0].text);
    assert_int_equal(groups->items[0].coordinator.id, 1);
    assert_string_equal(groups->items[0].coordinator.host, "127.0.0.1");
    assert_true(groups->items[0].operations & 1 << KC_OPERATION_READ);
    assert_int_equal(groups->items[0].subtopology_count, 1);
    assert_string_equal(groups->items[0].subtopologies[0].sources[0], "read");
    assert_int_equal(groups->items[0].member_count, 1);
    const struct kc_stream_member *member = &groups->items[0].members[0];
    assert_string_equal(member->process_id, "p");
    assert_string_equal(member->endpoint_host, "asked.here");
    assert_int_equal(member->endpoint_port, 65000);
    assert_string_equal(member->tags[0].value, "left");
    /* Kafka 4.3 keeps no task offsets. */
    assert_int_equal(member->offset_count, 0);
    assert_int_equal(member->end_offset_count, 0);
    ITEM(KC_ERR_GROUP_ID_NOT_FOUND, groups->items[1].err, groups->items[1].text);
    kc_streams_groups_destroy(groups);
}

TEST(delete_consumer_group_offsets)
{
    const struct kc_partition asked[] = { { "read", 1 } };
    struct kc_positions *positions = NULL;
    OK(kc_admin_delete_group_offsets(admin, "old", asked, 1, WAIT_MS, &positions, error));
    CODE(KC_ERR_NONE, positions->items[0].err);
    kc_positions_destroy(positions);
    OK(kc_admin_delete_group_offsets(admin, "modern", asked, 1, WAIT_MS, &positions, error));
    CODE(KC_ERR_GROUP_SUBSCRIBED_TO_TOPIC, positions->items[0].err);
    kc_positions_destroy(positions);
    FAILS(KC_ERR_GROUP_ID_NOT_FOUND,
          kc_admin_delete_group_offsets(admin, "missing", asked, 1, WAIT_MS, &positions, error));
}

TEST(remove_members_from_consumer_group)
{
    const struct kc_member_ref members[] = { { NULL, "fixed" }, { NULL, "nobody" } };
    struct kc_member_results *results = NULL;
    OK(kc_admin_remove_members(admin, "modern", members, 2, "test", WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_UNKNOWN_MEMBER_ID, results->items[1].err, results->items[1].text);
    kc_member_results_destroy(results);
    join_consumer("modern", "AAAAAAAAAAAAAAAAAAAABA", "null");
    OK(kc_admin_remove_members(admin, "modern", NULL, 0, NULL, WAIT_MS, &results, error));
    assert_int_equal(results->count, 1);
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    kc_member_results_destroy(results);
    FAILS(KC_ERR_GROUP_ID_NOT_FOUND,
          kc_admin_remove_members(admin, "missing", NULL, 0, NULL, WAIT_MS, &results, error));
}

TEST(alter_share_group_offsets)
{
    const struct kc_position asked[] = { { .topic = "read", .partition = 0, .offset = 3 },
                                         { .topic = "missing", .partition = 0, .offset = 3 } };
    struct kc_partition_results *results = NULL;
    FAILS(KC_ERR_NON_EMPTY_GROUP,
          kc_admin_alter_share_offsets(admin, "shared", asked, 1, WAIT_MS, &results, error));
    beat_share("shared", "AAAAAAAAAAAAAAAAAAAAAg", -1);
    OK(kc_admin_alter_share_offsets(admin, "shared", asked, 2, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, results->items[1].err, results->items[1].text);
    kc_partition_results_destroy(results);
}

TEST(list_share_group_offsets)
{
    const struct kc_partition some[] = { { "read", 1 } };
    const struct kc_group_partitions asked[] = { { "shared", NULL, 0 }, { "modern", NULL, 0 } };
    const struct kc_group_partitions part = { "shared", some, 1 };
    struct kc_groups_share_offsets *groups = NULL;
    OK(kc_admin_list_share_offsets(admin, asked, 2, WAIT_MS, &groups, error));
    ITEM(KC_ERR_NONE, groups->items[0].err, groups->items[0].text);
    assert_true(groups->items[0].offset_count >= 1);
    assert_string_equal(groups->items[0].offsets[0].topic, "read");
    assert_int_equal(groups->items[0].offsets[0].start_offset, 3);
    assert_int_equal(groups->items[1].offset_count, 0); /* Kafka has no error for these */
    kc_groups_share_offsets_destroy(groups);
    OK(kc_admin_list_share_offsets(admin, &part, 1, WAIT_MS, &groups, error));
    ITEM(KC_ERR_NONE, groups->items[0].err, groups->items[0].text);
    assert_int_equal(groups->items[0].offset_count, 1);
    assert_int_equal(groups->items[0].offsets[0].partition, 1);
    kc_groups_share_offsets_destroy(groups);
    FAILS(KC_ERR_CONNECT, kc_admin_list_share_offsets(nowhere, asked, 1, 300, &groups, error));
}

TEST(delete_share_group_offsets)
{
    const char *const topics[] = { "read", "missing" };
    struct kc_item_results *results = NULL;
    OK(kc_admin_delete_share_offsets(admin, "shared", topics, 2, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, results->items[1].err, results->items[1].text);
    kc_item_results_destroy(results);
    FAILS(KC_ERR_GROUP_ID_NOT_FOUND,
          kc_admin_delete_share_offsets(admin, "missing", topics, 1, WAIT_MS, &results, error));
}

/* Offsets of streams groups go the same ways as those of consumer groups. */
TEST(streams_group_offsets)
{
    const struct kc_position asked = {
        .topic = "read", .partition = 0, .offset = 1, .leader_epoch = -1
    };
    const struct kc_partition partition = { "read", 0 };
    struct kc_positions *positions = NULL;
    OK(kc_admin_alter_group_offsets(admin, "flowing", &asked, 1, WAIT_MS, &positions, error));
    CODE(KC_ERR_UNKNOWN_MEMBER_ID, positions->items[0].err);
    kc_positions_destroy(positions);
    OK(kc_admin_delete_group_offsets(admin, "flowing", &partition, 1, WAIT_MS, &positions, error));
    CODE(KC_ERR_GROUP_SUBSCRIBED_TO_TOPIC, positions->items[0].err);
    kc_positions_destroy(positions);
    beat_streams("flowing", "AAAAAAAAAAAAAAAAAAAAAw", -1);
    OK(kc_admin_alter_group_offsets(admin, "flowing", &asked, 1, WAIT_MS, &positions, error));
    CODE(KC_ERR_NONE, positions->items[0].err);
    kc_positions_destroy(positions);
    OK(kc_admin_list_group_offsets(admin, "flowing", WAIT_MS, &positions, error));
    assert_int_equal(positions->count, 1);
    kc_positions_destroy(positions);
    OK(kc_admin_delete_group_offsets(admin, "flowing", &partition, 1, WAIT_MS, &positions, error));
    CODE(KC_ERR_NONE, positions->items[0].err);
    kc_positions_destroy(positions);
    FAILS(KC_ERR_CONNECT, kc_admin_list_group_offsets(nowhere, "flowing", 300, &positions, error));
}

TEST(delete_groups)
{
    const char *const ids[] = { "modern", "old", "shared", "flowing", "missing" };
    struct kc_item_results *results = NULL;
    OK(kc_admin_delete_groups(admin, ids, 5, WAIT_MS, &results, error));
    for (size_t i = 0; i < 4; i++) {
        ITEM(KC_ERR_NONE, results->items[i].err, results->items[i].text);
    }
    ITEM(KC_ERR_GROUP_ID_NOT_FOUND, results->items[4].err, results->items[4].text);
    kc_item_results_destroy(results);
}
