/* tools: the table of --print-metrics. */
#include "common/metrics.h"

#include <math.h>
#include <string.h>

void metrics_write(const struct metrics_row *rows, size_t count, struct text *text)
{
    size_t width = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(rows[i].name);
        width = size > width ? size : width;
    }
    text_format(text, "\n%-*s   Value\n", (int)width, "Metric Name");
    for (size_t i = 0; i < count; i++) {
        text_format(text, "%-*s : ", (int)width, rows[i].name);
        if (isnan(rows[i].value)) {
            text_add(text, "NaN\n");
        } else {
            text_format(text, "%.3f\n", rows[i].value);
        }
    }
}
