/* consumer: who gets which partition, as the leader of a classic group decides it. Pure: members
 * and partition counts in, assignment out. One row of the table per strategy. */
#ifndef CONSUMER_ASSIGNOR_H
#define CONSUMER_ASSIGNOR_H

#include "base/arena.h"
#include "base/attr.h"

#include <libclient/error.h>

/* The racks of a partition's replicas; empty ones are left out. */
struct assign_racks {
    const struct slice *items;
    size_t count;
};

struct assign_topic {
    struct slice name;
    int32_t partition_count;          /* 0: unknown, or it does not exist */
    const struct assign_racks *racks; /* of each partition (KIP-881); NULL: unknown */
};

/* A partition, its topic borrowed from whoever owns the list. */
struct assign_partition {
    struct slice topic;
    int32_t partition;
};

struct assign_member {
    struct slice id;
    struct slice instance_id; /* null: dynamic */
    struct slice rack;        /* empty: unknown */
    const struct slice *topics;
    size_t topic_count;
    const struct assign_partition *owned;
    size_t owned_count;
    int32_t generation;                /* of `owned`; -1 unknown */
    struct slice user_data;            /* the strategy's own, as its member sent it */
    struct assign_partition *assigned; /* result, from the arena */
    size_t assigned_count;
    struct slice assigned_data; /* likewise: what the strategy tells this member with it */
};

/* What is dealt out, and to whom. */
struct assign_group {
    struct assign_member *members; /* in the order of JoinGroup's answer */
    size_t member_count;
    const struct assign_topic *topics; /* sorted by name, one entry each */
    size_t topic_count;
    struct arena *arena;
    void *context; /* of the assignor */
};

/* What a member can tell the leader of: itself, and what it was assigned last. */
struct assign_telling {
    const struct slice *topics;
    size_t topic_count;
    const struct assign_partition *last;
    size_t last_count;
    int32_t generation; /* of `last`; -1: never had any */
    void *context;      /* of the assignor */
};

/* What a member was assigned, as its strategy is to hear of it. */
struct assign_result {
    const struct assign_partition *partitions; /* all, in order */
    size_t count;
    int32_t generation;
    struct slice data; /* of the leader; null: none */
    void *context;     /* of the assignor */
};

struct assignor {
    const char *name;       /* in JoinGroup: "range" */
    const char *class_name; /* Java's, accepted in partition.assignment.strategy; NULL: none */
    bool is_cooperative;    /* KIP-429: members may keep what they have while they join */
    /* Fills assigned of every member. KC_ERR_NO_MEMORY; a custom one may fail otherwise. */
    enum kc_err (*assign)(const struct assign_group *group);
    /* What a member tells of itself. NULL: nothing. The null slice is Java's null as well as lack
     * of memory. */
    struct slice (*user_data)(const struct assign_telling *telling, struct arena *arena);
    /* The member's assignment has come. May be NULL. */
    void (*assigned)(const struct assign_result *result);
    void *context; /* custom ones */
};

extern const struct assignor assignor_table[];
extern const size_t assignor_count;

/* By short or class name; NULL when this library does not have it. */
const struct assignor *assignor_find(struct slice name);

/* Sorts as every Java assignor does: static members by instance id first, then by member id. */
void assign_members_sort(struct assign_member **members, size_t count);

/* The topic's place; -1 when there is none of that name. */
int32_t assign_topic_find(const struct assign_group *group, struct slice name);

/* Whether a replica of the partition is in this rack. */
bool assign_racks_have(const struct assign_racks *racks, struct slice rack);

enum kc_err assign_range(const struct assign_group *group);
enum kc_err assign_roundrobin(const struct assign_group *group);
enum kc_err assign_sticky(const struct assign_group *group);
enum kc_err assign_cooperative(const struct assign_group *group);

/* User data of the sticky strategies: sticky.c. */
struct slice assign_sticky_data(const struct assign_telling *telling, struct arena *arena);
struct slice assign_cooperative_data(const struct assign_telling *telling, struct arena *arena);

#endif
