/* tools: Java properties files and name=value words. */
#include "common/properties.h"
#include "support/test.h"

#include <string.h>

static struct properties parse(const char *text)
{
    struct properties properties = { 0 };
    properties_parse(&properties, text, strlen(text));
    return properties;
}

TEST(separators_and_blanks)
{
    struct properties properties =
        parse("a=1\n b : 2\r\nc\t3\n  d   =   four words  \ne\n=empty\n");
    assert_int_equal(properties.count, 6);
    assert_string_equal(properties_get(&properties, "a"), "1");
    assert_string_equal(properties_get(&properties, "b"), "2");
    assert_string_equal(properties_get(&properties, "c"), "3");
    assert_string_equal(properties_get(&properties, "d"), "four words  ");
    assert_string_equal(properties_get(&properties, "e"), "");
    assert_string_equal(properties_get(&properties, ""), "empty");
    properties_finish(&properties);
}

TEST(comments_and_empty_lines)
{
    struct properties properties = parse("# a=1\n\n   ! b=2\r\n\r\nc=#3\n# no end");
    assert_int_equal(properties.count, 1);
    assert_string_equal(properties_get(&properties, "c"), "#3");
    properties_finish(&properties);
}

TEST(continuations)
{
    struct properties properties = parse("a=one,\\\n    two\\\r\n\tthree\nb=x\\\\\nc=last\\");
    assert_string_equal(properties_get(&properties, "a"), "one,twothree");
    assert_string_equal(properties_get(&properties, "b"), "x\\");
    assert_string_equal(properties_get(&properties, "c"), "last");
    properties_finish(&properties);
}

TEST(escapes)
{
    struct properties properties =
        parse("a\\=b\\ c=\\t|\\n|\\u00e9|\\u20ac|\\q|\\:\npath=c:\\\\dir=x\n");
    assert_string_equal(properties_get(&properties, "a=b c"), "\t|\n|\xc3\xa9|\xe2\x82\xac|q|:");
    assert_string_equal(properties_get(&properties, "path"), "c:\\dir=x");
    properties_finish(&properties);
}

TEST(separator_that_is_a_blank_is_not_kept)
{
    struct properties properties = parse("key.separator=|\nnull.marker=\n");
    assert_string_equal(properties_get(&properties, "key.separator"), "|");
    assert_string_equal(properties_get(&properties, "null.marker"), "");
    properties_finish(&properties);
}

TEST(later_wins)
{
    struct properties properties = parse("a=1\na=2\n");
    properties_argument(&properties, "a=3");
    properties_argument(&properties, "b==");
    properties_argument(&properties, "c");
    assert_int_equal(properties.count, 3);
    assert_string_equal(properties_get(&properties, "a"), "3");
    assert_string_equal(properties_get(&properties, "b"), "=");
    assert_string_equal(properties_get(&properties, "c"), "");
    assert_null(properties_get(&properties, "d"));
    properties_finish(&properties);
}

TEST(truth)
{
    struct properties properties = parse("a=true\nb=TRUE \nc=yes\nd=truely\ne=\n");
    assert_true(properties_is_true(&properties, "a"));
    assert_true(properties_is_true(&properties, "b"));
    assert_false(properties_is_true(&properties, "c"));
    assert_false(properties_is_true(&properties, "d"));
    assert_false(properties_is_true(&properties, "e"));
    assert_false(properties_is_true(&properties, "f"));
    properties_finish(&properties);
}
