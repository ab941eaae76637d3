/* tests: rows of a table of error classes. */
#include "class_row.h"

#include <libclient/error.h>
#include <stdlib.h>
#include <string.h>

void class_row_need(const struct class_row *row, bool holds, const char *what)
{
    if (!holds) {
        fail_msg("line %d: %s, %s, %s should be %s: %s", row->number, row->columns[0],
                 row->columns[1], row->is_after ? "after" : row->columns[2], row->columns[3], what);
    }
}

void class_table_open(struct class_table *table, const char *path)
{
    size_t size;
    *table = (struct class_table){ .text = test_read_file(path, &size) };
    table->next = table->text;
}

void class_table_close(struct class_table *table)
{
    free(table->text);
}

static void parse(char *line, int number, struct class_row *ret_row)
{
    *ret_row = (struct class_row){ .number = number };
    for (int i = 0; i < CLASS_ROW_COLUMNS; i++) {
        ret_row->columns[i] = strsep(&line, "\t");
        assert_non_null(ret_row->columns[i]);
    }
    char *rest;
    ret_row->code = (int)strtol(ret_row->columns[1], &rest, 10);
    ret_row->is_cut = strcmp(ret_row->columns[2], "cut") == 0;
    ret_row->is_after = strcmp(ret_row->columns[2], "after") == 0;
    const char *name = ret_row->is_cut ? "bytes" : kc_err_name((enum kc_err)ret_row->code);
    class_row_need(ret_row, *rest == ' ' && strcmp(rest + 1, name) == 0,
                   "the code has another name");
}

bool class_table_next(struct class_table *table, const char *api, struct class_row *row)
{
    if (row->number > 0 && strcmp(row->columns[2], "both") == 0 && !row->is_after) {
        row->is_after = true;
        return true;
    }
    for (char *line; (line = strsep(&table->next, "\n")) != NULL;) {
        table->number++;
        if (line[0] == '#' || line[0] == '\0') {
            continue;
        }
        parse(line, table->number, row);
        if (!api || strcmp(class_row_api(row), api) == 0) {
            return true;
        }
    }
    return false;
}

bool class_row_is(const struct class_row *row, const char *name)
{
    return strcmp(row->columns[3], name) == 0;
}

struct bl_fault class_row_fault(const struct class_row *row, unsigned count)
{
    return (struct bl_fault){ .api = class_row_api(row),
                              .count = count,
                              .after = row->is_after,
                              .deed = row->is_cut ? BL_CUT_REPLY : BL_ERROR,
                              .value = row->code };
}
