/* console-consumer: what is read: one topic, one partition, or the topics a pattern names. */
#ifndef CONSOLE_CONSUMER_SUBSCRIPTION_H
#define CONSOLE_CONSUMER_SUBSCRIPTION_H

#include "common/pattern.h"
#include "console-consumer/consumer_options.h"

#include <libclient/admin.h>
#include <libclient/consumer.h>

/* Zero-initialise. */
struct subscription {
    const struct options *options;
    struct pattern *pattern; /* with --include only, as the next three */
    struct kc_admin *admin;
    char **topics; /* subscribed now, in name order */
    size_t topic_count;
    int timeout_ms;
    int refresh_ms;
    int64_t refreshed_at_ms;
};

/* Looks once at the cluster, so that an address that nobody answers is told at once, then
 * subscribes or assigns. Ends the tool with the library's error. */
void subscription_start(struct subscription *subscription, const struct options *options,
                        const struct wish *wish, const struct kc_config *config,
                        struct kc_consumer *consumer);

/* With --include: looks for topics that came or went when it is time to. Errors wait for the next
 * time. Returns how long a poll may wait until then, -1 without a pattern. */
int subscription_refresh(struct subscription *subscription, struct kc_consumer *consumer);
void subscription_finish(struct subscription *subscription);

#endif
