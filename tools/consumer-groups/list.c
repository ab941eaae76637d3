/* consumer-groups --list. */
#include "common/json.h"
#include "common/table.h"
#include "consumer-groups/command.h"
#include "consumer-groups/filter.h"

#include <stdio.h>

enum { GROUP_WIDTH = 25, WORD_WIDTH = 20 };

static void read_filters(const struct options *options, struct filter *states, struct filter *types)
{
    const char *words = options_value(options, "state");
    if (words && !filter_states(states, words)) {
        options_refuse(options,
                       "Invalid state list '%s'. Valid states are: Reconciling, Empty, Stable, "
                       "Dead, Assigning, PreparingRebalance, CompletingRebalance",
                       words);
    }
    words = options_value(options, "type");
    if (words && !filter_types(types, words)) {
        options_refuse(options, "Invalid types list '%s'. Valid types are: Consumer, Classic",
                       words);
    }
}

static void add_json(const struct kc_group_listing *group, struct json *json)
{
    json_open(json, '{');
    json_name(json, "group");
    json_string(json, group->group_id);
    json_name(json, "type");
    json_string(json, group->type);
    json_name(json, "state");
    json_string(json, group->state);
    json_name(json, "protocol_type");
    json_string(json, group->protocol_type);
    json_close(json, '}');
}

static void print(const struct command *command, const struct kc_group_listings *groups,
                  const struct filter *states, const struct filter *types)
{
    bool with_type = options_has(command->options, "type");
    bool with_state = options_has(command->options, "state");
    struct table_column columns[3] = { { "GROUP", GROUP_WIDTH, true } };
    size_t count = 1;
    if (with_type) {
        columns[count++] = (struct table_column){ "TYPE", WORD_WIDTH, false };
    }
    if (with_state) {
        columns[count++] = (struct table_column){ "STATE", WORD_WIDTH, false };
    }
    struct text text = { 0 };
    struct json json = { .text = &text };
    struct table table;
    table_init(&table, columns, count);
    if (command->json) {
        json_open(&json, '[');
    }
    for (size_t i = 0; i < groups->count; i++) {
        const struct kc_group_listing *group = &groups->items[i];
        if (!groups_is_consumer(group) || !filter_takes(states, group->state) ||
            !filter_takes(types, group->type)) {
            continue;
        }
        if (command->json) {
            add_json(group, &json);
        } else if (count == 1) {
            text_format(&text, "%s\n", group->group_id);
        } else {
            table_cell(&table, group->group_id);
            if (with_type) {
                table_cell(&table, group->type);
            }
            if (with_state) {
                table_cell(&table, group->state);
            }
        }
    }
    if (command->json) {
        json_close(&json, ']');
        text_add(&text, "\n");
    } else if (count > 1) {
        table_write(&table, "", &text);
    }
    fputs(text_view(&text), stdout);
    text_finish(&text);
    table_finish(&table);
}

int groups_list(const struct command *command)
{
    struct filter states = { 0 };
    struct filter types = { 0 };
    struct kc_group_listings *groups = NULL;
    struct kc_error error;
    read_filters(command->options, &states, &types);
    const struct kc_group_filter wanted = { .states = states.words,
                                            .state_count = states.count,
                                            .types = types.words,
                                            .type_count = types.count };
    groups_require(
        command,
        kc_admin_list_groups(command->admin, &wanted, command->timeout_ms, &groups, &error),
        &error);
    print(command, groups, &states, &types);
    kc_group_listings_destroy(groups);
    return 0;
}
