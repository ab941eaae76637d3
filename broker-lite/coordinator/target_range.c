/* coordinator: the range assignor: of each topic every subscriber gets a run of partitions. */
#include "coordinator/target.h"

#include <stdlib.h>

/* Static members first, by instance id, so that a restart moves nothing. */
static int range_order(const void *a, const void *b)
{
    const struct target_member *left = *(struct target_member *const *)a;
    const struct target_member *right = *(struct target_member *const *)b;
    bool left_static = !slice_is_null(left->instance_id);
    bool right_static = !slice_is_null(right->instance_id);
    if (left_static != right_static) {
        return left_static ? -1 : 1;
    }
    return left_static ? slice_compare(left->instance_id, right->instance_id)
                       : slice_compare(left->id, right->id);
}

struct range {
    int32_t subscribers;
    int32_t next;
    int32_t extras;
};

static bool range_give(const struct target_topic *topic, struct range *range,
                       struct target_member *member)
{
    int32_t quota = topic->partition_count / range->subscribers;
    if (range->extras > 0) {
        range->extras--;
        quota++;
    }
    int32_t end = MIN_OF(range->next + quota, topic->partition_count);
    for (; range->next < end; range->next++) {
        if (!holding_add(&member->after, &topic->id, range->next, 0)) {
            return false;
        }
    }
    return true;
}

enum kc_err target_range(struct target_group *group)
{
    struct range *ranges = calloc((size_t)group->topic_count + 1, sizeof(*ranges));
    struct target_member **sorted =
        calloc((size_t)group->member_count + 1, sizeof(struct target_member *));
    bool good = ranges && sorted;
    for (int32_t i = 0; good && i < group->member_count; i++) {
        sorted[i] = &group->members[i];
        for (int32_t j = 0; j < sorted[i]->topic_count; j++) {
            ranges[sorted[i]->topics[j]].subscribers++;
        }
    }
    for (int32_t i = 0; good && i < group->topic_count; i++) {
        ranges[i].extras =
            ranges[i].subscribers ? group->topics[i].partition_count % ranges[i].subscribers : 0;
    }
    if (good) {
        qsort(sorted, (size_t)group->member_count, sizeof(struct target_member *), range_order);
    }
    for (int32_t i = 0; good && i < group->member_count; i++) {
        for (int32_t j = 0; good && j < sorted[i]->topic_count; j++) {
            int32_t at = sorted[i]->topics[j];
            good = range_give(&group->topics[at], &ranges[at], sorted[i]);
        }
    }
    free(ranges);
    free(sorted);
    return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}
