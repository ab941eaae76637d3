/* console-producer: options, their checks, and which producer setting each stands for. */
#include "console-producer/producer_options.h"

#include "common/connect.h"
#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct options_row rows[] = {
    { "bootstrap-server", OPTIONS_VALUE, "HOST:PORT,...",
      "Brokers to contact first. Default: $BOOTSTRAP_SERVERS, else localhost:9092." },
    { "topic", OPTIONS_VALUE, "TOPIC", "The topic to write to. Required." },
    { "command-config", OPTIONS_VALUE, "FILE", "Properties file with settings of the producer." },
    { "command-property", OPTIONS_VALUE, "NAME=VALUE",
      "Setting of the producer, before that of the file; repeatable." },
    { "producer.config", OPTIONS_VALUE, "FILE", "Old name of --command-config." },
    { "producer-property", OPTIONS_VALUE, "NAME=VALUE", "Old name of --command-property." },
    { "reader-property", OPTIONS_VALUE, "NAME=VALUE",
      "How lines become records; repeatable: parse.key=false, parse.headers=false, "
      "key.separator=TAB, headers.delimiter=TAB, headers.separator=, headers.key.separator=: "
      "null.marker=TEXT (a field equal to it becomes null), ignore.error=false (true: a line "
      "without separator is a value without key), topic=TOPIC. With headers and key a line is "
      "h1:v1,h2:v2 TAB key TAB value." },
    { "reader-config", OPTIONS_VALUE, "FILE", "Properties file with reader properties." },
    { "property", OPTIONS_VALUE, "NAME=VALUE", "Old name of --reader-property." },
    { "line-reader", OPTIONS_VALUE, "CLASS",
      "Only org.apache.kafka.tools.LineMessageReader is built in." },
    { "sync", OPTIONS_FLAG, NULL,
      "Waits for the answer to each record before the next; the first error ends it." },
    { "compression-codec", OPTIONS_OPTIONAL_VALUE, "CODEC",
      "none, gzip, snappy, lz4 or zstd; gzip when no codec is named." },
    { "batch-size", OPTIONS_VALUE, "BYTES", "batch.size. Default: 16384." },
    { "max-partition-memory-bytes", OPTIONS_VALUE, "BYTES", "Old name of --batch-size." },
    { "message-send-max-retries", OPTIONS_VALUE, "COUNT", "retries. Default: 3." },
    { "retry-backoff-ms", OPTIONS_VALUE, "MS", "retry.backoff.ms. Default: 100." },
    { "timeout", OPTIONS_VALUE, "MS", "linger.ms. Default: 1000." },
    { "request-required-acks", OPTIONS_VALUE, "ACKS", "acks: 0, 1, -1 or all. Default: -1." },
    { "request-timeout-ms", OPTIONS_VALUE, "MS", "request.timeout.ms. Default: 1500." },
    { "metadata-expiry-ms", OPTIONS_VALUE, "MS", "metadata.max.age.ms. Default: 300000." },
    { "max-block-ms", OPTIONS_VALUE, "MS", "max.block.ms. Default: 60000." },
    { "max-memory-bytes", OPTIONS_VALUE, "BYTES", "buffer.memory. Default: 33554432." },
    { "socket-buffer-size", OPTIONS_VALUE, "BYTES", "send.buffer.bytes. Default: 102400." },
};

const struct options_tool console_producer_tool = {
    .name = "console-producer",
    .summary = "This tool helps to read data from standard input and publish it to Kafka.",
    .error_prefix = "",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
};

struct setting {
    const char *option;
    const char *property;
    const char *otherwise; /* set when neither option nor property is given; NULL: left alone */
    int64_t max;           /* 0: text */
};

static const struct setting settings[] = {
    { "timeout", "linger.ms", "1000", INT64_MAX },
    { "request-required-acks", "acks", "-1", 0 },
    { "request-timeout-ms", "request.timeout.ms", "1500", INT32_MAX },
    { "message-send-max-retries", "retries", "3", INT32_MAX },
    { "retry-backoff-ms", "retry.backoff.ms", "100", INT64_MAX },
    { "socket-buffer-size", "send.buffer.bytes", "102400", INT32_MAX },
    { "max-memory-bytes", "buffer.memory", "33554432", INT64_MAX },
    { "batch-size", "batch.size", "16384", INT32_MAX },
    { "max-partition-memory-bytes", "batch.size", NULL, INT32_MAX },
    { "metadata-expiry-ms", "metadata.max.age.ms", "300000", INT64_MAX },
    { "max-block-ms", "max.block.ms", "60000", INT64_MAX },
};

static const char reader_class[] = "org.apache.kafka.tools.LineMessageReader";

bool producer_options_is_server_list(const char *servers)
{
    while (true) {
        size_t size = strcspn(servers, ",");
        size_t colon = size;
        while (colon > 0 && servers[colon - 1] != ':') {
            colon--;
        }
        size_t digits = strspn(servers + colon, "0123456789");
        if (colon < 2 || digits == 0 || colon + digits != size) {
            return false;
        }
        if (servers[size] == '\0') {
            return true;
        }
        servers += size + 1;
    }
}

void producer_options_check(const struct options *options)
{
    options_require(options, "topic");
    options_deprecate(options, "producer-property", "command-property", "command-property",
                      "Warning: --producer-property is deprecated and will be removed in a future "
                      "version. Use --command-property instead.");
    options_deprecate(options, "producer.config", "command-config", "command-config",
                      "Warning: --producer.config is deprecated and will be removed in a future "
                      "version. Use --command-config instead.");
    options_deprecate(options, "property", "reader-property", "reader-property",
                      "Warning: --property is deprecated and will be removed in a future version. "
                      "Use --reader-property instead.");
    if (options_has(options, "max-partition-memory-bytes")) {
        puts("Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache "
             "Kafka 5.0. Use --batch-size instead.");
    }
    if (!producer_options_is_server_list(connect_servers(options))) {
        options_refuse(options, "Please provide valid host:port like host1:9091,host2:9092");
    }
    const char *reader = options_value(options, "line-reader");
    if (reader && strcmp(reader, reader_class) != 0) {
        options_fail(options, "--line-reader %s: only %s is built in", reader, reader_class);
    }
}

void producer_options_settings(const struct options *options, struct properties *properties)
{
    properties_set(properties, "client.id", "console-producer");
    properties_add_file(properties, options, "producer.config");
    properties_add_file(properties, options, "command-config");
    properties_add_option(properties, options, "producer-property");
    properties_add_option(properties, options, "command-property");
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const struct setting *setting = &settings[i];
        const char *value = options_value(options, setting->option);
        int64_t number = 0;
        if (value && setting->max > 0 && !number_parse(value, INT64_MIN, setting->max, &number)) {
            options_fail(options, "Cannot parse argument '%s' of option %s", value,
                         setting->option);
        }
        bool absent = !properties_get(properties, setting->property);
        value = value || !absent ? value : setting->otherwise;
        if (value) {
            properties_set(properties, setting->property, value);
        }
    }
    if (options_has(options, "compression-codec")) {
        const char *codec = options_value(options, "compression-codec");
        properties_set(properties, "compression.type", codec ? codec : "gzip");
    }
}

void producer_options_reader(const struct options *options, struct properties *properties)
{
    properties_set(properties, "topic", options_value(options, "topic"));
    properties_add_file(properties, options, "reader-config");
    properties_add_option(properties, options, "property");
    properties_add_option(properties, options, "reader-property");
}
