/* consumer: the sticky strategies when members want different topics: what its two halves share.
 * Pure. */
#ifndef CONSUMER_STICKY_GENERAL_H
#define CONSUMER_STICKY_GENERAL_H

#include "consumer/sticky.h"

struct general {
    struct sticky *sticky;
    int32_t *order; /* members that take part, by size, then id */
    int32_t order_count;
    int32_t *all; /* partitions by number of members that want the topic, then topic */
    int32_t all_count;
    int32_t *fresh; /* those of them that nobody had */
    int32_t fresh_count;
    int32_t *before; /* of each partition: who had it in an older generation, or NOBODY */
    int32_t *before_generation; /* of that */
    int32_t *largest;           /* scratch, of each topic: the most that an owner in it has */
    bool is_balanced;           /* as of the last change */
    bool is_balance_known;
    bool must_revoke;
};

/* Moves a member to its place after its size has changed. */
void general_reorder(struct general *general, int32_t member);

/* sticky_balance.c. Improves, and takes it back when the members are not evener for it.
 * KC_ERR_NO_MEMORY. */
enum kc_err general_balance(struct general *general, bool is_initial);

#endif
