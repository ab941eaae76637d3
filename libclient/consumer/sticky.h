/* consumer: what the two sticky strategies work on: members and partitions by number, who owns what
 * now, who gets it. Their results are Java's, so members stand in the order of a Java hash map
 * wherever Java walks through one. Inside the room only. */
#ifndef CONSUMER_STICKY_H
#define CONSUMER_STICKY_H

#include "consumer/assignor.h"

enum { STICKY_NOBODY = -1 };

struct sticky_member {
    struct assign_member *from;
    const struct assign_partition *claimed; /* what it says it had */
    size_t claimed_count;
    int32_t generation; /* of claimed; -1 unknown */
    int32_t rank;       /* by member id */
    int32_t size;       /* partitions that it gets */
    int32_t *topics;    /* that exist and it wants, ascending */
    size_t topic_count;
    int32_t size_max; /* partitions of those */
    bool is_fixed;    /* its assignment cannot change for the better */
};

struct sticky {
    const struct assign_group *group;
    struct sticky_member *members;
    int32_t member_count;
    int32_t total;         /* partitions of wanted topics, numbered by topic and partition */
    int32_t *bases;        /* of each topic: its first partition */
    int32_t *counts;       /* of each topic; 0: absent, or wanted by nobody */
    int32_t *wanted_by;    /* of each topic: members */
    int32_t *topic_of;     /* of each partition: index into group->topics */
    int32_t *had;          /* of each partition: the member that keeps or gives it, or NOBODY */
    int32_t *owner;        /* of each partition: the result */
    int32_t *moved_from;   /* of each partition: the member it was taken from for balance */
    int32_t *near_members; /* of each partition: members in its racks; NULL: no member has one */
    bool *is_disputed;     /* two members of one generation had it */
    bool *is_moving;       /* another member has to give it back first */
    bool all_equal;        /* everybody wants the same */
    bool by_rack;
};

bool sticky_wants(const struct sticky_member *member, int32_t topic);

/* True when racks count and this partition has no replica near the member. */
bool sticky_is_far(const struct sticky *sticky, int32_t member, int32_t partition);

/* Likewise the other way: racks count, the member has one, and a replica is in it. */
bool sticky_is_near(const struct sticky *sticky, int32_t member, int32_t partition);

void sticky_give(struct sticky *sticky, int32_t member, int32_t partition);

/* Java's String.hashCode, and the order of entries in a HashMap with `capacity` slots. */
uint32_t sticky_hash(struct slice text);
uint32_t sticky_slot(uint32_t hash, size_t count);

/* Puts the numbers into ascending order of keys; equal ones keep theirs. */
struct sticky_key {
    int64_t major;
    int64_t minor;
    int32_t number;
};
void sticky_sort(struct sticky_key *keys, size_t count);

/* Members in the order in which Java's HashMap of them is walked; first of all. What each one
 * claims is then filled in, and the rest is prepared from it. */
enum kc_err sticky_order_members(struct sticky *sticky);
enum kc_err sticky_prepare(struct sticky *sticky);

/* The number of a partition that a member claims; -1 when it does not exist or nobody wants it. */
int32_t sticky_number(const struct sticky *sticky, const struct assign_partition *claimed);

/* Writes owner into the members' assigned, without what is moving. */
enum kc_err sticky_write(struct sticky *sticky);

/* Everybody wants the same; and the general case. Fill owner and is_moving (only the first). */
enum kc_err sticky_assign_equal(struct sticky *sticky);
enum kc_err sticky_assign_general(struct sticky *sticky);

#endif
