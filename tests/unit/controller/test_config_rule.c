/* tests: values against rules. topic_config has the table of Kafka's sentences; here is what is
 * between the rows. */
#include "controller/config_rule.h"

#include "support/test.h"

#include <string.h>

static const char *check(const struct config_rule *rule, const char *value)
{
    static char text[CONFIG_TEXT_SIZE];
    text[0] = 0;
    enum kc_err err = config_rule_check(rule, slice_text(value), text);
    assert_int_equal(err, text[0] ? KC_ERR_INVALID_CONFIG : KC_ERR_NONE);
    return text;
}

TEST(numbers_and_minus_one)
{
    const struct config_rule level = { "level", CONFIG_INT, 1, 9, NULL, true };
    const struct config_rule any = { "any", CONFIG_LONG, INT64_MIN, INT64_MAX, NULL, false };
    assert_string_equal(check(&level, " -1 "), "");
    assert_string_equal(check(&level, "9"), "");
    assert_string_equal(check(&level, "0"),
                        "Invalid value 0 for configuration level: Value must be between 1 and 9 or "
                        "equal to -1");
    assert_string_equal(check(&level, " 0012 "),
                        "Invalid value 12 for configuration level: Value must be between 1 and 9 "
                        "or equal to -1");
    assert_string_equal(check(&any, " soon "),
                        "Invalid value  soon  for configuration any: Not a number of type LONG");
    assert_string_equal(check(&any, "-9223372036854775808"), "");
    assert_string_equal(check(&any, "1 2"),
                        "Invalid value 1 2 for configuration any: Not a number of type LONG");
}

TEST(fractions)
{
    const struct config_rule part = { "part", CONFIG_DOUBLE, 0, 1, NULL, false };
    assert_string_equal(check(&part, "1e-3"), "");
    assert_string_equal(check(&part, "2"),
                        "Invalid value 2.0 for configuration part: Value must be no more than 1");
    assert_string_equal(check(&part, "0x1"),
                        "Invalid value 0x1 for configuration part: Not a number of type DOUBLE");
}

TEST(words)
{
    const struct config_rule one = { "one", CONFIG_STRING, 0, 0, "a,b", false };
    const struct config_rule list = { "list", CONFIG_LIST, 0, 0, "a,b", false };
    const struct config_rule free_text = { "free", CONFIG_STRING, 0, 0, NULL, false };
    assert_string_equal(check(&one, "b"), "");
    assert_string_equal(check(&one, "a,b"),
                        "Invalid value a,b for configuration one: String must be one of: a, b");
    assert_string_equal(check(&list, "a , b,a"), "");
    assert_string_equal(check(&list, ""), "");
    static const char *const gaps[] = { "a,", ",", "a,,b", ",a" };
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(check(&list, gaps[i]),
                            "Configuration 'list' values must not be empty.");
    }
    assert_string_equal(check(&free_text, "what, ever"), "");
}

TEST(words_of_a_list)
{
    struct slice rest = slice_text("one, two ,,three");
    assert_true(slice_is(config_next_word(&rest), "one"));
    assert_true(slice_is(config_next_word(&rest), "two"));
    assert_true(slice_is(config_next_word(&rest), ""));
    assert_true(slice_is(config_next_word(&rest), "three"));
    assert_true(slice_is_null(config_next_word(&rest)));
    assert_true(config_is_true(slice_text(" TRUE ")));
    assert_false(config_is_true(slice_text("yes")));
}
