/* admin: the partitions that a branch asks for, those of a topic side by side, as requests want
 * them. */
#ifndef ADMIN_PLACE_H
#define ADMIN_PLACE_H

#include "admin/fanout.h"
#include "wire/mirror.h"

struct place {
    const struct kc_partition *partition;
    size_t item;
};

/* The branch's items in order of topic, partition and item; partitions: one an item. NULL, with the
 * call's error set, when memory is out. */
struct place *place_sort(struct fanout_branch *branch, const struct kc_partition *partitions);

/* How many places from `first` on are of the same topic. */
size_t place_run(const struct place *places, size_t first, size_t count);

/* Makes the list of a message, of topics that have this name, from sorted places; `topics` is room
 * for so many. `fill` writes what is of each topic. */
void place_topics(const struct place *places, size_t count, const struct mirror_field *list,
                  const char *name, void *topics,
                  void (*fill)(void *context, const struct place *places, size_t count,
                               void *topic),
                  void *context);

/* Makes the list from partitions, whose topics are copied: of each topic its name, and by the name
 * `inner` the numbers, each once. partitions NULL:
 * the list is null, which asks for all. Sets the call's error when memory is out. */
void place_numbers(struct fanout *fanout, const struct kc_partition *partitions, size_t count,
                   const struct mirror_field *list, const char *name, const char *inner);

#endif
