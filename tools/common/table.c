/* tools: collects cells, measures, prints. */
#include "common/table.h"

#include "common/memory.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void table_init(struct table *table, const struct table_column *columns, size_t column_count)
{
    assert(column_count <= TABLE_COLUMNS_MAX);
    *table = (struct table){ .columns = columns, .column_count = column_count };
}

void table_cell(struct table *table, const char *text)
{
    text = text ? text : "-";
    if (table->cell_count % 64 == 0) {
        table->cells = memory_grow(table->cells, table->cell_count + 64, sizeof *table->cells);
    }
    table->cells[table->cell_count++] = memory_copy(text, strlen(text));
}

void table_number(struct table *table, int64_t value)
{
    char text[24] = "-";
    if (value >= 0) {
        snprintf(text, sizeof text, "%" PRId64, value);
    }
    table_cell(table, text);
}

size_t table_rows(const struct table *table)
{
    return table->cell_count / table->column_count;
}

/* Characters, not bytes. */
static size_t length(const char *text)
{
    size_t count = 0;
    for (; *text; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

static void write_cell(const char *cell, size_t width, struct text *text)
{
    size_t size = length(cell);
    text_add(text, cell);
    if (size < width) {
        text_pad(text, width - size);
    }
}

void table_write(const struct table *table, const char *tail, struct text *text)
{
    size_t widths[TABLE_COLUMNS_MAX];
    for (size_t i = 0; i < table->column_count; i++) {
        widths[i] = table->columns[i].width;
        for (size_t at = i; table->columns[i].grows && at < table->cell_count;
             at += table->column_count) {
            size_t size = length(table->cells[at]);
            widths[i] = size > widths[i] ? size : widths[i];
        }
    }
    for (size_t i = 0; i < table->column_count; i++) {
        text_add(text, i > 0 ? " " : "");
        write_cell(table->columns[i].title, widths[i], text);
    }
    text_format(text, "%s\n", tail);
    for (size_t at = 0; at < table->cell_count; at++) {
        size_t column = at % table->column_count;
        text_add(text, column > 0 ? " " : "");
        write_cell(table->cells[at], widths[column], text);
        if (column + 1 == table->column_count) {
            text_format(text, "%s\n", tail);
        }
    }
}

void table_finish(struct table *table)
{
    for (size_t i = 0; i < table->cell_count; i++) {
        free(table->cells[i]);
    }
    free(table->cells);
    *table = (struct table){ 0 };
}
