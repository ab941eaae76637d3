/* consumer-groups: the CSV files of --from-file and --export. */
#ifndef CONSUMER_GROUPS_CSV_H
#define CONSUMER_GROUPS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CSV_ROWS_MAX = 1000000 };

struct csv_row {
    char *group; /* NULL: the line had none */
    char *topic;
    int32_t partition;
    int64_t offset;
};

/* Zero-initialise. */
struct csv {
    struct csv_row *rows;
    size_t count;
    size_t capacity;
};

/* Lines "topic,partition,offset" or "group,topic,partition,offset"; fields may stand in double
 * quotes, empty lines do not count. False: ret_error names the line and what is wrong. */
bool csv_parse(struct csv *csv, const char *text, size_t size, char *ret_error, size_t error_size);
void csv_finish(struct csv *csv);

#endif
