/* producer-perf-test: the option table and what Kafka's tool says of a wrong command line. */
#include "producer-perf-test/send_options.h"

#include "common/now.h"
#include "common/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRANSACTION_MS = 3000 };

static const struct options_row rows[] = {
    { "bootstrap-server", OPTIONS_VALUE, "HOST:PORT,...",
      "Brokers to contact first. Default: bootstrap.servers of the settings, else "
      "$BOOTSTRAP_SERVERS, else localhost:9092." },
    { "topic", OPTIONS_VALUE, "TOPIC", "The topic to write to. Required." },
    { "num-records", OPTIONS_VALUE, "COUNT", "How many records to send. Required." },
    { "throughput", OPTIONS_VALUE, "RATE",
      "Sends about so many records a second; -1 as fast as it goes. Required." },
    { "record-size", OPTIONS_VALUE, "BYTES",
      "Payloads of random letters, so many bytes each. One of the three payload options is "
      "required." },
    { "payload-file", OPTIONS_VALUE, "FILE", "Payloads drawn at random from those in this file." },
    { "payload-monotonic", OPTIONS_FLAG, NULL, "Payloads 0, 1, 2, ..." },
    { "payload-delimiter", OPTIONS_VALUE, "TEXT",
      "What stands between the payloads of the file. Default: \\n." },
    { "command-property", OPTIONS_VALUES, "NAME=VALUE",
      "Settings of the producer, before those of the file." },
    { "command-config", OPTIONS_VALUE, "FILE", "Properties file with settings of the producer." },
    { "producer-props", OPTIONS_VALUES, "NAME=VALUE", "Old name of --command-property." },
    { "producer.config", OPTIONS_VALUE, "FILE", "Old name of --command-config." },
    { "print-metrics", OPTIONS_FLAG, NULL, "Prints metrics at the end." },
    { "transactional-id", OPTIONS_VALUE, "ID", "Sends in transactions under this id." },
    { "transaction-duration-ms", OPTIONS_VALUE, "MS",
      "Commits a transaction after so long. Default with an id: 3000; alone it makes an id up." },
    { "warmup-records", OPTIONS_VALUE, "COUNT",
      "Tells the records after the first so many in a line of their own. Default: 0." },
    { "reporting-interval", OPTIONS_VALUE, "MS", "Time between lines of progress. Default: 5000." },
};

const struct options_tool producer_perf_test_tool = {
    .name = "producer-perf-test",
    .summary = "This tool is used to verify the producer performance.",
    .error_prefix = "",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
};

static void require(const struct options *options, const char *name)
{
    if (!options_has(options, name)) {
        options_refuse(options, "argument --%s is required", name);
    }
}

static int64_t whole_number(const struct options *options, const char *name, const char *type,
                            int64_t max, int64_t otherwise)
{
    const char *text = options_value(options, name);
    int64_t value = otherwise;
    if (text && !number_parse(text, -max - 1, max, &value)) {
        options_refuse(options,
                       "argument --%s: could not convert '%s' to %s (For input string: \"%s\")",
                       name, text, type, text);
    }
    return value;
}

static int64_t positive_number(const struct options *options, const char *name, const char *type,
                               int64_t max, int64_t otherwise)
{
    int64_t value = whole_number(options, name, type, max, otherwise);
    if (options_has(options, name) && value <= 0) {
        options_refuse(options, "--%s should be greater than zero.", name);
    }
    return value;
}

static double read_rate(const struct options *options)
{
    const char *text = options_value(options, "throughput");
    char *end = NULL;
    double rate = strtod(text, &end);
    if (end == text || *end || !isfinite(rate)) {
        options_refuse(
            options,
            "argument --throughput: could not convert '%s' to Double (For input string: \"%s\")",
            text, text);
    }
    if (rate == 0) {
        options_refuse(options, "--throughput 0 would never send a record; -1 sends as fast as it "
                                "goes");
    }
    return rate;
}

