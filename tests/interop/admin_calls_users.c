/* interop: admin calls about rights, users, quotas, tokens and transactions. */
#include "admin_calls.h"

#define admin admin_calls_admin()
#define nowhere admin_calls_nowhere()
#define error &admin_calls_error

static const struct kc_acl alice = { KC_ACL_TOPIC,
                                     KC_PATTERN_PREFIXED,
                                     KC_OPERATION_READ,
                                     KC_PERMISSION_ALLOW,
                                     "alices-",
                                     "User:alice",
                                     "*" };

TEST(create_acls)
{
    struct kc_acl acls[2] = { alice, alice };
    struct kc_acl_results *results = NULL;
    acls[1].principal = "alice"; /* no type */
    OK(kc_admin_create_acls(admin, acls, 2, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_INVALID_REQUEST, results->items[1].err, results->items[1].text);
    kc_acl_results_destroy(results);
}

static enum kc_err describe_acls(void *context)
{
    const struct kc_acl filter = { KC_ACL_ANY, KC_ACL_ANY,   KC_ACL_ANY, KC_ACL_ANY,
                                   NULL,       "User:alice", NULL };
    struct kc_acl_lists *lists = NULL;
    (void)context;
    enum kc_err err = TRIED(kc_admin_describe_acls(admin, &filter, WAIT_MS, &lists, error));
    if (!err && lists->count == 1) {
        assert_string_equal(lists->items[0].name, "alices-");
        assert_int_equal(lists->items[0].pattern, KC_PATTERN_PREFIXED);
        assert_int_equal(lists->items[0].entry_count, 1);
        assert_int_equal(lists->items[0].entries[0].operation, KC_OPERATION_READ);
    }
    kc_acl_lists_destroy(lists);
    return err;
}

TEST(describe_acls)
{
    OK(describe_acls(NULL));
    admin_calls_denied(KC_OPERATION_DESCRIBE, describe_acls, NULL);
}

TEST(delete_acls)
{
    struct kc_acl filters[2] = { alice, alice };
    struct kc_acl_deletions *deletions = NULL;
    filters[1].pattern = 0; /* UNKNOWN */
    OK(kc_admin_delete_acls(admin, filters, 1, WAIT_MS, &deletions, error));
    ITEM(KC_ERR_NONE, deletions->items[0].err, deletions->items[0].text);
    assert_int_equal(deletions->items[0].match_count, 1);
    assert_string_equal(deletions->items[0].matches[0].acl.principal, "User:alice");
    kc_acl_deletions_destroy(deletions);
    FAILS(KC_ERR_INVALID, kc_admin_delete_acls(admin, filters + 1, 1, WAIT_MS, &deletions, error));
    FAILS(KC_ERR_CONNECT, kc_admin_delete_acls(nowhere, filters, 1, 300, &deletions, error));
}

TEST(alter_user_scram_credentials)
{
    const struct kc_scram_change changes[] = {
        { "alice", KC_SCRAM_SHA_256, "secret", 6, NULL, 0, 0 },
        { "bob", KC_SCRAM_SHA_512, "secret", 6, "salt", 4, 8192 },
        { "carol", KC_SCRAM_SHA_256, NULL, 0, NULL, 0, 0 },
        { "dave", KC_SCRAM_SHA_256, "secret", 6, NULL, 0, 1 },
    };
    struct kc_item_results *results = NULL;
    OK(kc_admin_alter_scram_users(admin, changes, 4, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_NONE, results->items[1].err, results->items[1].text);
    ITEM(KC_ERR_RESOURCE_NOT_FOUND, results->items[2].err, results->items[2].text);
    ITEM(KC_ERR_UNACCEPTABLE_CREDENTIAL, results->items[3].err, results->items[3].text);
    kc_item_results_destroy(results);
}

static enum kc_err describe_bob(void *context)
{
    const char *const name = "bob";
    struct kc_scram_users *users = NULL;
    (void)context;
    enum kc_err err = TRIED(kc_admin_describe_scram_users(admin, &name, 1, WAIT_MS, &users, error));
    if (!err) {
        err = admin_calls_told(users->items[0].err);
        assert_true(users->items[0].text[0]);
    }
    if (!err) {
        assert_int_equal(users->items[0].info_count, 1);
        assert_int_equal(users->items[0].infos[0].mechanism, KC_SCRAM_SHA_512);
        assert_int_equal(users->items[0].infos[0].iterations, 8192);
    }
    kc_scram_users_destroy(users);
    return err;
}

TEST(describe_user_scram_credentials)
{
    const char *const name = "nobody";
    struct kc_scram_users *users = NULL;
    admin_calls_until(KC_ERR_NONE, describe_bob, NULL);
    OK(kc_admin_describe_scram_users(admin, &name, 1, WAIT_MS, &users, error));
    ITEM(KC_ERR_RESOURCE_NOT_FOUND, users->items[0].err, users->items[0].text);
    kc_scram_users_destroy(users);
    OK(kc_admin_describe_scram_users(admin, NULL, 0, WAIT_MS, &users, error));
    assert_int_equal(users->count, 2); /* alice and bob */
    kc_scram_users_destroy(users);
}

struct guest {
    const char *mechanism;
    const char *name;
    const char *password;
};

static enum kc_err enter(void *context)
{
    const struct guest *guest = context;
    struct kc_topic_descriptions *topics = NULL;
    struct kc_admin *client =
        admin_calls_login(guest->mechanism, guest->name, guest->password, false);
    enum kc_err err = TRIED(kc_admin_list_topics(client, WAIT_MS, &topics, error));
    kc_topic_descriptions_destroy(topics);
    kc_admin_destroy(client);
    return err;
}

/* What was stored of a password lets its owner in, and nobody else. */
TEST(users_log_in)
{
    struct guest known[] = { { "SCRAM-SHA-256", "alice", "secret" },
                             { "SCRAM-SHA-512", "bob", "secret" } };
    admin_calls_until(KC_ERR_NONE, enter, &known[0]);
    admin_calls_until(KC_ERR_NONE, enter, &known[1]);
    struct guest others[] = { { "SCRAM-SHA-256", "alice", "Secret" },
                              { "SCRAM-SHA-512", "alice", "secret" },
                              { "SCRAM-SHA-512", "carol", "secret" },
                              { "PLAIN", "alice", "secret" } };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (enter(&others[i]) != KC_ERR_SASL_AUTHENTICATION_FAILED) {
            fail_msg("%s got in by %s", others[i].name, others[i].mechanism);
        }
        assert_null(strstr(admin_calls_error.text, others[i].password));
    }
}

TEST(alter_client_quotas)
{
    const struct kc_quota_part alices[] = { { "user", "alice" }, { "client-id", NULL } };
    const struct kc_quota_part others[] = { { "user", NULL } };
    const struct kc_quota_part wrong[] = { { "planet", "mars" } };
    const struct kc_quota_op ops[] = { { "request_percentage", 50.5, false } };
    const struct kc_quota_change changes[] = { { alices, 2, ops, 1 },
                                               { wrong, 1, ops, 1 },
                                               { others, 1, ops, 1 } };
    struct kc_quota_results *results = NULL;
    OK(kc_admin_alter_quotas(admin, changes, 3, false, WAIT_MS, &results, error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    ITEM(KC_ERR_INVALID_REQUEST, results->items[1].err, results->items[1].text);
    ITEM(KC_ERR_NONE, results->items[2].err, results->items[2].text);
    assert_string_equal(results->items[0].parts[0].name, "alice");
    kc_quota_results_destroy(results);
}

static enum kc_err describe_quotas(void *context)
{
    const struct kc_quota_filter filters[] = { { "user", KC_QUOTA_EXACT, "alice" },
                                               { "client-id", KC_QUOTA_DEFAULT, NULL } };
    struct kc_quotas *quotas = NULL;
    (void)context;
    enum kc_err err =
        TRIED(kc_admin_describe_quotas(admin, filters, 2, true, WAIT_MS, &quotas, error));
    if (!err && quotas->count == 0) {
        err = KC_ERR_RESOURCE_NOT_FOUND; /* not yet */
    } else if (!err) {
        assert_int_equal(quotas->count, 1);
        assert_int_equal(quotas->items[0].part_count, 2);
        assert_string_equal(quotas->items[0].values[0].key, "request_percentage");
        assert_true(quotas->items[0].values[0].value == 50.5);
    }
    kc_quotas_destroy(quotas);
    return err;
}

TEST(describe_client_quotas)
{
    admin_calls_until(KC_ERR_NONE, describe_quotas, NULL);
    admin_calls_denied(KC_OPERATION_DESCRIBE_CONFIGS, describe_quotas, NULL);
}

static struct kc_producer *open_transaction(const char *id)
{
    struct kc_config *config = admin_calls_config();
    OK(kc_config_set(config, "transactional.id", id, error));
    struct kc_producer *producer = kc_producer_create(config, error);
    kc_config_destroy(config);
    assert_non_null(producer);
    const struct kc_record record = { .topic = "ledger",
                                      .flags = KC_RECORD_PARTITION,
                                      .value = kc_text("v") };
    OK(kc_producer_init_transactions(producer, WAIT_MS, error));
    OK(kc_producer_begin_transaction(producer, error));
    OK(kc_producer_send(producer, &record, NULL, NULL, error));
    OK(kc_producer_flush(producer, WAIT_MS, error));
    return producer;
}

TEST(transactions)
{
    const char *const ids[] = { "tx", "missing" };
    const char *const ongoing[] = { "Ongoing" };
    const char *const wrong[] = { "Confused" };
    const struct kc_txn_filter good = { ongoing, 1, NULL, 0, -1, "t.*" };
    const struct kc_txn_filter bad = { wrong, 1, NULL, 0, -1, NULL };
    struct kc_txn_listings *listings = NULL;
    struct kc_txn_descriptions *txns = NULL;
    struct kc_fenced_producers *fenced = NULL;
    admin_calls_create("ledger", 1);
    struct kc_producer *producer = open_transaction("tx");
    OK(kc_admin_list_transactions(admin, &good, WAIT_MS, &listings, error));
    assert_int_equal(listings->count, 1);
    assert_string_equal(listings->items[0].transactional_id, "tx");
    assert_string_equal(listings->items[0].state, "Ongoing");
    kc_txn_listings_destroy(listings);
    FAILS(KC_ERR_INVALID_REQUEST,
          kc_admin_list_transactions(admin, &bad, WAIT_MS, &listings, error));
    OK(kc_admin_describe_transactions(admin, ids, 2, WAIT_MS, &txns, error));
    ITEM(KC_ERR_NONE, txns->items[0].err, txns->items[0].text);
    assert_int_equal(txns->items[0].partition_count, 1);
    assert_string_equal(txns->items[0].partitions[0].topic, "ledger");
    assert_int_equal(txns->items[0].coordinator_id, 1);
    ITEM(KC_ERR_TRANSACTIONAL_ID_NOT_FOUND, txns->items[1].err, txns->items[1].text);
    kc_txn_descriptions_destroy(txns);
    /* Also forceTerminateTransaction. */
    OK(kc_admin_fence_producers(admin, ids, 1, WAIT_MS, &fenced, error));
    ITEM(KC_ERR_NONE, fenced->items[0].err, fenced->items[0].text);
    assert_true(fenced->items[0].producer_id >= 0);
    kc_fenced_producers_destroy(fenced);
    assert_true(kc_producer_commit_transaction(producer, WAIT_MS, error) != KC_ERR_NONE);
    kc_producer_destroy(producer);
    FAILS(KC_ERR_CONNECT, kc_admin_fence_producers(nowhere, ids, 1, 300, &fenced, error));
}

TEST(abort_transaction)
{
    const struct kc_partition partitions[] = { { "ledger", 0 }, { "missing", 0 } };
    struct kc_partition_producers *found = NULL;
    struct kc_producer *producer = open_transaction("hanging");
    OK(kc_admin_describe_producers(admin, partitions, 2, -1, WAIT_MS, &found, error));
    ITEM(KC_ERR_NONE, found->items[0].err, found->items[0].text);
    ITEM(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, found->items[1].err, found->items[1].text);
    const struct kc_producer_state *writer = NULL;
    for (size_t i = 0; i < found->items[0].producer_count; i++) {
        if (found->items[0].producers[i].txn_start_offset >= 0) {
            writer = &found->items[0].producers[i];
        }
    }
    assert_non_null(writer);
    FAILS(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION,
          kc_admin_abort_transaction(admin, &partitions[1], writer->producer_id,
                                     (int16_t)writer->producer_epoch, 0, WAIT_MS, error));
    OK(kc_admin_abort_transaction(admin, &partitions[0], writer->producer_id,
                                  (int16_t)writer->producer_epoch, 0, WAIT_MS, error));
    kc_partition_producers_destroy(found);
    OK(kc_admin_describe_producers(admin, partitions, 1, 1, WAIT_MS, &found, error));
    for (size_t i = 0; i < found->items[0].producer_count; i++) {
        assert_true(found->items[0].producers[i].txn_start_offset < 0);
    }
    kc_partition_producers_destroy(found);
    kc_producer_destroy(producer);
}

/* The last: the broker that is there is the one to unregister. */
TEST(unregister_broker)
{
    FAILS(KC_ERR_BROKER_ID_NOT_REGISTERED, kc_admin_unregister_broker(admin, 77, WAIT_MS, error));
    OK(kc_admin_unregister_broker(admin, 1, WAIT_MS, error));
}
