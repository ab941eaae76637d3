/* consumer: who gets which partition, as the leader of a classic group decides it. Pure: members
 * and partition counts in, assignment out. One row of the table per strategy. */
#ifndef CONSUMER_ASSIGNOR_H
#define CONSUMER_ASSIGNOR_H

#include "base/arena.h"
#include "base/attr.h"

#include <libclient/error.h>

struct assign_topic {
    struct slice name;
    int32_t partition_count; /* 0: unknown, or it does not exist */
};

/* A partition, its topic borrowed from whoever owns the list. */
struct assign_partition {
    struct slice topic;
    int32_t partition;
};

struct assign_member {
    struct slice id;
    struct slice instance_id; /* null: dynamic */
    const struct slice *topics;
    size_t topic_count;
    const struct assign_partition *owned;
    size_t owned_count;
    int32_t generation;                /* of `owned`; -1 unknown */
    struct assign_partition *assigned; /* result, from the arena */
    size_t assigned_count;
};

struct assignor {
    const char *name;       /* in JoinGroup: "range" */
    const char *class_name; /* Java's, accepted in partition.assignment.strategy */
    /* Fills assigned of every member. Topics are sorted by name, one entry each. Only memory can
     * fail: KC_ERR_NO_MEMORY. */
    enum kc_err (*assign)(struct assign_member *members, size_t member_count,
                          const struct assign_topic *topics, size_t topic_count,
                          struct arena *arena);
};

extern const struct assignor assignor_table[];
extern const size_t assignor_count;

/* By short or class name; NULL when this library does not have it. */
const struct assignor *assignor_find(struct slice name);

/* Sorts as every Java assignor does: static members by instance id first, then by member id. */
void assign_members_sort(struct assign_member **members, size_t count);

/* Whether the member wants the topic. */
bool assign_member_wants(const struct assign_member *member, struct slice topic);

enum kc_err assign_range(struct assign_member *members, size_t member_count,
                         const struct assign_topic *topics, size_t topic_count,
                         struct arena *arena);
enum kc_err assign_roundrobin(struct assign_member *members, size_t member_count,
                              const struct assign_topic *topics, size_t topic_count,
                              struct arena *arena);

#endif
