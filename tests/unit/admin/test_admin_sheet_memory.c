/* tests: calls by form, and the raw call, when memory runs out: no call, or one that ends with
 * KC_ERR_NO_MEMORY. */
#include "admin_rig.h"
#include "support/heap.h"

enum { STEPS_MAX = 4 };

static const char *const find_g =
    "{\"coordinators\":[{\"key\":\"g\",\"nodeId\":1,\"host\":\"h\",\"port\":1}]}";
static const char *const lead_t =
    "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":0,\"leaderId\":1}]}]}";
static const char *const brokers = "{\"brokers\":[{\"nodeId\":1}]}";

static const char *const g = "g";
static const struct kc_position position = { .topic = "t", .partition = 0, .offset = 1 };
static const struct kc_partition partition = { "t", 0 };

/* One call, and the answers that end it well. */
struct story {
    struct fanout *(*make)(void);
    struct {
        int16_t api_key;
        int16_t version;
        const char *json;
    } steps[STEPS_MAX];
};

static enum kc_err play(void *context)
{
    const struct story *story = context;
    struct fanout *fanout = story->make();
    struct admin_rig rig;
    if (!fanout) {
        return KC_ERR_NO_MEMORY;
    }
    admin_rig_start(&rig, fanout);
    for (size_t i = 0; i < STEPS_MAX && story->steps[i].json && !rig.is_done; i++) {
        admin_rig_tell(&rig, story->steps[i].api_key, -1, story->steps[i].version,
                       story->steps[i].json);
    }
    assert_true(rig.is_done);
    enum kc_err err = fanout->error.code;
    admin_rig_finish(&rig);
    return err;
}

#define STORY(name, call, ...)                                              \
    static struct fanout *make_##name(void)                                 \
    {                                                                       \
        return call;                                                        \
    }                                                                       \
    TEST(name##_without_memory)                                             \
    {                                                                       \
        struct story story = { .make = make_##name, .steps = __VA_ARGS__ }; \
        heap_each(play, &story);                                            \
    }

static const struct kc_acl acl = {
    KC_ACL_TOPIC, KC_PATTERN_LITERAL, KC_OPERATION_READ, KC_PERMISSION_ALLOW, "t", "User:a", "*"
};

STORY(describe_acls, admin_acls_describe(&acl),
      { { 29, 3,
          "{\"resources\":[{\"resourceType\":2,\"resourceName\":\"t\",\"acls\":[{\"principal\":"
          "\"User:a\",\"host\":\"*\"}]}]}" } })
STORY(create_acls, admin_acls_create(&acl, 1), { { 30, 3, "{\"results\":[{}]}" } })
STORY(delete_acls, admin_acls_delete(&acl, 1),
      { { 31, 3,
          "{\"filterResults\":[{\"errorMessage\":null,\"matchingAcls\":[{\"errorMessage\":null,"
          "\"resourceName\":\"t\"}]}]}" } })

static const struct kc_config_change config = { "a", KC_CONFIG_SET, "b" };
static const struct kc_resource_change change = { KC_RESOURCE_TOPIC, "t", &config, 1 };
static const struct kc_resource resource = { KC_RESOURCE_TOPIC, "t" };
static const enum kc_resource_type type = KC_RESOURCE_TOPIC;

STORY(alter_configs, admin_configs_alter(&change, 1, false),
      { { 44, 1, "{\"responses\":[{\"resourceType\":2,\"resourceName\":\"t\"}]}" } })
STORY(describe_configs, admin_configs_describe(&resource, 1, KC_WITH_SYNONYMS),
      { { 32, 4,
          "{\"results\":[{\"resourceType\":2,\"resourceName\":\"t\",\"configs\":[{\"name\":\"a\","
          "\"synonyms\":[{\"name\":\"a\",\"value\":\"b\"}]}]}]}" } })
STORY(list_resources, admin_configs_list(&type, 1),
      { { 74, 1, "{\"configResources\":[{\"resourceName\":\"t\",\"resourceType\":2}]}" } })

static const struct kc_setting setting = { "a", "b" };
static const int32_t one[] = { 1 };
static const int32_t *const assignments[] = { one };
static const struct kc_new_topic topic = { "t", 1, 1, &setting, 1, assignments };

STORY(create_described, admin_topics_create(&topic, 1, 0, true),
      { { 19, 7,
          "{\"topics\":[{\"name\":\"t\",\"configs\":[{\"name\":\"a\",\"value\":\"b\"}]}]}" } })
STORY(delete_topics, admin_topics_delete(&g, 1, 0),
      { { 20, 6, "{\"responses\":[{\"name\":\"g\"}]}" } })
static const struct kc_new_partitions raised = { "t", 2, assignments, 1, 1 };

STORY(raise_topic, admin_topics_raise(&raised, 1, 0),
      { { 37, 3, "{\"results\":[{\"name\":\"t\"}]}" } })
STORY(list_topics, admin_catalog_list(),
      { { 3, 12, "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"replicaNodes\":[1]}]}]}" } })
STORY(describe_pages, admin_catalog_describe(&g, 1, 0),
      { { 75, 0,
          "{\"topics\":[{\"name\":\"g\",\"partitions\":[{\"partitionIndex\":0,\"isrNodes\":[1]}]}],"
          "\"nextCursor\":{\"topicName\":\"g\",\"partitionIndex\":1}}" },
        { 75, 0, "{\"topics\":[{\"name\":\"g\",\"partitions\":[{\"partitionIndex\":1}]}]}" } })
STORY(find_offsets, admin_offsets_find(&position, 1, true),
      { { 3, 12, lead_t },
        { 2, 9, "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":0}]}]}" } })
