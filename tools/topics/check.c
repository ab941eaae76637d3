/* topics: which options go together; the messages are Kafka's. */
#include "topics/command.h"

#include <stdio.h>
#include <string.h>

static const char *const actions[] = { "list", "describe", "create", "alter", "delete" };

struct check_rule {
    const char *name;
    const char *excluded[10];
};

/* Each option with the ones it cannot stand beside, in the order in which Kafka looks. */
static const struct check_rule rules[] = {
    { "config", { "delete", "describe", "list" } },
    { "partitions", { "delete", "describe", "list" } },
    { "replication-factor", { "alter", "delete", "describe", "list" } },
    { "replica-assignment", { "delete", "describe", "list" } },
    { "under-replicated-partitions",
      { "alter", "create", "delete", "list", "topics-with-overrides" } },
    { "under-min-isr-partitions",
      { "alter", "create", "delete", "list", "topics-with-overrides" } },
    { "at-min-isr-partitions", { "alter", "create", "delete", "list", "topics-with-overrides" } },
    { "unavailable-partitions", { "alter", "create", "delete", "list", "topics-with-overrides" } },
    { "topics-with-overrides", { "alter", "create", "delete", "list" } },
    { "if-exists", { "create", "list" } },
    { "if-not-exists", { "alter", "delete", "describe", "list" } },
    { "exclude-internal", { "alter", "create", "delete" } },
    { "topic-id", { "alter", "create", "delete", "list" } },
    { "partition-size-limit-per-response", { "alter", "create", "delete", "list" } },
    { "output", { "alter", "create", "delete" } },
};

static void check_create(const struct options *options)
{
    options_require(options, "topic");
    options_exclude(options, "replica-assignment",
                    (const char *const[]){ "partitions", "replication-factor", NULL });
}

static void check_describe(const struct options *options)
{
    bool has_topic = options_has(options, "topic");
    bool has_id = options_has(options, "topic-id");
    if (options_has(options, "if-exists") && !has_topic && !has_id) {
        options_refuse(options, "--topic or --topic-id is required to describe a topic");
    }
    if (has_topic && has_id) {
        puts("Only topic id will be used when both --topic and --topic-id are specified and "
             "topicId is not Uuid.ZERO_UUID");
    }
}

static void check_alter(const struct options *options)
{
    if (options_has(options, "config")) {
        options_refuse(options,
                       "Option combination \"[[bootstrap-server], [config]]\" can't be used with "
                       "option \"[alter]\" (To alter topic configurations, the kafka-configs tool "
                       "can be used.)");
    }
    options_require(options, "topic");
    options_require(options, "partitions");
}

void topics_check(const struct options *options)
{
    size_t action_count = 0;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        action_count += options_has(options, actions[i]);
    }
    if (action_count != 1) {
        options_refuse(options, "Command must include exactly one action: --list, --describe, "
                                "--create, --alter or --delete");
    }
    if (options_has(options, "alter")) {
        check_alter(options);
    } else if (options_has(options, "delete")) {
        options_require(options, "topic");
    }
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        options_exclude(options, rules[i].name, rules[i].excluded);
    }
    if (options_has(options, "create")) {
        check_create(options);
    } else if (options_has(options, "describe")) {
        check_describe(options);
    }
    const char *output = options_value(options, "output");
    if (output && strcmp(output, "text") != 0 && strcmp(output, "json") != 0) {
        options_refuse(options, "--output is text or json, not '%s'", output);
    }
    if (options_has(options, "delete-config")) {
        fputs("delete-config option is no longer supported and deprecated since version 4.0. The "
              "config will be fully removed in future releases.\n",
              stderr);
    }
}
