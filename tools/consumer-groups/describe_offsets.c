/* consumer-groups --describe --offsets. */
#include "common/table.h"
#include "consumer-groups/describe.h"

void describe_offsets(const struct lag *lag, const struct kc_group_description *group, bool verbose,
                      struct text *text)
{
    struct table_column columns[TABLE_COLUMNS_MAX] = { { "GROUP", 15, true },
                                                       { "TOPIC", 15, true },
                                                       { "PARTITION", 10, false } };
    size_t count = 3;
    if (verbose) {
        columns[count++] = (struct table_column){ "LEADER-EPOCH", 15, false };
    }
    columns[count++] = (struct table_column){ "CURRENT-OFFSET", 15, false };
    columns[count++] = (struct table_column){ "LOG-END-OFFSET", 15, false };
    columns[count++] = (struct table_column){ "LAG", 15, false };
    columns[count++] = (struct table_column){ "CONSUMER-ID", 15, true };
    columns[count++] = (struct table_column){ "HOST", 15, true };
    columns[count++] = (struct table_column){ "CLIENT-ID", 0, false };
    if (lag->count == 0) {
        return;
    }
    struct table table;
    table_init(&table, columns, count);
    for (size_t i = 0; i < lag->count; i++) {
        const struct lag_row *row = &lag->rows[i];
        table_cell(&table, group->group_id);
        table_cell(&table, row->topic);
        table_number(&table, row->partition);
        if (verbose) {
            table_number(&table, row->leader_epoch);
        }
        table_number(&table, row->committed);
        table_number(&table, row->end);
        table_number(&table, lag_of(row));
        table_cell(&table, row->member ? row->member->member_id : NULL);
        table_cell(&table, row->member ? row->member->host : NULL);
        table_cell(&table, row->member ? row->member->client_id : NULL);
    }
    text_add(text, "\n");
    table_write(&table, "", text);
    table_finish(&table);
}
