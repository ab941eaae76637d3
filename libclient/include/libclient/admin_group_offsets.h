/* libclient: admin calls about what groups have committed. */
#ifndef LIBCLIENT_ADMIN_GROUP_OFFSETS_H
#define LIBCLIENT_ADMIN_GROUP_OFFSETS_H

#include <libclient/admin_handle.h>
#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All committed offsets of a consumer, classic or streams group (OffsetFetch, key 9). */
enum kc_err kc_admin_list_group_offsets(struct kc_admin *admin, const char *group_id,
                                        int timeout_ms, struct kc_positions **ret_positions,
                                        struct kc_error *error);
/* Sets committed offsets of a group without members (OffsetCommit, key 8; KIP-396), whatever its
 * type; per-partition errors in the result: KC_ERR_UNKNOWN_MEMBER_ID while it has members. */
enum kc_err kc_admin_alter_group_offsets(struct kc_admin *admin, const char *group_id,
                                         const struct kc_position *positions, size_t count,
                                         int timeout_ms, struct kc_positions **ret_positions,
                                         struct kc_error *error);
/* Removes committed offsets (OffsetDelete, key 47; KIP-496): KC_ERR_GROUP_SUBSCRIBED_TO_TOPIC of
 * topics that members still read. */
enum kc_err kc_admin_delete_group_offsets(struct kc_admin *admin, const char *group_id,
                                          const struct kc_partition *partitions, size_t count,
                                          int timeout_ms, struct kc_positions **ret_positions,
                                          struct kc_error *error);

struct kc_group_offsets {
    const char *group_id;
    enum kc_err err;
    const char *text;
    struct kc_position *positions; /* offset -1: nothing is committed */
    size_t position_count;
};
struct kc_groups_offsets {
    size_t count;
    struct kc_group_offsets *items; /* as asked */
};
void kc_groups_offsets_destroy(struct kc_groups_offsets *groups);
/* A group, and the partitions that are asked for. */
struct kc_group_partitions {
    const char *group_id;
    const struct kc_partition *partitions; /* NULL: all that have an offset */
    size_t partition_count;
};
/* Committed offsets of many groups, in one request a coordinator (OffsetFetch version 8; KIP-709).
 * stable_only: KC_ERR_UNSTABLE_OFFSET_COMMIT of partitions with an open transaction
 * (KIP-447). */
enum kc_err kc_admin_list_offsets_of_groups(struct kc_admin *admin,
                                            const struct kc_group_partitions *asked, size_t count,
                                            bool stable_only, int timeout_ms,
                                            struct kc_groups_offsets **ret_groups,
                                            struct kc_error *error);

/* Where a share group starts in a partition (KIP-932). */
struct kc_share_offset {
    const char *topic;
    int32_t partition;
    int64_t start_offset; /* -1: not initialized */
    int32_t leader_epoch;
    int64_t lag; /* KIP-1226; -1: not told */
    enum kc_err err;
    const char *text; /* NULL: none */
};
struct kc_share_offsets {
    const char *group_id;
    enum kc_err err;
    const char *text;
    struct kc_share_offset *offsets;
    size_t offset_count;
};
struct kc_groups_share_offsets {
    size_t count;
    struct kc_share_offsets *items; /* as asked */
};
void kc_groups_share_offsets_destroy(struct kc_groups_share_offsets *groups);
/* Offsets of share groups (DescribeShareGroupOffsets, key 90). */
enum kc_err kc_admin_list_share_offsets(struct kc_admin *admin,
                                        const struct kc_group_partitions *asked, size_t count,
                                        int timeout_ms, struct kc_groups_share_offsets **ret_groups,
                                        struct kc_error *error);
/* Sets start offsets of a share group without members (AlterShareGroupOffsets, key 91):
 * KC_ERR_NON_EMPTY_GROUP. positions: topic, partition and offset are read. */
enum kc_err kc_admin_alter_share_offsets(struct kc_admin *admin, const char *group_id,
                                         const struct kc_position *positions, size_t count,
                                         int timeout_ms, struct kc_partition_results **ret_results,
                                         struct kc_error *error);
/* Forgets topics of a share group without members (DeleteShareGroupOffsets, key 92). */
enum kc_err kc_admin_delete_share_offsets(struct kc_admin *admin, const char *group_id,
                                          const char *const *topics, size_t count, int timeout_ms,
                                          struct kc_item_results **ret_results,
                                          struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
