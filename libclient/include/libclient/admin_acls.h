/* libclient: admin calls about access control lists (KIP-140, KIP-290). */
#ifndef LIBCLIENT_ADMIN_ACLS_H
#define LIBCLIENT_ADMIN_ACLS_H

#include <libclient/admin_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers as in the protocol. In filters, KC_ACL_ANY matches all; in bindings it is refused. */
enum { KC_ACL_ANY = 1 };
enum kc_acl_resource {
    KC_ACL_TOPIC = 2,
    KC_ACL_GROUP = 3,
    KC_ACL_CLUSTER = 4, /* its name is "kafka-cluster" */
    KC_ACL_TRANSACTIONAL_ID = 5,
    KC_ACL_DELEGATION_TOKEN = 6,
    KC_ACL_USER = 7
};
enum kc_acl_pattern {
    KC_PATTERN_MATCH = 2, /* filters: every pattern that matches the name */
    KC_PATTERN_LITERAL = 3,
    KC_PATTERN_PREFIXED = 4
};
enum kc_acl_operation {
    KC_OPERATION_ALL = 2,
    KC_OPERATION_READ = 3,
    KC_OPERATION_WRITE = 4,
    KC_OPERATION_CREATE = 5,
    KC_OPERATION_DELETE = 6,
    KC_OPERATION_ALTER = 7,
    KC_OPERATION_DESCRIBE = 8,
    KC_OPERATION_CLUSTER_ACTION = 9,
    KC_OPERATION_DESCRIBE_CONFIGS = 10,
    KC_OPERATION_ALTER_CONFIGS = 11,
    KC_OPERATION_IDEMPOTENT_WRITE = 12,
    KC_OPERATION_CREATE_TOKENS = 13,
    KC_OPERATION_DESCRIBE_TOKENS = 14,
    KC_OPERATION_TWO_PHASE_COMMIT = 15
};
enum kc_acl_permission { KC_PERMISSION_DENY = 2, KC_PERMISSION_ALLOW = 3 };

/* A binding, or a filter for bindings. */
struct kc_acl {
    int8_t resource;       /* enum kc_acl_resource */
    int8_t pattern;        /* enum kc_acl_pattern */
    int8_t operation;      /* enum kc_acl_operation */
    int8_t permission;     /* enum kc_acl_permission */
    const char *name;      /* of the resource; filters: NULL matches all */
    const char *principal; /* "User:alice"; filters: NULL matches all */
    const char *host;      /* "*": from everywhere; filters: NULL matches all */
};
struct kc_acl_result {
    enum kc_err err;
    const char *text;
};
struct kc_acl_results {
    size_t count;
    struct kc_acl_result *items; /* as asked */
};
void kc_acl_results_destroy(struct kc_acl_results *results);
/* Adds bindings (CreateAcls, key 30); one that is there already is no error.
 * KC_ERR_SECURITY_DISABLED without an authorizer. */
enum kc_err kc_admin_create_acls(struct kc_admin *admin, const struct kc_acl *acls, size_t count,
                                 int timeout_ms, struct kc_acl_results **ret_results,
                                 struct kc_error *error);

struct kc_acl_entry {
    int8_t operation;
    int8_t permission;
    const char *principal;
    const char *host;
};
struct kc_acl_list {
    int8_t resource;
    int8_t pattern;
    const char *name;
    struct kc_acl_entry *entries;
    size_t entry_count;
};
struct kc_acl_lists {
    size_t count;
    struct kc_acl_list *items; /* one a pattern of resources */
};
void kc_acl_lists_destroy(struct kc_acl_lists *lists);
/* The bindings that match (DescribeAcls, key 29). */
enum kc_err kc_admin_describe_acls(struct kc_admin *admin, const struct kc_acl *filter,
                                   int timeout_ms, struct kc_acl_lists **ret_lists,
                                   struct kc_error *error);

struct kc_acl_match {
    struct kc_acl acl;
    enum kc_err err; /* why it was not deleted */
    const char *text;
};
struct kc_acl_deletion {
    enum kc_err err; /* of the filter */
    const char *text;
    struct kc_acl_match *matches;
    size_t match_count;
};
struct kc_acl_deletions {
    size_t count;
    struct kc_acl_deletion *items; /* as asked */
};
void kc_acl_deletions_destroy(struct kc_acl_deletions *deletions);
/* Deletes the bindings that match any of the filters (DeleteAcls, key 31), and tells which. */
enum kc_err kc_admin_delete_acls(struct kc_admin *admin, const struct kc_acl *filters, size_t count,
                                 int timeout_ms, struct kc_acl_deletions **ret_deletions,
                                 struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
