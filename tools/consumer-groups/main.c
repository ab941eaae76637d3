/* consumer-groups: lists, describes, deletes and resets consumer groups. */
#include "common/connect.h"
#include "common/fail.h"
#include "common/pattern.h"
#include "common/usage.h"
#include "consumer-groups/command.h"

#include <libclient/client.h>
#include <stdio.h>
#include <string.h>

static void validate(const char *expression)
{
    const char *reason = pattern_re2_error(expression);
    if (reason) {
        printf("The regular expression `%s` is invalid: %s.\n", expression, reason);
    } else {
        printf("The regular expression `%s` is valid.\n", expression);
    }
}

static int run(const struct command *command)
{
    if (options_has(command->options, "list")) {
        return groups_list(command);
    }
    if (options_has(command->options, "describe")) {
        return groups_describe(command);
    }
    if (options_has(command->options, "delete")) {
        return groups_delete(command);
    }
    if (options_has(command->options, "reset-offsets")) {
        return groups_reset(command);
    }
    return groups_delete_offsets(command);
}

int main(int argc, char **argv)
{
    struct options options;
    int status = 0;
    usage_start(&options, &consumer_groups_tool, kc_version(), argc, argv);
    groups_check(&options);
    if (options_has(&options, "validate-regex")) {
        validate(options_value(&options, "validate-regex"));
    } else {
        const char *output = options_value(&options, "output");
        int timeout_ms = (int)options_number(&options, "timeout", 0, INT32_MAX, 30000);
        struct command command = { .options = &options,
                                   .json = output && strcmp(output, "json") == 0 };
        command.admin = connect_admin(&options, &command.timeout_ms);
        command.timeout_ms = timeout_ms;
        status = run(&command);
        kc_admin_destroy(command.admin);
    }
    options_finish(&options);
    fail_or_exit(status);
}
