/* consumer-groups: committed offsets, ends, and who reads what, joined by partition. */
#include "common/memory.h"
#include "consumer-groups/describe.h"
#include "consumer-groups/scope.h"

#include <stdlib.h>
#include <string.h>

static int compare_rows(const void *one, const void *other)
{
    const struct lag_row *left = one;
    const struct lag_row *right = other;
    struct kc_partition left_place = { left->topic, left->partition };
    struct kc_partition right_place = { right->topic, right->partition };
    return partitions_compare(&left_place, &right_place);
}

static int compare_positions(const void *one, const void *other)
{
    const struct kc_position *left = one;
    const struct kc_position *right = other;
    struct kc_partition left_place = { left->topic, left->partition };
    struct kc_partition right_place = { right->topic, right->partition };
    return partitions_compare(&left_place, &right_place);
}

static void add(struct lag *lag, const char *topic, int32_t partition,
                const struct kc_member_description *member)
{
    lag->rows[lag->count++] = (struct lag_row){ topic, partition, -1, -1, -1, member };
}

/* Members' partitions first, each member's sorted; then what nobody reads. */
static void add_rows(struct lag *lag, const struct kc_group_description *group)
{
    for (size_t i = 0; i < group->member_count; i++) {
        const struct kc_member_description *member = &group->members[i];
        size_t start = lag->count;
        for (size_t at = 0; at < member->partition_count; at++) {
            add(lag, member->partitions[at].topic, member->partitions[at].partition, member);
        }
        qsort(lag->rows + start, lag->count - start, sizeof *lag->rows, compare_rows);
    }
    size_t read_count = lag->count;
    struct lag_row *read_rows = memory_alloc(read_count * sizeof *read_rows);
    memcpy(read_rows, lag->rows, read_count * sizeof *read_rows);
    qsort(read_rows, read_count, sizeof *read_rows, compare_rows);
    for (size_t i = 0; i < lag->committed->count; i++) {
        const struct kc_position *position = &lag->committed->items[i];
        struct lag_row wanted = { .topic = position->topic, .partition = position->partition };
        if (position->offset >= 0 &&
            !bsearch(&wanted, read_rows, read_count, sizeof wanted, compare_rows)) {
            add(lag, position->topic, position->partition, NULL);
        }
    }
    free(read_rows);
}

static void set_committed(struct lag *lag)
{
    for (size_t i = 0; i < lag->count; i++) {
        struct lag_row *row = &lag->rows[i];
        struct kc_position wanted = { .topic = row->topic, .partition = row->partition };
        const struct kc_position *found =
            lag->committed->count > 0
                ? bsearch(&wanted, lag->committed->items, lag->committed->count, sizeof wanted,
                          compare_positions)
                : NULL;
        if (found) {
            row->committed = found->offset;
            row->leader_epoch = found->leader_epoch;
        }
    }
}

static void set_ends(struct lag *lag, const struct command *command)
{
    struct kc_position *positions = memory_alloc(lag->count * sizeof *positions);
    struct kc_positions *ends = NULL;
    struct kc_error error;
    for (size_t i = 0; i < lag->count; i++) {
        positions[i] = (struct kc_position){ .topic = lag->rows[i].topic,
                                             .partition = lag->rows[i].partition,
                                             .offset = KC_OFFSET_LATEST,
                                             .leader_epoch = -1 };
    }
    groups_require(command,
                   kc_admin_list_offsets(command->admin, positions, lag->count, command->timeout_ms,
                                         &ends, &error),
                   &error);
    for (size_t i = 0; i < ends->count && i < lag->count; i++) {
        /* A topic deleted since the commit has no end; the row stays, without a lag. */
        lag->rows[i].end = ends->items[i].err ? -1 : ends->items[i].offset;
    }
    kc_positions_destroy(ends);
    free(positions);
}

void lag_load(struct lag *lag, const struct command *command,
              const struct kc_group_description *group)
{
    struct kc_error error;
    groups_require(command,
                   kc_admin_list_group_offsets(command->admin, group->group_id, command->timeout_ms,
                                               &lag->committed, &error),
                   &error);
    if (lag->committed->count > 0) {
        qsort(lag->committed->items, lag->committed->count, sizeof *lag->committed->items,
              compare_positions);
    }
    size_t count = lag->committed->count;
    for (size_t i = 0; i < group->member_count; i++) {
        count += group->members[i].partition_count;
    }
    lag->rows = memory_alloc(count * sizeof *lag->rows);
    add_rows(lag, group);
    set_committed(lag);
    if (lag->count > 0) {
        set_ends(lag, command);
    }
}

void lag_finish(struct lag *lag)
{
    free(lag->rows);
    kc_positions_destroy(lag->committed);
    *lag = (struct lag){ 0 };
}

int64_t lag_of(const struct lag_row *row)
{
    if (row->committed < 0 || row->end < 0) {
        return -1;
    }
    /* Behind a log that was truncated the lag is 0, not negative. */
    return row->end > row->committed ? row->end - row->committed : 0;
}
