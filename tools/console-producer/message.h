/* console-producer: a line becomes a record, by the reader properties of Kafka's
 * LineMessageReader. */
#ifndef CONSOLE_PRODUCER_MESSAGE_H
#define CONSOLE_PRODUCER_MESSAGE_H

#include "common/properties.h"

#include <libclient/record.h>

enum { MESSAGE_HEADERS_MAX = 10000 };

struct message_separator {
    const char *text;
    size_t size;
};

/* How lines are cut. Borrows the properties. */
struct message_format {
    bool parse_key;
    bool parse_headers;
    bool ignore_error;
    struct message_separator key_separator;
    struct message_separator headers_delimiter;
    struct message_separator headers_separator;
    struct message_separator headers_key_separator;
    struct message_separator null_marker; /* text NULL: none */
    struct kc_header *headers;            /* scratch, reused from line to line */
    size_t header_capacity;
    char error[512];
};

/* False with error set when the separators contradict each other. */
bool message_format_init(struct message_format *format, const struct properties *properties);
void message_format_finish(struct message_format *format);

/* Sets key, value and headers of the record, which borrow from the line and the format. False with
 * error set (naming the line's number) when a separator is missing and ignore.error is not set. */
bool message_parse(struct message_format *format, const char *line, size_t size, uint64_t number,
                   struct kc_record *record);

#endif
