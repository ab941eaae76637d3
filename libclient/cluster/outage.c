/* cluster: a time in which no broker is reached. */
#include "cluster/outage.h"

bool outage_failure(struct outage *outage, int64_t began_us, int64_t now_us)
{
    if (!outage->is_on) {
        *outage = (struct outage){ .is_on = true, .since_us = began_us };
    }
    if (outage->is_told || now_us - outage->since_us < (int64_t)OUTAGE_QUIET_MS * 1000) {
        return false;
    }
    outage->is_told = true;
    return true;
}

void outage_end(struct outage *outage)
{
    *outage = (struct outage){ 0 };
}
