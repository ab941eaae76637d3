/* consumer: the racks that a group's members are in, numbered. Pure. */
#ifndef CONSUMER_RACK_ROLL_H
#define CONSUMER_RACK_ROLL_H

#include "consumer/assignor.h"

struct rack_roll {
    struct slice *names; /* sorted, each once */
    size_t count;
    int32_t *of_member; /* by place in `sorted`; -1: in no rack */
};

/* From the arena. KC_ERR_NO_MEMORY. */
enum kc_err rack_roll_read(struct assign_member *const *sorted, size_t member_count,
                           struct arena *arena, struct rack_roll *ret_roll);

/* The rack's number; -1 when no member is in it. */
int32_t rack_roll_find(const struct rack_roll *roll, struct slice rack);

#endif
