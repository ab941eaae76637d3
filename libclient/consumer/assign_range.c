/* consumer: the range strategy: per topic, members in order take consecutive partitions, the first
 * ones one more when it does not divide. Same numbers of partitions give the same member the same
 * partition numbers, so that topics can be joined. When racks are known and differ, partitions with
 * a replica in the member's rack come first, within the same shares (KIP-881). */
#include "consumer/wishes.h"

#include <stdlib.h>

/* One topic being dealt out. */
struct range {
    const struct assign_topic *topic;
    struct assign_member **wanting; /* in order */
    size_t count;
    size_t *given;    /* to each of wanting */
    int32_t *taker;   /* of each partition: index into wanting, -1 free */
    int32_t left;     /* free partitions */
    size_t share;     /* of each member */
    size_t extra;     /* members that may still get one more */
    bool knows_racks; /* some member that wants it has a rack, and partitions have */
    bool needs_racks; /* and they are not the same everywhere */
    bool is_dealt;    /* together with topics like it */
};

static size_t range_room(const struct range *range, size_t i)
{
    size_t most = range->share + (range->extra > 0 ? 1 : 0);

    return most > range->given[i] ? most - range->given[i] : 0;
}

static void range_give(struct range *range, size_t i, int32_t partition)
{
    range->taker[partition] = (int32_t)i;
    range->left--;
    range->given[i]++;
}

/* Shares are counted once a member has taken all of one go, as Java's classes do. */
static void range_settle(struct range *range, size_t i)
{
    if (range->given[i] > range->share) {
        range->extra--;
    }
}

static bool range_matches(const struct range *range, size_t i, int32_t partition)
{
    const struct assign_member *member = range->wanting[i];

    return member->rack.size == 0 ||
           (range->knows_racks && range->topic->racks &&
            assign_racks_have(&range->topic->racks[partition], member->rack));
}

static void range_deal(struct range *range, bool by_rack)
{
    for (size_t i = 0; i < range->count && range->left > 0; i++) {
        size_t room = range_room(range, i);
        bool any = false;
        for (int32_t p = 0; p < range->topic->partition_count && room > 0; p++) {
            if (range->taker[p] < 0 && (!by_rack || range_matches(range, i, p))) {
                range_give(range, i, p);
                room--;
                any = true;
            }
        }
        if (any) {
            range_settle(range, i);
        }
    }
}

static size_t racks_distinct(const struct assign_racks *racks)
{
    size_t count = 0;

    for (size_t i = 0; i < racks->count; i++) {
        struct assign_racks before = { racks->items, i };
        count += !assign_racks_have(&before, racks->items[i]);
    }
    return count;
}

/* Racks matter when some member shares one with a partition, and some partition lacks one that
 * another has. */
static void range_look_at_racks(struct range *range)
{
    const struct assign_topic *topic = range->topic;
    bool is_shared = false;
    bool differs = false;
    bool has_rack = false;

    for (size_t i = 0; i < range->count; i++) {
        has_rack |= range->wanting[i]->rack.size > 0;
    }
    range->knows_racks = has_rack;
    for (int32_t p = 0; p < topic->partition_count && topic->racks && has_rack; p++) {
        for (size_t i = 0; i < range->count && !is_shared; i++) {
            is_shared = range->wanting[i]->rack.size > 0 &&
                        assign_racks_have(&topic->racks[p], range->wanting[i]->rack);
        }
        const struct assign_racks *first = &topic->racks[0];
        differs |= racks_distinct(&topic->racks[p]) != racks_distinct(first);
        for (size_t k = 0; k < topic->racks[p].count && !differs; k++) {
            differs = !assign_racks_have(first, topic->racks[p].items[k]);
        }
    }
    range->needs_racks = is_shared && differs;
}

static enum kc_err range_init(struct range *range, struct assign_member **sorted,
                              const uint32_t *wanting, size_t count,
                              const struct assign_topic *topic, struct arena *arena)
{
    size_t partitions = (size_t)MAX_OF(0, topic->partition_count);

    range->topic = topic;
    range->wanting = arena_alloc_array(arena, count, sizeof(struct assign_member *));
    range->given = arena_alloc_array(arena, count, sizeof(*range->given));
    range->taker = arena_alloc_array(arena, partitions, sizeof(*range->taker));
    if (!range->wanting || !range->given || !range->taker) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        range->wanting[range->count++] = sorted[wanting[i]];
    }
    for (size_t i = 0; i < partitions; i++) {
        range->taker[i] = -1;
    }
    range->left = range->count > 0 ? (int32_t)partitions : 0;
    range->share = range->count > 0 ? partitions / range->count : 0;
    range->extra = range->count > 0 ? partitions % range->count : 0;
    range_look_at_racks(range);
    return KC_ERR_NONE;
}

