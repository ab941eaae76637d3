/* tests: from security.protocol and sasl.* to a credential. */
#include "client/config_login.h"
#include "sasl/mechanism.h"
#include "support/test.h"

#define MODULES "org.apache.kafka.common.security."
#define PLAIN_LINE MODULES "plain.PlainLoginModule required username=\"alice\" password=\"sesame\";"
#define SCRAM_LINE MODULES "scram.ScramLoginModule required username=\"alice\" password=\"sesame\""

enum { SETTINGS_MAX = 5 };
struct setting {
    const char *name;
    const char *value;
};

static struct kc_config *config_of(const struct setting *settings)
{
    struct kc_config *config = kc_config_create();
    assert_non_null(config);
    assert_int_equal(kc_config_set(config, "security.protocol", "sasl_plaintext", NULL), 0);
    for (size_t i = 0; i < SETTINGS_MAX && settings[i].name; i++) {
        assert_int_equal(kc_config_set(config, settings[i].name, settings[i].value, NULL), 0);
    }
    return config;
}

static void check_login(const struct setting settings[SETTINGS_MAX], const char *mechanism,
                        bool is_token)
{
    struct credential *credential = NULL;
    struct kc_error error = { 0 };
    struct kc_config *config = config_of(settings);
    if (config_login(config, &credential, &error)) {
        fail_msg("%s", error.text);
    }
    kc_config_destroy(config);
    assert_string_equal(credential->mechanism->name, mechanism);
    assert_true(slice_is(credential->username, "alice"));
    assert_true(slice_is(credential->password, "sesame"));
    assert_int_equal(credential->is_token, is_token);
    credential_destroy(credential);
}

TEST(logins_are_made_of_settings)
{
    static const struct setting rows[][SETTINGS_MAX] = {
        { { "sasl.mechanism", "PLAIN" },
          { "sasl.username", "alice" },
          { "sasl.password", "sesame" } },
        { { "sasl.mechanisms", "SCRAM-SHA-512" },
          { "sasl.username", "alice" },
          { "sasl.password", "sesame" } },
        { { "sasl.mechanism", "PLAIN" }, { "sasl.jaas.config", PLAIN_LINE } },
        { { "sasl.mechanism", "SCRAM-SHA-256" }, { "sasl.jaas.config", SCRAM_LINE ";" } },
        { { "sasl.mechanism", "SCRAM-SHA-256" },
          { "sasl.jaas.config", SCRAM_LINE " tokenauth=\"true\";" } },
        { { "sasl.mechanism", "SCRAM-SHA-256" },
          { "sasl.jaas.config", SCRAM_LINE " tokenauth=no;" } },
    };
    check_login(rows[0], "PLAIN", false);
    check_login(rows[1], "SCRAM-SHA-512", false);
    check_login(rows[2], "PLAIN", false);
    check_login(rows[3], "SCRAM-SHA-256", false);
    check_login(rows[4], "SCRAM-SHA-256", true);
    check_login(rows[5], "SCRAM-SHA-256", false);
}

TEST(settings_that_make_no_login_are_told)
{
    static const struct {
        struct setting settings[SETTINGS_MAX];
        enum kc_err err;
        const char *why;
    } rows[] = {
        { { { NULL, NULL } }, KC_ERR_UNSUPPORTED, "sasl.mechanism=GSSAPI: not built" },
        { { { "sasl.mechanism", "scram-sha-256" } }, KC_ERR_UNSUPPORTED, "SCRAM-SHA-256" },
        { { { "sasl.mechanism", "PLAIN" } }, KC_ERR_INVALID, "sasl.username and sasl.password" },
        { { { "sasl.mechanism", "PLAIN" }, { "sasl.username", "alice" } },
          KC_ERR_INVALID,
          "a name and a password" },
        { { { "sasl.mechanism", "PLAIN" }, { "sasl.password", "sesame" } },
          KC_ERR_INVALID,
          "a name and a password" },
        { { { "sasl.mechanism", "PLAIN" },
            { "sasl.jaas.config", PLAIN_LINE },
            { "sasl.password", "sesame" } },
          KC_ERR_INVALID,
          "not both" },
        { { { "sasl.mechanism", "PLAIN" }, { "sasl.jaas.config", SCRAM_LINE ";" } },
          KC_ERR_INVALID,
          "plain.PlainLoginModule" },
        { { { "sasl.mechanism", "SCRAM-SHA-512" }, { "sasl.jaas.config", PLAIN_LINE } },
          KC_ERR_INVALID,
          "scram.ScramLoginModule" },
        { { { "sasl.mechanism", "SCRAM-SHA-512" }, { "sasl.jaas.config", SCRAM_LINE } },
          KC_ERR_INVALID,
          "sasl.jaas.config: the entry does not end with a semicolon" },
        { { { "sasl.mechanism", "PLAIN" },
            { "sasl.jaas.config", MODULES "plain.PlainLoginModule required password=sesame;" } },
          KC_ERR_INVALID,
          "sasl.jaas.config: a login by PLAIN needs a name" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct credential *credential = NULL;
        struct kc_error error = { 0 };
        struct kc_config *config = config_of(rows[i].settings);
        if (config_login(config, &credential, &error) != rows[i].err ||
            !strstr(error.text, rows[i].why) || strstr(error.text, "sesame")) {
            fail_msg("row %zu: '%s', wanted '%s'", i, error.text, rows[i].why);
        }
        assert_null(credential);
        kc_config_destroy(config);
    }
}

TEST(a_plain_line_needs_no_login)
{
    struct credential *credential = (struct credential *)1;
    struct kc_config *config = kc_config_create();
    assert_false(config_login_is_idle(config));
    assert_int_equal(kc_config_set(config, "sasl.jaas.config", "whatever", NULL), 0);
    assert_int_equal(config_login(config, &credential, NULL), KC_ERR_NONE);
    assert_null(credential);
    assert_true(config_login_is_idle(config));
    assert_int_equal(kc_config_set(config, "security.protocol", "SASL_PLAINTEXT", NULL), 0);
    assert_false(config_login_is_idle(config));
    kc_config_destroy(config);
}
