/* consumer-groups --reset-offsets. */
#include "common/memory.h"
#include "common/table.h"
#include "consumer-groups/reset_wish.h"
#include "consumer-groups/scope.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One group's plan: partitions, and an equal number of facts and new offsets. */
struct plan {
    struct partitions partitions;
    struct reset_facts *facts;
    struct kc_position *targets;
};

static const struct table_column columns[] = { { "GROUP", 15, true },
                                               { "TOPIC", 15, true },
                                               { "PARTITION", 10, false },
                                               { "NEW-OFFSET", 0, false } };

/* True when the group has no members; else tells so. */
static bool is_idle(const struct command *command, const char *name)
{
    struct kc_group_descriptions *groups = NULL;
    struct kc_error error;
    groups_require(
        command,
        kc_admin_describe_groups(command->admin, &name, 1, 0, command->timeout_ms, &groups, &error),
        &error);
    const struct kc_group_description *group = &groups->items[0];
    char sentence[400];
    bool absent = group->err == KC_ERR_GROUP_ID_NOT_FOUND;
    if (group->err && !absent) {
        options_fail(command->options, "%s",
                     groups_sentence(group->text ? group->text : groups_reason(group->err),
                                     sentence, sizeof sentence));
    }
    bool idle = absent || strcmp(group->state, "Empty") == 0 || strcmp(group->state, "Dead") == 0;
    if (!idle) {
        groups_print_error("Assignments can only be reset if the group '%s' is inactive, but the "
                           "current state is %s.",
                           name, group->state);
    }
    kc_group_descriptions_destroy(groups);
    return idle;
}

/* Asks for one kind of offset of all partitions; stores them `field` bytes into each fact. */
static void ask(const struct command *command, struct plan *plan, int64_t what, size_t field)
{
    size_t count = plan->partitions.count;
    struct kc_position *positions = memory_alloc(count * sizeof *positions);
    struct kc_positions *answers = NULL;
    struct kc_error error;
    for (size_t i = 0; i < count; i++) {
        positions[i] = (struct kc_position){ .topic = plan->partitions.items[i].topic,
                                             .partition = plan->partitions.items[i].partition,
                                             .offset = what,
                                             .leader_epoch = -1 };
    }
    groups_require(command,
                   kc_admin_list_offsets(command->admin, positions, count, command->timeout_ms,
                                         &answers, &error),
                   &error);
    for (size_t i = 0; i < count && i < answers->count; i++) {
        const struct kc_position *answer = &answers->items[i];
        char sentence[400];
        if (answer->err == KC_ERR_UNKNOWN_TOPIC_OR_PARTITION) {
            options_fail(command->options, "The partitions \"%s-%d\" do not exist", answer->topic,
                         (int)answer->partition);
        }
        if (answer->err) {
            options_fail(command->options, "%s-%d: %s", answer->topic, (int)answer->partition,
                         groups_sentence(groups_reason(answer->err), sentence, sizeof sentence));
        }
        memcpy((char *)&plan->facts[i] + field, &answer->offset, sizeof answer->offset);
    }
    kc_positions_destroy(answers);
    free(positions);
}

static void choose_partitions(const struct command *command, const struct reset_wish *wish,
                              const char *group, const struct kc_positions *committed,
                              struct plan *plan)
{
    if (wish->from_file) {
        for (size_t i = 0; i < wish->csv.count; i++) {
            const struct csv_row *row = &wish->csv.rows[i];
            if (!row->group || strcmp(row->group, group) == 0) {
                partitions_add(&plan->partitions, row->topic, row->partition);
            }
        }
        partitions_sort(&plan->partitions);
    } else if (options_has(command->options, "all-topics")) {
        for (size_t i = 0; i < committed->count; i++) {
            if (committed->items[i].offset >= 0) {
                partitions_add(&plan->partitions, committed->items[i].topic,
                               committed->items[i].partition);
            }
        }
        partitions_sort(&plan->partitions);
    } else {
        scope_topics(command, &plan->partitions);
        scope_expand(command, &plan->partitions, false);
    }
}

static void gather(const struct command *command, const struct reset_wish *wish,
                   const struct kc_positions *committed, struct plan *plan)
{
    size_t count = plan->partitions.count;
    plan->facts = memory_alloc(count * sizeof *plan->facts);
    plan->targets = memory_alloc(count * sizeof *plan->targets);
    for (size_t i = 0; i < count; i++) {
        const struct kc_partition *partition = &plan->partitions.items[i];
        plan->facts[i] = (struct reset_facts){ -1, -1, -1, -1 };
        for (size_t at = 0; at < committed->count; at++) {
            struct kc_partition place = { committed->items[at].topic,
                                          committed->items[at].partition };
            if (partitions_compare(&place, partition) == 0) {
                plan->facts[i].committed = committed->items[at].offset;
            }
        }
    }
    if (count == 0) {
        return;
    }
    ask(command, plan, KC_OFFSET_EARLIEST, offsetof(struct reset_facts, earliest));
    ask(command, plan, KC_OFFSET_LATEST, offsetof(struct reset_facts, latest));
    if (wish->scenario == RESET_TO_TIME) {
        ask(command, plan, wish->time_ms, offsetof(struct reset_facts, at_time));
    }
}

