/* client: from settings to a credential, as Java and librdkafka name them. */
#include "client/config_login.h"

#include "client/jaas.h"
#include "client/reason.h"
#include "sasl/mechanism.h"

#include <strings.h>

#define JAVA_MODULES "org.apache.kafka.common.security."
#define KNOWN_MECHANISMS "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"

static bool wants_login(const struct kc_config *config)
{
    return strncmp(config_string(config, "security.protocol"), "SASL_", 5) == 0;
}

bool config_login_is_idle(const struct kc_config *config)
{
    return !wants_login(config) &&
           (config_is_set(config, "sasl.jaas.config") || config_is_set(config, "sasl.username") ||
            config_is_set(config, "sasl.password") || config_is_set(config, "sasl.mechanism"));
}

static enum kc_err make(const struct mechanism *mechanism, struct slice username,
                        struct slice password, bool is_token, const char *where,
                        struct credential **ret_credential, struct kc_error *error)
{
    if (username.size == 0 || password.size == 0) {
        return reason_set(error, KC_ERR_INVALID, "%s: a login by %s needs a name and a password",
                          where, mechanism->name);
    }
    struct credential *credential = credential_create(mechanism, username, password, is_token);
    if (!credential) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    *ret_credential = credential;
    return KC_ERR_NONE;
}

/* The class of Kafka's that serves the mechanism. */
static const char *module_of(const struct mechanism *mechanism)
{
    return strcmp(mechanism->name, "PLAIN") == 0 ? JAVA_MODULES "plain.PlainLoginModule"
                                                 : JAVA_MODULES "scram.ScramLoginModule";
}

static enum kc_err make_of_jaas(const struct mechanism *mechanism, const struct jaas *jaas,
                                struct credential **ret_credential, struct kc_error *error)
{
    const char *module = module_of(mechanism);
    struct slice token = jaas_option(jaas, "tokenauth");
    bool is_scram = strncmp(mechanism->name, "SCRAM-", 6) == 0;
    bool is_token = is_scram && token.size == 4 &&
                    strncasecmp((const char *)token.data, "true", token.size) == 0;
    if (!slice_is(jaas->module, module)) {
        return reason_set(error, KC_ERR_INVALID,
                          "sasl.jaas.config: sasl.mechanism=%s takes the login module %s",
                          mechanism->name, module);
    }
    return make(mechanism, jaas_option(jaas, "username"), jaas_option(jaas, "password"), is_token,
                "sasl.jaas.config", ret_credential, error);
}

static enum kc_err read_jaas(const struct mechanism *mechanism, const char *line,
                             struct credential **ret_credential, struct kc_error *error)
{
    struct kc_error cause = { 0 };
    struct jaas jaas;
    enum kc_err err = jaas_parse(line, &jaas, &cause);
    if (err != KC_ERR_NONE) {
        return reason_set(error, err, "sasl.jaas.config: %s", cause.text);
    }
    err = make_of_jaas(mechanism, &jaas, ret_credential, error);
    jaas_finish(&jaas);
    return err;
}

enum kc_err config_login(const struct kc_config *config, struct credential **ret_credential,
                         struct kc_error *error)
{
    const char *name = config_string(config, "sasl.mechanism");
    const char *line = config_string(config, "sasl.jaas.config");
    bool has_line = line && line[0] != 0;
    if (!wants_login(config)) {
        *ret_credential = NULL;
        return KC_ERR_NONE;
    }
    const struct mechanism *mechanism = mechanism_find(slice_text(name));
    if (!mechanism) {
        return reason_set(
            error, KC_ERR_UNSUPPORTED,
            "sasl.mechanism=%s: not built in this library yet; " KNOWN_MECHANISMS " are", name);
    }
    if (has_line &&
        (config_is_set(config, "sasl.username") || config_is_set(config, "sasl.password"))) {
        return reason_set(error, KC_ERR_INVALID,
                          "sasl.jaas.config: give it or sasl.username and sasl.password, not both");
    }
    return has_line ? read_jaas(mechanism, line, ret_credential, error)
                    : make(mechanism, slice_text(config_string(config, "sasl.username")),
                           slice_text(config_string(config, "sasl.password")), false,
                           "sasl.username and sasl.password", ret_credential, error);
}
