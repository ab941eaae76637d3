/* tests: sasl.jaas.config as Java reads it, and what is refused. */
#include "base/attr.h"
#include "client/jaas.h"
#include "support/test.h"

#include <stdio.h>

#define PLAIN "org.apache.kafka.common.security.plain.PlainLoginModule"

static void check_password(const char *line, const char *wanted)
{
    struct jaas jaas;
    struct kc_error error = { 0 };
    if (jaas_parse(line, &jaas, &error)) {
        fail_msg("%s: %s", line, error.text);
    }
    assert_true(slice_is(jaas.module, PLAIN));
    assert_true(slice_is(jaas_option(&jaas, "username"), "alice"));
    if (!slice_is(jaas_option(&jaas, "password"), wanted)) {
        fail_msg("%s: '%.*s'", line, SLICE_ARGS(jaas_option(&jaas, "password")));
    }
    assert_true(slice_is_null(jaas_option(&jaas, "tokenauth")));
    jaas_finish(&jaas);
}

TEST(entries_are_read)
{
    check_password(PLAIN " required username=\"alice\" password=\"secret\";", "secret");
    check_password(PLAIN " REQUIRED\n\tusername='alice'\n\tpassword='se\"cret' ; ", "se\"cret");
    check_password(PLAIN " optional username = alice password = s3cret$-/x;", "s3cret$-/x");
    check_password(PLAIN " required username=\"alice\" password=\"a\\\"b\\\\c\\td\\101\\60\\q\";",
                   "a\"b\\c\tdA0q");
    check_password("/* who */ " PLAIN " // how\n required username=\"alice\" password=\"a;b=c\";",
                   "a;b=c");
    check_password(PLAIN " required username=alice password=\"\";", "");
}

TEST(other_lines_are_refused_without_showing_the_secret)
{
    static const struct {
        const char *line;
        const char *why;
    } rows[] = {
        { "", "no login module" },
        { "  // nothing", "no login module" },
        { PLAIN, "control flag" },
        { PLAIN " username=\"alice\" password=\"sesame\";", "control flag" },
        { PLAIN " required username=\"alice\" password=\"sesame\"", "semicolon" },
        { PLAIN " required username=\"alice\" password=\"sesame;", "quote" },
        { PLAIN " required username=\"alice\" password=\"sesame\n\";", "quote" },
        { PLAIN " required username=\"alice\" password=;", "without a value" },
        { PLAIN " required username=\"alice\" password \"sesame\";", "without '='" },
        { PLAIN " required username=\"alice\" sesame", "without '='" },
        { PLAIN " required password=\"sesame\"; " PLAIN " required;", "only one" },
        { PLAIN " required username=\"a\" password=\"sesame\\", "quote" },
        { PLAIN " required /* sesame", "semicolon" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct jaas jaas = { 0 };
        struct kc_error error = { 0 };
        if (jaas_parse(rows[i].line, &jaas, &error) != KC_ERR_INVALID ||
            !strstr(error.text, rows[i].why) || strstr(error.text, "sesame")) {
            fail_msg("%s: '%s', wanted '%s'", rows[i].line, error.text, rows[i].why);
        }
        assert_null(jaas.text.data);
    }
}

TEST(a_line_cut_anywhere_is_refused)
{
    static const char whole[] = PLAIN " required username=\"al\\ni\" password='se\\12' // x\n;";
    char line[sizeof(whole)];
    for (size_t size = 0; size + 1 < sizeof(whole); size++) {
        struct jaas jaas;
        struct kc_error error = { 0 };
        (void)snprintf(line, sizeof(line), "%.*s", (int)size, whole);
        assert_int_equal(jaas_parse(line, &jaas, &error), KC_ERR_INVALID);
    }
}

TEST(too_many_options_are_refused)
{
    char line[4096] = PLAIN " required ";
    size_t size = strlen(line);
    for (int i = 0; i < JAAS_OPTIONS_MAX; i++) {
        size += (size_t)snprintf(line + size, sizeof(line) - size, "o%d=\"%d\" ", i, i);
    }
    struct jaas jaas;
    struct kc_error error = { 0 };
    (void)snprintf(line + size, sizeof(line) - size, ";");
    assert_int_equal(jaas_parse(line, &jaas, &error), KC_ERR_NONE);
    assert_true(slice_is(jaas_option(&jaas, "o31"), "31"));
    jaas_finish(&jaas);
    (void)snprintf(line + size, sizeof(line) - size, "more=x;");
    assert_int_equal(jaas_parse(line, &jaas, &error), KC_ERR_INVALID);
}
