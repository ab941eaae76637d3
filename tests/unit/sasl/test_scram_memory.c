/* tests: logins whose nth allocation fails, OpenSSL's among them. */
#include "sasl/credential.h"
#include "sasl/mechanism.h"
#include "support/heap.h"
#include "support/mechanism_talk.h"
#include "support/test.h"

#include <openssl/err.h>

static const uint8_t nonce[15] = { 0xac, 0xea, 0x6b, 0x34, 0x67, 0xf0, 0x11, 0xb7,
                                   0x91, 0x5a, 0x06, 0xcd, 0x12, 0x4a, 0x8e };
static const char challenge[] = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                                "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
static const char verdict[] = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

static enum kc_err converse(const struct mechanism *mechanism, void *dialog, struct bytes *out)
{
    struct kc_error error = { 0 };
    enum kc_err err = mechanism->start(dialog, out, &error);
    if (err == KC_ERR_NONE) {
        err = mechanism_talk_step(mechanism, dialog, slice_text(challenge), out, &error);
    }
    if (err == KC_ERR_NONE && !mechanism->is_done(dialog)) {
        err = mechanism_talk_step(mechanism, dialog, slice_text(verdict), out, &error);
    }
    assert_int_equal(mechanism->is_done(dialog), err == KC_ERR_NONE);
    return err;
}

static enum kc_err log_in(void *context)
{
    const struct mechanism *mechanism = mechanism_find(slice_text(context));
    enum kc_err err = KC_ERR_NO_MEMORY;
    struct bytes out;
    bytes_init(&out, 4096);
    struct credential *credential =
        credential_create(mechanism, slice_text("user"), slice_text("pencil"), false);
    void *dialog =
        credential ? mechanism->create(credential, slice_of(nonce, sizeof(nonce))) : NULL;
    if (dialog) {
        err = converse(mechanism, dialog, &out);
    }
    mechanism->destroy(dialog);
    credential_destroy(credential);
    bytes_finish(&out);
    ERR_clear_error();
    return err;
}

TEST(logins_stand_failed_allocations)
{
    static char plain[] = "PLAIN";
    static char scram[] = "SCRAM-SHA-256";
    char *names[] = { plain, scram };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        heap_fail_at(0);
        assert_int_equal(log_in(names[i]), KC_ERR_NONE); /* OpenSSL makes itself at home */
        heap_each(log_in, names[i]);
    }
}
