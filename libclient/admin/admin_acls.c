/* admin: access control lists (KIP-140, KIP-290). */
#include "admin/admin.h"
#include "admin/sheet.h"

enum { KEY_DESCRIBE_ACLS = 29, KEY_CREATE_ACLS = 30, KEY_DELETE_ACLS = 31 };

#define ACL_ROWS(resource_path, name_path, pattern_path, principal_path, host_path)               \
    MIRROR(struct kc_acl, resource, resource_path), MIRROR(struct kc_acl, name, name_path),       \
        MIRROR(struct kc_acl, pattern, pattern_path),                                             \
        MIRROR(struct kc_acl, principal, principal_path), MIRROR(struct kc_acl, host, host_path), \
        MIRROR(struct kc_acl, operation, "operation"),                                            \
        MIRROR(struct kc_acl, permission, "permissionType")

static const struct mirror_row binding_rows[] = {
    ACL_ROWS("resourceType", "resourceName", "resourcePatternType", "principal", "host"),
    MIRROR_END,
};
static const struct mirror_row filter_rows[] = {
    ACL_ROWS("resourceTypeFilter", "resourceNameFilter", "patternTypeFilter", "principalFilter",
             "hostFilter"),
    MIRROR_END,
};

static const struct sheet_form create_form = {
    .family = SHEET_FAMILY("creating ACLs"),
    .api_key = KEY_CREATE_ACLS,
    .route = SHEET_ANY,
    .asked = { .list = "creations" },
    .answered = { .list = "results" },
    .size = sizeof(struct kc_acl_result),
    .err = offsetof(struct kc_acl_result, err),
    .text = offsetof(struct kc_acl_result, text),
};

struct fanout *admin_acls_create(const struct kc_acl *acls, size_t count)
{
    return sheet_take(sheet_create(&create_form, count), binding_rows, acls, sizeof(*acls));
}

static const struct mirror_row entry_rows[] = {
    MIRROR(struct kc_acl_entry, operation, "operation"),
    MIRROR(struct kc_acl_entry, permission, "permissionType"),
    MIRROR(struct kc_acl_entry, principal, "principal"),
    MIRROR(struct kc_acl_entry, host, "host"),
    MIRROR_END,
};
static const struct mirror_row list_rows[] = {
    MIRROR(struct kc_acl_list, resource, "resourceType"),
    MIRROR(struct kc_acl_list, pattern, "patternType"),
    MIRROR(struct kc_acl_list, name, "resourceName"),
    MIRROR_EACH(struct kc_acl_list, entries, entry_count, "acls", entry_rows),
    MIRROR_END,
};
static const struct mirror_row lists_rows[] = {
    MIRROR_EACH(struct kc_acl_lists, items, count, "resources", list_rows),
    MIRROR_END,
};
static const struct sheet_form describe_form = {
    .family = SHEET_FAMILY("describing ACLs"),
    .api_key = KEY_DESCRIBE_ACLS,
    .route = SHEET_ANY,
    .rows = lists_rows,
};

struct fanout *admin_acls_describe(const struct kc_acl *filter)
{
    return sheet_take_struct(sheet_create(&describe_form, 1), filter_rows, filter);
}

static const struct mirror_row match_rows[] = {
    MIRROR(struct kc_acl_match, acl.resource, "resourceType"),
    MIRROR(struct kc_acl_match, acl.name, "resourceName"),
    MIRROR(struct kc_acl_match, acl.pattern, "patternType"),
    MIRROR(struct kc_acl_match, acl.principal, "principal"),
    MIRROR(struct kc_acl_match, acl.host, "host"),
    MIRROR(struct kc_acl_match, acl.operation, "operation"),
    MIRROR(struct kc_acl_match, acl.permission, "permissionType"),
    MIRROR(struct kc_acl_match, err, "errorCode"),
    MIRROR(struct kc_acl_match, text, "errorMessage"),
    MIRROR_END,
};
static const struct mirror_row deletion_rows[] = {
    MIRROR_EACH(struct kc_acl_deletion, matches, match_count, "matchingAcls", match_rows),
    MIRROR_END,
};
static const struct sheet_form delete_form = {
    .family = SHEET_FAMILY("deleting ACLs"),
    .api_key = KEY_DELETE_ACLS,
    .route = SHEET_ANY,
    .asked = { .list = "filters" },
    .answered = { .list = "filterResults" },
    .rows = deletion_rows,
    .size = sizeof(struct kc_acl_deletion),
    .err = offsetof(struct kc_acl_deletion, err),
    .text = offsetof(struct kc_acl_deletion, text),
};

struct fanout *admin_acls_delete(const struct kc_acl *filters, size_t count)
{
    return sheet_take(sheet_create(&delete_form, count), filter_rows, filters, sizeof(*filters));
}
