/* console-producer: finds lines in large reads, without copying them. */
#include "console-producer/line_reader.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 256 * 1024 };

void line_reader_init(struct line_reader *reader, line_reader_source *source, void *context,
                      size_t line_bytes_max)
{
    *reader = (struct line_reader){ .source = source,
                                    .context = context,
                                    .capacity = CAPACITY_MIN,
                                    .line_bytes_max = line_bytes_max };
    reader->buffer = memory_alloc(reader->capacity);
}

void line_reader_finish(struct line_reader *reader)
{
    free(reader->buffer);
    *reader = (struct line_reader){ 0 };
}

/* Room behind what is there: the rest moves to the front, or the buffer doubles up to the limit
 * plus the line end. False: the line is over the limit. */
static bool make_room(struct line_reader *reader)
{
    if (reader->start > 0) {
        memmove(reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
        reader->end -= reader->start;
        reader->start = 0;
    }
    if (reader->end < reader->capacity) {
        return true;
    }
    if (reader->capacity > reader->line_bytes_max + 2) {
        return false;
    }
    size_t capacity = reader->capacity * 2;
    if (capacity > reader->line_bytes_max + 3) {
        capacity = reader->line_bytes_max + 3;
    }
    reader->buffer = memory_grow(reader->buffer, capacity, 1);
    reader->capacity = capacity;
    return true;
}

/* Reads more; false at a failure. */
static bool fill(struct line_reader *reader)
{
    int64_t size = reader->source(reader->context, reader->buffer + reader->end,
                                  reader->capacity - reader->end);
    if (size < 0) {
        return false;
    }
    reader->at_end = size == 0;
    reader->end += (size_t)size;
    return true;
}

/* Drops the rest of a line that is too long. */
static enum line_reader_result skip(struct line_reader *reader)
{
    reader->line_size = reader->end - reader->start;
    while (true) {
        reader->start = 0;
        reader->end = 0;
        reader->scanned = 0;
        if (reader->at_end) {
            return LINE_READER_TOO_LONG;
        }
        if (!fill(reader)) {
            return LINE_READER_FAILED;
        }
        const char *found = memchr(reader->buffer, '\n', reader->end);
        if (found) {
            reader->start = (size_t)(found - reader->buffer) + 1;
            reader->line_size += reader->start - 1;
            return LINE_READER_TOO_LONG;
        }
        reader->line_size += reader->end;
    }
}

static enum line_reader_result take(struct line_reader *reader, size_t size, size_t end_size,
                                    const char **ret_line, size_t *ret_size)
{
    const char *line = reader->buffer + reader->start;
    reader->start += size + end_size;
    reader->scanned = 0;
    reader->number++;
    if (end_size > 0 && size > 0 && line[size - 1] == '\r') {
        size--;
    }
    if (size > reader->line_bytes_max) {
        reader->line_size = size;
        return LINE_READER_TOO_LONG;
    }
    *ret_line = line;
    *ret_size = size;
    return LINE_READER_LINE;
}

enum line_reader_result line_reader_next(struct line_reader *reader, const char **ret_line,
                                         size_t *ret_size)
{
    while (true) {
        const char *from = reader->buffer + reader->start + reader->scanned;
        size_t unread = reader->end - reader->start;
        const char *found = memchr(from, '\n', unread - reader->scanned);
        if (found) {
            size_t size = (size_t)(found - (reader->buffer + reader->start));
            return take(reader, size, 1, ret_line, ret_size);
        }
        reader->scanned = unread;
        if (reader->at_end) {
            return unread == 0 ? LINE_READER_END : take(reader, unread, 0, ret_line, ret_size);
        }
        if (!make_room(reader)) {
            reader->number++;
            return skip(reader);
        }
        if (!fill(reader)) {
            return LINE_READER_FAILED;
        }
    }
}
