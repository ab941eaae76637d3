/* tests: base64: RFC 4648's examples, and what is refused. */
#include "sasl/base64.h"
#include "support/test.h"

TEST(base64_is_that_of_the_rfc)
{
    static const char *const rows[][2] = { { "f", "Zg==" },         { "fo", "Zm8=" },
                                           { "foo", "Zm9v" },       { "foob", "Zm9vYg==" },
                                           { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[BASE64_TEXT_SIZE(6)];
        uint8_t bytes[6];
        size_t size = 0;
        base64_show(slice_text(rows[i][0]), text);
        assert_string_equal(text, rows[i][1]);
        assert_true(base64_parse(slice_text(rows[i][1]), strlen(rows[i][0]), bytes, &size));
        assert_true(slice_is(slice_of(bytes, size), rows[i][0]));
        assert_false(base64_parse(slice_text(rows[i][1]), strlen(rows[i][0]) - 1, bytes, &size));
    }
}

TEST(base64_takes_nothing_else)
{
    static const char *const texts[] = {
        "",      "=",     "==",   "====",  "Zg=",  "Zg",    "Zg===", "Z===",   "Zg==Zg==",
        " Zg==", "Zg== ", "Z g=", "Zg\n=", "Zg-_", "Zm9v=", "Zm=v",  "Zg==\n", "\xff\xff\xff\xff"
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        uint8_t bytes[16];
        size_t size = 99;
        if (base64_parse(slice_text(texts[i]), sizeof(bytes), bytes, &size)) {
            fail_msg("'%s' was taken for base64", texts[i]);
        }
        assert_int_equal(size, 99);
    }
}