/* Exactly one of three. */
static void check_payload(const struct options *options)
{
    static const char *const names[] = { "record-size", "payload-file", "payload-monotonic" };
    const char *given = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (options_has(options, names[i]) && given) {
            options_refuse(options, "argument --%s: not allowed with argument --%s", names[i],
                           given);
        }
        given = options_has(options, names[i]) ? names[i] : given;
    }
    if (!given) {
        options_refuse(options, "one of the arguments --record-size --payload-file "
                                "--payload-monotonic is required");
    }
}

static void check_old_name(const struct options *options, const char *old_name,
                           const char *new_name)
{
    if (!options_has(options, old_name)) {
        return;
    }
    if (options_has(options, new_name)) {
        options_refuse(options, "--%s and --%s cannot be specified together.", new_name, old_name);
    }
    printf("Option --%s has been deprecated and will be removed in a future version. Use --%s "
           "instead.\n",
           old_name, new_name);
}

struct send_wish send_options_read(const struct options *options)
{
    require(options, "throughput");
    require(options, "num-records");
    require(options, "topic");
    check_payload(options);
    struct send_wish wish = {
        .topic = options_value(options, "topic"),
        .count = positive_number(options, "num-records", "Long", INT64_MAX, 0),
        .rate = read_rate(options),
        .record_size = positive_number(options, "record-size", "Integer", INT32_MAX, -1),
        .payload_file = options_value(options, "payload-file"),
        .payload_delimiter = options_value(options, "payload-delimiter"),
        .monotonic = options_has(options, "payload-monotonic"),
        .warmup_count = whole_number(options, "warmup-records", "Long", INT64_MAX, 0),
        .interval_ms = positive_number(options, "reporting-interval", "Long", INT64_MAX, 5000),
        .print_metrics = options_has(options, "print-metrics"),
    };
    wish.warmup_count = wish.warmup_count > 0 ? wish.warmup_count : 0;
    if (wish.warmup_count >= wish.count) {
        options_refuse(options, "The value for --warmup-records must be strictly fewer than the "
                                "number of records in the test, --num-records.");
    }
    wish.transaction_ms = positive_number(options, "transaction-duration-ms", "Long", INT64_MAX, 0);
    if (!wish.payload_delimiter || strcmp(wish.payload_delimiter, "\\n") == 0) {
        wish.payload_delimiter = "\n";
    }
    check_old_name(options, "producer-props", "command-property");
    check_old_name(options, "producer.config", "command-config");
    return wish;
}

static void add_settings(const struct options *options, const char *name,
                         struct properties *properties)
{
    for (size_t i = 0; i < options_count(options, name); i++) {
        const char *setting = options_at(options, name, i);
        const char *equals = strchr(setting, '=');
        if (!equals || equals == setting || !equals[1]) {
            options_fail(options, "Invalid property: %s", setting);
        }
    }
    properties_add_option(properties, options, name);
}

/* The id of the option, of the settings, or one of its own. */
static void set_transactions(const struct options *options, struct send_wish *wish,
                             struct properties *properties)
{
    const char *id = options_value(options, "transactional-id");
    char own[64];
    if (!id && !properties_get(properties, "transactional.id")) {
        if (wish->transaction_ms == 0) {
            return;
        }
        snprintf(own, sizeof own, "performance-producer-%" PRId64 "-%d", now_wall_ms(),
                 (int)getpid());
        id = own;
    }
    if (id) {
        properties_set(properties, "transactional.id", id);
    }
    wish->transaction_ms = wish->transaction_ms > 0 ? wish->transaction_ms : TRANSACTION_MS;
}

void send_options_settings(const struct options *options, struct send_wish *wish,
                           struct properties *properties)
{
    properties_set(properties, "client.id", "perf-producer-client");
    properties_add_file(properties, options, "producer.config");
    properties_add_file(properties, options, "command-config");
    add_settings(options, "producer-props", properties);
    add_settings(options, "command-property", properties);
    set_transactions(options, wish, properties);
}
