/* server: what was altered while the broker runs takes effect at once, outside the logs (replica
 * sees to those). */
#include "server/broker_parts.h"

#include "coordinator/groups.h"
#include "handler/configs.h"

#include <stdlib.h>

static int64_t number(const struct broker *broker, const char *name)
{
    return strtoll(config_broker_value(&broker->node, name), NULL, 10);
}

/* Kafka takes any value for it, and keeps to the limits. */
static int32_t assignment_ms(const struct broker *broker)
{
    int64_t wanted = number(broker, "group.consumer.assignment.interval.ms");
    wanted = MIN_OF(wanted, number(broker, "group.consumer.max.assignment.interval.ms"));
    return (int32_t)MAX_OF(wanted, number(broker, "group.consumer.min.assignment.interval.ms"));
}

void broker_follow_settings(struct broker *broker)
{
    struct node *node = &broker->node;
    node->settings.verify_transactions = config_is_true(
        slice_text(config_broker_value(node, "transaction.partition.verification.enable")));
    if (node->groups) {
        groups_set_assignment_ms(node->groups, assignment_ms(broker));
    }
    if (broker->compactor) {
        compactor_set_limits(broker->compactor,
                             (size_t)number(broker, "log.cleaner.dedupe.buffer.size"),
                             number(broker, "log.cleaner.backoff.ms"));
    }
    for (size_t i = 0; i < NODE_LISTENERS_MAX; i++) {
        if (broker->listeners[i]) {
            listener_set_connections_max(broker->listeners[i],
                                         broker_limit_of(number(broker, "max.connections")),
                                         broker_limit_of(number(broker, "max.connections.per.ip")));
        }
    }
}
