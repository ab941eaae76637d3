/* tests: SCRAM from the first message to the last: RFC 7677's example, its SHA-512 sibling and a
 * token's login as Python's hashlib computes them; servers that do not know the password. */
#include "sasl/base64.h"
#include "sasl/credential.h"
#include "support/mechanism_talk.h"
#include "support/test.h"

#define NONCE "rOprNGfwEbeRWgbNEkqO"
#define THEIRS NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define CHALLENGE "r=" THEIRS ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define VERDICT "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

struct talk {
    struct credential *credential;
    const struct mechanism *mechanism;
    void *dialog;
    struct bytes out;
    struct kc_error error;
};

static void talk_begin(struct talk *talk, const char *mechanism, const char *name, bool is_token)
{
    uint8_t nonce[MECHANISM_NONCE_MAX];
    size_t size = 0;
    memset(talk, 0, sizeof(*talk));
    assert_true(base64_parse(slice_text(NONCE), sizeof(nonce), nonce, &size));
    bytes_init(&talk->out, 4096);
    talk->mechanism = mechanism_find(slice_text(mechanism));
    talk->credential =
        credential_create(talk->mechanism, slice_text(name), slice_text("pencil"), is_token);
    talk->dialog = talk->mechanism->create(talk->credential, slice_of(nonce, size));
    assert_non_null(talk->dialog);
    assert_int_equal(talk->mechanism->start(talk->dialog, &talk->out, &talk->error), 0);
}

static void talk_end(struct talk *talk)
{
    talk->mechanism->destroy(talk->dialog);
    credential_destroy(talk->credential);
    bytes_finish(&talk->out);
}

static void said(struct talk *talk, const char *text)
{
    if (!slice_is(bytes_slice(&talk->out), text)) {
        fail_msg("said '%.*s', wanted '%s'", SLICE_ARGS(bytes_slice(&talk->out)), text);
    }
    talk->out.size = 0;
}

static enum kc_err hear(struct talk *talk, const char *text)
{
    return mechanism_talk_step(talk->mechanism, talk->dialog, slice_text(text), &talk->out,
                               &talk->error);
}

static void check_login(const char *mechanism, const char *name, bool is_token,
                        const char *const words[4])
{
    struct talk talk;
    talk_begin(&talk, mechanism, name, is_token);
    said(&talk, words[0]);
    assert_int_equal(hear(&talk, words[1]), 0);
    said(&talk, words[2]);
    assert_false(talk.mechanism->is_done(talk.dialog));
    assert_int_equal(hear(&talk, words[3]), 0);
    assert_int_equal(talk.out.size, 0);
    assert_true(talk.mechanism->is_done(talk.dialog));
    assert_int_equal(hear(&talk, words[3]), KC_ERR_WRONG_STATE);
    talk_end(&talk);
}

TEST(a_login_is_that_of_the_rfc)
{
    static const char *const rfc[] = {
        "n,,n=user,r=" NONCE, CHALLENGE,
        "c=biws,r=" THEIRS ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", VERDICT
    };
    static const char *const longer[] = {
        "n,,n=user,r=" NONCE, CHALLENGE,
        "c=biws,r=" THEIRS ",p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wd"
        "p6dybEmDYXYTxwnYPJQ==",
        "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw=="
    };
    check_login("SCRAM-SHA-256", "user", false, rfc);
    check_login("SCRAM-SHA-512", "user", false, longer);
}

TEST(a_token_says_that_it_is_one)
{
    static const char *const words[] = { "n,,n=a=2Cb=3Dc,r=" NONCE ",tokenauth=true",
                                         "r=" NONCE "server,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                                         "c=biws,r=" NONCE
                                         "server,p=PKuaSwP19SAR8IXlhZmNwHA8aFhGzWqspmaGhfJr1CQ=",
                                         "v=QHuNeoAlu/077Nb6f40p0FP/aznDIHKJetfIctQ27a8=" };
    check_login("SCRAM-SHA-256", "a,b=c", true, words);
}

static void check_refusal(const char *challenge, const char *verdict, const char *why)
{
    struct talk talk;
    talk_begin(&talk, "SCRAM-SHA-256", "user", false);
    talk.out.size = 0;
    enum kc_err err = hear(&talk, challenge);
    if (verdict) {
        assert_int_equal(err, KC_ERR_NONE);
        err = hear(&talk, verdict);
    } else {
        assert_int_equal(talk.out.size, 0);
    }
    assert_int_equal(err, KC_ERR_SASL_AUTHENTICATION_FAILED);
    assert_non_null(strstr(talk.error.text, why));
    assert_null(strstr(talk.error.text, "pencil"));
    assert_false(talk.mechanism->is_done(talk.dialog));
    assert_int_equal(hear(&talk, VERDICT), KC_ERR_WRONG_STATE);
    talk_end(&talk);
}

TEST(a_server_has_to_prove_itself)
{
    check_refusal("", NULL, "not SCRAM's");
    check_refusal("r=" NONCE "x,s=W22Z,i=1000000000", NULL, "iterations");
    check_refusal(CHALLENGE, "", "not SCRAM's"); /* "all is well", it says, and proves nothing */
    check_refusal(CHALLENGE, CHALLENGE, "not SCRAM's");
    check_refusal(CHALLENGE,
                  "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "signature is wrong");
    check_refusal(CHALLENGE, "v=6rri", "signature is wrong");
    check_refusal(CHALLENGE, "e=invalid-proof", "invalid-proof");
}

TEST(arithmetic_is_nobodys_but_the_callers)
{
    struct talk talk;
    talk_begin(&talk, "SCRAM-SHA-256", "user", false);
    talk.out.size = 0;
    assert_null(talk.mechanism->chore(talk.dialog)); /* not yet */
    assert_int_equal(
        talk.mechanism->step(talk.dialog, slice_text(CHALLENGE), &talk.out, &talk.error), 0);
    assert_int_equal(talk.out.size, 0);
    struct mechanism_chore *chore = talk.mechanism->chore(talk.dialog);
    assert_non_null(chore);
    assert_null(talk.mechanism->chore(talk.dialog)); /* told once */
    /* Meanwhile nothing is to be heard. */
    assert_int_equal(talk.mechanism->step(talk.dialog, slice_text(VERDICT), &talk.out, &talk.error),
                     KC_ERR_WRONG_STATE);
    talk_end(&talk);
    chore->work(chore); /* of who is gone */
    chore->destroy(chore);
    talk_begin(&talk, "SCRAM-SHA-256", "user", false);
    assert_int_equal(
        talk.mechanism->step(talk.dialog, slice_text(CHALLENGE), &talk.out, &talk.error), 0);
    talk_end(&talk); /* with the chore untaken */
}
