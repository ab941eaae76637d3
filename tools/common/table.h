/* tools: tables as Kafka's tools print them: columns padded to a least width, or to the longest
 * value when that is more, one blank between. */
#ifndef COMMON_TABLE_H
#define COMMON_TABLE_H

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { TABLE_COLUMNS_MAX = 12 };

struct table_column {
    const char *title;
    size_t width; /* 0: not padded */
    bool grows;   /* with its longest value; else long values push the rest to the right */
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    char **cells; /* row after row */
    size_t cell_count;
};

/* `columns` stay the caller's. */
void table_init(struct table *table, const struct table_column *columns, size_t column_count);

/* Adds the next cell (copied); after column_count cells a new row begins. NULL prints as "-". */
void table_cell(struct table *table, const char *text);
/* A number; below 0 prints as "-". */
void table_number(struct table *table, int64_t value);
size_t table_rows(const struct table *table);

/* The title line and all rows; `tail` is put at the end of each line. */
void table_write(const struct table *table, const char *tail, struct text *text);
void table_finish(struct table *table);

#endif
