/* coordinator: what the two halves of the uniform assignor share: who has which partition. */
#ifndef COORDINATOR_TARGET_PARTS_H
#define COORDINATOR_TARGET_PARTS_H

#include "coordinator/target.h"

enum { TARGET_NOBODY = -1 };

struct target_board {
    struct target_group *group;
    int32_t *first;  /* by topic: the place of its partition 0 in owners; one more at the end */
    int32_t *owners; /* by partition: a member's place, or TARGET_NOBODY */
    int32_t *sizes;  /* by member: partitions it has */
};

/* Members do not all subscribe to the same topics: balances topic by topic. */
enum kc_err target_uneven(struct target_board *board);

static inline int32_t target_total(const struct target_board *board)
{
    return board->first[board->group->topic_count];
}

static inline void target_give(struct target_board *board, int32_t place, int32_t member)
{
    if (board->owners[place] != TARGET_NOBODY) {
        board->sizes[board->owners[place]]--;
    }
    board->owners[place] = member;
    if (member != TARGET_NOBODY) {
        board->sizes[member]++;
    }
}

#endif
