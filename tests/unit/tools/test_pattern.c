/* tools: patterns over names. */
#include "common/pattern.h"
#include "support/test.h"

#include <stdlib.h>

static bool matches(const char *words, const char *name)
{
    char error[128];
    char *expression = pattern_of_topics(words);
    struct pattern *pattern = pattern_create(expression, error, sizeof error);
    assert_non_null(pattern);
    bool result = pattern_matches(pattern, name);
    pattern_destroy(pattern);
    free(expression);
    return result;
}

TEST(whole_names)
{
    assert_true(matches("alpha", "alpha"));
    assert_false(matches("alpha", "alpha2"));
    assert_false(matches("lpha", "alpha"));
    assert_true(matches("a.*|beta", "beta"));
    assert_true(matches("a.*|beta", "assigned"));
    assert_false(matches("a|ab", "abc"));
    assert_true(matches("a|ab", "ab"));
    assert_true(matches("other.topic", "other_topic"));
}

TEST(commas_quotes_blanks)
{
    assert_true(matches("alpha, beta", "beta"));
    assert_true(matches("\"alpha,beta\"", "alpha"));
    assert_false(matches("alpha,beta", "alpha,beta"));
}

TEST(not_an_expression)
{
    char error[128] = "";
    assert_null(pattern_create("[", error, sizeof error));
    assert_true(error[0] != '\0');
}

TEST(re2_syntax)
{
    assert_null(pattern_re2_error("a.*|b+"));
    assert_null(pattern_re2_error("[(?!a)]x"));
    assert_null(pattern_re2_error("(?:a|b)+?"));
    assert_null(pattern_re2_error("(?P<name>a)"));
    assert_string_equal(pattern_re2_error("["), "missing closing ]");
    assert_string_equal(pattern_re2_error("(a"), "missing closing )");
    assert_string_equal(pattern_re2_error("(?!a)b"), "invalid or unsupported Perl syntax");
    assert_string_equal(pattern_re2_error("(?<=a)b"), "invalid or unsupported Perl syntax");
    assert_string_equal(pattern_re2_error("*a"), "missing argument to repetition operator");
    assert_non_null(pattern_re2_error("(a)\\1"));
    assert_non_null(pattern_re2_error("a++"));
}