/* Dealt out as one, partition by partition: same members, same number of partitions. */
static bool range_is_like(const struct range *a, const struct range *b)
{
    return a->count == b->count && a->count > 0 && a->topic->partition_count > 0 &&
           a->topic->partition_count == b->topic->partition_count &&
           memcmp(a->wanting, b->wanting, a->count * sizeof(struct assign_member *)) == 0;
}

/* The first member that is in the racks of this partition of every topic alike, and has room. */
static size_t range_matching_all(struct range *const *like, size_t count, int32_t partition)
{
    for (size_t i = 0; i < like[0]->count; i++) {
        bool fits = true;
        for (size_t k = 0; k < count && fits; k++) {
            fits = range_room(like[k], i) > 0 && range_matches(like[k], i, partition);
        }
        if (fits) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void range_deal_together(struct range *const *like, size_t count)
{
    for (int32_t p = 0; p < like[0]->topic->partition_count; p++) {
        size_t i = like[0]->knows_racks ? range_matching_all(like, count, p) : SIZE_MAX;
        for (size_t k = 0; k < count && i != SIZE_MAX; k++) {
            range_give(like[k], i, p);
            range_settle(like[k], i);
        }
    }
}

static void range_deal_by_racks(struct range *ranges, size_t count, struct range **like)
{
    for (size_t i = 0; i < count; i++) {
        size_t like_count = 0;
        for (size_t k = i; k < count && !ranges[i].is_dealt; k++) {
            if (k == i || range_is_like(&ranges[i], &ranges[k])) {
                like[like_count++] = &ranges[k];
            }
        }
        for (size_t k = 0; k < like_count; k++) {
            like[k]->is_dealt = true;
        }
        if (like_count > 1) {
            range_deal_together(like, like_count);
        } else if (like_count == 1 && like[0]->needs_racks) {
            range_deal(like[0], true);
        }
    }
}

static enum kc_err range_write(const struct assign_group *group, struct range *ranges)
{
    for (size_t i = 0; i < group->topic_count; i++) {
        for (size_t k = 0; k < ranges[i].count; k++) {
            ranges[i].wanting[k]->assigned_count += ranges[i].given[k];
        }
    }
    for (size_t i = 0; i < group->member_count; i++) {
        struct assign_member *member = &group->members[i];
        member->assigned =
            arena_alloc_array(group->arena, member->assigned_count, sizeof(*member->assigned));
        if (!member->assigned) {
            return KC_ERR_NO_MEMORY;
        }
        member->assigned_count = 0;
    }
    for (size_t i = 0; i < group->topic_count; i++) {
        for (int32_t p = 0; p < ranges[i].topic->partition_count && ranges[i].count > 0; p++) {
            struct assign_member *member = ranges[i].wanting[ranges[i].taker[p]];
            member->assigned[member->assigned_count++] =
                (struct assign_partition){ ranges[i].topic->name, p };
        }
    }
    return KC_ERR_NONE;
}

enum kc_err assign_range(const struct assign_group *group)
{
    struct arena *arena = group->arena;
    struct assign_member **sorted = arena_alloc_array(arena, group->member_count, sizeof(*sorted));
    struct range *ranges = arena_alloc_array(arena, group->topic_count, sizeof(*ranges));
    struct range **like = arena_alloc_array(arena, group->topic_count, sizeof(*like));
    bool needs_racks = false;
    struct wishes wishes;

    if (!sorted || !ranges || !like) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < group->member_count; i++) {
        sorted[i] = &group->members[i];
        group->members[i].assigned_count = 0;
    }
    assign_members_sort(sorted, group->member_count);
    if (wishes_read(group, sorted, &wishes)) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < group->topic_count; i++) {
        size_t count;
        const uint32_t *wanting = wishes_of(&wishes, i, &count);
        if (range_init(&ranges[i], sorted, wanting, count, &group->topics[i], arena)) {
            return KC_ERR_NO_MEMORY;
        }
        needs_racks |= ranges[i].needs_racks;
    }
    if (needs_racks) {
        range_deal_by_racks(ranges, group->topic_count, like);
    }
    for (size_t i = 0; i < group->topic_count; i++) {
        range_deal(&ranges[i], false);
    }
    return range_write(group, ranges);
}
