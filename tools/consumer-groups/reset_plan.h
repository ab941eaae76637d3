/* consumer-groups: where a reset moves each partition. Pure. */
#ifndef CONSUMER_GROUPS_RESET_PLAN_H
#define CONSUMER_GROUPS_RESET_PLAN_H

#include <stdint.h>

enum reset_scenario {
    RESET_TO_OFFSET,
    RESET_TO_TIME, /* --to-datetime and --by-duration */
    RESET_TO_EARLIEST,
    RESET_TO_LATEST,
    RESET_TO_CURRENT,
    RESET_SHIFT_BY
};

/* What is known of a partition; -1: none. */
struct reset_facts {
    int64_t earliest;
    int64_t latest;
    int64_t committed;
    int64_t at_time; /* the first offset at or after the time */
};

enum reset_note {
    RESET_FINE,
    RESET_TOO_LOW,      /* clamped to earliest */
    RESET_TOO_HIGH,     /* clamped to latest */
    RESET_NO_RECORD,    /* none at or after the time: latest */
    RESET_NOT_COMMITTED /* nothing to shift */
};

/* amount: the offset, or how far to shift. *ret_wanted: the offset before clamping. */
enum reset_note reset_plan(enum reset_scenario scenario, int64_t amount,
                           const struct reset_facts *facts, int64_t *ret_offset,
                           int64_t *ret_wanted);

#endif
