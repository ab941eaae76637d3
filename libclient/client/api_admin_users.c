/* client: admin calls about SCRAM users, quotas and delegation tokens. */
#include "client/admin_handle.h"

#include <openssl/rand.h>
#include <stdlib.h>

enum { SALT_SIZE = 24, ITERATIONS_MAX = 1 << 24 };

enum kc_err kc_admin_describe_scram_users(struct kc_admin *admin, const char *const *names,
                                          size_t count, int timeout_ms,
                                          struct kc_scram_users **ret_users, struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_users, names, count, "a user", error);
    return err ? err
               : admin_handle_collect(admin, admin_users_describe(names, count), timeout_ms,
                                      ret_users, error);
}

static enum kc_err check_scram(const struct kc_scram_change *change, struct kc_error *error)
{
    if (!change->user || !change->user[0]) {
        return reason_set(error, KC_ERR_INVALID, "a SCRAM credential needs a user");
    }
    if (change->mechanism != KC_SCRAM_SHA_256 && change->mechanism != KC_SCRAM_SHA_512) {
        return reason_set(error, KC_ERR_INVALID,
                          "user '%s': the mechanism is SCRAM-SHA-256 or SCRAM-SHA-512",
                          change->user);
    }
    if (change->iterations < 0 || change->iterations > ITERATIONS_MAX) {
        return reason_set(error, KC_ERR_INVALID, "user '%s': %d iterations are out of range",
                          change->user, change->iterations);
    }
    return KC_ERR_NONE;
}

/* The changes with a salt each. */
static enum kc_err salt_all(struct kc_scram_change *changes, uint8_t (*salts)[SALT_SIZE],
                            size_t count, struct kc_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!changes[i].password || changes[i].salt) {
            continue;
        }
        if (RAND_bytes(salts[i], SALT_SIZE) != 1) {
            return reason_set(error, KC_ERR_WRONG_STATE, "there are no random bytes for a salt");
        }
        changes[i].salt = salts[i];
        changes[i].salt_size = SALT_SIZE;
    }
    return KC_ERR_NONE;
}

enum kc_err kc_admin_alter_scram_users(struct kc_admin *admin,
                                       const struct kc_scram_change *changes, size_t count,
                                       int timeout_ms, struct kc_item_results **ret_results,
                                       struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_items(admin, ret_results, changes, count, "changes", error);
    for (size_t i = 0; i < count && !err; i++) {
        err = check_scram(&changes[i], error);
    }
    if (err) {
        return err;
    }
    struct kc_scram_change *salted = calloc(MAX_OF(count, (size_t)1), sizeof(*salted));
    uint8_t(*salts)[SALT_SIZE] = calloc(MAX_OF(count, (size_t)1), sizeof(*salts));
    err = salted && salts ? KC_ERR_NONE : reason_plain(error, KC_ERR_NO_MEMORY);
    if (!err && count > 0) {
        memcpy(salted, changes, count * sizeof(*salted));
        err = salt_all(salted, salts, count, error);
    }
    if (!err) {
        err = admin_handle_collect(admin, admin_users_alter(salted, count), timeout_ms, ret_results,
                                   error);
    }
    free(salted);
    free(salts);
    return err;
}

enum kc_err kc_admin_describe_quotas(struct kc_admin *admin, const struct kc_quota_filter *filters,
                                     size_t count, bool strict, int timeout_ms,
                                     struct kc_quotas **ret_quotas, struct kc_error *error)
{
    enum kc_err err = admin_handle_check_items(admin, ret_quotas, filters, count, "filters", error);
    for (size_t i = 0; i < count && !err; i++) {
        if (!filters[i].type || (filters[i].match == KC_QUOTA_EXACT) != (filters[i].name != NULL)) {
            err = reason_set(
                error, KC_ERR_INVALID,
                "a filter of quotas needs a type, and a name exactly for KC_QUOTA_EXACT");
        }
    }
    return err ? err
               : admin_handle_collect(admin, admin_users_quotas(filters, count, strict), timeout_ms,
                                      ret_quotas, error);
}

static enum kc_err check_quota(const struct kc_quota_change *change, struct kc_error *error)
{
    bool is_good =
        change->part_count > 0 && change->parts && (change->ops || change->op_count == 0);
    for (size_t i = 0; i < change->part_count && is_good; i++) {
        is_good = change->parts[i].type != NULL;
    }
    for (size_t i = 0; i < change->op_count && is_good; i++) {
        is_good = change->ops[i].key != NULL;
    }
    return is_good ? KC_ERR_NONE
                   : reason_set(error, KC_ERR_INVALID,
                                "a change of quotas needs parts with types, and keys");
}

enum kc_err kc_admin_alter_quotas(struct kc_admin *admin, const struct kc_quota_change *changes,
                                  size_t count, bool validate_only, int timeout_ms,
                                  struct kc_quota_results **ret_results, struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_items(admin, ret_results, changes, count, "changes", error);
    for (size_t i = 0; i < count && !err; i++) {
        err = check_quota(&changes[i], error);
    }
    return err ? err
               : admin_handle_collect(admin,
                                      admin_users_alter_quotas(changes, count, validate_only),
                                      timeout_ms, ret_results, error);
}
