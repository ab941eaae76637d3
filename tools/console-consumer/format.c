/* console-consumer: prints a record's columns in Kafka's order. */
#include "console-consumer/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const default_classes[] = {
    "org.apache.kafka.tools.consumer.DefaultMessageFormatter",
    "org.apache.kafka.tools.consumer.LoggingMessageFormatter", /* logs at INFO besides: not seen */
    "kafka.tools.DefaultMessageFormatter",
    "kafka.tools.LoggingMessageFormatter",
};
static const char *const silent_classes[] = {
    "org.apache.kafka.tools.consumer.NoOpMessageFormatter",
    "kafka.tools.NoOpMessageFormatter",
};

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *word(const struct properties *properties, const char *name,
                        const char *otherwise)
{
    const char *value = properties_get(properties, name);
    return value ? value : otherwise;
}

static bool find_decoder(struct format *format, const struct properties *properties,
                         const char *name, const struct decoder **ret_decoder)
{
    const char *class_name = properties_get(properties, name);
    if (!class_name || *class_name == '\0') {
        return true;
    }
    *ret_decoder = decoder_find(class_name);
    if (!*ret_decoder) {
        struct text names = { 0 };
        decoder_names(&names);
        snprintf(format->error, sizeof format->error,
                 "%s=%s: Java classes cannot be loaded; built in are %s", name, class_name,
                 text_view(&names));
        text_finish(&names);
        return false;
    }
    return true;
}

bool format_init(struct format *format, const char *class_name, const struct properties *properties)
{
    *format = (struct format){
        .timestamp = properties_is_true(properties, "print.timestamp"),
        .partition = properties_is_true(properties, "print.partition"),
        .offset = properties_is_true(properties, "print.offset"),
        .epoch = properties_is_true(properties, "print.epoch"),
        .headers = properties_is_true(properties, "print.headers"),
        .key = properties_is_true(properties, "print.key"),
        .value = !properties_get(properties, "print.value") ||
                 properties_is_true(properties, "print.value"),
        .key_separator = word(properties, "key.separator", "\t"),
        .line_separator = word(properties, "line.separator", "\n"),
        .headers_separator = word(properties, "headers.separator", ","),
        .null_literal = word(properties, "null.literal", "null"),
    };
    if (class_name) {
        format->silent =
            is_one_of(class_name, silent_classes, sizeof silent_classes / sizeof silent_classes[0]);
        if (!format->silent && !is_one_of(class_name, default_classes,
                                          sizeof default_classes / sizeof default_classes[0])) {
            snprintf(format->error, sizeof format->error,
                     "%s: Java classes cannot be loaded; built in are %s, LoggingMessageFormatter "
                     "and NoOpMessageFormatter of the same package",
                     class_name, default_classes[0]);
            return false;
        }
    }
    return find_decoder(format, properties, "key.deserializer", &format->key_decoder) &&
           find_decoder(format, properties, "value.deserializer", &format->value_decoder) &&
           find_decoder(format, properties, "headers.deserializer", &format->headers_decoder);
}

static bool add_bytes(struct format *format, const struct decoder *decoder, struct kc_bytes bytes,
                      struct text *text)
{
    if (!bytes.data) {
        text_add(text, format->null_literal);
        return true;
    }
    if (!decoder) {
        text_append(text, bytes.data, bytes.size);
        return true;
    }
    return decoder_write(decoder, bytes, text, format->error, sizeof format->error);
}

static bool add_headers(struct format *format, const struct kc_record *record, struct text *text)
{
    size_t position = 0;
    struct kc_header header;
    bool first = true;
    while (kc_record_next_header(record, &position, &header)) {
        text_add(text, first ? "" : format->headers_separator);
        text_append(text, header.key.data, header.key.size);
        text_add(text, ":");
        if (!add_bytes(format, format->headers_decoder, header.value, text)) {
            return false;
        }
        first = false;
    }
    if (first) {
        text_add(text, "NO_HEADERS");
    }
    return true;
}

static void add_timestamp(const struct kc_record *record, struct text *text)
{
    if (record->timestamp_ms < 0) {
        text_add(text, "NO_TIMESTAMP");
        return;
    }
    const char *kind = record->flags & KC_RECORD_LOG_APPEND_TIME ? "LogAppendTime" : "CreateTime";
    text_format(text, "%s:%" PRId64, kind, record->timestamp_ms);
}

/* After a column: the separator when another column follows, else the end of the line. */
static void separate(const struct format *format, bool more, struct text *text)
{
    text_add(text, more ? format->key_separator : format->line_separator);
}

static bool add_columns(struct format *format, const struct kc_record *record, struct text *text)
{
    bool after_headers = format->key || format->value;
    bool after_epoch = format->headers || after_headers;
    bool after_offset = format->epoch || after_epoch;
    bool after_partition = format->offset || after_offset;
    if (format->timestamp) {
        add_timestamp(record, text);
        separate(format, format->partition || after_partition, text);
    }
    if (format->partition) {
        text_format(text, "Partition:%" PRId32, record->partition);
        separate(format, after_partition, text);
    }
    if (format->offset) {
        text_format(text, "Offset:%" PRId64, record->offset);
        separate(format, after_offset, text);
    }
    if (format->epoch) {
        /* Kafka's tool loses the epoch on the way to its formatter, and prints this always. */
        text_add(text, "Epoch:NOT_PRESENT");
        separate(format, after_epoch, text);
    }
    if (format->headers) {
        if (!add_headers(format, record, text)) {
            return false;
        }
        separate(format, after_headers, text);
    }
    if (format->key) {
        if (!add_bytes(format, format->key_decoder, record->key, text)) {
            return false;
        }
        separate(format, format->value, text);
    }
    if (format->value) {
        if (!add_bytes(format, format->value_decoder, record->value, text)) {
            return false;
        }
        separate(format, false, text);
    }
    return true;
}

bool format_record(struct format *format, const struct kc_record *record, struct text *text)
{
    size_t before = text->size;
    if (!format->silent && !add_columns(format, record, text)) {
        text->size = before;
        return false;
    }
    return true;
}
