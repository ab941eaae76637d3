/* server: settings of which one bounds another, as Kafka checks them when it starts. */
#include "base/attr.h"
#include "server/node_config.h"

#include <stdio.h>

static const struct pair {
    const char *name;
    const char *least;  /* that one is no less than this one */
    bool may_be_absent; /* 0 and below: no limit */
    const char *why;
} pairs[] = {
    { "group.max.session.timeout.ms", "group.min.session.timeout.ms", false,
      "no session timeout would be allowed" },
    { "queued.max.request.bytes", "socket.request.max.bytes", true,
      "a request between the two would wait for ever" },
};

enum kc_err node_config_check_pairs(const struct node_config *config, struct kc_error *error)
{
    for (size_t i = 0; i < ARRAY_COUNT(pairs); i++) {
        int64_t value = node_config_number(config, pairs[i].name);
        int64_t least = node_config_number(config, pairs[i].least);
        if (value < least && !(pairs[i].may_be_absent && value <= 0)) {
            error->code = KC_ERR_INVALID;
            (void)snprintf(error->text, sizeof(error->text), "%s=%lld must be at least %s=%lld: %s",
                           pairs[i].name, (long long)value, pairs[i].least, (long long)least,
                           pairs[i].why);
            return KC_ERR_INVALID;
        }
    }
    return KC_ERR_NONE;
}
