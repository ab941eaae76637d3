/* tools: --print-metrics: a table as Kafka's performance tools print it. */
#ifndef COMMON_METRICS_H
#define COMMON_METRICS_H

#include "common/text.h"

/* `name` is Kafka's: GROUP:NAME:{TAG=VALUE, ...}. */
struct metrics_row {
    const char *name;
    double value;
};

/* Appends an empty line, the title and the rows in the order given. */
void metrics_write(const struct metrics_row *rows, size_t count, struct text *text);

#endif
