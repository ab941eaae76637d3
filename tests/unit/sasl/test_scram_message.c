/* tests: SCRAM's messages: what a client writes, and what it takes from a server that may mean
 * harm (S20, S21). */
#include "sasl/scram_message.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

#define NONCE "rOprNGfwEbeRWgbNEkqO"
#define SALT "W22ZaJ0SNY7soEsUEjb6gQ=="

static void check_ask(const char *name, bool is_token, const char *wanted)
{
    struct bytes out;
    bytes_init(&out, 1024);
    assert_int_equal(scram_message_ask(&out, slice_text(name), slice_text(NONCE), is_token), 0);
    assert_true(slice_is(bytes_slice(&out), wanted));
    bytes_finish(&out);
}

TEST(a_client_asks_as_the_rfc_says)
{
    check_ask("user", false, "n=user,r=" NONCE);
    check_ask("a,b=c", false, "n=a=2Cb=3Dc,r=" NONCE);
    check_ask("token", true, "n=token,r=" NONCE ",tokenauth=true");
    struct bytes small;
    bytes_init(&small, 20);
    assert_int_equal(scram_message_ask(&small, slice_text("user"), slice_text(NONCE), false),
                     KC_ERR_NO_MEMORY);
    bytes_finish(&small);
}

/* In memory of exactly its size. */
static enum kc_err read_challenge(const char *text, size_t size, struct kc_error *error)
{
    struct scram_challenge challenge;
    uint8_t *copy = malloc(size + 1);
    assert_non_null(copy);
    copy = realloc(copy, size > 0 ? size : 1);
    memcpy(copy, text, size);
    enum kc_err err =
        scram_message_read_challenge(slice_of(copy, size), slice_text(NONCE), &challenge, error);
    if (err == KC_ERR_NONE) {
        assert_in_range(challenge.iterations, SCRAM_MESSAGE_ITERATIONS_MIN,
                        SCRAM_MESSAGE_ITERATIONS_MAX);
        assert_in_range(challenge.salt_size, 1, SCRAM_MESSAGE_SALT_MAX);
        assert_true(challenge.nonce.size > strlen(NONCE));
    }
    free(copy);
    return err;
}

TEST(a_challenge_is_read)
{
    static const char message[] = "r=" NONCE "%hvYD$k0,s=" SALT ",i=4096";
    struct scram_challenge challenge;
    struct kc_error error = { 0 };
    assert_int_equal(
        scram_message_read_challenge(slice_text(message), slice_text(NONCE), &challenge, &error),
        KC_ERR_NONE);
    assert_true(slice_is(challenge.nonce, NONCE "%hvYD$k0"));
    assert_int_equal(challenge.salt_size, 16);
    assert_int_equal(challenge.salt[0], 0x5b);
    assert_int_equal(challenge.iterations, 4096);
    assert_int_equal(read_challenge("r=" NONCE "x,s=" SALT ",i=16384,x=later", 62, &error), 0);
}

