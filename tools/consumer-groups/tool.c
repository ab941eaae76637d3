/* consumer-groups: the option table. */
#include "consumer-groups/command.h"

static const struct options_row rows[] = {
    { "bootstrap-server", OPTIONS_VALUE, "HOST:PORT,...",
      "Brokers to contact first. Default: $BOOTSTRAP_SERVERS, else localhost:9092." },
    { "command-config", OPTIONS_VALUE, "FILE", "Properties file with settings of the client." },
    { "list", OPTIONS_FLAG, NULL, "Prints the names of consumer groups." },
    { "describe", OPTIONS_FLAG, NULL, "Prints groups: offsets and lag, members or state." },
    { "delete", OPTIONS_FLAG, NULL, "Deletes groups that have no members, with their offsets." },
    { "reset-offsets", OPTIONS_FLAG, NULL,
      "Moves the committed offsets of groups that have no members; shows the plan, and with "
      "--execute carries it out." },
    { "delete-offsets", OPTIONS_FLAG, NULL, "Deletes committed offsets of topics." },
    { "validate-regex", OPTIONS_VALUE, "REGEX",
      "Says whether an expression has the RE2 syntax that brokers take; needs no broker." },
    { "group", OPTIONS_VALUE, "GROUP", "The group; repeatable." },
    { "all-groups", OPTIONS_FLAG, NULL, "All consumer groups." },
    { "topic", OPTIONS_VALUE, "TOPIC[:P,P...]",
      "With --reset-offsets and --delete-offsets: a topic, or some of its partitions; "
      "repeatable." },
    { "all-topics", OPTIONS_FLAG, NULL,
      "With --reset-offsets: all topics for which the group has offsets." },
    { "offsets", OPTIONS_FLAG, NULL, "With --describe: offsets and lag, which is the default." },
    { "members", OPTIONS_FLAG, NULL, "With --describe: the members." },
    { "state", OPTIONS_OPTIONAL_VALUE, "STATE,...",
      "With --describe: the state. With --list: adds the state, of groups in these states only." },
    { "type", OPTIONS_OPTIONAL_VALUE, "TYPE,...",
      "With --list: adds the type, of groups of these types only (classic, consumer)." },
    { "verbose", OPTIONS_FLAG, NULL, "With --describe: more columns." },
    { "timeout", OPTIONS_VALUE, "MS", "How long each request may take. Default: 30000." },
    { "to-earliest", OPTIONS_FLAG, NULL, "Reset: to the first record." },
    { "to-latest", OPTIONS_FLAG, NULL, "Reset: to the end." },
    { "to-current", OPTIONS_FLAG, NULL, "Reset: to the committed offset." },
    { "to-offset", OPTIONS_VALUE, "OFFSET", "Reset: to this offset." },
    { "shift-by", OPTIONS_VALUE, "COUNT", "Reset: by so many records on, or back when negative." },
    { "to-datetime", OPTIONS_VALUE, "TIME",
      "Reset: to the first record at or after this time: YYYY-MM-DDThh:mm:ss.sss, UTC unless a "
      "zone (Z, +hh:mm) follows." },
    { "by-duration", OPTIONS_VALUE, "PnDTnHnMnS",
      "Reset: to the first record of this last while." },
    { "from-file", OPTIONS_VALUE, "FILE",
      "Reset: to the offsets of a CSV file with lines topic,partition,offset, or with several "
      "groups group,topic,partition,offset." },
    { "dry-run", OPTIONS_FLAG, NULL, "Reset: only shows the plan." },
    { "execute", OPTIONS_FLAG, NULL, "Reset: carries the plan out." },
    { "export", OPTIONS_FLAG, NULL, "Reset: prints the plan as CSV." },
    { "output", OPTIONS_VALUE, "text|json", "With --list and --describe: how to print." },
};

const struct options_tool consumer_groups_tool = {
    .name = "consumer-groups",
    .summary = "This tool helps to list all consumer groups, describe a consumer group, delete "
               "consumer group info, or reset consumer group offsets.",
    .error_prefix = "Error: Executing consumer group command failed due to ",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
};
