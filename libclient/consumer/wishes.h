/* consumer: who wants which topic: the subscriptions of a group turned round. Pure. */
#ifndef CONSUMER_WISHES_H
#define CONSUMER_WISHES_H

#include "consumer/assignor.h"

struct wishes {
    uint32_t *members; /* of one topic after the other: places in `sorted`, ascending, each once */
    size_t *ends; /* of each topic: where its members end; they begin where the last one's do */
};

/* From the arena of the group; topics without partitions are wanted by nobody. Takes time in
 * proportion to the subscriptions' length, times the logarithm of the number of topics.
 * KC_ERR_NO_MEMORY. */
enum kc_err wishes_read(const struct assign_group *group, struct assign_member *const *sorted,
                        struct wishes *ret_wishes);

/* The members that want the topic; *ret_count how many. */
const uint32_t *wishes_of(const struct wishes *wishes, size_t topic, size_t *ret_count);

#endif
