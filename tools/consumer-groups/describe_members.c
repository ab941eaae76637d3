/* consumer-groups --describe --members. */
#include "common/table.h"
#include "consumer-groups/describe.h"
#include "consumer-groups/scope.h"

#include <string.h>

void describe_assignment(const struct kc_partition *partitions, size_t count, struct text *text)
{
    struct partitions sorted = { 0 };
    for (size_t i = 0; i < count; i++) {
        partitions_add(&sorted, partitions[i].topic, partitions[i].partition);
    }
    partitions_sort(&sorted);
    for (size_t i = 0; i < sorted.count; i++) {
        const struct kc_partition *item = &sorted.items[i];
        if (i > 0 && strcmp(item->topic, sorted.items[i - 1].topic) == 0) {
            text_format(text, ",%d", (int)item->partition);
        } else {
            text_format(text, "%s%s:%d", i > 0 ? ";" : "", item->topic, (int)item->partition);
        }
    }
    partitions_finish(&sorted);
}

static bool has_static_member(const struct kc_group_description *group)
{
    for (size_t i = 0; i < group->member_count; i++) {
        if (group->members[i].instance_id) {
            return true;
        }
    }
    return false;
}

static void add_member(struct table *table, const struct kc_group_description *group,
                       const struct kc_member_description *member, bool with_instance, bool verbose)
{
    table_cell(table, group->group_id);
    table_cell(table, member->member_id);
    if (with_instance) {
        table_cell(table, member->instance_id);
    }
    table_cell(table, member->host);
    table_cell(table, member->client_id);
    table_number(table, (int64_t)member->partition_count);
    if (verbose) {
        struct text assignment = { 0 };
        describe_assignment(member->partitions, member->partition_count, &assignment);
        table_number(table, member->member_epoch);
        table_cell(table, assignment.size > 0 ? text_view(&assignment) : NULL);
        table_cell(table, NULL); /* the target is not told by the library */
        table_cell(table, NULL);
        text_finish(&assignment);
    }
}

void describe_members(const struct kc_group_description *group, bool verbose, struct text *text)
{
    struct table_column columns[TABLE_COLUMNS_MAX] = { { "GROUP", 15, true },
                                                       { "CONSUMER-ID", 15, true } };
    size_t count = 2;
    bool with_instance = has_static_member(group);
    if (with_instance) {
        columns[count++] = (struct table_column){ "GROUP-INSTANCE-ID", 17, true };
    }
    columns[count++] = (struct table_column){ "HOST", 15, true };
    columns[count++] = (struct table_column){ "CLIENT-ID", 15, true };
    columns[count++] = (struct table_column){ "#PARTITIONS", 15, false };
    if (verbose) {
        columns[count++] = (struct table_column){ "CURRENT-EPOCH", 15, false };
        columns[count++] = (struct table_column){ "CURRENT-ASSIGNMENT", 20, false };
        columns[count++] = (struct table_column){ "TARGET-EPOCH", 15, false };
        columns[count++] = (struct table_column){ "TARGET-ASSIGNMENT", 20, false };
    }
    struct table table;
    table_init(&table, columns, count);
    for (size_t i = 0; i < group->member_count; i++) {
        add_member(&table, group, &group->members[i], with_instance, verbose);
    }
    text_add(text, "\n");
    table_write(&table, verbose ? "" : " ", text);
    table_finish(&table);
}
