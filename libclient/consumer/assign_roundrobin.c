/* consumer: the round-robin strategy: all partitions in topic order, one each, to members in turn
 * that want the topic. */
#include "consumer/wishes.h"

struct circle {
    struct assign_member **sorted;
    size_t count;
    size_t next; /* place in sorted: who is next in turn */
    struct wishes wishes;
};

/* The place in `wanting` of the first member at or after the next in turn, else the first of all.
 */
static size_t circle_seek(const struct circle *circle, const uint32_t *wanting, size_t count)
{
    size_t at = 0;

    while (at < count && wanting[at] < circle->next) {
        at++;
    }
    return at < count ? at : 0;
}

/* With `write` false it only counts, so that each list is allocated once. */
static void circle_deal(struct circle *circle, const struct assign_topic *topics,
                        size_t topic_count, bool write)
{
    circle->next = 0;
    for (size_t i = 0; i < topic_count; i++) {
        size_t count;
        const uint32_t *wanting = wishes_of(&circle->wishes, i, &count);
        size_t at = circle_seek(circle, wanting, count);
        for (int32_t partition = 0; partition < topics[i].partition_count && count > 0;
             partition++) {
            struct assign_member *member = circle->sorted[wanting[at]];
            if (write) {
                member->assigned[member->assigned_count] =
                    (struct assign_partition){ topics[i].name, partition };
            }
            member->assigned_count++;
            circle->next = wanting[at] + 1;
            at = at + 1 < count ? at + 1 : 0;
        }
    }
}

enum kc_err assign_roundrobin(const struct assign_group *group)
{
    struct circle circle = { .count = group->member_count };
    struct assign_member *members = group->members;

    circle.sorted = arena_alloc_array(group->arena, circle.count, sizeof(*circle.sorted));
    if (!circle.sorted) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < circle.count; i++) {
        circle.sorted[i] = &members[i];
        members[i].assigned_count = 0;
    }
    assign_members_sort(circle.sorted, circle.count);
    if (wishes_read(group, circle.sorted, &circle.wishes)) {
        return KC_ERR_NO_MEMORY;
    }
    circle_deal(&circle, group->topics, group->topic_count, false);
    for (size_t i = 0; i < circle.count; i++) {
        members[i].assigned = arena_alloc_array(group->arena, members[i].assigned_count,
                                                sizeof(*members[i].assigned));
        if (!members[i].assigned) {
            return KC_ERR_NO_MEMORY;
        }
        members[i].assigned_count = 0;
    }
    circle_deal(&circle, group->topics, group->topic_count, true);
    return KC_ERR_NONE;
}
