/* tools: CSV files of offsets. */
#include "consumer-groups/csv.h"
#include "support/test.h"

#include <string.h>

static bool parse(struct csv *csv, const char *text, char *error)
{
    *csv = (struct csv){ 0 };
    error[0] = '\0';
    return csv_parse(csv, text, strlen(text), error, 400);
}

TEST(three_and_four_fields)
{
    struct csv csv;
    char error[400];
    assert_true(parse(&csv, "a,0,1\n\ng,b,2,-3\r\n\"x\"\"y\",4,5", error));
    assert_int_equal(csv.count, 3);
    assert_null(csv.rows[0].group);
    assert_string_equal(csv.rows[0].topic, "a");
    assert_int_equal(csv.rows[0].offset, 1);
    assert_string_equal(csv.rows[1].group, "g");
    assert_string_equal(csv.rows[1].topic, "b");
    assert_int_equal(csv.rows[1].partition, 2);
    assert_int_equal(csv.rows[1].offset, -3);
    assert_string_equal(csv.rows[2].topic, "x\"y");
    csv_finish(&csv);
}

TEST(quoted_comma)
{
    struct csv csv;
    char error[400];
    assert_true(parse(&csv, "\"g,1\",\"a\",\"0\",\"7\"\n", error));
    assert_string_equal(csv.rows[0].group, "g,1");
    assert_int_equal(csv.rows[0].offset, 7);
    csv_finish(&csv);
}

static void bad(const char *text, const char *line)
{
    struct csv csv;
    char error[400];
    assert_false(parse(&csv, text, error));
    assert_int_equal(strncmp(error, line, strlen(line)), 0);
    csv_finish(&csv);
}

TEST(malformed)
{
    bad("a;0;1\n", "line 1 ");
    bad("a,0,1\na,x,1\n", "line 2 ");
    bad("a,0\n", "line 1 ");
    bad("a,b,c,0,1\n", "line 1 ");
    bad("a,-1,1\n", "line 1 ");
    bad("\n\"a,0,1\n", "line 2 ");
    bad("\"a\"x,0,1,\n", "line 1 ");
    bad("a,0,1,\n", "line 1 ");
    bad("a,0,99999999999999999999\n", "line 1 ");
}

TEST(nothing)
{
    struct csv csv;
    char error[400];
    assert_true(parse(&csv, "", error));
    assert_int_equal(csv.count, 0);
    csv_finish(&csv);
}
