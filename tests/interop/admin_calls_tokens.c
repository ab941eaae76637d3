/* interop: admin calls about delegation tokens (KIP-48), which Kafka takes only from who has logged
 * in: paula and paul, whom the listener knows by PLAIN. */
#include "admin_calls.h"

#include <openssl/evp.h>

#define admin admin_calls_admin()
#define error &admin_calls_error

enum { HMAC_TEXT_SIZE = 129, HOUR_MS = 3600000 };

static struct kc_admin *paula(void)
{
    return admin_calls_login("PLAIN", "paula", "paulas secret", false);
}

static struct kc_admin *paul(void)
{
    return admin_calls_login("PLAIN", "paul", "pauls, \"quoted\" = secret", false);
}

/* The first token that is paula's. */
static struct kc_token *create(struct kc_admin *owner)
{
    const struct kc_principal renewer = { "User", "renata" };
    struct kc_token *token = NULL;
    OK(kc_admin_create_token(owner, NULL, &renewer, 1, 2 * HOUR_MS, WAIT_MS, &token, error));
    assert_string_equal(token->owner.name, "paula");
    assert_string_equal(token->requester.name, "paula");
    assert_int_equal(token->max_ms - token->issue_ms, 2 * HOUR_MS);
    assert_true(token->hmac_size > 0 && token->id[0]);
    return token;
}

struct wish {
    struct kc_admin *asker;
    const struct kc_token *token;
    int64_t expiry_ms; /* told */
};

/* RESOURCE_NOT_FOUND: the broker does not know it yet, or not any more. */
static enum kc_err describe(void *context)
{
    struct wish *wish = context;
    const struct kc_principal owner = { "User", "paula" };
    struct kc_tokens *tokens = NULL;
    enum kc_err err =
        TRIED(kc_admin_describe_tokens(wish->asker, &owner, 1, WAIT_MS, &tokens, error));
    if (!err && tokens->count == 0) {
        err = KC_ERR_RESOURCE_NOT_FOUND;
    } else if (!err) {
        assert_int_equal(tokens->count, 1);
        assert_string_equal(tokens->items[0].id, wish->token->id);
        assert_int_equal(tokens->items[0].hmac_size, wish->token->hmac_size);
        assert_memory_equal(tokens->items[0].hmac, wish->token->hmac, wish->token->hmac_size);
        assert_int_equal(tokens->items[0].renewer_count, 1);
        assert_string_equal(tokens->items[0].renewers[0].name, "renata");
        wish->expiry_ms = tokens->items[0].expiry_ms;
    }
    kc_tokens_destroy(tokens);
    return err;
}

/* Logs in with the token and asks for something. */
static enum kc_err use(void *context)
{
    const struct wish *wish = context;
    char secret[HMAC_TEXT_SIZE];
    struct kc_topic_descriptions *topics = NULL;
    assert_true(wish->token->hmac_size <= 64);
    (void)EVP_EncodeBlock((unsigned char *)secret, wish->token->hmac, (int)wish->token->hmac_size);
    struct kc_admin *bearer = admin_calls_login("SCRAM-SHA-256", wish->token->id, secret, true);
    enum kc_err err = TRIED(kc_admin_list_topics(bearer, WAIT_MS, &topics, error));
    kc_topic_descriptions_destroy(topics);
    kc_admin_destroy(bearer);
    return err;
}

/* A token does not beget another. */
static void check_bearer(const struct wish *wish)
{
    char secret[HMAC_TEXT_SIZE];
    struct kc_token *other = NULL;
    (void)EVP_EncodeBlock((unsigned char *)secret, wish->token->hmac, (int)wish->token->hmac_size);
    struct kc_admin *bearer = admin_calls_login("SCRAM-SHA-512", wish->token->id, secret, true);
    FAILS(KC_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
          kc_admin_create_token(bearer, NULL, NULL, 0, -1, WAIT_MS, &other, error));
    kc_admin_destroy(bearer);
}

TEST(delegation_tokens)
{
    struct kc_admin *owner = paula();
    struct kc_admin *stranger = paul();
    struct kc_token *token = create(owner);
    struct wish wish = { .asker = owner, .token = token };
    int64_t expiry_ms = 0;
    admin_calls_until(KC_ERR_NONE, describe, &wish);
    assert_int_equal(wish.expiry_ms, token->expiry_ms);
    admin_calls_until(KC_ERR_NONE, use, &wish);
    check_bearer(&wish);

    FAILS(KC_ERR_DELEGATION_TOKEN_OWNER_MISMATCH,
          kc_admin_renew_token(stranger, token->hmac, token->hmac_size, HOUR_MS, WAIT_MS,
                               &expiry_ms, error));
    FAILS(KC_ERR_DELEGATION_TOKEN_NOT_FOUND,
          kc_admin_renew_token(owner, "hmac", 4, -1, WAIT_MS, &expiry_ms, error));
    OK(kc_admin_renew_token(owner, token->hmac, token->hmac_size, HOUR_MS, WAIT_MS, &expiry_ms,
                            error));
    assert_true(expiry_ms > token->issue_ms && expiry_ms <= token->max_ms);

    FAILS(KC_ERR_DELEGATION_TOKEN_OWNER_MISMATCH,
          kc_admin_expire_token(stranger, token->hmac, token->hmac_size, -1, WAIT_MS, &expiry_ms,
                                error));
    OK(kc_admin_expire_token(owner, token->hmac, token->hmac_size, -1, WAIT_MS, &expiry_ms, error));
    admin_calls_until(KC_ERR_RESOURCE_NOT_FOUND, describe, &wish);
    admin_calls_until(KC_ERR_SASL_AUTHENTICATION_FAILED, use, &wish);
    FAILS(KC_ERR_DELEGATION_TOKEN_NOT_FOUND,
          kc_admin_expire_token(owner, token->hmac, token->hmac_size, -1, WAIT_MS, &expiry_ms,
                                error));
    kc_token_destroy(token);
    kc_admin_destroy(owner);
    kc_admin_destroy(stranger);
}

TEST(tokens_are_not_for_the_unknown)
{
    struct kc_token *token = NULL;
    struct kc_tokens *tokens = NULL;
    int64_t expiry_ms = 0;
    const enum kc_err no = KC_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED;
    FAILS(no, kc_admin_create_token(admin, NULL, NULL, 0, -1, WAIT_MS, &token, error));
    FAILS(no, kc_admin_renew_token(admin, "hmac", 4, -1, WAIT_MS, &expiry_ms, error));
    FAILS(no, kc_admin_expire_token(admin, "hmac", 4, -1, WAIT_MS, &expiry_ms, error));
    FAILS(no, kc_admin_describe_tokens(admin, NULL, 0, WAIT_MS, &tokens, error));
}
