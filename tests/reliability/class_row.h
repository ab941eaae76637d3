/* tests: rows of a table of error classes: which API answers which code at which moment, and what
 * becomes of it. */
#ifndef RELIABILITY_CLASS_ROW_H
#define RELIABILITY_CLASS_ROW_H

#include "support/test.h"

#include <broker-lite/fault.h>

enum { CLASS_ROW_COLUMNS = 4 };

struct class_row {
    int number; /* line of the table */
    char *columns[CLASS_ROW_COLUMNS];
    int code; /* or bytes */
    bool is_cut;
    bool is_after;
};

/* A table in memory. */
struct class_table {
    char *text;
    char *next;
    int number;
};

void class_table_open(struct class_table *table, const char *path);
void class_table_close(struct class_table *table);

/* The next row of the API (NULL: of any); false at the end. A row of both moments comes twice. */
bool class_table_next(struct class_table *table, const char *api, struct class_row *row);

static inline const char *class_row_api(const struct class_row *row)
{
    return row->columns[0];
}

bool class_row_is(const struct class_row *row, const char *name);

/* The fault that the row tells of, so often. */
struct bl_fault class_row_fault(const struct class_row *row, unsigned count);

/* Fails the test, telling of the row, unless it holds. */
void class_row_need(const struct class_row *row, bool holds, const char *what);

#endif
