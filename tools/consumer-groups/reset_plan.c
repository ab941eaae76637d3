/* consumer-groups: the arithmetic of a reset. */
#include "consumer-groups/reset_plan.h"

static enum reset_note clamp(int64_t wanted, const struct reset_facts *facts, int64_t *ret_offset,
                             int64_t *ret_wanted)
{
    *ret_wanted = wanted;
    if (wanted > facts->latest) {
        *ret_offset = facts->latest;
        return RESET_TOO_HIGH;
    }
    if (wanted < facts->earliest) {
        *ret_offset = facts->earliest;
        return RESET_TOO_LOW;
    }
    *ret_offset = wanted;
    return RESET_FINE;
}

static int64_t add(int64_t offset, int64_t amount)
{
    if (amount > 0 && offset > INT64_MAX - amount) {
        return INT64_MAX;
    }
    return offset + amount; /* offset >= 0: cannot fall below the least number */
}

enum reset_note reset_plan(enum reset_scenario scenario, int64_t amount,
                           const struct reset_facts *facts, int64_t *ret_offset,
                           int64_t *ret_wanted)
{
    *ret_wanted = -1;
    switch (scenario) {
    case RESET_TO_OFFSET:
        return clamp(amount, facts, ret_offset, ret_wanted);
    case RESET_TO_TIME:
        *ret_offset = facts->at_time >= 0 ? facts->at_time : facts->latest;
        return facts->at_time >= 0 ? RESET_FINE : RESET_NO_RECORD;
    case RESET_TO_EARLIEST:
        *ret_offset = facts->earliest;
        return RESET_FINE;
    case RESET_TO_LATEST:
        *ret_offset = facts->latest;
        return RESET_FINE;
    case RESET_TO_CURRENT:
        *ret_offset = facts->committed >= 0 ? facts->committed : facts->latest;
        return RESET_FINE;
    case RESET_SHIFT_BY:
        break;
    }
    if (facts->committed < 0) {
        return RESET_NOT_COMMITTED;
    }
    return clamp(add(facts->committed, amount), facts, ret_offset, ret_wanted);
}
