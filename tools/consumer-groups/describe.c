/* consumer-groups --describe. */
#include "consumer-groups/describe.h"

#include <stdio.h>
#include <string.h>

/* Any group that cannot be described ends the tool before something is printed, as in Kafka's. */
static void check_all(const struct command *command, const struct kc_group_descriptions *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct kc_group_description *group = &groups->items[i];
        char sentence[400];
        if (group->err == KC_ERR_GROUP_ID_NOT_FOUND ||
            (!group->err && strcmp(group->state, "Dead") == 0)) {
            options_fail(command->options, "Group %s not found.", group->group_id);
        }
        if (group->err) {
            options_fail(command->options, "%s",
                         groups_sentence(group->text ? group->text : groups_reason(group->err),
                                         sentence, sizeof sentence));
        }
        if (*group->protocol_type != '\0' && strcmp(group->protocol_type, "consumer") != 0) {
            options_fail(command->options, "Group %s is not a consumer group.", group->group_id);
        }
    }
}

static void tell_state(const struct kc_group_description *group)
{
    const char *const rebalancing[] = { "PreparingRebalance", "CompletingRebalance", "Assigning",
                                        "Reconciling" };
    fflush(stdout);
    if (strcmp(group->state, "Empty") == 0) {
        fprintf(stderr, "\nConsumer group '%s' has no active members.\n", group->group_id);
    }
    for (size_t i = 0; i < sizeof rebalancing / sizeof rebalancing[0]; i++) {
        if (strcmp(group->state, rebalancing[i]) == 0) {
            fprintf(stderr, "\nWarning: Consumer group '%s' is rebalancing.\n", group->group_id);
        }
    }
}

static void describe_one(const struct command *command, const struct kc_group_description *group,
                         struct text *text)
{
    bool verbose = options_has(command->options, "verbose");
    tell_state(group);
    if (options_has(command->options, "members")) {
        describe_members(group, verbose, text);
    } else if (options_has(command->options, "state")) {
        describe_state(group, verbose, text);
    } else {
        struct lag lag = { 0 };
        lag_load(&lag, command, group);
        describe_offsets(&lag, group, verbose, text);
        lag_finish(&lag);
    }
}

int groups_describe(const struct command *command)
{
    struct group_names names = groups_chosen(command);
    struct kc_group_descriptions none = { 0 };
    struct kc_group_descriptions *groups = NULL;
    struct kc_error error;
    struct text text = { 0 };
    struct json json = { .text = &text };
    if (names.count > 0) {
        groups_require(command,
                       kc_admin_describe_groups(command->admin, (const char *const *)names.names,
                                                names.count, 0, command->timeout_ms, &groups,
                                                &error),
                       &error);
    }
    const struct kc_group_descriptions *all = groups ? groups : &none;
    check_all(command, all);
    if (command->json) {
        json_open(&json, '[');
    }
    for (size_t i = 0; i < all->count; i++) {
        if (command->json) {
            struct lag lag = { 0 };
            lag_load(&lag, command, &all->items[i]);
            describe_json(&lag, &all->items[i], &json);
            lag_finish(&lag);
        } else {
            describe_one(command, &all->items[i], &text);
        }
    }
    if (command->json) {
        json_close(&json, ']');
        text_add(&text, "\n");
    }
    fputs(text_view(&text), stdout);
    text_finish(&text);
    kc_group_descriptions_destroy(groups);
    groups_chosen_finish(&names);
    return 0;
}