TEST(hostile_challenges_are_refused)
{
    static const struct {
        const char *message;
        const char *why;
    } rows[] = {
        { "", "not SCRAM's" },
        { "e=other-error", "not SCRAM's" },
        { "s=" SALT ",r=" NONCE "x,i=4096", "not SCRAM's" },
        { "r=" NONCE "x,i=4096", "not SCRAM's" },
        { "r=" NONCE "x,s=" SALT, "not SCRAM's" },
        { "m=must,r=" NONCE "x,s=" SALT ",i=4096", "an extension" },
        { "r=,s=" SALT ",i=4096", "nonce" },
        { "r=" NONCE ",s=" SALT ",i=4096", "nonce" },
        { "r=other" NONCE ",s=" SALT ",i=4096", "nonce" },
        { "r=" NONCE "\x01,s=" SALT ",i=4096", "nonce" },
        { "r=" NONCE "x,s=,i=4096", "salt" },
        { "r=" NONCE "x,s=W22Z\n,i=4096", "salt" },
        { "r=" NONCE "x,s=W22,i=4096", "salt" },
        { "r=" NONCE "x,s=" SALT ",i=", "iterations" },
        { "r=" NONCE "x,s=" SALT ",i=1", "wants 1 iterations" },
        { "r=" NONCE "x,s=" SALT ",i=4095", "iterations" },
        { "r=" NONCE "x,s=" SALT ",i=04096", "iterations" },
        { "r=" NONCE "x,s=" SALT ",i=-4096", "iterations" },
        { "r=" NONCE "x,s=" SALT ",i=4096x", "iterations" },
        { "r=" NONCE "x,s=" SALT ",i=131073", "iterations" },
        { "r=" NONCE "x,s=" SALT ",i=2147483648", "iterations" },
        { "r=" NONCE "x,s=" SALT ",i=99999999999999999999999999999999999999999", "iterations" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct kc_error error = { 0 };
        if (read_challenge(rows[i].message, strlen(rows[i].message), &error) !=
                KC_ERR_SASL_AUTHENTICATION_FAILED ||
            !strstr(error.text, rows[i].why)) {
            fail_msg("'%s': '%s', wanted '%s'", rows[i].message, error.text, rows[i].why);
        }
    }
}

/* A megabyte of one attribute, of each. */
TEST(long_attributes_are_refused)
{
    enum { SIZE = 1 << 20 };
    char *message = malloc(SIZE + 256);
    char *filler = malloc(SIZE + 1);
    assert_true(message && filler);
    memset(filler, 'A', SIZE);
    filler[SIZE] = 0;
    static const char *const forms[] = { "r=" NONCE "%s,s=" SALT ",i=4096",
                                         "r=" NONCE "x,s=%s,i=4096",
                                         "r=" NONCE "x,s=" SALT ",i=4096,x=%s" };
    for (size_t i = 0; i < ARRAY_COUNT(forms); i++) {
        struct kc_error error = { 0 };
        for (int size = 2000; size <= SIZE; size = size == 2000 ? SIZE : SIZE + 1) {
            filler[size] = 0;
            int length = snprintf(message, SIZE + 256,
                                  i == 0   ? forms[0]
                                  : i == 1 ? forms[1]
                                           : forms[2],
                                  filler);
            filler[size] = size == SIZE ? 0 : 'A';
            enum kc_err err = read_challenge(message, (size_t)length, &error);
            bool may_pass = i == 2 && size == 2000;
            assert_int_equal(err, may_pass ? KC_ERR_NONE : KC_ERR_SASL_AUTHENTICATION_FAILED);
        }
    }
    free(message);
    free(filler);
}

/* Cut anywhere, or with any byte changed, it is read within its bytes or refused with a reason. */
TEST(damaged_messages_are_read_or_refused)
{
    static const char message[] = "r=" NONCE "xyz,s=" SALT ",i=4096";
    size_t size = sizeof(message) - 1;
    char copy[sizeof(message)];
    size_t refused = 0;
    for (size_t cut = 0; cut < size; cut++) {
        struct kc_error error = { 0 };
        if (read_challenge(message, cut, &error)) {
            assert_true(error.text[0]);
            refused++;
        }
    }
    assert_int_equal(refused, size);
    for (size_t i = 0; i < size; i++) {
        for (int c = 0; c < 256; c++) {
            struct kc_error error = { 0 };
            memcpy(copy, message, size);
            copy[i] = (char)c;
            if (read_challenge(copy, size, &error)) {
                assert_true(error.text[0]);
            }
        }
    }
}

static enum kc_err read_verdict(const char *text, size_t *ret_size, struct kc_error *error)
{
    uint8_t signature[32];
    return scram_message_read_verdict(slice_text(text), sizeof(signature), signature, ret_size,
                                      error);
}

TEST(verdicts_are_read_or_refused)
{
    static const char good[] = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
    struct kc_error error = { 0 };
    size_t size = 0;
    assert_int_equal(read_verdict(good, &size, &error), KC_ERR_NONE);
    assert_int_equal(size, 32);
    static const char *const bad[] = {
        "",       "v",           "v=",      "v=6rri=",
        "x=6rri", "v=6rri TRBi", "v=6rriT", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4A"
    };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        if (read_verdict(bad[i], &size, &error) != KC_ERR_SASL_AUTHENTICATION_FAILED) {
            fail_msg("'%s' was taken", bad[i]);
        }
    }
    assert_int_equal(read_verdict("e=invalid-proof", &size, &error),
                     KC_ERR_SASL_AUTHENTICATION_FAILED);
    assert_string_equal(error.text, "the server says: invalid-proof");
}
