/* console-consumer: options, their checks (Kafka's messages), and the settings they stand for. */
#include "console-consumer/consumer_options.h"

#include "common/now.h"
#include "common/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct options_row rows[] = {
    { "bootstrap-server", OPTIONS_VALUE, "HOST:PORT,...",
      "Brokers to contact first. Default: $BOOTSTRAP_SERVERS, else localhost:9092." },
    { "topic", OPTIONS_VALUE, "TOPIC", "The topic to read." },
    { "include", OPTIONS_VALUE, "REGEX",
      "Reads all topics whose whole name matches; internal topics are left out." },
    { "group", OPTIONS_VALUE, "GROUP",
      "Joins this consumer group and commits to it. Default: a group of its own, without "
      "commits." },
    { "from-beginning", OPTIONS_FLAG, NULL,
      "Starts at the earliest record where the group has no committed offset." },
    { "partition", OPTIONS_VALUE, "PARTITION", "Reads one partition, without a group." },
    { "offset", OPTIONS_VALUE, "OFFSET",
      "With --partition: earliest, latest or a number. Default: latest." },
    { "max-messages", OPTIONS_VALUE, "COUNT", "Ends after so many records." },
    { "timeout-ms", OPTIONS_VALUE, "MS", "Ends when no record came for so long." },
    { "isolation-level", OPTIONS_VALUE, "LEVEL",
      "read_uncommitted or read_committed. Default: read_uncommitted." },
    { "formatter-property", OPTIONS_VALUE, "NAME=VALUE",
      "How records are printed; repeatable: print.timestamp, print.partition, print.offset, "
      "print.epoch, print.headers, print.key (all false), print.value=true, key.separator=TAB, "
      "line.separator=LF, headers.separator=, null.literal=null, key.deserializer, "
      "value.deserializer, headers.deserializer." },
    { "formatter-config", OPTIONS_VALUE, "FILE", "Properties file with formatter properties." },
    { "property", OPTIONS_VALUE, "NAME=VALUE", "Old name of --formatter-property." },
    { "formatter", OPTIONS_VALUE, "CLASS",
      "org.apache.kafka.tools.consumer.DefaultMessageFormatter, LoggingMessageFormatter or "
      "NoOpMessageFormatter of that package." },
    { "key-deserializer", OPTIONS_VALUE, "CLASS",
      "How keys are printed: StringDeserializer, IntegerDeserializer, LongDeserializer, ..." },
    { "value-deserializer", OPTIONS_VALUE, "CLASS", "How values are printed." },
    { "skip-message-on-error", OPTIONS_FLAG, NULL, "Goes on when a record cannot be printed." },
    { "command-config", OPTIONS_VALUE, "FILE", "Properties file with settings of the consumer." },
    { "command-property", OPTIONS_VALUE, "NAME=VALUE",
      "Setting of the consumer, before that of the file; repeatable." },
    { "consumer.config", OPTIONS_VALUE, "FILE", "Old name of --command-config." },
    { "consumer-property", OPTIONS_VALUE, "NAME=VALUE", "Old name of --command-property." },
    { "enable-systest-events", OPTIONS_FLAG, NULL, "Prints shutdown_complete at the end." },
};

const struct options_tool console_consumer_tool = {
    .name = "console-consumer",
    .summary = "This tool helps to read data from Kafka topics and outputs it to standard output.",
    .error_prefix = "",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
};

bool consumer_options_offset(const char *text, int64_t *ret_offset)
{
    if (strcasecmp(text, "earliest") == 0 || strcasecmp(text, "latest") == 0) {
        *ret_offset = strcasecmp(text, "latest") == 0 ? KC_OFFSET_LATEST : KC_OFFSET_EARLIEST;
        return true;
    }
    return number_parse(text, 0, INT64_MAX, ret_offset);
}

static void check_names(const struct options *options)
{
    options_deprecate(options, "property", "formatter-property", "property",
                      "Option --property is deprecated and will be removed in a future version. "
                      "Use --formatter-property instead.");
    options_deprecate(options, "consumer-property", "command-property", "consumer-property",
                      "Option --consumer-property is deprecated and will be removed in a future "
                      "version. Use --command-property instead.");
    options_deprecate(options, "consumer.config", "command-config", "consumer.config",
                      "Option --consumer.config is deprecated and will be removed in a future "
                      "version. Use --command-config instead.");
}

static void read_place(const struct options *options, struct wish *wish)
{
    bool has_partition = options_has(options, "partition");
    const char *offset = options_value(options, "offset");
    bool from_beginning = options_has(options, "from-beginning");
    if (has_partition && !wish->topic) {
        options_refuse(options, "The topic is required when partition is specified.");
    }
    if (offset && !has_partition) {
        options_refuse(options, "The partition is required when offset is specified.");
    }
    if (offset && from_beginning) {
        options_refuse(options, "Options from-beginning and offset cannot be specified together.");
    }
    if (has_partition && options_has(options, "group")) {
        options_refuse(options, "Options group and partition cannot be specified together.");
    }
    wish->offset = from_beginning ? KC_OFFSET_EARLIEST : KC_OFFSET_LATEST;
    if (offset && !consumer_options_offset(offset, &wish->offset)) {
        options_refuse(options,
                       "The provided offset value '%s' is incorrect. Valid values are 'earliest', "
                       "'latest', or a non-negative long.",
                       offset);
    }
    wish->partition = -1;
    if (has_partition) {
        wish->partition = (int32_t)options_number(options, "partition", 0, INT32_MAX, 0);
    }
}

