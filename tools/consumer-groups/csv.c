/* consumer-groups: reads CSV. */
#include "consumer-groups/csv.h"

#include "common/memory.h"
#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 4 };

/* One field, unquoted into malloc'ed memory; *position ends at the comma or the line's end. */
static char *read_field(const char *line, size_t size, size_t *position)
{
    char *field = memory_alloc(size + 1);
    size_t count = 0;
    size_t at = *position;
    bool quoted = at < size && line[at] == '"';
    at += quoted;
    while (at < size && (quoted || line[at] != ',')) {
        if (quoted && line[at] == '"') {
            if (at + 1 < size && line[at + 1] == '"') {
                at++;
            } else {
                quoted = false;
                at++;
                continue;
            }
        }
        field[count++] = line[at++];
    }
    *position = at;
    if (quoted) { /* the quote never ends */
        free(field);
        return NULL;
    }
    return field;
}

static bool store(struct csv *csv, char **fields, size_t count)
{
    int64_t partition = 0;
    int64_t offset = 0;
    if (count < 3 || !number_parse(fields[count - 2], 0, INT32_MAX, &partition) ||
        !number_parse(fields[count - 1], INT64_MIN, INT64_MAX, &offset)) {
        return false;
    }
    if (csv->count == csv->capacity) {
        csv->capacity = csv->capacity * 2 + 16;
        csv->rows = memory_grow(csv->rows, csv->capacity, sizeof *csv->rows);
    }
    struct csv_row *row = &csv->rows[csv->count++];
    *row = (struct csv_row){ .partition = (int32_t)partition, .offset = offset };
    row->topic = memory_copy(fields[count - 3], strlen(fields[count - 3]));
    if (count == 4) {
        row->group = memory_copy(fields[0], strlen(fields[0]));
    }
    return true;
}

static bool parse_line(struct csv *csv, const char *line, size_t size)
{
    char *fields[FIELDS_MAX] = { NULL };
    size_t count = 0;
    size_t position = 0;
    bool good = csv->count < CSV_ROWS_MAX;
    while (good) {
        char *field = count < FIELDS_MAX ? read_field(line, size, &position) : NULL;
        good = field != NULL;
        if (good) {
            fields[count++] = field;
        }
        if (position >= size) {
            break;
        }
        good = good && line[position] == ',';
        position++;
    }
    good = good && store(csv, fields, count);
    for (size_t i = 0; i < count; i++) {
        free(fields[i]);
    }
    return good;
}

bool csv_parse(struct csv *csv, const char *text, size_t size, char *ret_error, size_t error_size)
{
    size_t number = 0;
    for (size_t start = 0; start < size;) {
        const char *end = memchr(text + start, '\n', size - start);
        size_t length = end ? (size_t)(end - (text + start)) : size - start;
        size_t line = length > 0 && text[start + length - 1] == '\r' ? length - 1 : length;
        number++;
        if (line > 0 && !parse_line(csv, text + start, line)) {
            snprintf(ret_error, error_size,
                     "line %zu is not topic,partition,offset or group,topic,partition,offset: %.*s",
                     number, (int)(line < 200 ? line : 200), text + start);
            return false;
        }
        start += length + 1;
    }
    return true;
}

void csv_finish(struct csv *csv)
{
    for (size_t i = 0; i < csv->count; i++) {
        free(csv->rows[i].group);
        free(csv->rows[i].topic);
    }
    free(csv->rows);
    *csv = (struct csv){ 0 };
}
