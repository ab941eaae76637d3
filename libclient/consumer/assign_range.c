/* consumer: the range strategy: per topic, members in order take consecutive partitions, the first
 * ones one more when it does not divide. Same numbers of partitions give the same member the same
 * partition numbers, so that topics can be joined. When racks are known and differ, partitions with
 * a replica in the member's rack come first, within the same shares (KIP-881). */
#include "consumer/range.h"
#include "consumer/wishes.h"

/* The members in order take what is free: partitions before `next` are not. */
static void range_deal(struct range *range)
{
    int32_t next = 0;

    for (size_t i = 0; i < range->count && range->left > 0; i++) {
        bool any = false;
        for (size_t room = range_room(range, i); room > 0 && range->left > 0; room--) {
            while (range->taker[next] >= 0) {
                next++;
            }
            range_give(range, i, next);
            any = true;
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

static bool racks_differ(const struct assign_racks *a, const struct assign_racks *b)
{
    bool differs = racks_distinct(a) != racks_distinct(b);

    for (size_t k = 0; k < b->count && !differs; k++) {
        differs = !assign_racks_have(a, b->items[k]);
    }
    return differs;
}

/* Racks matter when some member shares one with a partition, and some partition lacks one that
 * another has. `mark` is the topic's own: racks of its members get it. */
static void range_look_at_racks(struct range *range, const struct rack_roll *roll, size_t *marks,
                                size_t mark)
{
    const struct assign_topic *topic = range->topic;
    bool is_shared = false;
    bool differs = false;

    for (size_t i = 0; i < range->count; i++) {
        int32_t rack = roll->of_member[range->wanting[i]];
        if (rack >= 0) {
            range->knows_racks = true;
            marks[rack] = mark;
        }
    }
    if (!range->knows_racks || !topic->racks) {
        return;
    }
    for (int32_t p = 0; p < topic->partition_count && !(is_shared && differs); p++) {
        const struct assign_racks *racks = &topic->racks[p];
        for (size_t k = 0; k < racks->count && !is_shared; k++) {
            int32_t rack = rack_roll_find(roll, racks->items[k]);
            is_shared = rack >= 0 && marks[rack] == mark;
        }
        differs = differs || racks_differ(&topic->racks[0], racks);
    }
    range->needs_racks = is_shared && differs;
}

static enum kc_err range_init(struct range *range, const struct assign_topic *topic,
                              const uint32_t *wanting, size_t count, struct arena *arena)
{
    size_t partitions = (size_t)MAX_OF(0, topic->partition_count);

    range->topic = topic;
    range->wanting = wanting;
    range->count = count;
    range->given = arena_alloc_array(arena, count, sizeof(*range->given));
    range->taker = arena_alloc_array(arena, partitions, sizeof(*range->taker));
    if (!range->given || !range->taker) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < partitions; i++) {
        range->taker[i] = -1;
    }
    range->left = count > 0 ? (int32_t)partitions : 0;
    range->share = count > 0 ? partitions / count : 0;
    range->extra = count > 0 ? partitions % count : 0;
    range->likeness = slice_hash(slice_of(wanting, count * sizeof(*wanting)), 0);
    return KC_ERR_NONE;
}

static enum kc_err range_write(const struct assign_group *group,
                               struct assign_member *const *sorted, const struct range *ranges)
{
    for (size_t i = 0; i < group->topic_count; i++) {
        for (size_t k = 0; k < ranges[i].count; k++) {
            sorted[ranges[i].wanting[k]]->assigned_count += ranges[i].given[k];
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
        const struct range *range = &ranges[i];
        for (int32_t p = 0; p < range->topic->partition_count && range->count > 0; p++) {
            struct assign_member *member = sorted[range->wanting[range->taker[p]]];
            member->assigned[member->assigned_count++] =
                (struct assign_partition){ range->topic->name, p };
        }
    }
    return KC_ERR_NONE;
}

static enum kc_err range_deal_by_racks(const struct assign_group *group, struct range *ranges,
                                       const struct rack_roll *roll)
{
    struct range **order =
        arena_alloc_array(group->arena, group->topic_count, sizeof(struct range *));
    struct range_racks racks;

    if (!order || range_racks_init(&racks, roll, ranges, group->topic_count, group->member_count,
                                   group->arena)) {
        return KC_ERR_NO_MEMORY;
    }
    range_racks_deal(&racks, ranges, group->topic_count, order);
    return KC_ERR_NONE;
}

enum kc_err assign_range(const struct assign_group *group)
{
    struct arena *arena = group->arena;
    struct assign_member **sorted = arena_alloc_array(arena, group->member_count, sizeof(*sorted));
    struct range *ranges = arena_alloc_array(arena, group->topic_count, sizeof(*ranges));
    size_t *marks = arena_alloc_array(arena, group->member_count, sizeof(*marks));
    bool needs_racks = false;
    struct wishes wishes;
    struct rack_roll roll;

    if (!sorted || !ranges || !marks) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < group->member_count; i++) {
        sorted[i] = &group->members[i];
        group->members[i].assigned_count = 0;
    }
    assign_members_sort(sorted, group->member_count);
    if (wishes_read(group, sorted, &wishes) ||
        rack_roll_read(sorted, group->member_count, arena, &roll)) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < group->topic_count; i++) {
        size_t count;
        const uint32_t *wanting = wishes_of(&wishes, i, &count);
        if (range_init(&ranges[i], &group->topics[i], wanting, count, arena)) {
            return KC_ERR_NO_MEMORY;
        }
        range_look_at_racks(&ranges[i], &roll, marks, i + 1);
        needs_racks |= ranges[i].needs_racks;
    }
    if (needs_racks && range_deal_by_racks(group, ranges, &roll)) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < group->topic_count; i++) {
        range_deal(&ranges[i]);
    }
    return range_write(group, sorted, ranges);
}
