/* consumer: one topic being dealt out by the range strategy, and how its partitions are dealt to
 * members in their racks (KIP-881). Pure. */
#ifndef CONSUMER_RANGE_H
#define CONSUMER_RANGE_H

#include "consumer/rack_roll.h"

struct range {
    const struct assign_topic *topic;
    const uint32_t *wanting; /* places of members, ascending */
    size_t count;
    size_t *given;     /* to each of wanting */
    int32_t *taker;    /* of each partition: index into wanting, -1 free */
    int32_t left;      /* free partitions */
    size_t share;      /* of each member */
    size_t extra;      /* members that may still get one more */
    bool knows_racks;  /* some member that wants it has a rack */
    bool needs_racks;  /* one shares it with a partition, and partitions differ in theirs */
    uint64_t likeness; /* the same for the same members */
};

static inline size_t range_room(const struct range *range, size_t i)
{
    size_t most = range->share + (range->extra > 0 ? 1 : 0);

    return most > range->given[i] ? most - range->given[i] : 0;
}

static inline void range_give(struct range *range, size_t i, int32_t partition)
{
    range->taker[partition] = (int32_t)i;
    range->left--;
    range->given[i]++;
}

/* Shares are counted once a member has taken all of one go, as Java's classes do. */
static inline void range_settle(struct range *range, size_t i)
{
    if (range->given[i] > range->share) {
        range->extra--;
    }
}

/* Lists of partitions or members by rack, for one deal after the other. */
struct range_racks {
    const struct rack_roll *roll;
    int32_t *first; /* of each rack's list: a place in next and items; the last is of no rack */
    int32_t *next;
    int32_t *items;
    int32_t used;
};

/* Room for any of these. From the arena. KC_ERR_NO_MEMORY. */
enum kc_err range_racks_init(struct range_racks *racks, const struct rack_roll *roll,
                             const struct range *ranges, size_t count, size_t member_count,
                             struct arena *arena);

/* Deals all topics that need it by racks: those alike (the same members, as many partitions)
 * together, partition by partition, so that a member gets the same of each. `order` has room for
 * all of them. Time is in proportion to partitions and members (but for sorting and looking up). */
void range_racks_deal(struct range_racks *racks, struct range *ranges, size_t count,
                      struct range **order);

#endif
