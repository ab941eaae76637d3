/* consumer-groups: which options go together; the messages are Kafka's. */
#include "consumer-groups/command.h"

#include <stdio.h>
#include <string.h>

static const char *const actions[] = { "list",          "describe",       "delete",
                                       "reset-offsets", "delete-offsets", "validate-regex" };
static const char *const scenarios[] = { "to-offset", "to-datetime", "by-duration", "to-earliest",
                                         "to-latest", "to-current",  "shift-by",    "from-file" };

enum {
    ACTION_COUNT = sizeof actions / sizeof actions[0],
    SCENARIO_COUNT = sizeof scenarios / sizeof scenarios[0]
};

static void check_groups(const struct options *options, const char *action)
{
    if (!options_has(options, "group") && !options_has(options, "all-groups")) {
        options_refuse(options, "Option [%s] takes one of these options: [group], [all-groups]",
                       action);
    }
}

/* Options that exist only beside certain actions. */
static void check_available(const struct options *options)
{
    static const char *const of_describe[] = { "members", "offsets", "verbose" };
    const char *missing = NULL;
    for (size_t i = 0; i < 3 && !options_has(options, "describe"); i++) {
        missing = options_has(options, of_describe[i]) ? of_describe[i] : missing;
    }
    if (!options_has(options, "list")) {
        missing = options_has(options, "type") ? "type" : missing;
        if (!options_has(options, "describe")) {
            missing = options_has(options, "state") ? "state" : missing;
            missing = options_has(options, "output") ? "output" : missing;
        }
    }
    if (missing) {
        options_refuse(options,
                       "Option(s) [%s] are unavailable given other options on the command line",
                       missing);
    }
}

static void check_describe(const struct options *options)
{
    check_groups(options, "describe");
    int views = options_has(options, "members") + options_has(options, "offsets") +
                options_has(options, "state");
    if (views > 1) {
        options_refuse(options, "Option [describe] takes at most one of these options: [members], "
                                "[offsets], [state]");
    }
    if (options_value(options, "state")) {
        options_refuse(options, "Option [describe] does not take a value for [state]");
    }
}

static void check_reset(const struct options *options)
{
    bool dry_run = options_has(options, "dry-run");
    bool execute = options_has(options, "execute");
    if (dry_run && execute) {
        options_refuse(options, "Option [reset-offsets] only accepts one of [execute] and "
                                "[dry-run]");
    }
    if (!dry_run && !execute) {
        fputs("WARN: No action will be performed as the --execute option is missing. In version "
              "5.0, this command will require either --dry-run or --execute to be specified. You "
              "should add the --dry-run option explicitly if you are scripting this command and "
              "want to keep the current default behavior without prompting.\n",
              stderr);
    }
    check_groups(options, "reset-offsets");
    size_t given = 0;
    for (size_t i = 0; i < SCENARIO_COUNT; i++) {
        const char *others[SCENARIO_COUNT] = { NULL };
        memcpy(others, scenarios + i + 1, (SCENARIO_COUNT - i - 1) * sizeof scenarios[0]);
        options_exclude(options, scenarios[i], others);
        given += options_has(options, scenarios[i]);
    }
    if (given == 0) {
        options_refuse(options,
                       "Option '[reset-offsets]' requires one of the following scenarios: "
                       "[[shift-by], [from-file], [to-datetime], [by-duration], [to-latest], "
                       "[to-current], [to-earliest], [to-offset]]");
    }
    if (!options_has(options, "topic") && !options_has(options, "all-topics") &&
        !options_has(options, "from-file")) {
        options_refuse(options,
                       "One of the reset scopes should be defined: --all-topics, --topic.");
    }
}

static void check_action(const struct options *options)
{
    if (options_has(options, "describe")) {
        check_describe(options);
    }
    if (options_has(options, "delete")) {
        check_groups(options, "delete");
        if (options_has(options, "topic")) {
            options_refuse(options, "The consumer does not support topic-specific offset deletion "
                                    "from a consumer group.");
        }
    }
    if (options_has(options, "delete-offsets") &&
        (!options_has(options, "group") || !options_has(options, "topic"))) {
        options_refuse(options, "Option [delete-offsets] takes the following options: [group], "
                                "[topic]");
    }
    if (options_has(options, "reset-offsets")) {
        check_reset(options);
    }
}

void groups_check(const struct options *options)
{
    check_available(options);
    options_exclude(options, "group", (const char *const[]){ "list", NULL });
    check_action(options);
    options_exclude(options, "group", (const char *const[]){ "all-groups", NULL });
    options_exclude(options, "topic", (const char *const[]){ "list", "describe", NULL });
    size_t given = 0;
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        given += options_has(options, actions[i]);
    }
    if (given != 1) {
        options_refuse(options, "Command must include exactly one action: --list, --describe, "
                                "--delete, --reset-offsets, --delete-offsets, --validate-regex");
    }
    const char *output = options_value(options, "output");
    if (output && strcmp(output, "text") != 0 && strcmp(output, "json") != 0) {
        options_refuse(options, "--output is text or json, not '%s'", output);
    }
}
