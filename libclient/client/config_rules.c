/* client: rules between options, as the Java client has them. */
#include "client/config_rules.h"

#include "client/reason.h"

int16_t config_rules_acks(const struct kc_config *config)
{
    const char *acks = config_string(config, "acks");
    return acks[0] == '0' ? 0 : acks[0] == '1' ? 1 : -1;
}

/* Why the other settings rule idempotence out; NULL: they do not. */
static const char *conflict_of(const struct kc_config *config)
{
    if (config_rules_acks(config) != -1) {
        return "acks must be all";
    }
    if (config_int(config, "retries") == 0) {
        return "retries must not be 0";
    }
    if (config_int(config, "max.in.flight.requests.per.connection") > 5) {
        return "max.in.flight.requests.per.connection must be at most 5";
    }
    return NULL;
}

bool config_rules_idempotent(const struct kc_config *config)
{
    return config_bool(config, "enable.idempotence") && conflict_of(config) == NULL;
}

static enum kc_err check_transactional(const struct kc_config *config, struct kc_error *error)
{
    const char *id = config_string(config, "transactional.id");
    if (!id) {
        return KC_ERR_NONE;
    }
    if (id[0] == 0) {
        return reason_set(error, KC_ERR_INVALID, "transactional.id: must not be empty");
    }
    const char *conflict = config_bool(config, "enable.idempotence")
                               ? conflict_of(config)
                               : "enable.idempotence must be true";
    return conflict ? reason_set(error, KC_ERR_INVALID, "transactional.id=%s: %s", id, conflict)
                    : KC_ERR_NONE;
}

static int64_t delivery_timeout_ms_min(const struct kc_config *config)
{
    int64_t linger_ms = MIN_OF(config_ms(config, "linger.ms"), INT32_MAX);
    return MIN_OF(linger_ms + config_int(config, "request.timeout.ms"), INT32_MAX);
}

int64_t config_rules_delivery_timeout_ms(const struct kc_config *config)
{
    int64_t timeout_ms = config_int(config, "delivery.timeout.ms");
    return MAX_OF(timeout_ms, delivery_timeout_ms_min(config));
}

static enum kc_err check_producer(const struct kc_config *config, struct kc_error *error)
{
    const char *conflict = conflict_of(config);
    if (conflict && config_is_set(config, "enable.idempotence") &&
        config_bool(config, "enable.idempotence")) {
        return reason_set(error, KC_ERR_INVALID, "enable.idempotence=true: %s", conflict);
    }
    if (config_is_set(config, "delivery.timeout.ms") &&
        config_int(config, "delivery.timeout.ms") < delivery_timeout_ms_min(config)) {
        return reason_set(error, KC_ERR_INVALID,
                          "delivery.timeout.ms=%d: must be at least linger.ms + "
                          "request.timeout.ms",
                          config_int(config, "delivery.timeout.ms"));
    }
    return check_transactional(config, error);
}

static bool names_any(const struct kc_config *config, const char *option)
{
    struct slice rest = config_list(config, option);
    struct slice item;
    return config_list_next(&rest, &item);
}

bool config_rules_of_controllers(const struct kc_config *config, enum kc_option_scope scope)
{
    return scope == KC_OPTION_ADMIN && names_any(config, "bootstrap.controllers");
}

static enum kc_err check_bootstrap(const struct kc_config *config, enum kc_option_scope scope,
                                   struct kc_error *error)
{
    bool has_controllers = config_rules_of_controllers(config, scope);
    bool has_servers = names_any(config, "bootstrap.servers");
    if (has_controllers && has_servers) {
        return reason_set(error, KC_ERR_INVALID,
                          "bootstrap.controllers: bootstrap.servers is set as well; an admin "
                          "client talks to controllers or to brokers");
    }
    return has_controllers || has_servers
               ? KC_ERR_NONE
               : reason_set(error, KC_ERR_INVALID,
                            "bootstrap.servers: no broker is named (HOST:PORT)");
}

enum kc_err config_check(const struct kc_config *config, enum kc_option_scope scope,
                         struct kc_error *error)
{
    enum kc_err err = check_bootstrap(config, scope, error);
    if (err) {
        return err;
    }
    return scope & KC_OPTION_PRODUCER ? check_producer(config, error) : KC_ERR_NONE;
}
