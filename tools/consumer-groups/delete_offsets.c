/* consumer-groups --delete-offsets. */
#include "common/memory.h"
#include "common/table.h"
#include "consumer-groups/scope.h"

#include <stdio.h>
#include <stdlib.h>

static const struct table_column columns[] = { { "TOPIC", 15, false },
                                               { "PARTITION", 10, false },
                                               { "STATUS", 15, false } };

static void add_row(struct table *table, const struct kc_partition *partition, enum kc_err err)
{
    char sentence[400];
    char status[420] = "Successful";
    if (err) {
        snprintf(status, sizeof status, "Error: %s",
                 groups_sentence(groups_reason(err), sentence, sizeof sentence));
    }
    table_cell(table, partition->topic);
    table_number(table, partition->partition);
    table_cell(table, status);
}

/* Fills one error a partition, in the order of the list; returns the error of the call as a
 * whole. */
static enum kc_err delete_all(const struct command *command, const char *group,
                              const struct partitions *partitions, enum kc_err *errs)
{
    struct kc_partition *known = memory_alloc(partitions->count * sizeof *known);
    struct kc_positions *results = NULL;
    struct kc_error error;
    enum kc_err err = KC_ERR_NONE;
    size_t count = 0;
    for (size_t i = 0; i < partitions->count; i++) {
        if (partitions->items[i].partition >= 0) {
            known[count++] = partitions->items[i];
        }
    }
    if (count > 0) {
        err = kc_admin_delete_group_offsets(command->admin, group, known, count,
                                            command->timeout_ms, &results, &error);
    }
    if (err < KC_ERR_UNKNOWN_SERVER_ERROR) { /* no broker said so */
        options_fail(command->options, "%s", error.text);
    }
    for (size_t i = 0; i < partitions->count; i++) {
        errs[i] = partitions->items[i].partition < 0 ? KC_ERR_UNKNOWN_TOPIC_OR_PARTITION : err;
        for (size_t at = 0; results && at < results->count; at++) {
            struct kc_partition place = { results->items[at].topic, results->items[at].partition };
            if (partitions_compare(&place, &partitions->items[i]) == 0) {
                errs[i] = results->items[at].err;
            }
        }
    }
    kc_positions_destroy(results);
    free(known);
    return err;
}

int groups_delete_offsets(const struct command *command)
{
    const char *group = options_value(command->options, "group");
    struct partitions partitions = { 0 };
    scope_topics(command, &partitions);
    scope_expand(command, &partitions, true);
    enum kc_err *errs = memory_alloc(partitions.count * sizeof *errs);
    enum kc_err err = delete_all(command, group, &partitions, errs);

    struct table table;
    int status = err != KC_ERR_NONE;
    enum kc_err of_broker = err;
    table_init(&table, columns, 3);
    for (size_t i = 0; i < partitions.count; i++) {
        add_row(&table, &partitions.items[i], errs[i]);
        status = status || errs[i];
        if (errs[i] && partitions.items[i].partition >= 0) {
            of_broker = errs[i];
        }
    }
    char sentence[400];
    if (err) {
        groups_print_error("%s", groups_sentence(groups_reason(err), sentence, sizeof sentence));
    } else if (status) {
        groups_print_error("Encountered some partition-level error, see the follow-up details.");
    }
    if (!of_broker) {
        printf("Request succeeded for deleting offsets from group %s.\n", group);
    }
    struct text text = { 0 };
    table_write(&table, "", &text);
    printf("\n%s", text_view(&text));
    text_finish(&text);
    table_finish(&table);
    free(errs);
    partitions_finish(&partitions);
    return status;
}
