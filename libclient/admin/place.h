/* admin: the partitions that a branch asks for, those of a topic side by side, as requests want
 * them. */
#ifndef ADMIN_PLACE_H
#define ADMIN_PLACE_H

#include "admin/fanout.h"

struct place {
    const struct kc_partition *partition;
    size_t item;
};

/* The branch's items in order of topic, partition and item; partitions: one an item. NULL, with the
 * call's error set, when memory is out. */
struct place *place_sort(struct fanout_branch *branch, const struct kc_partition *partitions);

/* How many places from `first` on are of the same topic. */
size_t place_run(const struct place *places, size_t first, size_t count);

#endif
