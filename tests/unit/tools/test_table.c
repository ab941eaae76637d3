/* tools: tables. */
#include "common/table.h"
#include "support/test.h"

TEST(columns_grow_or_push)
{
    const struct table_column columns[] = { { "A", 4, true },
                                            { "B", 3, false },
                                            { "C", 0, false } };
    struct table table;
    struct text text = { 0 };
    table_init(&table, columns, 3);
    table_cell(&table, "longer");
    table_cell(&table, "pushes");
    table_number(&table, 12);
    table_cell(&table, "gr\xc3\xbc");
    table_cell(&table, NULL);
    table_number(&table, -1);
    assert_int_equal(table_rows(&table), 2);
    table_write(&table, "|", &text);
    assert_string_equal(text_view(&text),
                        "A      B   C|\nlonger pushes 12|\ngr\xc3\xbc    -   -|\n");
    text_finish(&text);
    table_finish(&table);
}

TEST(only_the_titles)
{
    const struct table_column columns[] = { { "GROUP", 15, true }, { "X", 5, false } };
    struct table table;
    struct text text = { 0 };
    table_init(&table, columns, 2);
    table_write(&table, "", &text);
    assert_string_equal(text_view(&text), "GROUP           X    \n");
    text_finish(&text);
    table_finish(&table);
}

TEST(many_rows)
{
    const struct table_column columns[] = { { "N", 1, false } };
    struct table table;
    table_init(&table, columns, 1);
    for (int i = 0; i < 1000; i++) {
        table_number(&table, i);
    }
    assert_int_equal(table_rows(&table), 1000);
    assert_string_equal(table.cells[999], "999");
    table_finish(&table);
}
