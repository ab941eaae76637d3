/* producer: the timestamps of a bundle's records, as the few places where they change: records that
 * are sent now share a millisecond by the thousand. Reports then need not look into the records. */
#ifndef PRODUCER_TIMELINE_H
#define PRODUCER_TIMELINE_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_MAX = 8 };

struct timeline_change {
    int64_t timestamp_ms; /* of the records from the index on */
    size_t index;
};

struct timeline {
    struct timeline_change changes[TIMELINE_MAX];
    size_t count; /* above TIMELINE_MAX: there were more, and the records themselves must tell */
};

/* Records come in the order of their indexes, from 0. */
static inline void timeline_add(struct timeline *timeline, size_t index, int64_t timestamp_ms)
{
    size_t count = timeline->count;
    if (BASE_LIKELY(count > TIMELINE_MAX ||
                    (count > 0 && timeline->changes[count - 1].timestamp_ms == timestamp_ms))) {
        return;
    }
    if (count < TIMELINE_MAX) {
        timeline->changes[count] = (struct timeline_change){ timestamp_ms, index };
    }
    timeline->count++;
}

static inline bool timeline_is_whole(const struct timeline *timeline)
{
    return timeline->count <= TIMELINE_MAX;
}

/* The timestamp of the record at the index; *place starts at 0 and goes on with rising indexes. */
static inline int64_t timeline_at(const struct timeline *timeline, size_t index, size_t *place)
{
    while (*place + 1 < timeline->count && timeline->changes[*place + 1].index <= index) {
        (*place)++;
    }
    return timeline->changes[*place].timestamp_ms;
}

/* The index behind the records that have the timestamp of this place. */
static inline size_t timeline_end(const struct timeline *timeline, size_t place)
{
    return place + 1 < timeline->count ? timeline->changes[place + 1].index : SIZE_MAX;
}

#endif