struct wish consumer_options_read(const struct options *options)
{
    struct wish wish = { .topic = options_value(options, "topic"),
                         .include = options_value(options, "include") };
    if (!wish.topic == !wish.include) {
        options_refuse(options,
                       "Exactly one of the following arguments is required: [topic], [include]");
    }
    read_place(options, &wish);
    check_names(options);
    wish.count_max = options_number(options, "max-messages", INT32_MIN, INT32_MAX, -1);
    wish.timeout_ms = options_number(options, "timeout-ms", INT64_MIN, INT64_MAX, -1);
    wish.skip_errors = options_has(options, "skip-message-on-error");
    wish.events = options_has(options, "enable-systest-events");
    return wish;
}

struct group_ids {
    const char *ids[3];
    size_t count;
};

static void add_group(struct group_ids *groups, const char *id)
{
    for (size_t i = 0; i < groups->count; i++) {
        if (id && strcmp(groups->ids[i], id) == 0) {
            return;
        }
    }
    if (id) {
        groups->ids[groups->count++] = id;
    }
}

static void set_group(const struct options *options, const struct wish *wish,
                      const struct group_ids *groups, struct properties *settings)
{
    if (groups->count > 1) {
        options_refuse(options,
                       "The group ids provided in different places (directly using '--group', via "
                       "'--consumer-property', or via '--consumer.config') do not match. Detected "
                       "group ids: '%s', '%s'%s%s%s",
                       groups->ids[0], groups->ids[1], groups->count > 2 ? ", '" : "",
                       groups->count > 2 ? groups->ids[2] : "", groups->count > 2 ? "'" : "");
    }
    if (groups->count == 1) {
        properties_set(settings, "group.id", groups->ids[0]);
    } else if (wish->partition < 0) {
        /* Kafka draws one of 100,000; two tools in one group would share the partitions. */
        char id[64];
        snprintf(id, sizeof id, "console-consumer-%" PRId64 "%07d", now_wall_ms(), (int)getpid());
        properties_set(settings, "group.id", id);
        properties_set(settings, "enable.auto.commit", "false");
    }
    if (wish->partition >= 0) {
        properties_set(settings, "enable.auto.commit", "false");
    }
}

static void set_reset(const struct options *options, struct properties *settings)
{
    const char *reset = properties_get(settings, "auto.offset.reset");
    bool from_beginning = options_has(options, "from-beginning");
    if (reset && from_beginning && strcmp(reset, "earliest") != 0) {
        options_fail(options,
                     "Can't simultaneously specify --from-beginning and 'auto.offset.reset=%s', "
                     "please remove one option",
                     reset);
    }
    if (!reset) {
        properties_set(settings, "auto.offset.reset", from_beginning ? "earliest" : "latest");
    }
}

void consumer_options_settings(const struct options *options, const struct wish *wish,
                               struct properties *settings)
{
    struct properties file = { 0 };
    struct properties given = { 0 };
    properties_add_file(&file, options, "consumer.config");
    properties_add_file(&file, options, "command-config");
    properties_add_option(&given, options, "consumer-property");
    properties_add_option(&given, options, "command-property");
    properties_set(settings, "client.id", "console-consumer");
    const struct properties *const sources[] = { &file, &given };
    for (size_t source = 0; source < 2; source++) {
        for (size_t i = 0; i < sources[source]->count; i++) {
            properties_set(settings, sources[source]->entries[i].name,
                           sources[source]->entries[i].value);
        }
    }
    const char *isolation = options_value(options, "isolation-level");
    if (isolation) {
        properties_set(settings, "isolation.level", isolation);
    }
    struct group_ids groups = { 0 };
    add_group(&groups, options_value(options, "group"));
    add_group(&groups, properties_get(&given, "group.id"));
    add_group(&groups, properties_get(&file, "group.id"));
    set_group(options, wish, &groups, settings);
    set_reset(options, settings);
    properties_finish(&file);
    properties_finish(&given);
}

void consumer_options_formatter(const struct options *options, struct properties *properties)
{
    const char *key = options_value(options, "key-deserializer");
    const char *value = options_value(options, "value-deserializer");
    properties_add_file(properties, options, "formatter-config");
    properties_add_option(properties, options, "property");
    properties_add_option(properties, options, "formatter-property");
    if (key) {
        properties_set(properties, "key.deserializer", key);
    }
    if (value) {
        properties_set(properties, "value.deserializer", value);
    }
}
