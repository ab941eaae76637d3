/* tests: JSON is written as it should be, also what needs escapes. */
#include "client/json_text.h"
#include "support/test.h"

#include <stdlib.h>

TEST(objects_numbers_and_strings)
{
    struct json_text text;
    json_text_init(&text);
    json_text_open(&text, NULL);
    json_text_number(&text, "least", INT64_MIN);
    json_text_open(&text, "empty");
    json_text_close(&text);
    json_text_open(&text, "in \"it\"");
    json_text_string(&text, "a\\b", "line\nbreak\x01 \xc3\xa9");
    json_text_number(&text, "n", 9007199254740993);
    json_text_close(&text);
    json_text_bool(&text, "yes", true);
    json_text_bool(&text, "no", false);
    json_text_number(&text, "last", 0);
    json_text_close(&text);
    char *json = json_text_take(&text);
    json_text_finish(&text);
    assert_string_equal(json, "{\"least\":-9223372036854775808,\"empty\":{},\"in \\\"it\\\"\":"
                              "{\"a\\\\b\":\"line\\u000abreak\\u0001 \xc3\xa9\","
                              "\"n\":9007199254740993},\"yes\":true,\"no\":false,\"last\":0}");
    free(json);
}
