/* tests: what callers may ask for besides: allowed operations, some partitions only, no second try,
 * the same number of replicas, a broker of their choice. */
#include "admin_rig.h"

enum {
    METADATA = 3,
    OFFSET_FETCH = 9,
    FIND = 10,
    DESCRIBE_GROUPS = 15,
    API_VERSIONS = 18,
    CREATE_TOPICS = 19,
    REASSIGN = 45,
    DESCRIBE_CLUSTER = 60,
    CONSUMER_GROUPS = 69,
    TOPIC_PARTITIONS = 75,
    SHARE_GROUPS = 77,
    STREAMS_GROUPS = 89,
    SHARE_OFFSETS = 90
};

static const char *const g = "g";
static const char *const at_broker_1 =
    "{\"coordinators\":[{\"key\":\"g\",\"nodeId\":1,\"host\":\"h\",\"port\":9}]}";

static void find_group(struct admin_rig *rig)
{
    admin_rig_tell(rig, FIND, -1, 6, at_broker_1);
}

TEST(operations_of_topics_are_asked_of_either_request)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_catalog_describe(&g, 1, KC_WITH_OPERATIONS));
    admin_rig_tell(&rig, TOPIC_PARTITIONS, -1, 0,
                   "{\"topics\":[{\"name\":\"g\",\"topicAuthorizedOperations\":264}]}");
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->harvest->as.topics.items[0].operations, 264);
    admin_rig_finish(&rig);

    admin_rig_start(&rig, admin_catalog_describe(&g, 1, KC_WITH_OPERATIONS));
    admin_rig_refuse(&rig, TOPIC_PARTITIONS, -1, KC_ERR_UNSUPPORTED_VERSION, "too old");
    assert_int_equal(rig.requests[0]->version_min, 8);
    admin_rig_expect(&rig, METADATA, -1, 9,
                     "{\"topics\":[{\"name\":\"g\"}],\"allowAutoTopicCreation\":false,"
                     "\"includeClusterAuthorizedOperations\":false,"
                     "\"includeTopicAuthorizedOperations\":true}");
    admin_rig_finish(&rig);

    admin_rig_start(&rig, admin_catalog_describe(&g, 1, 0));
    assert_int_equal(rig.fanout->harvest->as.topics.items[0].operations, INT32_MIN);
    admin_rig_finish(&rig);
}

TEST(operations_on_the_cluster_need_metadata_of_their_time)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_cluster_describe(KC_WITH_OPERATIONS));
    admin_rig_refuse(&rig, DESCRIBE_CLUSTER, -1, KC_ERR_UNSUPPORTED_VERSION, "too old");
    assert_int_equal(rig.requests[0]->version_min, 8);
    assert_int_equal(rig.requests[0]->version_max, 10);
    const struct metadata_request *request = admin_rig_message(&rig, METADATA, -1, 9);
    assert_true(request->include_cluster_authorized_operations);
    admin_rig_tell(&rig, METADATA, -1, 9,
                   "{\"brokers\":[],\"topics\":[],\"clusterAuthorizedOperations\":4}");
    assert_int_equal(rig.fanout->harvest->as.cluster.operations, 4);
    admin_rig_finish(&rig);
}

TEST(consumer_groups_tell_what_their_members_want)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_members_describe(&g, 1, KC_WITH_OPERATIONS));
    find_group(&rig);
    admin_rig_expect(&rig, CONSUMER_GROUPS, 1, 1,
                     "{\"groupIds\":[\"g\"],\"includeAuthorizedOperations\":true}");
    admin_rig_tell(&rig, CONSUMER_GROUPS, 1, 1,
                   "{\"groups\":[{\"groupId\":\"g\",\"authorizedOperations\":8,\"members\":["
                   "{\"memberId\":\"m\",\"rackId\":\"r\",\"subscribedTopicNames\":[\"t\",\"u\"],"
                   "\"subscribedTopicRegex\":\"v.*\",\"memberType\":1},"
                   "{\"memberId\":\"n\",\"memberType\":0}]}]}");
    assert_true(rig.is_done);
    const struct kc_group_description *group = rig.fanout->harvest->as.groups.items;
    assert_int_equal(group->operations, 8);
    assert_string_equal(group->members[0].rack, "r");
    assert_int_equal(group->members[0].topic_count, 2);
    assert_string_equal(group->members[0].topics[1], "u");
    assert_string_equal(group->members[0].topic_pattern, "v.*");
    assert_int_equal(group->members[0].is_upgraded, 1);
    assert_null(group->members[1].rack);
    assert_null(group->members[1].topic_pattern);
    assert_int_equal(group->members[1].topic_count, 0);
    assert_int_equal(group->members[1].is_upgraded, 0);
    admin_rig_finish(&rig);
}

