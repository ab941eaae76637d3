/* consumer-perf-test: the option table and what Kafka's tool says of a wrong command line. */
#include "consumer-perf-test/read_options.h"

#include "common/now.h"
#include "consumer-perf-test/date_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const struct options_row rows[] = {
    { "bootstrap-server", OPTIONS_VALUE, "HOST:PORT,...",
      "Brokers to contact first. Default: $BOOTSTRAP_SERVERS, else localhost:9092." },
    { "topic", OPTIONS_VALUE, "TOPIC", "The topic to read." },
    { "include", OPTIONS_VALUE, "REGEX",
      "Reads all topics whose whole name matches; internal topics are left out." },
    { "num-records", OPTIONS_VALUE, "COUNT", "How many records to read. Required." },
    { "messages", OPTIONS_VALUE, "COUNT", "Old name of --num-records." },
    { "group", OPTIONS_VALUE, "GROUP", "The consumer group. Default: one of its own." },
    { "from-latest", OPTIONS_FLAG, NULL,
      "Starts at the end where the group has no offset, not at the beginning." },
    { "timeout", OPTIONS_OPTIONAL_VALUE, "MS",
      "Ends when no record came for so long. Default: "
      "10000." },
    { "fetch-size", OPTIONS_VALUE, "BYTES",
      "Most bytes of one partition in one answer. Default: 1048576." },
    { "socket-buffer-size", OPTIONS_VALUE, "BYTES",
      "receive.buffer.bytes. Default: the system's." },
    { "show-detailed-stats", OPTIONS_FLAG, NULL,
      "Tells each interval in a line, instead of all in one." },
    { "reporting-interval", OPTIONS_VALUE, "MS", "The interval. Default: 5000." },
    { "date-format", OPTIONS_VALUE, "PATTERN",
      "How times are printed (java.text.SimpleDateFormat). Default: yyyy-MM-dd HH:mm:ss:SSS." },
    { "hide-header", OPTIONS_FLAG, NULL, "Prints no names of columns." },
    { "print-metrics", OPTIONS_FLAG, NULL, "Prints metrics at the end." },
    { "command-property", OPTIONS_VALUE, "NAME=VALUE",
      "Setting of the consumer, before that of the file; repeatable." },
    { "command-config", OPTIONS_VALUE, "FILE", "Properties file with settings of the consumer." },
    { "consumer.config", OPTIONS_VALUE, "FILE", "Old name of --command-config." },
};

const struct options_tool consumer_perf_test_tool = {
    .name = "consumer-perf-test",
    .summary = "This tool is used to verify the consumer performance.",
    .error_prefix = "",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
};

static void require_one(const struct options *options, const char *one, const char *other)
{
    if (options_has(options, one) == options_has(options, other)) {
        options_refuse(options, "Exactly one of the following arguments is required: [%s], [%s]",
                       one, other);
    }
}

static void check_date_format(const struct options *options, const char *pattern)
{
    struct text text = { 0 };
    char error[128];
    if (!date_format_write(pattern, 0, &text, error, sizeof error)) {
        options_fail(options, "%s", error);
    }
    text_finish(&text);
}

struct read_wish read_options_read(const struct options *options)
{
    static const char *const new_config[] = { "command-config", NULL };
    require_one(options, "topic", "include");
    require_one(options, "messages", "num-records");
    options_exclude(options, "consumer.config", new_config);
    bool is_old = options_has(options, "messages");
    const char *date_format = options_value(options, "date-format");
    struct read_wish wish = {
        .topic = options_value(options, "topic"),
        .include = options_value(options, "include"),
        .count =
            options_number(options, is_old ? "messages" : "num-records", INT64_MIN, INT64_MAX, 0),
        .timeout_ms = options_number(options, "timeout", INT64_MIN, INT64_MAX, 10000),
        .interval_ms = options_number(options, "reporting-interval", INT64_MIN, INT64_MAX, 5000),
        .date_format = date_format ? date_format : "yyyy-MM-dd HH:mm:ss:SSS",
        .detailed = options_has(options, "show-detailed-stats"),
        .hide_header = options_has(options, "hide-header"),
        .print_metrics = options_has(options, "print-metrics"),
    };
    if (wish.interval_ms <= 0) {
        options_fail(options, "Reporting interval must be greater than 0.");
    }
    check_date_format(options, wish.date_format);
    if (is_old) {
        puts("Warning: --messages is deprecated. Use --num-records instead.");
    }
    if (options_has(options, "consumer.config")) {
        puts("Warning: --consumer.config is deprecated. Use --command-config instead.");
    }
    return wish;
}

static void set_number(const struct options *options, const char *name, const char *property,
                       struct properties *properties)
{
    const char *value = options_value(options, name);
    if (value) {
        (void)options_number(options, name, INT32_MIN, INT32_MAX, 0);
        properties_set(properties, property, value);
    }
}

void read_options_settings(const struct options *options, struct properties *properties)
{
    properties_set(properties, "client.id", "perf-consumer-client");
    properties_add_file(properties, options, "consumer.config");
    properties_add_file(properties, options, "command-config");
    properties_add_option(properties, options, "command-property");
    const char *group = options_value(options, "group");
    char own[64];
    /* Kafka draws one of 100,000; two tools in one group would share the partitions. */
    snprintf(own, sizeof own, "perf-consumer-%" PRId64 "%07d", now_wall_ms(), (int)getpid());
    properties_set(properties, "group.id", group ? group : own);
    set_number(options, "socket-buffer-size", "receive.buffer.bytes", properties);
    properties_set(properties, "max.partition.fetch.bytes", "1048576");
    set_number(options, "fetch-size", "max.partition.fetch.bytes", properties);
    properties_set(properties, "auto.offset.reset",
                   options_has(options, "from-latest") ? "latest" : "earliest");
    properties_set(properties, "check.crcs", "false");
}
