/* consumer-groups --describe --state. */
#include "common/table.h"
#include "consumer-groups/describe.h"

#include <string.h>

void describe_state(const struct kc_group_description *group, bool verbose, struct text *text)
{
    struct table_column columns[TABLE_COLUMNS_MAX] = { { "GROUP", 15, true },
                                                       { "COORDINATOR (ID)", 25, true },
                                                       { "ASSIGNMENT-STRATEGY", 20, false },
                                                       { "STATE", 20, false } };
    size_t count = 4;
    bool is_new = strcmp(group->type, "Consumer") == 0;
    if (verbose) {
        columns[count++] = (struct table_column){ "GROUP-EPOCH", 15, false };
        columns[count++] = (struct table_column){ "TARGET-ASSIGNMENT-EPOCH", 25, false };
    }
    columns[count++] = (struct table_column){ "#MEMBERS", 0, false };
    struct table table;
    struct text coordinator = { 0 };
    text_format(&coordinator, "%s:%d  (%d)",
                group->coordinator.host ? group->coordinator.host : "-",
                (int)group->coordinator.port, (int)group->coordinator.id);
    table_init(&table, columns, count);
    table_cell(&table, group->group_id);
    table_cell(&table, text_view(&coordinator));
    table_cell(&table, *group->assignor != '\0' ? group->assignor : NULL);
    table_cell(&table, group->state);
    if (verbose) {
        table_number(&table, is_new ? group->group_epoch : -1);
        table_cell(&table, NULL); /* the target is not told by the library */
    }
    table_number(&table, (int64_t)group->member_count);
    text_add(text, "\n");
    table_write(&table, "", text);
    table_finish(&table);
    text_finish(&coordinator);
}
