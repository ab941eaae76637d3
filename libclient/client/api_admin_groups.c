/* client: admin calls about groups. */
#include "client/admin_handle.h"

void kc_group_listings_destroy(struct kc_group_listings *groups)
{
    harvest_destroy(harvest_of(groups));
}

void kc_group_descriptions_destroy(struct kc_group_descriptions *groups)
{
    harvest_destroy(harvest_of(groups));
}

enum kc_err kc_admin_list_groups(struct kc_admin *admin, const char *const *states,
                                 const char *const *types, int timeout_ms,
                                 struct kc_group_listings **ret_groups, struct kc_error *error)
{
    struct harvest *harvest = NULL;
    enum kc_err err = admin_handle_check(admin, ret_groups, 0, error);
    err = err ? err
              : admin_handle_run(admin, admin_groups_list(states, types), timeout_ms, &harvest,
                                 error);
    if (!err) {
        *ret_groups = &harvest->as.listings;
    }
    return err;
}

enum kc_err kc_admin_describe_groups(struct kc_admin *admin, const char *const *group_ids,
                                     size_t count, int timeout_ms,
                                     struct kc_group_descriptions **ret_groups,
                                     struct kc_error *error)
{
    struct harvest *harvest = NULL;
    enum kc_err err =
        admin_handle_check_names(admin, ret_groups, group_ids, count, "a group", error);
    err = err ? err
              : admin_handle_run(admin, admin_members_describe(group_ids, count), timeout_ms,
                                 &harvest, error);
    if (!err) {
        *ret_groups = &harvest->as.groups;
    }
    return err;
}

enum kc_err kc_admin_delete_groups(struct kc_admin *admin, const char *const *group_ids,
                                   size_t count, int timeout_ms,
                                   struct kc_item_results **ret_results, struct kc_error *error)
{
    struct harvest *harvest = NULL;
    enum kc_err err =
        admin_handle_check_names(admin, ret_results, group_ids, count, "a group", error);
    err = err ? err
              : admin_handle_run(admin, admin_groups_delete(group_ids, count), timeout_ms, &harvest,
                                 error);
    if (!err) {
        *ret_results = &harvest->as.items;
    }
    return err;
}