STORY(delete_records, admin_records_delete(&position, 1),
      { { 3, 12, lead_t },
        { 21, 2, "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":0}]}]}" } })

static const struct kc_new_replicas replicas = { "t", 0, one, 1 };
static const struct kc_replica_move move = { "t", 0, 1, "/x" };

STORY(reassign, admin_replicas_reassign(&replicas, 1, 0),
      { { 45, 1, "{\"responses\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":0}]}]}" } })
STORY(list_reassignments, admin_replicas_list(&partition, 1),
      { { 46, 0,
          "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":0,\"replicas\":[1]}]}]"
          "}" } })
STORY(
    elect, admin_replicas_elect(KC_ELECT_UNCLEAN, NULL, 0),
    { { 43, 2,
        "{\"replicaElectionResults\":[{\"topic\":\"t\",\"partitionResult\":[{\"partitionId\":0}]}]"
        "}" } })
STORY(
    log_dirs, admin_replicas_dirs(one, 1),
    { { 35, 4,
        "{\"results\":[{\"logDir\":\"/x\",\"topics\":[{\"name\":\"t\",\"partitions\":[{}]}]}]}" } })
STORY(move_replicas, admin_replicas_move(&move, 1),
      { { 34, 2,
          "{\"results\":[{\"topicName\":\"t\",\"partitions\":[{\"partitionIndex\":0}]}]}" } })
STORY(describe_cluster, admin_cluster_describe(0),
      { { 60, 1, "{\"clusterId\":\"c\",\"brokers\":[{\"brokerId\":1,\"host\":\"h\"}]}" } })
STORY(features, admin_features_describe(-1),
      { { 18, 4,
          "{\"supportedFeatures\":[{\"name\":\"f\"}],\"finalizedFeatures\":[{\"name\":\"f\"}]}" } })
STORY(
    quorum, admin_quorum_describe(),
    { { 55, 2,
        "{\"topics\":[{\"topicName\":\"__cluster_metadata\",\"partitions\":[{\"partitionIndex\":0,"
        "\"currentVoters\":[{\"replicaId\":1}]}]}],\"nodes\":[{\"nodeId\":1,\"listeners\":["
        "{\"name\":\"C\",\"host\":\"h\"}]}]}" } })
static const char *const words[] = { "Empty", "" };
static const struct kc_group_filter group_filter = { words, 1, NULL, 0, words, 2 };

STORY(list_groups, admin_groups_list(&group_filter),
      { { 3, 12, brokers },
        { 16, 5, "{\"groups\":[{\"groupId\":\"g\",\"groupType\":\"share\"}]}" } })
STORY(delete_groups, admin_groups_delete(&g, 1),
      { { 10, 6, find_g }, { 42, 2, "{\"results\":[{\"groupId\":\"g\"}]}" } })
STORY(share_group, admin_members_describe_share(&g, 1, 0),
      { { 10, 6, find_g },
        { 77, 1,
          "{\"groups\":[{\"groupId\":\"g\",\"members\":[{\"memberId\":\"m\",\"assignment\":{"
          "\"topicPartitions\":[{\"topicName\":\"t\",\"partitions\":[0]}]}}]}]}" } })
STORY(streams_group, admin_streams_describe(&g, 1, 0),
      { { 10, 6, find_g },
        { 89, 0,
          "{\"groups\":[{\"groupId\":\"g\",\"topology\":{\"subtopologies\":[{\"subtopologyId\":"
          "\"0\",\"sourceTopics\":[\"t\"]}]},\"members\":[{\"memberId\":\"m\",\"assignment\":{"
          "\"activeTasks\":[{\"subtopologyId\":\"0\",\"partitions\":[0]}]}}]}]}" } })

static const struct kc_member_ref member = { "m", NULL };

