/* consumer-groups: what the subcommands share. Each ends the tool with its error, or returns how
 * the tool is to end (0 or 1). */
#ifndef CONSUMER_GROUPS_COMMAND_H
#define CONSUMER_GROUPS_COMMAND_H

#include "common/options.h"

#include <libclient/admin.h>

struct command {
    const struct options *options;
    struct kc_admin *admin;
    int timeout_ms;
    bool json;
};

extern const struct options_tool consumer_groups_tool;

/* Refuses a command line that makes no sense; asks no broker. */
void groups_check(const struct options *options);

int groups_list(const struct command *command);
int groups_describe(const struct command *command);
int groups_delete(const struct command *command);
int groups_delete_offsets(const struct command *command);
int groups_reset(const struct command *command);

/* Ends the tool when a call failed. */
void groups_require(const struct command *command, enum kc_err err, const struct kc_error *error);

/* The groups of --group, each once and in name order, or with --all-groups all consumer groups. */
struct group_names {
    char **names;
    size_t count;
};
struct group_names groups_chosen(const struct command *command);
void groups_chosen_finish(struct group_names *groups);

/* True for a group that consumers use (not Connect, share or streams). */
bool groups_is_consumer(const struct kc_group_listing *group);

/* An error on stderr, after what stdout has so far. The text ends with one full stop, as Kafka's.
 */
void groups_print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* An error in the words of Kafka's tool where it is one that scripts look for, else kc_err_text. */
const char *groups_reason(enum kc_err err);
/* The text with Kafka's full stop; the result stands in the caller's buffer. */
const char *groups_sentence(const char *text, char *buffer, size_t size);

#endif
