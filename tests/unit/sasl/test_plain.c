/* tests: PLAIN's one message, and the table of mechanisms. */
#include "sasl/credential.h"
#include "sasl/mechanism.h"
#include "support/test.h"

static const uint8_t nonce[8] = { 1, 2, 3 };

TEST(mechanisms_are_found_by_their_exact_names)
{
    size_t count = 0;
    for (const struct mechanism *each; (each = mechanism_at(count)); count++) {
        assert_ptr_equal(mechanism_find(slice_text(each->name)), each);
    }
    assert_int_equal(count, 3);
    assert_null(mechanism_find(slice_text("plain")));
    assert_null(mechanism_find(slice_text("GSSAPI")));
    assert_null(mechanism_find(SLICE_NULL));
}

TEST(plain_says_name_and_password_once)
{
    const struct mechanism *plain = mechanism_find(slice_text("PLAIN"));
    struct credential *credential =
        credential_create(plain, slice_text("tim"), slice_text("tanstaaftanstaaf"), false);
    struct bytes out;
    struct kc_error error = { 0 };
    bytes_init(&out, 1024);
    void *dialog = plain->create(credential, slice_of(nonce, sizeof(nonce)));
    assert_int_equal(plain->step(dialog, SLICE_EMPTY, &out, &error), KC_ERR_WRONG_STATE);
    assert_int_equal(plain->start(dialog, &out, &error), KC_ERR_NONE);
    /* RFC 4616, section 4. */
    assert_true(slice_equal(bytes_slice(&out), slice_of("\0tim\0tanstaaftanstaaf", 21)));
    assert_false(plain->is_done(dialog));
    assert_int_equal(plain->start(dialog, &out, &error), KC_ERR_WRONG_STATE);
    assert_int_equal(plain->step(dialog, SLICE_EMPTY, &out, &error), KC_ERR_NONE);
    assert_true(plain->is_done(dialog));
    assert_int_equal(out.size, 21);
    plain->destroy(dialog);
    credential_destroy(credential);
    credential_destroy(NULL);
    bytes_finish(&out);
}

TEST(a_name_that_does_not_fit_is_told)
{
    const struct mechanism *plain = mechanism_find(slice_text("PLAIN"));
    struct credential *credential =
        credential_create(plain, slice_text("someone"), slice_text("secret"), false);
    struct bytes out;
    struct kc_error error = { 0 };
    bytes_init(&out, 10);
    void *dialog = plain->create(credential, slice_of(nonce, sizeof(nonce)));
    assert_int_equal(plain->start(dialog, &out, &error), KC_ERR_NO_MEMORY);
    assert_int_equal(out.size, 0);
    assert_null(strstr(error.text, "secret"));
    plain->destroy(dialog);
    credential_destroy(credential);
    bytes_finish(&out);
}