STORY(remove_members, admin_leave_remove("g", &member, 1, "why"),
      { { 10, 6, find_g },
        { 13, 5, "{\"members\":[{\"memberId\":\"m\",\"groupInstanceId\":null}]}" } })
static const struct kc_partition asked_partitions[] = { { "t", 1 }, { "t", 0 } };
static const struct kc_group_partitions asked = { "g", asked_partitions, 2 };

STORY(commits_of_groups, admin_commits_list_many(&asked, 1, true),
      { { 10, 6, find_g },
        { 9, 9,
          "{\"groups\":[{\"groupId\":\"g\",\"topics\":[{\"name\":\"t\",\"partitions\":[{"
          "\"metadata\":\"n\"}]}]}]}" } })
STORY(alter_commits, admin_commits_alter("g", &position, 1),
      { { 10, 6, find_g },
        { 8, 9, "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"partitionIndex\":0}]}]}" } })
STORY(share_offsets, admin_share_list(&asked, 1),
      { { 10, 6, find_g },
        { 90, 1,
          "{\"groups\":[{\"groupId\":\"g\",\"topics\":[{\"topicName\":\"t\",\"partitions\":[{}]}]}]"
          "}" } })
STORY(alter_share, admin_share_alter("g", &position, 1),
      { { 10, 6, find_g },
        { 91, 0,
          "{\"responses\":[{\"topicName\":\"t\",\"partitions\":[{\"partitionIndex\":0}]}]}" } })
STORY(delete_share, admin_share_delete("g", &g, 1),
      { { 10, 6, find_g }, { 92, 0, "{\"responses\":[{\"topicName\":\"g\"}]}" } })

static const struct kc_quota_part part = { "user", "u" };
static const struct kc_quota_op op = { "k", 1, false };
static const struct kc_quota_change quota = { &part, 1, &op, 1 };
static const struct kc_quota_filter filter = { "user", KC_QUOTA_EXACT, "u" };

STORY(quotas, admin_users_quotas(&filter, 1, true),
      { { 48, 1,
          "{\"entries\":[{\"entity\":[{\"entityType\":\"user\",\"entityName\":\"u\"}],\"values\":["
          "{\"key\":\"k\"}]}]}" } })
STORY(alter_quotas, admin_users_alter_quotas(&quota, 1, false),
      { { 49, 1,
          "{\"entries\":[{\"entity\":[{\"entityType\":\"user\",\"entityName\":\"u\"}]}]}" } })
STORY(scram_users, admin_users_describe(&g, 1),
      { { 50, 0, "{\"results\":[{\"user\":\"g\",\"credentialInfos\":[{}]}]}" } })
STORY(create_token, admin_tokens_create(NULL, NULL, 0, -1),
      { { 38, 3, "{\"tokenId\":\"i\",\"hmac\":\"AAEC\"}" } })
STORY(tokens, admin_tokens_describe(NULL, 0),
      { { 41, 3, "{\"tokens\":[{\"tokenId\":\"i\",\"hmac\":\"AA==\",\"renewers\":[{}]}]}" } })
STORY(list_transactions, admin_transactions_list(NULL),
      { { 3, 12, brokers }, { 66, 1, "{\"transactionStates\":[{\"transactionalId\":\"g\"}]}" } })
STORY(describe_transactions, admin_transactions_describe(&g, 1),
      { { 10, 6, find_g },
        { 65, 0,
          "{\"transactionStates\":[{\"transactionalId\":\"g\",\"topics\":[{\"topic\":\"t\","
          "\"partitions\":[0]}]}]}" } })
STORY(producers, admin_transactions_producers(&partition, 1, -1),
      { { 3, 12, lead_t },
        { 61, 0, "{\"topics\":[{\"name\":\"t\",\"partitions\":[{\"activeProducers\":[{}]}]}]}" } })
STORY(abort_transaction, admin_transactions_abort(&partition, 1, 1, 1),
      { { 3, 12, lead_t },
        { 27, 1, "{\"markers\":[{\"topics\":[{\"name\":\"t\",\"partitions\":[{}]}]}]}" } })
STORY(fence, admin_transactions_fence(&g, 1),
      { { 10, 6, find_g }, { 22, 5, "{\"producerId\":1}" } })

static struct fanout *make_raw(void)
{
    const struct kc_raw_call call = { .api_key = 3, .version = 12, .body = "{\"topics\":[{}]}" };
    struct kc_error error = { .code = KC_ERR_NONE };
    struct fanout *fanout = admin_raw_call(&call, &error);
    assert_true(fanout || error.code == KC_ERR_NONE || error.code == KC_ERR_NO_MEMORY);
    return fanout;
}

TEST(raw_without_memory)
{
    struct story story = { .make = make_raw, .steps = { { 3, 12, lead_t } } };
    heap_each(play, &story);
}
