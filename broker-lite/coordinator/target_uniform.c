/* coordinator: the uniform assignor: as many partitions for each as for any other, and as few moved
 * as that allows. */
#include "coordinator/target_parts.h"

#include <stdlib.h>

static void board_finish(struct target_board *board)
{
    free(board->first);
    free(board->owners);
    free(board->sizes);
}

static bool board_init(struct target_board *board, struct target_group *group)
{
    int32_t total = 0;
    board->group = group;
    board->owners = NULL;
    board->first = calloc((size_t)group->topic_count + 1, sizeof(*board->first));
    board->sizes = calloc((size_t)group->member_count + 1, sizeof(*board->sizes));
    for (int32_t i = 0; board->first && i < group->topic_count; i++) {
        board->first[i] = total;
        total += group->topics[i].partition_count;
    }
    if (board->first && board->sizes) {
        board->first[group->topic_count] = total;
        board->owners = malloc(((size_t)total + 1) * sizeof(*board->owners));
    }
    for (int32_t i = 0; board->owners && i < total; i++) {
        board->owners[i] = TARGET_NOBODY;
    }
    return board->owners != NULL;
}

/* ---- what is kept ---- */

static int topic_order(const void *key, const void *item)
{
    return memcmp(key, &((const struct target_topic *)item)->id, sizeof(struct uuid));
}

/* The topic's place when the member subscribes to it and it has the partition; -1. */
static int32_t place_of(const struct target_board *board, const struct target_member *member,
                        const struct holding_item *item)
{
    const struct target_group *group = board->group;
    const struct target_topic *topic =
        group->topic_count ? bsearch(&item->topic, group->topics, (size_t)group->topic_count,
                                     sizeof(*group->topics), topic_order)
                           : NULL;
    if (!topic || item->partition < 0 || item->partition >= topic->partition_count) {
        return -1;
    }
    int32_t at = (int32_t)(topic - group->topics);
    for (int32_t i = 0; i < member->topic_count; i++) {
        if (member->topics[i] == at) {
            return board->first[at] + item->partition;
        }
    }
    return -1;
}

static void keep(struct target_board *board)
{
    for (int32_t i = 0; i < board->group->member_count; i++) {
        const struct target_member *member = &board->group->members[i];
        for (size_t j = 0; j < member->before->count; j++) {
            int32_t place = place_of(board, member, &member->before->items[j]);
            if (place >= 0 && board->owners[place] == TARGET_NOBODY) {
                target_give(board, place, i);
            }
        }
    }
}

/* ---- all subscribe to the same ---- */

static bool is_even(const struct target_group *group)
{
    for (int32_t i = 0; i < group->member_count; i++) {
        if (group->members[i].topic_count != group->topic_count) {
            return false;
        }
    }
    return true;
}

/* Partitions that nobody had come first, then those that were too many, member by member. */
static enum kc_err even_out(struct target_board *board)
{
    int32_t total = target_total(board);
    int32_t count = 0;
    int32_t *left = malloc(((size_t)total + 1) * sizeof(*left));
    int32_t *spare = calloc((size_t)board->group->member_count + 1, sizeof(*spare));
    if (!left || !spare) {
        free(left);
        free(spare);
        return KC_ERR_NO_MEMORY;
    }
    for (int32_t i = 0; i < total; i++) {
        if (board->owners[i] == TARGET_NOBODY) {
            left[count++] = i;
        }
    }
    int32_t members = board->group->member_count;
    int32_t extras = total % members;
    for (int32_t m = 0; m < members; m++) {
        bool has_extra = extras > 0;
        int32_t quota = total / members + has_extra;
        for (int32_t i = 0; i < total && board->sizes[m] > 0; i++) {
            if (board->owners[i] == m && --quota < 0) {
                left[count++] = i;
                target_give(board, i, TARGET_NOBODY);
            }
        }
        spare[m] = MAX_OF(quota, 0);
        /* One partition more is for those who have it already, as long as enough may come. */
        if (spare[m] > 0 && has_extra && members - m > extras) {
            spare[m]--;
            has_extra = false;
        }
        extras -= has_extra;
    }
    int32_t next = 0;
    for (int32_t m = 0; m < board->group->member_count; m++) {
        for (; spare[m] > 0 && next < count; spare[m]--) {
            target_give(board, left[next++], m);
        }
    }
    free(left);
    free(spare);
    return KC_ERR_NONE;
}

enum kc_err target_uniform(struct target_group *group)
{
    struct target_board board;
    if (group->member_count == 0 || group->topic_count == 0) {
        return KC_ERR_NONE;
    }
    enum kc_err err = board_init(&board, group) ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    if (!err) {
        keep(&board);
        err = is_even(group) ? even_out(&board) : target_uneven(&board);
    }
    for (int32_t t = 0; !err && t < group->topic_count; t++) {
        for (int32_t i = board.first[t]; !err && i < board.first[t + 1]; i++) {
            struct target_member *member = &group->members[board.owners[i]];
            if (!holding_add(&member->after, &group->topics[t].id, i - board.first[t], 0)) {
                err = KC_ERR_NO_MEMORY;
            }
        }
    }
    board_finish(&board);
    return err;
}

enum kc_err (*target_find(struct slice name))(struct target_group *group)
{
    return slice_is(name, "uniform") ? target_uniform
           : slice_is(name, "range") ? target_range
                                     : NULL;
}
