/* client: admin calls about groups and their members. */
#include "client/admin_handle.h"

#include <stdlib.h>

enum kc_err kc_admin_list_groups(struct kc_admin *admin, const char *const *states,
                                 const char *const *types, int timeout_ms,
                                 struct kc_group_listings **ret_groups, struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_groups, 0, error);
    return err ? err
               : admin_handle_collect(admin, admin_groups_list(states, types), timeout_ms,
                                      ret_groups, error);
}

enum kc_err kc_admin_describe_groups(struct kc_admin *admin, const char *const *group_ids,
                                     size_t count, int timeout_ms,
                                     struct kc_group_descriptions **ret_groups,
                                     struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_names(admin, ret_groups, group_ids, count, "a group", error);
    return err ? err
               : admin_handle_collect(admin, admin_members_describe(group_ids, count), timeout_ms,
                                      ret_groups, error);
}

enum kc_err kc_admin_describe_classic_groups(struct kc_admin *admin, const char *const *group_ids,
                                             size_t count, int timeout_ms,
                                             struct kc_group_descriptions **ret_groups,
                                             struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_names(admin, ret_groups, group_ids, count, "a group", error);
    return err ? err
               : admin_handle_collect(admin, admin_members_describe_classic(group_ids, count),
                                      timeout_ms, ret_groups, error);
}

enum kc_err kc_admin_describe_share_groups(struct kc_admin *admin, const char *const *group_ids,
                                           size_t count, int timeout_ms,
                                           struct kc_group_descriptions **ret_groups,
                                           struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_names(admin, ret_groups, group_ids, count, "a group", error);
    return err ? err
               : admin_handle_collect(admin, admin_members_describe_share(group_ids, count),
                                      timeout_ms, ret_groups, error);
}

enum kc_err kc_admin_describe_streams_groups(struct kc_admin *admin, const char *const *group_ids,
                                             size_t count, int timeout_ms,
                                             struct kc_streams_groups **ret_groups,
                                             struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_names(admin, ret_groups, group_ids, count, "a group", error);
    return err ? err
               : admin_handle_collect(admin, admin_streams_describe(group_ids, count), timeout_ms,
                                      ret_groups, error);
}

enum kc_err kc_admin_delete_groups(struct kc_admin *admin, const char *const *group_ids,
                                   size_t count, int timeout_ms,
                                   struct kc_item_results **ret_results, struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_names(admin, ret_results, group_ids, count, "a group", error);
    return err ? err
               : admin_handle_collect(admin, admin_groups_delete(group_ids, count), timeout_ms,
                                      ret_results, error);
}

/* Everybody the group has now. */
static enum kc_err remove_all(struct kc_admin *admin, const char *group_id, const char *reason,
                              int timeout_ms, struct kc_member_results **ret_results,
                              struct kc_error *error)
{
    int64_t deadline_us = handle_deadline_us(&admin->handle, timeout_ms);
    struct kc_group_descriptions *found = NULL;
    enum kc_err err = kc_admin_describe_groups(admin, &group_id, 1, timeout_ms, &found, error);
    if (err) {
        return err;
    }
    const struct kc_group_description *group = &found->items[0];
    err = group->err ? reason_set(error, group->err, "%s", group->text) : KC_ERR_NONE;
    struct kc_member_ref *members =
        calloc(MAX_OF(group->member_count, (size_t)1), sizeof(*members));
    if (!err && !members) {
        err = reason_plain(error, KC_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < group->member_count && !err; i++) {
        members[i].instance_id = group->members[i].instance_id;
        members[i].member_id = members[i].instance_id ? NULL : group->members[i].member_id;
    }
    if (!err) {
        err = admin_handle_collect(
            admin, admin_leave_remove(group_id, members, group->member_count, reason),
            admin_handle_left_ms(admin, deadline_us), ret_results, error);
    }
    free(members);
    kc_group_descriptions_destroy(found);
    return err;
}

enum kc_err kc_admin_remove_members(struct kc_admin *admin, const char *group_id,
                                    const struct kc_member_ref *members, size_t count,
                                    const char *reason, int timeout_ms,
                                    struct kc_member_results **ret_results, struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_results, &group_id, 1, "a group", error);
    err =
        err ? err : admin_handle_check_items(admin, ret_results, members, count, "members", error);
    for (size_t i = 0; i < count && !err; i++) {
        if (!members[i].member_id == !members[i].instance_id) {
            err = reason_set(error, KC_ERR_INVALID,
                             "a member needs a member id or an instance id, not both");
        }
    }
    if (err) {
        return err;
    }
    return count == 0
               ? remove_all(admin, group_id, reason, timeout_ms, ret_results, error)
               : admin_handle_collect(admin, admin_leave_remove(group_id, members, count, reason),
                                      timeout_ms, ret_results, error);
}
