/* console-producer: cuts a line into headers, key and value; the messages are Kafka's. */
#include "console-producer/message.h"

#include "common/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 300 };

static struct message_separator separator(const struct properties *properties, const char *name,
                                          const char *otherwise)
{
    const char *text = properties_get(properties, name);
    text = text ? text : otherwise;
    return (struct message_separator){ text, text ? strlen(text) : 0 };
}

struct pair {
    const char *names;
    const struct message_separator *one;
    const struct message_separator *other;
};

bool message_format_init(struct message_format *format, const struct properties *properties)
{
    *format = (struct message_format){
        .parse_key = properties_is_true(properties, "parse.key"),
        .parse_headers = properties_is_true(properties, "parse.headers"),
        .ignore_error = properties_is_true(properties, "ignore.error"),
        .key_separator = separator(properties, "key.separator", "\t"),
        .headers_delimiter = separator(properties, "headers.delimiter", "\t"),
        .headers_separator = separator(properties, "headers.separator", ","),
        .headers_key_separator = separator(properties, "headers.key.separator", ":"),
        .null_marker = separator(properties, "null.marker", NULL),
    };
    const struct pair pairs[] = {
        { "headers.delimiter and headers.separator", &format->headers_delimiter,
          &format->headers_separator },
        { "headers.delimiter and headers.key.separator", &format->headers_delimiter,
          &format->headers_key_separator },
        { "headers.separator and headers.key.separator", &format->headers_separator,
          &format->headers_key_separator },
        { "null.marker and key.separator", &format->null_marker, &format->key_separator },
        { "null.marker and headers.separator", &format->null_marker, &format->headers_separator },
        { "null.marker and headers.delimiter", &format->null_marker, &format->headers_delimiter },
        { "null.marker and headers.key.separator", &format->null_marker,
          &format->headers_key_separator },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i].one->text && strcmp(pairs[i].one->text, pairs[i].other->text) == 0) {
            snprintf(format->error, sizeof format->error, "%s may not be equal", pairs[i].names);
            return false;
        }
    }
    return true;
}

void message_format_finish(struct message_format *format)
{
    free(format->headers);
    format->headers = NULL;
}

static bool is_null(const struct message_format *format, const char *text, size_t size)
{
    return format->null_marker.text && size == format->null_marker.size &&
           memcmp(text, format->null_marker.text, size) == 0;
}

static struct kc_bytes bytes_or_null(const struct message_format *format, const char *text,
                                     size_t size)
{
    return is_null(format, text, size) ? kc_bytes(NULL, 0) : kc_bytes(text, size);
}

/* An empty separator is found at once, as by Java's indexOf. */
static const char *find(const char *text, size_t size, struct message_separator wanted)
{
    if (wanted.size == 1) {
        return memchr(text, wanted.text[0], size);
    }
    return wanted.size == 0 ? text : memmem(text, size, wanted.text, wanted.size);
}

/* The part before a separator; moves *at behind it. */
enum cut { CUT_DONE, CUT_MISSING, CUT_FAILED };

static enum cut cut(struct message_format *format, struct message_separator wanted,
                    const char *name, const char *line, size_t size, uint64_t number, size_t *at,
                    size_t *ret_size)
{
    const char *found = find(line + *at, size - *at, wanted);
    if (!found) {
        if (format->ignore_error) {
            return CUT_MISSING;
        }
        snprintf(format->error, sizeof format->error,
                 "No %s found on line number %" PRIu64 ": '%.*s'", name, number,
                 (int)(size < SHOWN_MAX ? size : SHOWN_MAX), line);
        return CUT_FAILED;
    }
    *ret_size = (size_t)(found - (line + *at));
    *at += *ret_size + wanted.size;
    return CUT_DONE;
}

static bool add_header(struct message_format *format, const char *pair, size_t size,
                       uint64_t number, struct kc_record *record)
{
    int shown = (int)(size < SHOWN_MAX ? size : SHOWN_MAX);
    const char *found = find(pair, size, format->headers_key_separator);
    if (!found && !format->ignore_error) {
        snprintf(format->error, sizeof format->error,
                 "No header key separator found in pair '%.*s' on line number %" PRIu64, shown,
                 pair, number);
        return false;
    }
    size_t key_size = found ? (size_t)(found - pair) : size;
    if (is_null(format, pair, key_size)) {
        snprintf(format->error, sizeof format->error,
                 "Header keys should not be equal to the null marker '%s' as they can't be null",
                 format->null_marker.text);
        return false;
    }
    if (record->header_count == format->header_capacity) {
        if (format->header_capacity >= MESSAGE_HEADERS_MAX) {
            snprintf(format->error, sizeof format->error,
                     "More than %d headers on line number %" PRIu64, MESSAGE_HEADERS_MAX, number);
            return false;
        }
        format->header_capacity = format->header_capacity * 2 + 8;
        format->headers =
            memory_grow(format->headers, format->header_capacity, sizeof *format->headers);
    }
    struct kc_header *header = &format->headers[record->header_count++];
    header->key = kc_bytes(pair, key_size);
    header->value = kc_bytes(NULL, 0);
    if (found) {
        const char *value = found + format->headers_key_separator.size;
        header->value = bytes_or_null(format, value, (size_t)(pair + size - value));
    }
    return true;
}

/* As Java's split: empty parts at the end do not count, unless all is empty. */
static bool split_headers(struct message_format *format, const char *text, size_t size,
                          uint64_t number, struct kc_record *record)
{
    struct message_separator between = format->headers_separator;
    while (between.size > 0 && size >= between.size &&
           memcmp(text + size - between.size, between.text, between.size) == 0) {
        size -= between.size;
    }
    while (true) {
        const char *found = between.size > 0 ? find(text, size, between) : NULL;
        size_t pair_size = found ? (size_t)(found - text) : size;
        if (!add_header(format, text, pair_size, number, record)) {
            return false;
        }
        if (!found) {
            return true;
        }
        text += pair_size + between.size;
        size -= pair_size + between.size;
    }
}

bool message_parse(struct message_format *format, const char *line, size_t size, uint64_t number,
                   struct kc_record *record)
{
    size_t at = 0;
    size_t part = 0;
    record->key = kc_bytes(NULL, 0);
    record->header_count = 0;
    if (format->parse_headers) {
        enum cut done = cut(format, format->headers_delimiter, "headers delimiter", line, size,
                            number, &at, &part);
        if (done == CUT_FAILED || (done == CUT_DONE && !is_null(format, line, part) &&
                                   !split_headers(format, line, part, number, record))) {
            return false;
        }
    }
    if (format->parse_key) {
        size_t start = at;
        enum cut done =
            cut(format, format->key_separator, "key separator", line, size, number, &at, &part);
        if (done == CUT_FAILED) {
            return false;
        }
        if (done == CUT_DONE) {
            record->key = bytes_or_null(format, line + start, part);
        }
    }
    record->value = bytes_or_null(format, line + at, size - at);
    record->headers = record->header_count > 0 ? format->headers : NULL;
    return true;
}
