/* libclient: admin calls about delegation tokens (KIP-48, KIP-373). */
#ifndef LIBCLIENT_ADMIN_TOKENS_H
#define LIBCLIENT_ADMIN_TOKENS_H

#include <libclient/admin_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "User" and "alice". */
struct kc_principal {
    const char *type;
    const char *name;
};
struct kc_token {
    const char *id;
    const void *hmac; /* the secret that renews, expires and, in base64, logs in */
    size_t hmac_size;
    struct kc_principal owner;
    struct kc_principal requester; /* both NULL: not told (KIP-373) */
    int64_t issue_ms;
    int64_t expiry_ms;
    int64_t max_ms;                /* no renewal beyond */
    struct kc_principal *renewers; /* count 0 in a token that was just created */
    size_t renewer_count;
};
void kc_token_destroy(struct kc_token *token);
/* Creates a token (CreateDelegationToken, key 38) for `owner` (NULL: whoever asks). Only over an
 * authenticated connection: else KC_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED;
 * KC_ERR_DELEGATION_TOKEN_AUTH_DISABLED when the brokers have no secret key. max_lifetime_ms -1:
 * the broker's. */
enum kc_err kc_admin_create_token(struct kc_admin *admin, const struct kc_principal *owner,
                                  const struct kc_principal *renewers, size_t renewer_count,
                                  int64_t max_lifetime_ms, int timeout_ms,
                                  struct kc_token **ret_token, struct kc_error *error);
/* Until when it is good now (RenewDelegationToken, key 39); period_ms -1: the broker's. */
enum kc_err kc_admin_renew_token(struct kc_admin *admin, const void *hmac, size_t hmac_size,
                                 int64_t period_ms, int timeout_ms, int64_t *ret_expiry_ms,
                                 struct kc_error *error);
/* Ends a token after period_ms, below 0: at once (ExpireDelegationToken, key 40). */
enum kc_err kc_admin_expire_token(struct kc_admin *admin, const void *hmac, size_t hmac_size,
                                  int64_t period_ms, int timeout_ms, int64_t *ret_expiry_ms,
                                  struct kc_error *error);
struct kc_tokens {
    size_t count;
    struct kc_token *items;
};
void kc_tokens_destroy(struct kc_tokens *tokens);
/* The tokens of these owners that the asker may see; count 0: all (DescribeDelegationToken, key
 * 41). */
enum kc_err kc_admin_describe_tokens(struct kc_admin *admin, const struct kc_principal *owners,
                                     size_t count, int timeout_ms, struct kc_tokens **ret_tokens,
                                     struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
