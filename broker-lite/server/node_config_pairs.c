/* server: settings of which one bounds another, as Kafka checks them when it starts. */
#include "server/node_config.h"

#include <stdio.h>

enum kc_err node_config_check_pairs(const struct node_config *config, struct kc_error *error)
{
    int64_t queued = node_config_number(config, "queued.max.request.bytes");
    int64_t request = node_config_number(config, "socket.request.max.bytes");
    if (queued <= 0 || queued >= request) { /* 0 and less: no limit */
        return KC_ERR_NONE;
    }
    error->code = KC_ERR_INVALID;
    (void)snprintf(error->text, sizeof(error->text),
                   "queued.max.request.bytes=%lld must be at least socket.request.max.bytes=%lld: "
                   "a request between the two would wait for ever",
                   (long long)queued, (long long)request);
    return KC_ERR_INVALID;
}
