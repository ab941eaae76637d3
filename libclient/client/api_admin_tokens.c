/* client: admin calls about delegation tokens. */
#include "client/admin_handle.h"

static enum kc_err check_principals(const struct kc_principal *principals, size_t count,
                                    struct kc_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!principals[i].type || !principals[i].name) {
            return reason_set(error, KC_ERR_INVALID, "a principal needs a type and a name");
        }
    }
    return KC_ERR_NONE;
}

enum kc_err kc_admin_create_token(struct kc_admin *admin, const struct kc_principal *owner,
                                  const struct kc_principal *renewers, size_t renewer_count,
                                  int64_t max_lifetime_ms, int timeout_ms,
                                  struct kc_token **ret_token, struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_items(admin, ret_token, renewers, renewer_count, "renewers", error);
    err = err ? err : check_principals(owner, owner ? 1 : 0, error);
    err = err ? err : check_principals(renewers, renewer_count, error);
    return err ? err
               : admin_handle_collect(
                     admin, admin_tokens_create(owner, renewers, renewer_count, max_lifetime_ms),
                     timeout_ms, ret_token, error);
}

static enum kc_err run_expiry(struct kc_admin *admin, struct fanout *fanout, int timeout_ms,
                              int64_t *ret_expiry_ms, struct kc_error *error)
{
    struct harvest *harvest = NULL;
    enum kc_err err = admin_handle_run(admin, fanout, timeout_ms, &harvest, error);
    if (!err) {
        *ret_expiry_ms = harvest->as.token.expiry_ms;
    }
    harvest_destroy(harvest);
    return err;
}

enum kc_err kc_admin_renew_token(struct kc_admin *admin, const void *hmac, size_t hmac_size,
                                 int64_t period_ms, int timeout_ms, int64_t *ret_expiry_ms,
                                 struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_items(admin, ret_expiry_ms, hmac, hmac_size, "bytes", error);
    return err ? err
               : run_expiry(admin, admin_tokens_renew(hmac, hmac_size, period_ms), timeout_ms,
                            ret_expiry_ms, error);
}

enum kc_err kc_admin_expire_token(struct kc_admin *admin, const void *hmac, size_t hmac_size,
                                  int64_t period_ms, int timeout_ms, int64_t *ret_expiry_ms,
                                  struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_items(admin, ret_expiry_ms, hmac, hmac_size, "bytes", error);
    return err ? err
               : run_expiry(admin, admin_tokens_expire(hmac, hmac_size, period_ms), timeout_ms,
                            ret_expiry_ms, error);
}

enum kc_err kc_admin_describe_tokens(struct kc_admin *admin, const struct kc_principal *owners,
                                     size_t count, int timeout_ms, struct kc_tokens **ret_tokens,
                                     struct kc_error *error)
{
    enum kc_err err = admin_handle_check_items(admin, ret_tokens, owners, count, "owners", error);
    err = err ? err : check_principals(owners, count, error);
    return err ? err
               : admin_handle_collect(admin, admin_tokens_describe(owners, count), timeout_ms,
                                      ret_tokens, error);
}