static int64_t amount_of(const struct reset_wish *wish, const char *group,
                         const struct kc_partition *partition)
{
    int64_t amount = wish->amount;
    for (size_t i = 0; i < wish->csv.count; i++) {
        const struct csv_row *row = &wish->csv.rows[i];
        if ((!row->group || strcmp(row->group, group) == 0) &&
            row->partition == partition->partition && strcmp(row->topic, partition->topic) == 0) {
            amount = row->offset;
        }
    }
    return amount;
}

static void tell(const struct command *command, const struct kc_partition *partition,
                 enum reset_note note, int64_t wanted, int64_t offset)
{
    const char *topic = partition->topic;
    int number = (int)partition->partition;
    switch (note) {
    case RESET_FINE:
        break;
    case RESET_TOO_LOW:
    case RESET_TOO_HIGH:
        fprintf(stderr,
                "WARN New offset (%" PRId64 ") is %s offset for topic partition %s-%d. Value will "
                "be set to %" PRId64 "\n",
                wanted, note == RESET_TOO_LOW ? "lower than earliest" : "higher than latest", topic,
                number, offset);
        break;
    case RESET_NO_RECORD:
        printf("\nWarn: Partition %d from topic %s is empty. Falling back to latest known "
               "offset.\n",
               number, topic);
        break;
    case RESET_NOT_COMMITTED:
        options_refuse(command->options,
                       "Cannot shift offset for partition %s-%d since there is no current "
                       "committed offset",
                       topic, number);
    }
}

/* Plans one group and, with --execute, carries it out. Returns 1 when a partition failed. */
static int reset_group(const struct command *command, const struct reset_wish *wish,
                       const char *group, struct plan *plan)
{
    struct kc_positions *committed = NULL;
    struct kc_error error;
    groups_require(
        command,
        kc_admin_list_group_offsets(command->admin, group, command->timeout_ms, &committed, &error),
        &error);
    choose_partitions(command, wish, group, committed, plan);
    gather(command, wish, committed, plan);
    kc_positions_destroy(committed);
    for (size_t i = 0; i < plan->partitions.count; i++) {
        const struct kc_partition *partition = &plan->partitions.items[i];
        int64_t offset = 0;
        int64_t wanted = 0;
        enum reset_note note = reset_plan(wish->scenario, amount_of(wish, group, partition),
                                          &plan->facts[i], &offset, &wanted);
        tell(command, partition, note, wanted, offset);
        plan->targets[i] = (struct kc_position){ .topic = partition->topic,
                                                 .partition = partition->partition,
                                                 .offset = offset,
                                                 .leader_epoch = -1 };
    }
    if (!wish->execute || plan->partitions.count == 0) {
        return 0;
    }
    struct kc_positions *results = NULL;
    int status = 0;
    groups_require(command,
                   kc_admin_alter_group_offsets(command->admin, group, plan->targets,
                                                plan->partitions.count, command->timeout_ms,
                                                &results, &error),
                   &error);
    for (size_t i = 0; i < results->count; i++) {
        char sentence[400];
        if (results->items[i].err) {
            groups_print_error(
                "%s-%d: %s", results->items[i].topic, (int)results->items[i].partition,
                groups_sentence(groups_reason(results->items[i].err), sentence, sizeof sentence));
            status = 1;
        }
    }
    kc_positions_destroy(results);
    return status;
}

static void print_plan(const struct reset_wish *wish, const char *group, bool with_group,
                       const struct plan *plan, struct table *table, struct text *text)
{
    for (size_t i = 0; i < plan->partitions.count; i++) {
        const struct kc_position *target = &plan->targets[i];
        if (wish->export_csv) {
            text_format(text, "%s%s%s,%d,%" PRId64 "\n", with_group ? group : "",
                        with_group ? "," : "", target->topic, (int)target->partition,
                        target->offset);
        } else {
            table_cell(table, group);
            table_cell(table, target->topic);
            table_number(table, target->partition);
            table_number(table, target->offset);
        }
    }
}

int groups_reset(const struct command *command)
{
    struct reset_wish wish;
    struct table table;
    struct text text = { 0 };
    int status = 0;
    reset_wish_read(&wish, command->options);
    struct group_names groups = groups_chosen(command);
    table_init(&table, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < groups.count; i++) {
        struct plan plan = { 0 };
        if (!is_idle(command, groups.names[i])) {
            status = 1;
            continue;
        }
        status |= reset_group(command, &wish, groups.names[i], &plan);
        print_plan(&wish, groups.names[i], groups.count > 1, &plan, &table, &text);
        partitions_finish(&plan.partitions);
        free(plan.facts);
        free(plan.targets);
    }
    if (!wish.export_csv) {
        text_add(&text, "\n");
        table_write(&table, "", &text);
    } else {
        text_add(&text, "\n");
    }
    fputs(text_view(&text), stdout);
    text_finish(&text);
    table_finish(&table);
    groups_chosen_finish(&groups);
    reset_wish_finish(&wish);
    return status;
}
