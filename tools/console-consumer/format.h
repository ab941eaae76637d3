/* console-consumer: a record becomes text, by the properties of Kafka's DefaultMessageFormatter. */
#ifndef CONSOLE_CONSUMER_FORMAT_H
#define CONSOLE_CONSUMER_FORMAT_H

#include "common/properties.h"
#include "common/text.h"
#include "console-consumer/decoder.h"

#include <libclient/record.h>

/* Borrows the properties. */
struct format {
    bool silent; /* NoOpMessageFormatter */
    bool timestamp;
    bool partition;
    bool offset;
    bool epoch;
    bool headers;
    bool key;
    bool value;
    const char *key_separator;
    const char *line_separator;
    const char *headers_separator;
    const char *null_literal;
    const struct decoder *key_decoder; /* NULL: the bytes as they are */
    const struct decoder *value_decoder;
    const struct decoder *headers_decoder;
    char error[512];
};

/* class_name NULL: the default formatter. False with error set: an unknown formatter or
 * deserializer. */
bool format_init(struct format *format, const char *class_name,
                 const struct properties *properties);

/* Appends the record. False with error set when a deserializer refuses the bytes; the text is then
 * as it was before. */
bool format_record(struct format *format, const struct kc_record *record, struct text *text);

#endif
