/* server: settings of consumer groups (KIP-848) that belong together. */
#include "server/node_config.h"

#include <stdio.h>
#include <strings.h>

enum { NAME_SIZE = 64 };

/* "group.consumer.WHAT" is no less than its min and no more than its max. */
static enum kc_err check_range(const struct node_config *config, const char *what,
                               struct kc_error *error)
{
    char name[NAME_SIZE];
    char min[NAME_SIZE];
    char max[NAME_SIZE];
    (void)snprintf(name, sizeof(name), "group.consumer.%s", what);
    (void)snprintf(min, sizeof(min), "group.consumer.min.%s", what);
    (void)snprintf(max, sizeof(max), "group.consumer.max.%s", what);
    int64_t value = node_config_number(config, name);
    if (value >= node_config_number(config, min) && value <= node_config_number(config, max)) {
        return KC_ERR_NONE;
    }
    error->code = KC_ERR_INVALID;
    (void)snprintf(error->text, sizeof(error->text), "%s=%lld must be from %s=%lld to %s=%lld",
                   name, (long long)value, min, (long long)node_config_number(config, min), max,
                   (long long)node_config_number(config, max));
    return KC_ERR_INVALID;
}

static enum kc_err check_assignors(const struct node_config *config, struct kc_error *error)
{
    const char *at = node_config_text(config, "group.consumer.assignors");
    while (at && *at) {
        at += strspn(at, ", ");
        struct slice name = slice_of(at, strcspn(at, ", "));
        at += name.size;
        if (name.size > 0 && !slice_is(name, "uniform") && !slice_is(name, "range")) {
            error->code = KC_ERR_INVALID;
            (void)snprintf(error->text, sizeof(error->text),
                           "group.consumer.assignors: '%.*s' is not known; there are uniform and "
                           "range",
                           SLICE_ARGS(name));
            return KC_ERR_INVALID;
        }
    }
    return KC_ERR_NONE;
}

bool node_config_migrates(const struct node_config *config, const char *way)
{
    const char *policy = node_config_text(config, "group.consumer.migration.policy");
    return strcasecmp(policy, way) == 0 || strcasecmp(policy, "bidirectional") == 0;
}

static enum kc_err check_policy(const struct node_config *config, struct kc_error *error)
{
    const char *policy = node_config_text(config, "group.consumer.migration.policy");
    if (node_config_migrates(config, "upgrade") || node_config_migrates(config, "downgrade") ||
        strcasecmp(policy, "disabled") == 0) {
        return KC_ERR_NONE;
    }
    error->code = KC_ERR_INVALID;
    (void)snprintf(error->text, sizeof(error->text),
                   "group.consumer.migration.policy: '%s' must be one of bidirectional, upgrade, "
                   "downgrade, disabled",
                   policy);
    return KC_ERR_INVALID;
}

enum kc_err node_config_check_groups(const struct node_config *config, struct kc_error *error)
{
    enum kc_err err = check_assignors(config, error);
    err = err ? err : check_policy(config, error);
    err = err ? err : check_range(config, "session.timeout.ms", error);
    err = err ? err : check_range(config, "assignment.interval.ms", error);
    return err ? err : check_range(config, "heartbeat.interval.ms", error);
}
