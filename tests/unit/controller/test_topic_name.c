/* tests: names of topics. */
#include "controller/topic_name.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define OTHERS "' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"

TEST(legal)
{
    static const char *const names[] = {
        "a", "A.b_c-9", "...", ".a", "-", "_", "__consumer_offsets"
    };
    char text[TOPIC_NAME_TEXT_SIZE];
    char longest[TOPIC_NAME_SIZE_MAX];
    memset(longest, 'n', sizeof(longest));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_true(topic_name_is_valid(slice_text(names[i]), text));
    }
    assert_true(topic_name_is_valid(slice_of(longest, sizeof(longest)), text));
}

TEST(illegal)
{
    static const char *const cases[][2] = {
        { "", "Topic name is invalid: the empty string is not allowed" },
        { ".", "Topic name is invalid: '.' is not allowed" },
        { "..", "Topic name is invalid: '..' is not allowed" },
        { "has space", "Topic name is invalid: 'has space" OTHERS },
        { "a/b", "Topic name is invalid: 'a/b" OTHERS },
        { "gr\xc3\xb6\xc3\x9f"
          "e",
          "Topic name is invalid: 'gr\xc3\xb6\xc3\x9f"
          "e" OTHERS },
        { "a\nb", "Topic name is invalid: 'a?b" OTHERS },
    };
    char text[TOPIC_NAME_TEXT_SIZE];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_false(topic_name_is_valid(slice_text(cases[i][0]), text));
        assert_string_equal(text, cases[i][1]);
    }
    assert_false(topic_name_is_valid(slice_of("a\0b", 3), text));
    assert_string_equal(text, "Topic name is invalid: 'a?b" OTHERS);
    for (int c = 1; c < 256; c++) {
        char name[2] = { (char)c, 0 };
        bool legal = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '_' || c == '-';
        assert_int_equal(topic_name_is_valid(slice_text(name), text), legal);
    }
}

TEST(too_long)
{
    char text[TOPIC_NAME_TEXT_SIZE];
    char expected[TOPIC_NAME_TEXT_SIZE];
    char name[1000];
    memset(name, 'n', sizeof(name));
    assert_false(topic_name_is_valid(slice_of(name, 250), text));
    (void)snprintf(expected, sizeof(expected),
                   "Topic name is invalid: the length of '%.250s' is longer than the max allowed "
                   "length 249",
                   name);
    assert_string_equal(text, expected);
    assert_false(topic_name_is_valid(slice_of(name, sizeof(name)), text));
    assert_true(strlen(text) < TOPIC_NAME_TEXT_SIZE);
}

static void check_fold(const char *name, const char *folded)
{
    char out[16] = "";
    assert_int_equal(topic_name_fold(slice_text(name), out), folded != NULL);
    assert_string_equal(out, folded ? folded : name);
}

TEST(collisions)
{
    check_fold("my.topic", "my_topic");
    check_fold("my_topic", "my_topic");
    check_fold("a.b_c", "a_b_c");
    check_fold("a-b", NULL);
    assert_true(topic_name_is_internal(slice_text("__consumer_offsets")));
    assert_false(topic_name_is_internal(slice_text("__consumer_offset")));
}
