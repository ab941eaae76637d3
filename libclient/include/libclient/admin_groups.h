/* libclient: admin calls about groups of every type. */
#ifndef LIBCLIENT_ADMIN_GROUPS_H
#define LIBCLIENT_ADMIN_GROUPS_H

#include <libclient/admin_cluster.h>
#include <libclient/admin_handle.h>
#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_group_listing {
    const char *group_id;
    const char *protocol_type; /* "consumer", "" ... */
    const char *state;         /* "Stable", "Empty"...; "" when the broker does not tell */
    const char *type;          /* "Classic", "Consumer", ...; "" when the broker does not tell */
};
struct kc_group_listings {
    size_t count;
    struct kc_group_listing *items; /* sorted by id */
};
void kc_group_listings_destroy(struct kc_group_listings *groups);
/* Which groups are told: those with one of the words of each list. Case does not count. */
struct kc_group_filter {
    const char *const *states; /* "Stable", ... (KIP-518); count 0: all */
    size_t state_count;
    const char *const
        *types; /* "Classic", "Consumer", "Share", "Streams" (KIP-848); count 0: all */
    size_t type_count;
    const char *const *protocol_types; /* "consumer", "connect", "" (groups that only commit:
                                          "simple" ones to Java), ...; count 0: all */
    size_t protocol_type_count;
};
/* Groups of every type, of every broker (ListGroups, key 16). filter NULL: all. One that a broker
 * is too old for is KC_ERR_UNSUPPORTED_VERSION. */
enum kc_err kc_admin_list_groups(struct kc_admin *admin, const struct kc_group_filter *filter,
                                 int timeout_ms, struct kc_group_listings **ret_groups,
                                 struct kc_error *error);

struct kc_member_description {
    const char *member_id;
    const char *instance_id; /* NULL: not static */
    const char *client_id;
    const char *host;
    struct kc_partition *partitions;
    size_t partition_count;
    /* The following are of KIP-848 and share groups. */
    int32_t member_epoch;      /* -1 else */
    const char *rack;          /* NULL: not told */
    const char *const *topics; /* it subscribed to by name */
    size_t topic_count;
    const char *topic_pattern; /* and by regular expression; NULL: none */
    int8_t is_upgraded;        /* 1: speaks KIP-848; 0: the classic protocol; -1: not told */
    /* What the member shall have when the group has settled (KIP-848 groups). */
    struct kc_partition *target_partitions;
    size_t target_partition_count;
};
struct kc_group_description {
    const char *group_id;
    enum kc_err err;
    const char *text;
    const char *state; /* "Dead" for a group that does not exist */
    const char *protocol_type;
    const char *assignor; /* chosen protocol, "" when none */
    const char *type;     /* "Classic", "Consumer" or "Share" */
    struct kc_node coordinator;
    struct kc_member_description *members;
    size_t member_count;
    int32_t group_epoch;
    int32_t target_epoch; /* of the targets of the members; like group_epoch for KIP-848 groups */
    int32_t operations;   /* see KC_WITH_OPERATIONS */
};
struct kc_group_descriptions {
    size_t count;
    struct kc_group_description *items;
};
void kc_group_descriptions_destroy(struct kc_group_descriptions *groups);
/* Consumer groups (ConsumerGroupDescribe, key 69; KIP-848), and classic groups where the broker
 * says that it is none (DescribeGroups, key 15). A group that does not exist:
 * KC_ERR_GROUP_ID_NOT_FOUND. */
enum kc_err kc_admin_describe_groups(struct kc_admin *admin, const char *const *group_ids,
                                     size_t count, unsigned with, int timeout_ms,
                                     struct kc_group_descriptions **ret_groups,
                                     struct kc_error *error);

/* Classic groups of any protocol type (DescribeGroups, key 15; KIP-1043): others are
 * KC_ERR_GROUP_ID_NOT_FOUND. */
enum kc_err kc_admin_describe_classic_groups(struct kc_admin *admin, const char *const *group_ids,
                                             size_t count, unsigned with, int timeout_ms,
                                             struct kc_group_descriptions **ret_groups,
                                             struct kc_error *error);
/* Share groups (ShareGroupDescribe, key 77; KIP-932). */
enum kc_err kc_admin_describe_share_groups(struct kc_admin *admin, const char *const *group_ids,
                                           size_t count, unsigned with, int timeout_ms,
                                           struct kc_group_descriptions **ret_groups,
                                           struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
