/* console-producer: standard input, line by line. Bounded: one buffer, as large as the longest line
 * that can be sent. */
#ifndef CONSOLE_PRODUCER_LINE_READER_H
#define CONSOLE_PRODUCER_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum line_reader_result {
    LINE_READER_LINE,
    LINE_READER_TOO_LONG, /* the line was skipped; line_reader_line_size tells how long it was */
    LINE_READER_END,
    LINE_READER_FAILED /* errno tells why */
};

/* Reads like read(2): bytes read, 0 at the end, -1 with errno. */
typedef int64_t line_reader_source(void *context, void *buffer, size_t size);

struct line_reader {
    line_reader_source *source;
    void *context;
    char *buffer;
    size_t capacity;
    size_t start;   /* of what is not yet returned */
    size_t end;     /* of what is read */
    size_t scanned; /* bytes from start that are known to hold no line end */
    size_t line_bytes_max;
    uint64_t number;    /* of the line that was returned last, from 1 */
    uint64_t line_size; /* of a line too long, as far as it was read */
    bool at_end;
};

void line_reader_init(struct line_reader *reader, line_reader_source *source, void *context,
                      size_t line_bytes_max);
void line_reader_finish(struct line_reader *reader);

/* The next line without its LF or CRLF, whatever bytes it has; valid until the next call. A last
 * line without LF counts. */
enum line_reader_result line_reader_next(struct line_reader *reader, const char **ret_line,
                                         size_t *ret_size);

#endif
