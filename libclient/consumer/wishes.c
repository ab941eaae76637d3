/* consumer: who wants which topic. */
#include "consumer/wishes.h"

/* Goes through all subscriptions in order. Each topic's end grows by its members; they are written
 * there when `members` has room. */
static void wishes_walk(const struct assign_group *group, struct assign_member *const *sorted,
                        size_t *ends, uint32_t *members, uint32_t *last)
{
    for (size_t i = 0; i < group->topic_count; i++) {
        last[i] = UINT32_MAX;
    }
    for (size_t m = 0; m < group->member_count; m++) {
        for (size_t i = 0; i < sorted[m]->topic_count; i++) {
            int32_t topic = assign_topic_find(group, sorted[m]->topics[i]);
            if (topic < 0 || group->topics[topic].partition_count <= 0 || last[topic] == m) {
                continue; /* not there, or named twice */
            }
            last[topic] = (uint32_t)m;
            if (members) {
                members[ends[topic]] = (uint32_t)m;
            }
            ends[topic]++;
        }
    }
}

enum kc_err wishes_read(const struct assign_group *group, struct assign_member *const *sorted,
                        struct wishes *ret_wishes)
{
    size_t topics = group->topic_count;
    size_t *ends = arena_alloc_array(group->arena, topics, sizeof(*ends));
    uint32_t *last = arena_alloc_array(group->arena, topics, sizeof(*last));
    size_t total = 0;

    if (!ends || !last) {
        return KC_ERR_NO_MEMORY;
    }
    wishes_walk(group, sorted, ends, NULL, last);
    for (size_t i = 0; i < topics; i++) {
        size_t count = ends[i];
        ends[i] = total;
        total += count;
    }
    uint32_t *members = arena_alloc_array(group->arena, total, sizeof(*members));
    if (!members) {
        return KC_ERR_NO_MEMORY;
    }
    wishes_walk(group, sorted, ends, members, last);
    ret_wishes->members = members;
    ret_wishes->ends = ends;
    return KC_ERR_NONE;
}

const uint32_t *wishes_of(const struct wishes *wishes, size_t topic, size_t *ret_count)
{
    size_t begin = topic > 0 ? wishes->ends[topic - 1] : 0;

    *ret_count = wishes->ends[topic] - begin;
    return &wishes->members[begin];
}
