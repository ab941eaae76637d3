/* sasl: a client's side of one SASL mechanism (RFC 4422), behind one table of functions (KIP-86's
 * idea): another mechanism is another row. Pure: messages in, messages out; chance comes from
 * outside. */
#ifndef SASL_MECHANISM_H
#define SASL_MECHANISM_H

#include "base/attr.h"
#include "base/bytes.h"

#include <libclient/error.h>

struct credential;

/* Long arithmetic that a dialog waits for, for a thread that has time. It shares nothing with the
 * dialog, which may be gone before it is done. */
struct mechanism_chore {
    void (*work)(struct mechanism_chore *chore);    /* any thread; once */
    void (*destroy)(struct mechanism_chore *chore); /* wipes and frees it */
};

enum { MECHANISM_NONCE_MAX = 64, MECHANISM_MESSAGE_MAX = 65536 };

struct mechanism {
    const char *name; /* as in Kafka's SaslHandshake: "SCRAM-SHA-256" */
    /* One login under way; NULL when memory is out. The credential is borrowed and must live as
     * long. nonce: fresh chance that nobody can guess, at most MECHANISM_NONCE_MAX bytes, copied.
     */
    void *(*create)(const struct credential *credential, struct slice nonce);
    /* Appends the client's first message: every mechanism of Kafka lets the client begin. */
    enum kc_err (*start)(void *dialog, struct bytes *out, struct kc_error *error);
    /* Takes what the server said and appends what is to be said to it, if anything. An error says
     * why the login has failed (in a sentence without secrets) and ends the dialog:
     * KC_ERR_SASL_AUTHENTICATION_FAILED, KC_ERR_NO_MEMORY, KC_ERR_WRONG_STATE. */
    enum kc_err (*step)(void *dialog, struct slice challenge, struct bytes *out,
                        struct kc_error *error);
    /* May be NULL, as the next. What has to be worked out before anything can be said to the last
     * challenge, NULL when nothing: the caller's, told once. */
    struct mechanism_chore *(*chore)(void *dialog);
    /* As step, with the chore instead of a challenge, when its work is done. It stays the
     * caller's. */
    enum kc_err (*resume)(void *dialog, const struct mechanism_chore *chore, struct bytes *out,
                          struct kc_error *error);
    /* True when nothing more is to be said, and the server has proved what it has to. */
    bool (*is_done)(const void *dialog);
    /* Wipes what came of the secret. NULL is fine. */
    void (*destroy)(void *dialog);
};

/* The mechanism of this name, or NULL. */
const struct mechanism *mechanism_find(struct slice name);

/* The i-th of them, NULL past the end. */
const struct mechanism *mechanism_at(size_t index);

/* Fills the error and returns its code. */
enum kc_err mechanism_fail(struct kc_error *error, enum kc_err err, const char *format, ...)
    BASE_PRINTF(3, 4);

#endif
