/* interop: clients, and checks that name the call. */
#include "admin_calls.h"

#include <stdlib.h>
#include <time.h>

enum { PATIENCE_S = 60 };

struct kc_error admin_calls_error;
static struct kc_admin *clients[2];

static void close_clients(void)
{
    kc_admin_destroy(clients[0]);
    kc_admin_destroy(clients[1]);
}

static struct kc_config *config_of(const char *servers)
{
    struct kc_config *config = kc_config_create();
    assert_non_null(config);
    OK(kc_config_set(config, "bootstrap.servers", servers, &admin_calls_error));
    return config;
}

struct kc_config *admin_calls_config(void)
{
    const char *servers = getenv("BOOTSTRAP_SERVERS");
    assert_non_null(servers);
    return config_of(servers);
}

/* In quotes, as a JAAS value. */
static void append_quoted(char *line, size_t size_max, const char *name, const char *value)
{
    size_t size = strlen(line);
    size += (size_t)snprintf(line + size, size_max - size, " %s=\"", name);
    for (; *value && size < size_max - 4; value++) {
        if (*value == '"' || *value == '\\') {
            line[size++] = '\\';
        }
        line[size++] = *value;
    }
    (void)snprintf(line + size, size_max - size, "\"");
}

struct kc_admin *admin_calls_login(const char *mechanism, const char *name, const char *password,
                                   bool is_token)
{
    char line[1024];
    const char *servers = getenv("LOGIN_SERVERS");
    bool is_plain = strcmp(mechanism, "PLAIN") == 0;
    assert_non_null(servers);
    struct kc_config *config = config_of(servers);
    (void)snprintf(line, sizeof(line), "org.apache.kafka.common.security.%s required",
                   is_plain ? "plain.PlainLoginModule" : "scram.ScramLoginModule");
    append_quoted(line, sizeof(line), "username", name);
    append_quoted(line, sizeof(line), "password", password);
    append_quoted(line, sizeof(line), "tokenauth", is_token ? "true" : "false");
    assert_true(strlen(line) + 2 < sizeof(line));
    (void)snprintf(line + strlen(line), sizeof(line) - strlen(line), ";");
    OK(kc_config_set(config, "security.protocol", "SASL_PLAINTEXT", &admin_calls_error));
    OK(kc_config_set(config, "sasl.mechanism", mechanism, &admin_calls_error));
    OK(kc_config_set(config, "sasl.jaas.config", line, &admin_calls_error));
    struct kc_admin *admin = kc_admin_create(config, &admin_calls_error);
    kc_config_destroy(config);
    assert_non_null(admin);
    return admin;
}

static struct kc_admin *client(int which)
{
    if (!clients[which]) {
        struct kc_config *config = which == 0 ? admin_calls_config() : config_of("127.0.0.1:1");
        if (!clients[0] && !clients[1]) {
            assert_int_equal(atexit(close_clients), 0);
        }
        clients[which] = kc_admin_create(config, &admin_calls_error);
        kc_config_destroy(config);
        assert_non_null(clients[which]);
    }
    return clients[which];
}

struct kc_admin *admin_calls_admin(void)
{
    return client(0);
}

struct kc_admin *admin_calls_nowhere(void)
{
    return client(1);
}

enum kc_err admin_calls_tried(enum kc_err got, const char *call)
{
    (void)printf("# call %.*s %s\n", (int)strcspn(call, "("), call, kc_err_name(got));
    return got;
}

enum kc_err admin_calls_told(enum kc_err err)
{
    (void)printf("# item %s\n", kc_err_name(err));
    return err;
}

void admin_calls_is(enum kc_err wanted, enum kc_err got, const char *call)
{
    if (strncmp(call, "kc_admin_", strlen("kc_admin_")) == 0) {
        (void)admin_calls_tried(got, call);
    }
    if (got != wanted) {
        fail_msg("%s: %s (%s), wanted %s", call, kc_err_name(got), admin_calls_error.text,
                 kc_err_name(wanted));
    }
    if (wanted && !admin_calls_error.text[0]) {
        fail_msg("%s: %s without a sentence", call, kc_err_name(got));
    }
}