TEST(operations_on_classic_and_share_groups)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_members_describe_classic(&g, 1, KC_WITH_OPERATIONS));
    find_group(&rig);
    assert_int_equal(rig.requests[0]->version_min, 3);
    admin_rig_expect(&rig, DESCRIBE_GROUPS, 1, 6,
                     "{\"groups\":[\"g\"],\"includeAuthorizedOperations\":true}");
    admin_rig_tell(&rig, DESCRIBE_GROUPS, 1, 6,
                   "{\"groups\":[{\"groupId\":\"g\",\"authorizedOperations\":8,\"members\":["
                   "{\"memberId\":\"m\"}]}]}");
    assert_int_equal(rig.fanout->harvest->as.groups.items[0].operations, 8);
    assert_int_equal(rig.fanout->harvest->as.groups.items[0].members[0].is_upgraded, -1);
    admin_rig_finish(&rig);

    admin_rig_start(&rig, admin_members_describe_share(&g, 1, 0));
    find_group(&rig);
    admin_rig_expect(&rig, SHARE_GROUPS, 1, 1,
                     "{\"groupIds\":[\"g\"],\"includeAuthorizedOperations\":false}");
    admin_rig_tell(&rig, SHARE_GROUPS, 1, 1,
                   "{\"groups\":[{\"groupId\":\"g\",\"members\":[{\"memberId\":\"m\","
                   "\"rackId\":\"r\",\"subscribedTopicNames\":[\"t\"]}]}]}");
    const struct kc_group_description *group = rig.fanout->harvest->as.groups.items;
    assert_int_equal(group->operations, INT32_MIN);
    assert_string_equal(group->members[0].rack, "r");
    assert_string_equal(group->members[0].topics[0], "t");
    assert_int_equal(group->members[0].is_upgraded, -1);
    admin_rig_finish(&rig);
}

TEST(streams_groups_tell_all_there_is)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_streams_describe(&g, 1, KC_WITH_OPERATIONS));
    find_group(&rig);
    admin_rig_expect(&rig, STREAMS_GROUPS, 1, 0,
                     "{\"groupIds\":[\"g\"],\"includeAuthorizedOperations\":true}");
    admin_rig_tell(
        &rig, STREAMS_GROUPS, 1, 0,
        "{\"groups\":[{\"groupId\":\"g\",\"authorizedOperations\":8,\"topology\":{"
        "\"subtopologies\":[{\"subtopologyId\":\"0\",\"stateChangelogTopics\":[{\"name\":\"c\","
        "\"topicConfigs\":[{\"key\":\"cleanup.policy\",\"value\":\"compact\"}]}]}]},"
        "\"members\":[{\"memberId\":\"m\",\"userEndpoint\":{\"host\":\"e\",\"port\":65535},"
        "\"clientTags\":[{\"key\":\"zone\",\"value\":\"a\"}],\"taskOffsets\":[{"
        "\"subtopologyId\":\"0\",\"partition\":1,\"offset\":5}],\"taskEndOffsets\":[{"
        "\"subtopologyId\":\"0\",\"partition\":1,\"offset\":7}]},{\"memberId\":\"n\"}]}]}");
    assert_true(rig.is_done);
    const struct kc_streams_group *group = rig.fanout->harvest->as.list.items;
    assert_int_equal(group->operations, 8);
    assert_int_equal(group->coordinator.id, 1);
    assert_string_equal(group->coordinator.host, "h");
    assert_int_equal(group->coordinator.port, 9);
    assert_string_equal(group->subtopologies[0].changelogs[0].settings[0].value, "compact");
    const struct kc_stream_member *member = &group->members[0];
    assert_string_equal(member->endpoint_host, "e");
    assert_int_equal(member->endpoint_port, 65535);
    assert_string_equal(member->tags[0].key, "zone");
    assert_string_equal(member->offsets[0].subtopology, "0");
    assert_int_equal(member->offsets[0].partition, 1);
    assert_int_equal(member->offsets[0].offset, 5);
    assert_int_equal(member->end_offsets[0].offset, 7);
    assert_null(group->members[1].endpoint_host);
    admin_rig_finish(&rig);
}

