/* sasl: PLAIN. One message; what the server answers is for people. */
#include "sasl/plain.h"

#include "sasl/credential.h"

#include <stdlib.h>

enum plain_state { PLAIN_IDLE, PLAIN_ASKED, PLAIN_DONE };

struct plain {
    const struct credential *credential;
    enum plain_state state;
};

static void *plain_create(const struct credential *credential, struct slice nonce)
{
    struct plain *plain = calloc(1, sizeof(*plain));
    (void)nonce;
    if (plain) {
        plain->credential = credential;
    }
    return plain;
}

static enum kc_err plain_start(void *dialog, struct bytes *out, struct kc_error *error)
{
    struct plain *plain = dialog;
    struct slice username = plain->credential->username;
    struct slice password = plain->credential->password;
    if (plain->state != PLAIN_IDLE) {
        return mechanism_fail(error, KC_ERR_WRONG_STATE, "the login has begun already");
    }
    /* Reserved whole: a buffer that grows would leave the password behind. No authorization id: one
     * other than the name would be refused (CVE-2017-12610). */
    bool fits = bytes_reserve(out, username.size + password.size + 2) && bytes_append(out, "", 1) &&
                bytes_append(out, username.data, username.size) && bytes_append(out, "", 1) &&
                bytes_append(out, password.data, password.size);
    if (!fits) {
        return mechanism_fail(error, KC_ERR_NO_MEMORY, "no memory to log in, or a name too long");
    }
    plain->state = PLAIN_ASKED;
    return KC_ERR_NONE;
}

static enum kc_err plain_step(void *dialog, struct slice challenge, struct bytes *out,
                              struct kc_error *error)
{
    struct plain *plain = dialog;
    (void)challenge;
    (void)out;
    if (plain->state != PLAIN_ASKED) {
        return mechanism_fail(error, KC_ERR_WRONG_STATE, "an answer that nothing asked for");
    }
    plain->state = PLAIN_DONE;
    return KC_ERR_NONE;
}

static bool plain_is_done(const void *dialog)
{
    return ((const struct plain *)dialog)->state == PLAIN_DONE;
}

const struct mechanism plain_mechanism = {
    .name = "PLAIN",
    .create = plain_create,
    .start = plain_start,
    .step = plain_step,
    .is_done = plain_is_done,
    .destroy = free,
};
