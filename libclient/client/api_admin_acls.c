/* client: admin calls about access control lists. */
#include "client/admin_handle.h"

static bool is_concrete(const struct kc_acl *acl)
{
    return acl->name && acl->principal && acl->host && acl->resource > KC_ACL_ANY &&
           acl->operation > KC_ACL_ANY && acl->permission > KC_ACL_ANY &&
           (acl->pattern == KC_PATTERN_LITERAL || acl->pattern == KC_PATTERN_PREFIXED);
}

enum kc_err kc_admin_create_acls(struct kc_admin *admin, const struct kc_acl *acls, size_t count,
                                 int timeout_ms, struct kc_acl_results **ret_results,
                                 struct kc_error *error)
{
    enum kc_err err = admin_handle_check_items(admin, ret_results, acls, count, "ACLs", error);
    for (size_t i = 0; i < count && !err; i++) {
        if (!is_concrete(&acls[i])) {
            err = reason_set(error, KC_ERR_INVALID,
                             "ACL %zu leaves something open: that is for filters", i);
        }
    }
    return err ? err
               : admin_handle_collect(admin, admin_acls_create(acls, count), timeout_ms,
                                      ret_results, error);
}

/* What stands for "unknown" in the protocol makes brokers hang up. */
static enum kc_err check_filters(const struct kc_admin *admin, const void *ret_result,
                                 const struct kc_acl *filters, size_t count, struct kc_error *error)
{
    enum kc_err err = admin_handle_check_items(admin, ret_result, filters, count, "filters", error);
    for (size_t i = 0; i < count && !err; i++) {
        const struct kc_acl *filter = &filters[i];
        if (filter->resource < KC_ACL_ANY || filter->pattern < KC_ACL_ANY ||
            filter->operation < KC_ACL_ANY || filter->permission < KC_ACL_ANY) {
            err = reason_set(error, KC_ERR_INVALID,
                             "filter %zu: 0 is no kind of anything; KC_ACL_ANY matches all", i);
        }
    }
    return err;
}

enum kc_err kc_admin_describe_acls(struct kc_admin *admin, const struct kc_acl *filter,
                                   int timeout_ms, struct kc_acl_lists **ret_lists,
                                   struct kc_error *error)
{
    enum kc_err err = check_filters(admin, ret_lists, filter, 1, error);
    return err ? err
               : admin_handle_collect(admin, admin_acls_describe(filter), timeout_ms, ret_lists,
                                      error);
}

enum kc_err kc_admin_delete_acls(struct kc_admin *admin, const struct kc_acl *filters, size_t count,
                                 int timeout_ms, struct kc_acl_deletions **ret_deletions,
                                 struct kc_error *error)
{
    enum kc_err err = check_filters(admin, ret_deletions, filters, count, error);
    return err ? err
               : admin_handle_collect(admin, admin_acls_delete(filters, count), timeout_ms,
                                      ret_deletions, error);
}
