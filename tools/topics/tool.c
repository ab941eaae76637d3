/* topics: the option table. */
#include "topics/command.h"

static const struct options_row rows[] = {
    { "bootstrap-server", OPTIONS_VALUE, "HOST:PORT,...",
      "Brokers to contact first. Default: $BOOTSTRAP_SERVERS, else localhost:9092." },
    { "command-config", OPTIONS_VALUE, "FILE", "Properties file with settings of the client." },
    { "create", OPTIONS_FLAG, NULL, "Creates a topic." },
    { "list", OPTIONS_FLAG, NULL, "Prints the names of topics." },
    { "describe", OPTIONS_FLAG, NULL, "Prints topics with their partitions." },
    { "alter", OPTIONS_FLAG, NULL, "Raises the number of partitions." },
    { "delete", OPTIONS_FLAG, NULL, "Deletes topics." },
    { "topic", OPTIONS_VALUE, "TOPIC",
      "The topic. Except with --create it is a regular expression that must match the whole name; "
      "commas mean alternatives." },
    { "topic-id", OPTIONS_VALUE, "ID", "Describes the topic with this id." },
    { "partitions", OPTIONS_VALUE, "COUNT",
      "Number of partitions, with --create or --alter. Default of --create: the cluster's "
      "num.partitions. Raising it moves keys to other partitions." },
    { "replication-factor", OPTIONS_VALUE, "COUNT",
      "Replicas of each partition, with --create. Default: the cluster's." },
    { "replica-assignment", OPTIONS_VALUE, "ID:ID,ID:ID,...",
      "Brokers of each partition, with --create or --alter: replicas joined by colons, partitions "
      "by commas." },
    { "config", OPTIONS_VALUE, "NAME=VALUE",
      "Setting of the new topic, with --create; repeatable." },
    { "delete-config", OPTIONS_VALUE, "NAME", "Accepted, does nothing." },
    { "if-exists", OPTIONS_FLAG, NULL,
      "With --alter, --delete and --describe: no error when the topic is absent." },
    { "if-not-exists", OPTIONS_FLAG, NULL,
      "With --create: no error when the topic is there already." },
    { "exclude-internal", OPTIONS_FLAG, NULL,
      "With --list and --describe: leaves internal topics out." },
    { "under-replicated-partitions", OPTIONS_FLAG, NULL,
      "With --describe: only partitions with fewer replicas in sync than assigned." },
    { "unavailable-partitions", OPTIONS_FLAG, NULL,
      "With --describe: only partitions without a leader that is alive." },
    { "under-min-isr-partitions", OPTIONS_FLAG, NULL,
      "With --describe: only partitions with fewer replicas in sync than min.insync.replicas." },
    { "at-min-isr-partitions", OPTIONS_FLAG, NULL,
      "With --describe: only partitions with exactly min.insync.replicas replicas in sync." },
    { "topics-with-overrides", OPTIONS_FLAG, NULL,
      "With --describe: only topics with settings of their own, without partitions." },
    { "partition-size-limit-per-response", OPTIONS_VALUE, "COUNT",
      "With --describe: accepted for compatibility, answers are paged as the broker likes." },
    { "output", OPTIONS_VALUE, "text|json", "With --list and --describe: how to print." },
};

const struct options_tool topics_tool = {
    .name = "topics",
    .summary = "This tool helps to create, delete, describe, or change a topic.",
    .error_prefix = "Error while executing topic command : ",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
};