void admin_calls_item(enum kc_err wanted, enum kc_err got, const char *text, const char *name)
{
    (void)admin_calls_told(got);
    if (got != wanted || !text || !text[0]) {
        fail_msg("an item is %s (%s), wanted %s", kc_err_name(got), text ? text : "no sentence",
                 name);
    }
}

void admin_calls_until(enum kc_err wanted, enum kc_err (*call)(void *context), void *context)
{
    time_t end = time(NULL) + PATIENCE_S;
    enum kc_err got = call(context);
    while (got != wanted) {
        if (time(NULL) > end) {
            fail_msg("still %s (%s), wanted %s", kc_err_name(got), admin_calls_error.text,
                     kc_err_name(wanted));
        }
        got = call(context);
    }
}

void admin_calls_denied(int8_t operation, enum kc_err (*call)(void *context), void *context)
{
    const struct kc_acl acl = { KC_ACL_CLUSTER,  KC_PATTERN_LITERAL, operation, KC_PERMISSION_DENY,
                                "kafka-cluster", "User:ANONYMOUS",   "*" };
    struct kc_acl_results *created = NULL;
    struct kc_acl_deletions *deleted = NULL;
    OK(kc_admin_create_acls(admin_calls_admin(), &acl, 1, WAIT_MS, &created, &admin_calls_error));
    ITEM(KC_ERR_NONE, created->items[0].err, created->items[0].text);
    kc_acl_results_destroy(created);
    admin_calls_until(KC_ERR_CLUSTER_AUTHORIZATION_FAILED, call, context);
    OK(kc_admin_delete_acls(admin_calls_admin(), &acl, 1, WAIT_MS, &deleted, &admin_calls_error));
    assert_int_equal(deleted->items[0].match_count, 1);
    kc_acl_deletions_destroy(deleted);
    admin_calls_until(KC_ERR_NONE, call, context);
}

void admin_calls_create(const char *topic, int32_t partition_count)
{
    const struct kc_new_topic wanted = { .name = topic,
                                         .partition_count = partition_count,
                                         .replication_factor = 1 };
    struct kc_item_results *results = NULL;
    OK(kc_admin_create_topics(admin_calls_admin(), &wanted, 1, false, WAIT_MS, &results,
                              &admin_calls_error));
    ITEM(KC_ERR_NONE, results->items[0].err, results->items[0].text);
    kc_item_results_destroy(results);
}

void admin_calls_produce(const char *topic, int count)
{
    struct kc_config *config = admin_calls_config();
    struct kc_producer *producer = kc_producer_create(config, &admin_calls_error);
    kc_config_destroy(config);
    assert_non_null(producer);
    for (int i = 0; i < count; i++) {
        const struct kc_record record = { .topic = topic,
                                          .flags = KC_RECORD_PARTITION | KC_RECORD_TIMESTAMP,
                                          .partition = 0,
                                          .timestamp_ms = 1000 + i,
                                          .key = kc_text(i % 2 ? "odd" : "even"),
                                          .value = kc_text("value") };
        OK(kc_producer_send(producer, &record, NULL, NULL, &admin_calls_error));
    }
    OK(kc_producer_close(producer, WAIT_MS, &admin_calls_error));
    kc_producer_destroy(producer);
}

struct wish {
    struct kc_raw_call call;
    const char *wanted;
};

static enum kc_err ask_raw(void *context)
{
    const struct wish *wish = context;
    struct kc_raw_answer *answer = NULL;
    enum kc_err err = TRIED(
        kc_admin_call(admin_calls_admin(), &wish->call, WAIT_MS, &answer, &admin_calls_error));
    if (!err && !strstr(answer->body, wish->wanted)) {
        err = KC_ERR_RESOURCE_NOT_FOUND;
        (void)snprintf(admin_calls_error.text, sizeof(admin_calls_error.text), "%.300s",
                       answer->body);
    }
    kc_raw_answer_destroy(answer);
    return err;
}

void admin_calls_raw(int16_t api_key, const char *group_id, const char *body, const char *wanted)
{
    struct wish wish = { { .api_key = api_key,
                           .version = -1,
                           .body = body,
                           .target = group_id ? KC_RAW_GROUP : KC_RAW_ANY,
                           .key = group_id },
                         wanted };
    admin_calls_until(KC_ERR_NONE, ask_raw, &wish);
}
