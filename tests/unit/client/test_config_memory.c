/* tests: settings when memory runs out: what failed changed nothing, and works when done again. */
#include "client/config.h"
#include "client/config_login.h"
#include "support/heap.h"
#include "support/test.h"

#include <limits.h>
#include <stdio.h>

struct properties {
    char path[PATH_MAX + 32];
};

static void write_properties(struct properties *properties)
{
    char directory[PATH_MAX];
    test_directory(directory);
    (void)snprintf(properties->path, sizeof(properties->path), "%s/client.properties", directory);
    FILE *file = fopen(properties->path, "w");
    assert_non_null(file);
    (void)fprintf(file, "# a comment\nbootstrap.servers = one:9092,\\\n   two:9092\n"
                        "client.id=caf\\u00e9\nacks: all\nlinger.ms 7\n"
                        "key.serializer=org.example.Own\nvalue.serializer=org.example.Own\n");
    for (int i = 0; i < 400; i++) {
        (void)fprintf(file, "# a long line of text that makes the file larger, number %d\n", i);
    }
    assert_int_equal(fclose(file), 0);
}

static enum kc_err set(struct kc_config *config, const char *name, const char *value,
                       enum kc_err before)
{
    char kept[64];
    const char *old = kc_config_get(config, name);
    struct kc_error error;

    (void)snprintf(kept, sizeof(kept), "%s", old ? old : "");
    enum kc_err err = kc_config_set(config, name, value, &error);
    if (err) {
        assert_int_equal(err, KC_ERR_NO_MEMORY);
        assert_int_equal(error.code, err);
        old = kc_config_get(config, name);
        assert_string_equal(old ? old : "", kept);
        assert_int_equal(kc_config_set(config, name, value, &error), KC_ERR_NONE);
    }
    return before ? before : err;
}

static enum kc_err set_body(void *context)
{
    char names[CONFIG_NAMES_SIZE];
    struct kc_config *config = kc_config_create();

    (void)context;
    if (!config) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = set(config, "bootstrap.servers", "  one:9092 ", KC_ERR_NONE);
    err = set(config, "bootstrap.servers", "two:9092", err);
    err = set(config, "acks", "1", err);
    err = set(config, "key.serializer", "org.example.Own", err);
    err = set(config, "value.serializer", "org.example.Own", err);
    assert_string_equal(kc_config_get(config, "bootstrap.servers"), "two:9092");
    struct kc_config *copy = kc_config_copy(config);
    if (!copy) {
        err = KC_ERR_NO_MEMORY;
        copy = kc_config_copy(config);
    }
    assert_string_equal(kc_config_get(copy, "acks"), "1");
    assert_true(config_missed(copy, OPTION_JAVA, names));
    assert_string_equal(names, "key.serializer, value.serializer");
    kc_config_destroy(copy);
    kc_config_destroy(config);
    return err;
}

static enum kc_err login_body(void *context)
{
    struct credential *credential = NULL;
    struct kc_error error;
    enum kc_err err = config_login(context, &credential, &error);
    assert_int_equal(credential == NULL, err != KC_ERR_NONE);
    credential_destroy(credential);
    return err;
}

TEST(making_a_login)
{
    struct kc_config *config = kc_config_create();
    assert_non_null(config);
    assert_int_equal(kc_config_set(config, "security.protocol", "SASL_PLAINTEXT", NULL), 0);
    assert_int_equal(kc_config_set(config, "sasl.mechanism", "SCRAM-SHA-512", NULL), 0);
    assert_int_equal(kc_config_set(config, "sasl.jaas.config",
                                   "org.apache.kafka.common.security.scram.ScramLoginModule "
                                   "required username=\"a\" password=\"b\";",
                                   NULL),
                     0);
    heap_each(login_body, config);
    kc_config_destroy(config);
}

TEST(setting_and_copying)
{
    heap_each(set_body, NULL);
}

static enum kc_err load_body(void *context)
{
    const struct properties *properties = context;
    struct kc_config *config = kc_config_create();
    struct kc_error error;

    if (!config) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = kc_config_load(config, properties->path, &error);
    if (err) {
        assert_int_equal(error.code, err);
        assert_int_equal(kc_config_load(config, properties->path, &error), KC_ERR_NONE);
    }
    assert_string_equal(kc_config_get(config, "bootstrap.servers"), "one:9092,two:9092");
    assert_string_equal(kc_config_get(config, "client.id"), "caf\xc3\xa9");
    assert_int_equal(config_int(config, "linger.ms"), 7);
    kc_config_destroy(config);
    return err;
}

TEST(loading_a_file)
{
    struct properties properties;

    write_properties(&properties);
    heap_each(load_body, &properties);
}