TEST(offsets_of_some_partitions_of_a_group)
{
    const struct kc_partition some[] = { { "u", 0 }, { "t", 2 }, { "t", 1 }, { "t", 2 } };
    const struct kc_group_partitions asked = { "g", some, 4 };
    const struct kc_group_partitions none = { "g", some, 0 };
    const struct kc_group_partitions all = { "g", NULL, 0 };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_commits_list_many(&asked, 1, true));
    find_group(&rig);
    admin_rig_expect(&rig, OFFSET_FETCH, 1, 9,
                     "{\"groups\":[{\"groupId\":\"g\",\"memberId\":null,\"memberEpoch\":-1,"
                     "\"topics\":[{\"name\":\"t\",\"partitionIndexes\":[1,2]},"
                     "{\"name\":\"u\",\"partitionIndexes\":[0]}]}],\"requireStable\":true}");
    admin_rig_finish(&rig);
    admin_rig_start(&rig, admin_share_list(&asked, 1));
    find_group(&rig);
    admin_rig_expect(&rig, SHARE_OFFSETS, 1, 1,
                     "{\"groups\":[{\"groupId\":\"g\",\"topics\":[{\"topicName\":\"t\","
                     "\"partitions\":[1,2]},{\"topicName\":\"u\",\"partitions\":[0]}]}]}");
    admin_rig_finish(&rig);
    admin_rig_start(&rig, admin_share_list(&none, 1));
    find_group(&rig);
    admin_rig_expect(&rig, SHARE_OFFSETS, 1, 1, "{\"groups\":[{\"groupId\":\"g\",\"topics\":[]}]}");
    admin_rig_finish(&rig);
    admin_rig_start(&rig, admin_share_list(&all, 1));
    find_group(&rig);
    admin_rig_expect(&rig, SHARE_OFFSETS, 1, 1,
                     "{\"groups\":[{\"groupId\":\"g\",\"topics\":null}]}");
    admin_rig_finish(&rig);
}

TEST(a_throttled_change_is_tried_again_unless_that_is_not_wanted)
{
    const struct kc_new_topic topic = { .name = "g", .partition_count = 1 };
    const char *const throttled = "{\"topics\":[{\"name\":\"g\",\"errorCode\":89}]}";
    struct admin_rig rig;
    admin_rig_start(&rig, admin_topics_create(&topic, 1, KC_VALIDATE_ONLY, false));
    const struct create_topics_request *request = admin_rig_message(&rig, CREATE_TOPICS, -1, 7);
    assert_true(request->validate_only);
    admin_rig_tell(&rig, CREATE_TOPICS, -1, 7, throttled);
    admin_rig_wake(&rig);
    assert_int_equal(rig.request_count, 1);
    admin_rig_finish(&rig);

    admin_rig_start(&rig, admin_topics_create(&topic, 1, KC_NO_QUOTA_RETRY, false));
    request = admin_rig_message(&rig, CREATE_TOPICS, -1, 7);
    assert_false(request->validate_only);
    admin_rig_tell(&rig, CREATE_TOPICS, -1, 7, throttled);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->harvest->as.items.items[0].err, KC_ERR_THROTTLING_QUOTA_EXCEEDED);
    admin_rig_finish(&rig);
}

TEST(settings_of_a_new_topic_may_be_nobodys_business)
{
    const struct kc_new_topic topic = { .name = "g", .partition_count = 1 };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_topics_create(&topic, 1, 0, true));
    admin_rig_tell(&rig, CREATE_TOPICS, -1, 7,
                   "{\"topics\":[{\"name\":\"g\",\"topicConfigErrorCode\":29,\"configs\":null}]}");
    assert_int_equal(rig.fanout->harvest->as.created.items[0].settings_err,
                     KC_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(rig.fanout->harvest->as.created.items[0].partition_count, -1);
    admin_rig_finish(&rig);
}

TEST(reassignments_may_have_to_keep_the_number_of_replicas)
{
    const int32_t here[] = { 1 };
    const struct kc_new_replicas wanted = { "t", 0, here, 1 };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_replicas_reassign(&wanted, 1, KC_KEEP_REPLICATION_FACTOR));
    assert_int_equal(rig.requests[0]->version_min, 1);
    const struct alter_partition_reassignments_request *request =
        admin_rig_message(&rig, REASSIGN, -1, 1);
    assert_false(request->allow_replication_factor_change);
    admin_rig_finish(&rig);
}

TEST(features_are_asked_of_the_broker_that_is_named)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_features_describe(3));
    assert_non_null(admin_rig_message(&rig, API_VERSIONS, 3, 4));
    assert_int_equal(rig.requests[0]->target, CLUSTER_BROKER);
    admin_rig_refuse(&rig, API_VERSIONS, 3, KC_ERR_CONNECT, "cannot connect to h3:1");
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_CONNECT);
    admin_rig_finish(&rig);
    admin_rig_start(&rig, admin_features_describe(-1));
    assert_int_equal(rig.requests[0]->target, CLUSTER_ANY);
    admin_rig_finish(&rig);
}
