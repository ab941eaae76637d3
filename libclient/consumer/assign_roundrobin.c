/* consumer: the round-robin strategy: all partitions in topic order, one each, to members in turn
 * that want the topic. */
#include "consumer/assignor.h"

struct circle {
    struct assign_member **sorted;
    size_t count;
    size_t next;
};

static struct assign_member *circle_next(struct circle *circle, struct slice topic)
{
    for (size_t tried = 0; tried < circle->count; tried++) {
        struct assign_member *member = circle->sorted[circle->next];
        circle->next = (circle->next + 1) % circle->count;
        if (assign_member_wants(member, topic)) {
            return member;
        }
    }
    return NULL;
}

/* With `write` false it only counts, so that each list is allocated once. */
static void circle_deal(struct circle *circle, const struct assign_topic *topics,
                        size_t topic_count, bool write)
{
    circle->next = 0;
    for (size_t i = 0; i < topic_count; i++) {
        for (int32_t partition = 0; partition < topics[i].partition_count; partition++) {
            struct assign_member *member = circle_next(circle, topics[i].name);
            if (!member) {
                break;
            }
            if (write) {
                member->assigned[member->assigned_count] =
                    (struct assign_partition){ topics[i].name, partition };
            }
            member->assigned_count++;
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
