/* tools: JSON. */
#include "common/json.h"
#include "support/test.h"

TEST(nesting_and_commas)
{
    struct text text = { 0 };
    struct json json = { .text = &text };
    const int32_t numbers[] = { 1, -2 };
    json_open(&json, '[');
    json_open(&json, '{');
    json_name(&json, "a");
    json_numbers(&json, numbers, 2);
    json_name(&json, "b");
    json_numbers(&json, NULL, 0);
    json_close(&json, '}');
    json_open(&json, '{');
    json_close(&json, '}');
    json_null(&json);
    json_bool(&json, true);
    json_string(&json, NULL);
    json_number(&json, INT64_MIN);
    json_close(&json, ']');
    assert_string_equal(text_view(&text),
                        "[{\"a\":[1,-2],\"b\":[]},{},null,true,null,-9223372036854775808]");
    text_finish(&text);
}

TEST(strings_are_escaped)
{
    struct text text = { 0 };
    struct json json = { .text = &text };
    json_string(&json, "a\"b\\c\n\x1f\x7f gr\xc3\xbc");
    assert_string_equal(text_view(&text), "\"a\\\"b\\\\c\\u000a\\u001f\\u007f gr\xc3\xbc\"");
    text_finish(&text);
}
