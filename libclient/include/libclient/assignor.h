/* libclient: an assignment strategy of the application's own for classic groups, beside range,
 * roundrobin, sticky and cooperative-sticky. */
#ifndef LIBCLIENT_ASSIGNOR_H
#define LIBCLIENT_ASSIGNOR_H

#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A member of the group as it tells of itself. */
struct kc_assign_member {
    const char *id;
    const char *instance_id; /* group.instance.id; NULL: none */
    const char *rack;        /* client.rack; "": none */
    const char *const *topics;
    size_t topic_count;
    const struct kc_partition *owned; /* what it has and keeps until told; cooperative only */
    size_t owned_count;
    int32_t generation;   /* of owned; -1 unknown */
    struct kc_bytes data; /* what its own assignor told of it (`tell`); null: nothing */
};

struct kc_assign_topic {
    const char *name;
    int32_t partition_count; /* 0: unknown, or it does not exist */
};

/* What the strategy decides; made by kc_assignment_give. */
struct kc_assignment;

/* Gives a partition to a member, both by their place in the lists. KC_ERR_INVALID when there is no
 * such member, topic or partition, or when it was given before; KC_ERR_NO_MEMORY. */
enum kc_err kc_assignment_give(struct kc_assignment *assignment, size_t member, size_t topic,
                               int32_t partition);

/* Data for the member, which its `assigned` hears with the assignment; copied. The last call for a
 * member counts; without one there is none (null). KC_ERR_INVALID when there is no such member;
 * KC_ERR_NO_MEMORY. */
enum kc_err kc_assignment_tell(struct kc_assignment *assignment, size_t member,
                               struct kc_bytes data);

struct kc_assignor {
    const char *name; /* all members of the group offer it under this one */
    /* Members may keep what they have while they join (KIP-429). A partition that another member
     * owns must then not be given away before that one has given it back: leave it out, the group
     * rebalances again by itself. */
    bool is_cooperative;
    /* Deals out for the whole group, when this member leads it. Runs on the library's I/O thread:
     * it must not wait nor call a handle. Topics are sorted by name; members stand in the group's
     * order; all is borrowed for the call. An error is told by a later poll, and tried again. */
    enum kc_err (*assign)(void *context, const struct kc_assign_member *members,
                          size_t member_count, const struct kc_assign_topic *topics,
                          size_t topic_count, struct kc_assignment *assignment);
    void *context;
    /* What this member tells the leader of itself with each join (Java's subscriptionUserData), as
     * the leader sees it in kc_assign_member.data. Copied when it returns; null: nothing. NULL is
     * fine. I/O thread, as assign. */
    struct kc_bytes (*tell)(void *context, const char *const *topics, size_t topic_count);
    /* Hears all that this member has from now on, sorted, and the leader's data for it (Java's
     * onAssignment); before the rebalance listener does. All is borrowed for the call. NULL is
     * fine. I/O thread, as assign. */
    void (*assigned)(void *context, const struct kc_partition *partitions, size_t count,
                     int32_t generation, struct kc_bytes data);
};

enum { KC_ASSIGNOR_NAME_SIZE = 64, KC_ASSIGNORS_MAX = 4 };

/* Makes a strategy known to consumers of this config, which use it when
 * partition.assignment.strategy names it. The struct is copied with its name; the context must
 * outlive the consumers. KC_ERR_INVALID for a name that is taken, empty or too long;
 * KC_ERR_QUEUE_FULL after KC_ASSIGNORS_MAX of them. */
enum kc_err kc_config_add_assignor(struct kc_config *config, const struct kc_assignor *assignor,
                                   struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
