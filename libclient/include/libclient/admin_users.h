/* libclient: admin calls about SCRAM credentials and client quotas. */
#ifndef LIBCLIENT_ADMIN_USERS_H
#define LIBCLIENT_ADMIN_USERS_H

#include <libclient/admin_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

enum kc_scram_mechanism { KC_SCRAM_SHA_256 = 1, KC_SCRAM_SHA_512 = 2 };
struct kc_scram_info {
    enum kc_scram_mechanism mechanism;
    int32_t iterations;
};
struct kc_scram_user {
    const char *name;
    enum kc_err err; /* KC_ERR_RESOURCE_NOT_FOUND: has none */
    const char *text;
    struct kc_scram_info *infos;
    size_t info_count;
};
struct kc_scram_users {
    size_t count;
    struct kc_scram_user *items;
};
void kc_scram_users_destroy(struct kc_scram_users *users);
/* Which SCRAM credentials users have, never the secrets (DescribeUserScramCredentials, key 50;
 * KIP-554); count 0: all users. */
enum kc_err kc_admin_describe_scram_users(struct kc_admin *admin, const char *const *names,
                                          size_t count, int timeout_ms,
                                          struct kc_scram_users **ret_users,
                                          struct kc_error *error);

struct kc_scram_change {
    const char *user;
    enum kc_scram_mechanism mechanism;
    const void *password; /* NULL: deletes the credential. Bytes; the broker never sees them */
    size_t password_size;
    const void *salt; /* NULL: random */
    size_t salt_size;
    int32_t iterations; /* 4096 to 16384; 0: 4096 */
};
/* Sets and deletes SCRAM credentials (AlterUserScramCredentials, key 51; KIP-554); passwords are
 * salted here (PBKDF2, RFC 5802). The result has a row a change; a user must not have two changes
 * of one mechanism (KC_ERR_DUPLICATE_RESOURCE). */
enum kc_err kc_admin_alter_scram_users(struct kc_admin *admin,
                                       const struct kc_scram_change *changes, size_t count,
                                       int timeout_ms, struct kc_item_results **ret_results,
                                       struct kc_error *error);

/* One part of whom a quota is for: type "user", "client-id" or "ip". */
struct kc_quota_part {
    const char *type;
    const char *name; /* NULL: the default of this type */
};
struct kc_quota_value {
    const char *key; /* "producer_byte_rate", "consumer_byte_rate", "request_percentage", ... */
    double value;
};
struct kc_quota {
    struct kc_quota_part *parts;
    size_t part_count;
    struct kc_quota_value *values;
    size_t value_count;
};
struct kc_quotas {
    size_t count;
    struct kc_quota *items;
};
void kc_quotas_destroy(struct kc_quotas *quotas);

enum kc_quota_match { KC_QUOTA_EXACT = 0, KC_QUOTA_DEFAULT = 1, KC_QUOTA_ANY = 2 };
struct kc_quota_filter {
    const char *type;
    enum kc_quota_match match;
    const char *name; /* KC_QUOTA_EXACT: the name; else NULL */
};
/* The quotas whose parts match all filters; strict: and have no other parts (DescribeClientQuotas,
 * key 48; KIP-546). */
enum kc_err kc_admin_describe_quotas(struct kc_admin *admin, const struct kc_quota_filter *filters,
                                     size_t count, bool strict, int timeout_ms,
                                     struct kc_quotas **ret_quotas, struct kc_error *error);

struct kc_quota_op {
    const char *key;
    double value;
    bool remove;
};
struct kc_quota_change {
    const struct kc_quota_part *parts;
    size_t part_count;
    const struct kc_quota_op *ops;
    size_t op_count;
};
struct kc_quota_result {
    struct kc_quota_part *parts;
    size_t part_count;
    enum kc_err err;
    const char *text;
};
struct kc_quota_results {
    size_t count;
    struct kc_quota_result *items; /* as asked */
};
void kc_quota_results_destroy(struct kc_quota_results *results);
/* Sets and removes quotas (AlterClientQuotas, key 49; KIP-546). */
enum kc_err kc_admin_alter_quotas(struct kc_admin *admin, const struct kc_quota_change *changes,
                                  size_t count, bool validate_only, int timeout_ms,
                                  struct kc_quota_results **ret_results, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
