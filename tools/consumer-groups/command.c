/* consumer-groups: which groups, and how errors are told. */
#include "consumer-groups/command.h"

#include "common/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void groups_require(const struct command *command, enum kc_err err, const struct kc_error *error)
{
    if (err) {
        options_fail(command->options, "%s", error->text);
    }
}

bool groups_is_consumer(const struct kc_group_listing *group)
{
    bool type = *group->type == '\0' || strcmp(group->type, "Classic") == 0 ||
                strcmp(group->type, "Consumer") == 0;
    /* An empty protocol type: offsets committed without joining. */
    return type && (*group->protocol_type == '\0' || strcmp(group->protocol_type, "consumer") == 0);
}

static void add(struct group_names *groups, const char *name)
{
    size_t at = 0;
    while (at < groups->count && strcmp(groups->names[at], name) < 0) {
        at++;
    }
    if (at < groups->count && strcmp(groups->names[at], name) == 0) {
        return;
    }
    groups->names = memory_grow(groups->names, groups->count + 1, sizeof *groups->names);
    memmove(groups->names + at + 1, groups->names + at,
            (groups->count - at) * sizeof *groups->names);
    groups->names[at] = memory_copy(name, strlen(name));
    groups->count++;
}

struct group_names groups_chosen(const struct command *command)
{
    struct group_names chosen = { 0 };
    for (size_t i = 0; i < options_count(command->options, "group"); i++) {
        add(&chosen, options_at(command->options, "group", i));
    }
    if (!options_has(command->options, "all-groups")) {
        return chosen;
    }
    struct kc_group_listings *groups = NULL;
    struct kc_error error;
    groups_require(command,
                   kc_admin_list_groups(command->admin, NULL, command->timeout_ms, &groups, &error),
                   &error);
    for (size_t i = 0; i < groups->count; i++) {
        if (groups_is_consumer(&groups->items[i])) {
            add(&chosen, groups->items[i].group_id);
        }
    }
    kc_group_listings_destroy(groups);
    return chosen;
}

void groups_chosen_finish(struct group_names *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        free(groups->names[i]);
    }
    free(groups->names);
    *groups = (struct group_names){ 0 };
}

void groups_print_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    fputs("Error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\n", stderr);
    va_end(arguments);
}

const char *groups_reason(enum kc_err err)
{
    switch (err) {
    case KC_ERR_UNKNOWN_TOPIC_OR_PARTITION:
        return "This server does not host this topic-partition";
    case KC_ERR_NON_EMPTY_GROUP:
        return "The group is not empty";
    case KC_ERR_GROUP_ID_NOT_FOUND:
        return "The group id does not exist";
    case KC_ERR_GROUP_SUBSCRIBED_TO_TOPIC:
        return "Deleting offsets of a topic is forbidden while the consumer group is actively "
               "subscribed to it";
    default:
        return kc_err_text(err);
    }
}

const char *groups_sentence(const char *text, char *buffer, size_t size)
{
    size_t length = strlen(text);
    bool ended = length > 0 && text[length - 1] == '.';
    snprintf(buffer, size, "%s%s", text, ended ? "" : ".");
    return buffer;
}
