/* server: settings of which one bounds another, as Kafka checks them when it starts. */
#include "server/node_config.h"

#include <stdio.h>

/* Kafka takes one that is 0 or less for none at all. */
static enum kc_err check_least(const struct node_config *config, const char *name,
                               const char *least_name, const char *why, struct kc_error *error)
{
    int64_t value = node_config_number(config, name);
    int64_t least = node_config_number(config, least_name);
    if (value <= 0 || value >= least) {
        return KC_ERR_NONE;
    }
    error->code = KC_ERR_INVALID;
    (void)snprintf(error->text, sizeof(error->text), "%s=%lld must be at least %s=%lld: %s", name,
                   (long long)value, least_name, (long long)least, why);
    return KC_ERR_INVALID;
}

enum kc_err node_config_check_pairs(const struct node_config *config, struct kc_error *error)
{
    return check_least(config, "queued.max.request.bytes", "socket.request.max.bytes",
                       "a request between the two would wait for ever", error);
}
