/* coordinator: server-side assignors (KIP-848): members with their subscriptions and what they were
 * to have until now in, what they are to have out. Pure; the results are those of Kafka's
 * RangeAssignor and UniformAssignor, which leave the order of members and topics to a hash table:
 * here it is that of their ids. */
#ifndef COORDINATOR_TARGET_H
#define COORDINATOR_TARGET_H

#include "coordinator/holding.h"

#include <libclient/error.h>

struct target_topic {
    struct uuid id;
    int32_t partition_count;
};

struct target_member {
    struct slice id;
    struct slice instance_id; /* null: dynamic */
    const int32_t *topics;    /* places in target_group.topics, ascending */
    int32_t topic_count;
    const struct holding *before; /* each partition with one member at most */
    struct holding after;         /* the answer; the caller finishes it, after failures too */
};

struct target_group {
    struct target_member *members; /* by id */
    int32_t member_count;
    const struct target_topic *topics; /* by id; those that somebody subscribes to */
    int32_t topic_count;
};

/* KC_ERR_NO_MEMORY. */
enum kc_err target_range(struct target_group *group);
enum kc_err target_uniform(struct target_group *group);

/* The assignor of this name; NULL: there is none. */
enum kc_err (*target_find(struct slice name))(struct target_group *group);

#endif
