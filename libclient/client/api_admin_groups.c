/* client: admin calls about groups and their members. */
#include "client/admin_handle.h"

#include <stdlib.h>

static enum kc_err check_filter(const struct kc_admin *admin, const void *ret_result,
                                const struct kc_group_filter *filter, struct kc_error *error)
{
    const struct {
        const char *const *words;
        size_t count;
        const char *what;
    } lists[] = {
        { filter->states, filter->state_count, "a state" },
        { filter->types, filter->type_count, "a type of groups" },
        { filter->protocol_types, filter->protocol_type_count, "a protocol type" },
    };
    enum kc_err err = KC_ERR_NONE;
    for (size_t i = 0; i < ARRAY_COUNT(lists) && !err; i++) {
        err = admin_handle_check_names(admin, ret_result, lists[i].words, lists[i].count,
                                       lists[i].what, error);
    }
    return err;
}

enum kc_err kc_admin_list_groups(struct kc_admin *admin, const struct kc_group_filter *filter,
                                 int timeout_ms, struct kc_group_listings **ret_groups,
                                 struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_groups, 0, error);
    err = err || !filter ? err : check_filter(admin, ret_groups, filter, error);
    return err ? err
               : admin_handle_collect(admin, admin_groups_list(filter), timeout_ms, ret_groups,
                                      error);
}

/* Which groups, and what of them. */
struct groups_question {
    const char *const *group_ids;
    size_t count;
    unsigned with;
};

static enum kc_err describe(struct kc_admin *admin, const struct groups_question *question,
                            struct fanout *(*make)(const char *const *group_ids, size_t count,
                                                   unsigned with),
                            int timeout_ms, void *ret_groups, struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_groups, question->group_ids,
                                               question->count, "a group", error);
    return err ? err
               : admin_handle_collect(admin,
                                      make(question->group_ids, question->count, question->with),
                                      timeout_ms, ret_groups, error);
}

enum kc_err kc_admin_describe_groups(struct kc_admin *admin, const char *const *group_ids,
                                     size_t count, unsigned with, int timeout_ms,
                                     struct kc_group_descriptions **ret_groups,
                                     struct kc_error *error)
{
    const struct groups_question question = { group_ids, count, with };
    return describe(admin, &question, admin_members_describe, timeout_ms, ret_groups, error);
}

enum kc_err kc_admin_describe_classic_groups(struct kc_admin *admin, const char *const *group_ids,
                                             size_t count, unsigned with, int timeout_ms,
                                             struct kc_group_descriptions **ret_groups,
                                             struct kc_error *error)
{
    const struct groups_question question = { group_ids, count, with };
    return describe(admin, &question, admin_members_describe_classic, timeout_ms, ret_groups,
                    error);
}

enum kc_err kc_admin_describe_share_groups(struct kc_admin *admin, const char *const *group_ids,
                                           size_t count, unsigned with, int timeout_ms,
                                           struct kc_group_descriptions **ret_groups,
                                           struct kc_error *error)
{
    const struct groups_question question = { group_ids, count, with };
    return describe(admin, &question, admin_members_describe_share, timeout_ms, ret_groups, error);
}

enum kc_err kc_admin_describe_streams_groups(struct kc_admin *admin, const char *const *group_ids,
                                             size_t count, unsigned with, int timeout_ms,
                                             struct kc_streams_groups **ret_groups,
                                             struct kc_error *error)
{
    const struct groups_question question = { group_ids, count, with };
    return describe(admin, &question, admin_streams_describe, timeout_ms, ret_groups, error);
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
    enum kc_err err = kc_admin_describe_groups(admin, &group_id, 1, 0, timeout_ms, &found, error);
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
