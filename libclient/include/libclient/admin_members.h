/* libclient: admin calls that remove groups, and members from them. */
#ifndef LIBCLIENT_ADMIN_MEMBERS_H
#define LIBCLIENT_ADMIN_MEMBERS_H

#include <libclient/admin_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Deletes groups of any type that have no members (DeleteGroups, key 42; KIP-229):
 * KC_ERR_NON_EMPTY_GROUP, KC_ERR_GROUP_ID_NOT_FOUND. */
enum kc_err kc_admin_delete_groups(struct kc_admin *admin, const char *const *group_ids,
                                   size_t count, int timeout_ms,
                                   struct kc_item_results **ret_results, struct kc_error *error);

/* A member to remove: a static one by instance_id, any by member_id; the other is NULL. */
struct kc_member_ref {
    const char *member_id;
    const char *instance_id;
};
struct kc_member_result {
    const char *member_id;   /* NULL: not told */
    const char *instance_id; /* NULL: not static */
    enum kc_err err;
    const char *text;
};
struct kc_member_results {
    size_t count;
    struct kc_member_result *items;
};
void kc_member_results_destroy(struct kc_member_results *results);

/* Removes members from a consumer group (LeaveGroup, key 13, version 3 and up; KIP-345, KIP-571);
 * count 0: all it has (asked first). reason (NULL: none) is for the broker's log (KIP-800). The
 * members are removed one by one: KC_ERR_UNKNOWN_MEMBER_ID of those that are not there. */
enum kc_err kc_admin_remove_members(struct kc_admin *admin, const char *group_id,
                                    const struct kc_member_ref *members, size_t count,
                                    const char *reason, int timeout_ms,
                                    struct kc_member_results **ret_results, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
