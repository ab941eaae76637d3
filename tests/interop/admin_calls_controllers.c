/* interop: an admin client of the controllers themselves (KIP-919), whose address is in
 * $BOOTSTRAP_CONTROLLERS: what they serve works as at a broker; what only brokers serve is an error
 * at once, as is an address of the wrong kind. */
#include "admin_calls.h"

#include <stdlib.h>

static struct kc_error *const error = &admin_calls_error;

static struct kc_admin *admin_of(const char *controllers)
{
    struct kc_config *config = kc_config_create();
    assert_non_null(config);
    assert_non_null(controllers);
    OK(kc_config_set(config, "bootstrap.controllers", controllers, error));
    struct kc_admin *admin = kc_admin_create(config, error);
    kc_config_destroy(config);
    assert_non_null(admin);
    return admin;
}

static void check_quorum(struct kc_admin *admin)
{
    struct kc_cluster_description *cluster = NULL;
    struct kc_features *features = NULL;
    struct kc_quorum *quorum = NULL;
    OK(kc_admin_describe_cluster(admin, 0, WAIT_MS, &cluster, error));
    assert_int_equal(cluster->controller_id, 1);
    assert_true(cluster->node_count >= 1);
    for (size_t i = 0; i < cluster->node_count; i++) {
        const struct kc_node *node = &cluster->nodes[i];
        char address[300];
        (void)snprintf(address, sizeof(address), "%s:%d", node->host, node->port);
        assert_true(node->id != 1 || strcmp(address, getenv("BOOTSTRAP_CONTROLLERS")) == 0);
    }
    kc_cluster_description_destroy(cluster);
    OK(kc_admin_describe_quorum(admin, WAIT_MS, &quorum, error));
    assert_int_equal(quorum->leader_id, 1);
    kc_quorum_destroy(quorum);
    OK(kc_admin_describe_features(admin, -1, WAIT_MS, &features, error));
    assert_true(features->finalized_count > 0);
    kc_features_destroy(features);
}

/* What was changed is there to be read when the controller has taken it into its image. */
static enum kc_err find_setting(void *context)
{
    struct kc_admin *admin = context;
    const char *const names[] = { "governed" };
    struct kc_resource_configs *configs = NULL;
    bool found = false;
    OK(kc_admin_describe_configs(admin, KC_RESOURCE_TOPIC, names, 1, WAIT_MS, &configs, error));
    ITEM(KC_ERR_NONE, configs->items[0].err, configs->items[0].text);
    for (size_t i = 0; i < configs->items[0].entry_count; i++) {
        const struct kc_config_entry *entry = &configs->items[0].entries[i];
        found |= strcmp(entry->name, "retention.ms") == 0 && strcmp(entry->value, "54321") == 0;
    }
    kc_resource_configs_destroy(configs);
    return found ? KC_ERR_NONE : KC_ERR_RESOURCE_NOT_FOUND;
}

static void check_settings(struct kc_admin *admin)
{
    const struct kc_config_change change = { "retention.ms", KC_CONFIG_SET, "54321" };
    const struct kc_resource_change changes[] = { { KC_RESOURCE_TOPIC, "governed", &change, 1 } };
    struct kc_resource_results *results = NULL;
    OK(kc_admin_alter_configs(admin, changes, 1, false, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    kc_resource_results_destroy(results);
    admin_calls_until(KC_ERR_NONE, find_setting, admin);
}

static const struct kc_acl rule = { KC_ACL_TOPIC,
                                    KC_PATTERN_LITERAL,
                                    KC_OPERATION_READ,
                                    KC_PERMISSION_ALLOW,
                                    "governed",
                                    "User:bob",
                                    "*" };

static enum kc_err find_rule(void *context)
{
    struct kc_acl_lists *lists = NULL;
    OK(kc_admin_describe_acls(context, &rule, WAIT_MS, &lists, error));
    bool found = lists->count == 1;
    kc_acl_lists_destroy(lists);
    return found ? KC_ERR_NONE : KC_ERR_RESOURCE_NOT_FOUND;
}

static void check_rules(struct kc_admin *admin)
{
    struct kc_acl_results *created = NULL;
    struct kc_acl_deletions *deleted = NULL;
    OK(kc_admin_create_acls(admin, &rule, 1, WAIT_MS, &created, error));
    ITEM(KC_ERR_NONE, created->items[0].err, created->items[0].text);
    kc_acl_results_destroy(created);
    admin_calls_until(KC_ERR_NONE, find_rule, admin);
    OK(kc_admin_delete_acls(admin, &rule, 1, WAIT_MS, &deleted, error));
    assert_int_equal(deleted->items[0].match_count, 1);
    kc_acl_deletions_destroy(deleted);
}

TEST(controllers_serve_what_kafka_has_them_serve)
{
    const struct kc_new_topic wanted = { .name = "governed",
                                         .partition_count = 1,
                                         .replication_factor = 1 };
    struct kc_admin *admin = admin_of(getenv("BOOTSTRAP_CONTROLLERS"));
    struct kc_item_results *results = NULL;
    struct kc_reassignments *reassignments = NULL;
    OK(kc_admin_create_topics(admin, &wanted, 1, 0, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    kc_item_results_destroy(results);
    check_quorum(admin);
    check_settings(admin);
    check_rules(admin);
    OK(kc_admin_list_reassignments(admin, NULL, 0, WAIT_MS, &reassignments, error));
    kc_reassignments_destroy(reassignments);
    kc_admin_destroy(admin);
}

TEST(what_only_brokers_serve_is_refused_at_once)
{
    const char *const groups[] = { "g" };
    struct kc_admin *admin = admin_of(getenv("BOOTSTRAP_CONTROLLERS"));
    struct kc_topic_descriptions *topics = NULL;
    struct kc_group_descriptions *descriptions = NULL;
    FAILS(KC_ERR_UNSUPPORTED_ENDPOINT_TYPE, kc_admin_list_topics(admin, WAIT_MS, &topics, error));
    assert_non_null(strstr(error->text, "Metadata"));
    OK(kc_admin_describe_groups(admin, groups, 1, 0, WAIT_MS, &descriptions, error));
    ITEM(KC_ERR_UNSUPPORTED_ENDPOINT_TYPE, descriptions->items[0].err, descriptions->items[0].text);
    kc_group_descriptions_destroy(descriptions);
    kc_admin_destroy(admin);
}

TEST(a_broker_is_no_controller)
{
    struct kc_admin *admin = admin_of(getenv("BOOTSTRAP_SERVERS"));
    struct kc_quorum *quorum = NULL;
    FAILS(KC_ERR_MISMATCHED_ENDPOINT_TYPE,
          kc_admin_describe_quorum(admin, WAIT_MS, &quorum, error));
    kc_admin_destroy(admin);
}
