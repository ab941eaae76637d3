/* admin: delegation tokens (KIP-48, KIP-373). */
#include "admin/admin.h"
#include "admin/sheet.h"

enum {
    KEY_CREATE_TOKEN = 38,
    KEY_RENEW_TOKEN = 39,
    KEY_EXPIRE_TOKEN = 40,
    KEY_DESCRIBE_TOKENS = 41
};
enum { VERSION_OWNER = 3 };

static const struct mirror_row principal_rows[] = {
    MIRROR(struct kc_principal, type, "principalType"),
    MIRROR(struct kc_principal, name, "principalName"),
    MIRROR_END,
};

#define TOKEN_ROWS(issue, expiry, max)                                                        \
    MIRROR(struct kc_token, id, "tokenId"),                                                   \
        MIRROR_BYTES(struct kc_token, hmac, hmac_size, "hmac"),                               \
        MIRROR(struct kc_token, owner.type, "principalType"),                                 \
        MIRROR(struct kc_token, owner.name, "principalName"),                                 \
        MIRROR(struct kc_token, requester.type, "tokenRequesterPrincipalType"),               \
        MIRROR(struct kc_token, requester.name, "tokenRequesterPrincipalName"),               \
        MIRROR(struct kc_token, issue_ms, issue), MIRROR(struct kc_token, expiry_ms, expiry), \
        MIRROR(struct kc_token, max_ms, max)

static const struct mirror_row created_rows[] = {
    TOKEN_ROWS("issueTimestampMs", "expiryTimestampMs", "maxTimestampMs"),
    MIRROR_END,
};
struct tokens_wish {
    const char *owner_type;
    const char *owner_name;
    const struct kc_principal *renewers;
    size_t renewer_count;
    int64_t max_lifetime_ms;
};
static const struct mirror_row wish_rows[] = {
    MIRROR(struct tokens_wish, owner_type, "ownerPrincipalType"),
    MIRROR(struct tokens_wish, owner_name, "ownerPrincipalName"),
    MIRROR_EACH(struct tokens_wish, renewers, renewer_count, "renewers", principal_rows),
    MIRROR(struct tokens_wish, max_lifetime_ms, "maxLifetimeMs"),
    MIRROR_END,
};

/* Nobody else than who asks can be the owner before version 3, and its null is not known there. */
static enum kc_err create_prepare(struct cluster_request *request, int16_t version)
{
    const struct fanout_branch *branch = request->context;
    const struct create_delegation_token_request *all = sheet_request(branch->fanout);
    struct create_delegation_token_request *message = branch->message;
    bool is_told = version >= VERSION_OWNER || !slice_is_null(all->owner_principal_name);
    message->owner_principal_type = is_told ? all->owner_principal_type : SLICE_EMPTY;
    message->owner_principal_name = is_told ? all->owner_principal_name : SLICE_EMPTY;
    return KC_ERR_NONE;
}

static void create_fill(struct fanout_branch *branch)
{
    branch->request.prepare = create_prepare;
}

static const struct sheet_form create_form = {
    .family = SHEET_FAMILY("creating a delegation token"),
    .api_key = KEY_CREATE_TOKEN,
    .route = SHEET_ANY,
    .rows = created_rows,
    .fill = create_fill,
};

struct fanout *admin_tokens_create(const struct kc_principal *owner,
                                   const struct kc_principal *renewers, size_t renewer_count,
                                   int64_t max_lifetime_ms)
{
    const struct tokens_wish wish = { owner ? owner->type : NULL, owner ? owner->name : NULL,
                                      renewers, renewer_count, max_lifetime_ms };
    return sheet_take_struct(sheet_create(&create_form, 1), wish_rows, &wish);
}

struct tokens_span {
    const void *hmac;
    size_t hmac_size;
    int64_t period_ms;
};
static const struct mirror_row expiry_rows[] = {
    MIRROR(struct kc_token, expiry_ms, "expiryTimestampMs"),
    MIRROR_END,
};
static const struct sheet_form renew_form = {
    .family = SHEET_FAMILY("renewing a delegation token"),
    .api_key = KEY_RENEW_TOKEN,
    .route = SHEET_ANY,
    .rows = expiry_rows,
};
static const struct sheet_form expire_form = {
    .family = SHEET_FAMILY("expiring a delegation token"),
    .api_key = KEY_EXPIRE_TOKEN,
    .route = SHEET_ANY,
    .rows = expiry_rows,
};

struct fanout *admin_tokens_renew(const void *hmac, size_t hmac_size, int64_t period_ms)
{
    static const struct mirror_row rows[] = {
        MIRROR_BYTES(struct tokens_span, hmac, hmac_size, "hmac"),
        MIRROR(struct tokens_span, period_ms, "renewPeriodMs"),
        MIRROR_END,
    };
    const struct tokens_span span = { hmac, hmac_size, period_ms };
    return sheet_take_struct(sheet_create(&renew_form, 1), rows, &span);
}

struct fanout *admin_tokens_expire(const void *hmac, size_t hmac_size, int64_t period_ms)
{
    static const struct mirror_row rows[] = {
        MIRROR_BYTES(struct tokens_span, hmac, hmac_size, "hmac"),
        MIRROR(struct tokens_span, period_ms, "expiryTimePeriodMs"),
        MIRROR_END,
    };
    const struct tokens_span span = { hmac, hmac_size, period_ms };
    return sheet_take_struct(sheet_create(&expire_form, 1), rows, &span);
}

static const struct mirror_row described_rows[] = {
    TOKEN_ROWS("issueTimestamp", "expiryTimestamp", "maxTimestamp"),
    MIRROR_EACH(struct kc_token, renewers, renewer_count, "renewers", principal_rows),
    MIRROR_END,
};
static const struct mirror_row tokens_rows[] = {
    MIRROR_EACH(struct kc_tokens, items, count, "tokens", described_rows),
    MIRROR_END,
};
static const struct sheet_form describe_form = {
    .family = SHEET_FAMILY("describing delegation tokens"),
    .api_key = KEY_DESCRIBE_TOKENS,
    .route = SHEET_ANY,
    .rows = tokens_rows,
};

struct tokens_owners {
    const struct kc_principal *owners;
    size_t count;
};

struct fanout *admin_tokens_describe(const struct kc_principal *owners, size_t count)
{
    static const struct mirror_row rows[] = {
        MIRROR_EACH(struct tokens_owners, owners, count, "owners", principal_rows),
        MIRROR_END,
    };
    /* Null: all. */
    const struct tokens_owners asked = { count > 0 ? owners : NULL, count };
    return sheet_take_struct(sheet_create(&describe_form, 1), rows, &asked);
}
