/* net: proving to a broker who we are: SaslHandshake names the mechanism (KIP-43), SaslAuthenticate
 * carries what it says (KIP-152), its last answer how long that is good for (KIP-368). On a fresh
 * connection behind ApiVersions, and again on one whose session ends. Pure: frames in, frames out.
 */
#ifndef NET_LOGIN_H
#define NET_LOGIN_H

#include "net/version.h"
#include "sasl/credential.h"
#include "sasl/mechanism.h"

/* Frames that one login sends at most, and so correlation ids that it takes. */
enum { LOGIN_ROUNDS_MAX = 8, LOGIN_NONCE_SIZE = 24 };

enum login_state {
    LOGIN_IDLE,
    LOGIN_MECHANISM,
    LOGIN_EXCHANGE,
    LOGIN_CHORE, /* the last answer needs long arithmetic: login_chore, login_resume */
    LOGIN_DONE,
    LOGIN_FAILED
};

struct login {
    enum login_state state;
    const struct credential *credential;
    struct slice client_id;
    void *dialog;                  /* of the mechanism */
    struct mechanism_chore *chore; /* in LOGIN_CHORE, until it is taken */
    int16_t version;               /* of SaslAuthenticate */
    int rounds;
    int32_t correlation_id; /* of the request under way */
    int64_t lifetime_ms;    /* told when done: the session ends so long after; 0: never */
    struct kc_error error;  /* why it failed; names mechanism and cause, no secret */
};

/* Takes LOGIN_ROUNDS_MAX correlation ids from the first one on, and appends the first request to
 * out. The credential and the text are borrowed. On failure the state is LOGIN_FAILED, as below. */
enum kc_err login_start(struct login *login, const struct credential *credential,
                        struct slice client_id, const struct version_table *versions,
                        int32_t first_correlation_id, const uint8_t nonce[LOGIN_NONCE_SIZE],
                        struct bytes *out);

/* Takes the answer (without its size prefix) and appends the next request, if any. Then state is
 * LOGIN_DONE, LOGIN_CHORE, LOGIN_FAILED (the error is returned too, text in error) or unchanged.
 * KC_ERR_UNSUPPORTED_SASL_MECHANISM, KC_ERR_SASL_AUTHENTICATION_FAILED, KC_ERR_ILLEGAL_SASL_STATE
 * (the listener asks nobody to log in), KC_ERR_UNSUPPORTED_VERSION, KC_ERR_MALFORMED,
 * KC_ERR_NO_MEMORY, another of the broker's. */
enum kc_err login_step(struct login *login, struct slice frame, struct bytes *out);

/* In LOGIN_CHORE, once: what is to be worked out, which is the caller's, to do it on a thread that
 * has time. Then login_resume takes it, as login_step takes an answer; it stays the caller's. */
struct mechanism_chore *login_chore(struct login *login);
enum kc_err login_resume(struct login *login, const struct mechanism_chore *chore,
                         struct bytes *out);

/* Frees and wipes; a zeroed one is fine. It may be started again. */
void login_finish(struct login *login);

#endif
