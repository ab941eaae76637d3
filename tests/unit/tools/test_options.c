/* tools: the command line's syntax. */
#include "common/options.h"
#include "common/usage.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

static const struct options_row rows[] = {
    { "topic", OPTIONS_VALUE, "TOPIC", "The topic." },
    { "list", OPTIONS_FLAG, NULL, "Lists." },
    { "codec", OPTIONS_OPTIONAL_VALUE, "CODEC", "The codec." },
    { "offset", OPTIONS_VALUE, "OFFSET", "The offset." },
    { "set", OPTIONS_VALUES, "NAME=VALUE", "Settings." },
};
static const struct options_tool tool = { "tool", "Does it.", "", rows, 5 };

static bool read(struct options *options, const char *one, const char *two, const char *three,
                 const char *four)
{
    const char *words[] = { one, two, three, four };
    int count = 0;
    while (count < 4 && words[count]) {
        count++;
    }
    return options_read(options, &tool, count, (char *const *)words);
}

TEST(value_after_blank_or_equals)
{
    struct options options;
    assert_true(read(&options, "--topic", "a", "--offset=5", NULL));
    assert_string_equal(options_value(&options, "topic"), "a");
    assert_string_equal(options_value(&options, "offset"), "5");
    assert_int_equal(options_number(&options, "offset", 0, 100, -1), 5);
    assert_int_equal(options_number(&options, "list", 0, 100, -7), -7);
    assert_false(options_has(&options, "list"));
    options_finish(&options);
}

TEST(values_up_to_the_next_option)
{
    struct options options;
    assert_true(read(&options, "--set", "a=1", "b=2", "--list"));
    assert_int_equal(options_count(&options, "set"), 2);
    assert_string_equal(options_at(&options, "set", 0), "a=1");
    assert_string_equal(options_at(&options, "set", 1), "b=2");
    assert_true(options_has(&options, "list"));
    options_finish(&options);
    assert_false(read(&options, "--set", "--list", NULL, NULL));
    assert_string_equal(options.error, "Option set requires an argument");
    options_finish(&options);
}

TEST(an_optional_value_may_be_a_negative_number)
{
    struct options options;
    assert_true(read(&options, "--codec", "-1", "--codec", NULL));
    assert_int_equal(options_count(&options, "codec"), 1);
    assert_string_equal(options_at(&options, "codec", 0), "-1");
    options_finish(&options);
}

TEST(value_may_hold_equals_or_be_empty)
{
    struct options options;
    assert_true(read(&options, "--topic=a=b=", "--offset=", NULL, NULL));
    assert_string_equal(options_value(&options, "topic"), "a=b=");
    assert_string_equal(options_value(&options, "offset"), "");
    options_finish(&options);
    assert_true(read(&options, "--topic", "", NULL, NULL));
    assert_string_equal(options_value(&options, "topic"), "");
    options_finish(&options);
}

TEST(value_may_begin_with_a_dash)
{
    struct options options;
    assert_true(read(&options, "--offset", "-3", "--topic", "--other"));
    assert_string_equal(options_value(&options, "offset"), "-3");
    assert_string_equal(options_value(&options, "topic"), "--other");
    options_finish(&options);
}

TEST(one_dash_works_as_in_joptsimple)
{
    struct options options;
    assert_true(read(&options, "-topic", "a", "-", "-list"));
    assert_string_equal(options_value(&options, "topic"), "a");
    assert_true(options_has(&options, "list"));
    options_finish(&options);
}

TEST(unknown_option_is_named)
{
    struct options options;
    assert_false(read(&options, "--list", "--nope=3", NULL, NULL));
    assert_string_equal(options.error, "nope is not a recognized option");
    options_finish(&options);
}

TEST(no_abbreviation)
{
    struct options options;
    assert_false(read(&options, "--top", "a", NULL, NULL));
    assert_string_equal(options.error, "top is not a recognized option");
    options_finish(&options);
    assert_false(read(&options, "--topics", "a", NULL, NULL));
    options_finish(&options);
}

TEST(missing_value_is_named)
{
    struct options options;
    assert_false(read(&options, "--list", "--topic", NULL, NULL));
    assert_string_equal(options.error, "Option topic requires an argument");
    options_finish(&options);
    assert_false(read(&options, "--topic", "--list", NULL, NULL));
    assert_string_equal(options.error, "Option topic requires an argument");
    options_finish(&options);
    assert_false(read(&options, "--topic", "--offset=3", NULL, NULL));
    options_finish(&options);
}

TEST(flag_takes_no_value)
{
    struct options options;
    assert_false(read(&options, "--list=yes", NULL, NULL, NULL));
    assert_string_equal(options.error, "Option list takes no argument");
    options_finish(&options);
}

TEST(optional_value)
{
    struct options options;
    assert_true(read(&options, "--codec", "--list", NULL, NULL));
    assert_true(options_has(&options, "codec"));
    assert_null(options_value(&options, "codec"));
    options_finish(&options);
    assert_true(read(&options, "--codec", "zstd", "--codec=lz4", "--codec"));
    assert_int_equal(options_count(&options, "codec"), 2);
    assert_string_equal(options_at(&options, "codec", 0), "zstd");
    assert_string_equal(options_at(&options, "codec", 1), "lz4");
    assert_null(options_at(&options, "codec", 2));
    options_finish(&options);
}

TEST(repeated_and_stray_words)
{
    struct options options;
    assert_true(read(&options, "stray", "--topic=a", "--topic=b", "more"));
    assert_int_equal(options_count(&options, "topic"), 2);
    assert_string_equal(options_at(&options, "topic", 1), "b");
    options_finish(&options);
}

TEST(two_dashes_end_the_options)
{
    struct options options;
    assert_true(read(&options, "--list", "--", "--topic", NULL));
    assert_true(options_has(&options, "list"));
    assert_false(options_has(&options, "topic"));
    options_finish(&options);
}

TEST(common_options_are_known)
{
    struct options options;
    assert_true(read(&options, "--help", "--version", "--dump-options", NULL));
    assert_true(options_has(&options, "help"));
    assert_true(options_has(&options, "version"));
    assert_true(options_has(&options, "dump-options"));
    options_finish(&options);
}

TEST(help_and_dump_tell_every_option)
{
    struct text help = { 0 };
    struct text dump = { 0 };
    usage_help(&tool, &help);
    usage_dump(&tool, &dump);
    assert_int_equal(strncmp(text_view(&help), "Does it.\n", 9), 0);
    for (size_t i = 0; i < tool.row_count; i++) {
        char word[64];
        snprintf(word, sizeof word, "\n  --%s", rows[i].name);
        assert_non_null(strstr(text_view(&help), word));
        assert_non_null(strstr(text_view(&help), rows[i].text));
    }
    assert_non_null(strstr(text_view(&help), "--codec [CODEC]"));
    assert_non_null(strstr(text_view(&help), "--version"));
    assert_int_equal(strncmp(text_view(&dump), "topic\tvalue\tTOPIC\tThe topic.\n", 28), 0);
    assert_non_null(strstr(text_view(&dump), "\nlist\tflag\t\tLists.\n"));
    assert_non_null(strstr(text_view(&dump), "\nhelp\tflag\t\t"));
    text_finish(&help);
    text_finish(&dump);
}
