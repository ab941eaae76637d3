/* consumer: the range strategy: per topic, members in order take consecutive partitions, the first
 * ones one more when it does not divide. Same numbers of partitions give the same member the same
 * partition numbers, so that topics can be joined. */
#include "consumer/assignor.h"

struct range {
    struct assign_member **wanting; /* of the topic in turn, in order */
    size_t wanting_count;
};

/* Members are in order already; every topic only filters them. */
static void range_gather(struct range *range, struct assign_member **sorted, size_t count,
                         struct slice topic)
{
    range->wanting_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (assign_member_wants(sorted[i], topic)) {
            range->wanting[range->wanting_count++] = sorted[i];
        }
    }
}

/* Deals the topic out. With `write` false it only counts, so that each list is allocated once. */
static void range_deal(const struct range *range, const struct assign_topic *topic, bool write)
{
    if (range->wanting_count == 0 || topic->partition_count <= 0) {
        return;
    }
    size_t partitions = (size_t)topic->partition_count;
    size_t share = partitions / range->wanting_count;
    size_t extra = partitions % range->wanting_count;
    int32_t next = 0;

    for (size_t i = 0; i < range->wanting_count; i++) {
        struct assign_member *member = range->wanting[i];
        size_t count = share + (i < extra ? 1 : 0);
        for (size_t taken = 0; taken < count; taken++, next++) {
            if (write) {
                member->assigned[member->assigned_count] =
                    (struct assign_partition){ topic->name, next };
            }
            member->assigned_count++;
        }
    }
}

enum kc_err assign_range(struct assign_member *members, size_t member_count,
                         const struct assign_topic *topics, size_t topic_count, struct arena *arena)
{
    struct assign_member **sorted = arena_alloc_array(arena, member_count, sizeof(*sorted));
    struct range range = { arena_alloc_array(arena, member_count, sizeof(*sorted)), 0 };

    if (!sorted || !range.wanting) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < member_count; i++) {
        sorted[i] = &members[i];
        members[i].assigned_count = 0;
    }
    assign_members_sort(sorted, member_count);
    for (int write = 0; write <= 1; write++) {
        for (size_t i = 0; i < topic_count; i++) {
            range_gather(&range, sorted, member_count, topics[i].name);
            range_deal(&range, &topics[i], write);
        }
        for (size_t i = 0; i < member_count && !write; i++) {
            members[i].assigned =
                arena_alloc_array(arena, members[i].assigned_count, sizeof(*members[i].assigned));
            if (!members[i].assigned) {
                return KC_ERR_NO_MEMORY;
            }
            members[i].assigned_count = 0;
        }
    }
    return KC_ERR_NONE;
}
