/* cluster: how long to wait before trying again: exponential with jitter (KIP-580). Pure. */
#ifndef CLUSTER_RETRY_H
#define CLUSTER_RETRY_H

#include "base/random.h"

struct retry_policy {
    int64_t backoff_ms;     /* the first wait; 0: none */
    int64_t backoff_ms_max; /* no wait is longer, jitter aside */
};

/* The wait before try number `failures` + 1, doubled with each failure, +-20 %. failures 0: 0. */
int64_t retry_delay_ms(const struct retry_policy *policy, int failures, struct random *random);

#endif
