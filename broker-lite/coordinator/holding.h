/* coordinator: partitions that somebody has or is to have: a sorted list of topic id and partition,
 * each with the epoch in which it was assigned (KIP-1251; 0 where that does not matter). Pure. */
#ifndef COORDINATOR_HOLDING_H
#define COORDINATOR_HOLDING_H

#include "base/attr.h"
#include "base/uuid.h"

struct holding_item {
    struct uuid topic;
    int32_t partition;
    int32_t epoch;
};

/* Zeroed: empty. */
struct holding {
    struct holding_item *items; /* owned; by topic id, then partition */
    size_t count;
    size_t capacity;
};

void holding_finish(struct holding *holding);

/* Adds at the end: to be called in order, or holding_sort after. False when memory is out (nothing
 * changed). */
bool holding_add(struct holding *holding, const struct uuid *topic, int32_t partition,
                 int32_t epoch);
void holding_sort(struct holding *holding);

/* The item, or NULL. */
struct holding_item *holding_find(const struct holding *holding, const struct uuid *topic,
                                  int32_t partition);

/* The same partitions, whatever their epochs. */
bool holding_equal(const struct holding *a, const struct holding *b);

/* Into an empty one; false when memory is out. */
bool holding_copy(const struct holding *from, struct holding *to);

#endif
