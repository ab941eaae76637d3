/* topics: what the subcommands share. Each runs to its end or ends the tool with its error. */
#ifndef TOPICS_COMMAND_H
#define TOPICS_COMMAND_H

#include "common/options.h"

#include <libclient/admin.h>

struct command {
    const struct options *options;
    struct kc_admin *admin;
    int timeout_ms;
    bool json;
};

extern const struct options_tool topics_tool;

/* Refuses a command line that makes no sense; asks no broker. */
void topics_check(const struct options *options);

void topics_create(const struct command *command);
void topics_list(const struct command *command);
void topics_describe(const struct command *command);
void topics_delete(const struct command *command);
void topics_alter(const struct command *command);

/* Ends the tool when a call failed. */
void topics_require(const struct command *command, enum kc_err err, const struct kc_error *error);

/* Ends the tool with the first error among the results. */
void topics_require_all(const struct command *command, struct kc_item_results *results);

#endif
