/* consumer: the table of assignment strategies and what they share. */
#include "consumer/assignor.h"

#include <stdlib.h>

#define JAVA "org.apache.kafka.clients.consumer."

const struct assignor assignor_table[] = {
    { "range", JAVA "RangeAssignor", false, assign_range, NULL, NULL, NULL },
    { "roundrobin", JAVA "RoundRobinAssignor", false, assign_roundrobin, NULL, NULL, NULL },
    { "sticky", JAVA "StickyAssignor", false, assign_sticky, assign_sticky_data, NULL, NULL },
    { "cooperative-sticky", JAVA "CooperativeStickyAssignor", true, assign_cooperative,
      assign_cooperative_data, NULL, NULL },
};
const size_t assignor_count = ARRAY_COUNT(assignor_table);

const struct assignor *assignor_find(struct slice name)
{
    for (size_t i = 0; i < assignor_count; i++) {
        if (slice_is(name, assignor_table[i].name) ||
            slice_is(name, assignor_table[i].class_name)) {
            return &assignor_table[i];
        }
    }
    return NULL;
}

static int member_compare(const void *a, const void *b)
{
    const struct assign_member *left = *(const struct assign_member *const *)a;
    const struct assign_member *right = *(const struct assign_member *const *)b;
    bool left_static = !slice_is_null(left->instance_id);
    bool right_static = !slice_is_null(right->instance_id);

    if (left_static && right_static) {
        return slice_compare(left->instance_id, right->instance_id);
    }
    if (left_static != right_static) {
        return left_static ? -1 : 1;
    }
    return slice_compare(left->id, right->id);
}

void assign_members_sort(struct assign_member **members, size_t count)
{
    qsort(members, count, sizeof(*members), member_compare);
}

int32_t assign_topic_find(const struct assign_group *group, struct slice name)
{
    size_t low = 0;
    size_t high = group->topic_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_compare(group->topics[middle].name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < group->topic_count && slice_equal(group->topics[low].name, name) ? (int32_t)low
                                                                                  : -1;
}

bool assign_racks_have(const struct assign_racks *racks, struct slice rack)
{
    for (size_t i = 0; i < racks->count; i++) {
        if (slice_equal(racks->items[i], rack)) {
            return true;
        }
    }
    return false;
}
