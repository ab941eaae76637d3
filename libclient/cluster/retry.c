/* cluster: waiting between tries. */
#include "cluster/retry.h"

#include "base/attr.h"

enum { RETRY_JITTER_PERCENT = 20, RETRY_DOUBLINGS_MAX = 30 };

int64_t retry_delay_ms(const struct retry_policy *policy, int failures, struct random *random)
{
    if (failures <= 0 || policy->backoff_ms <= 0) {
        return 0;
    }
    int64_t delay_ms = policy->backoff_ms;
    int64_t delay_ms_max = MAX_OF(policy->backoff_ms_max, policy->backoff_ms);
    for (int i = 1; i < MIN_OF(failures, (int)RETRY_DOUBLINGS_MAX) && delay_ms < delay_ms_max;
         i++) {
        delay_ms *= 2;
    }
    return random_jitter(random, MIN_OF(delay_ms, delay_ms_max), RETRY_JITTER_PERCENT);
}
