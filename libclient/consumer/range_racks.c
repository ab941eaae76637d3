/* consumer: partitions dealt to members in their racks. A member with a place for one more that is
 * found by going through all of them, for every partition, would cost a group of a thousand members
 * seconds: so members, or partitions, stand in a list by rack, whose front moves on for good. */
#include "consumer/range.h"

#include <stdlib.h>

enum kc_err range_racks_init(struct range_racks *racks, const struct rack_roll *roll,
                             const struct range *ranges, size_t count, size_t member_count,
                             struct arena *arena)
{
    size_t most = member_count;

    for (size_t i = 0; i < count; i++) {
        const struct assign_topic *topic = ranges[i].topic;
        size_t replicas = 0;
        for (int32_t p = 0; p < topic->partition_count && topic->racks; p++) {
            replicas += topic->racks[p].count;
        }
        most = MAX_OF(most, replicas);
    }
    if (most > INT32_MAX) {
        return KC_ERR_NO_MEMORY;
    }
    racks->roll = roll;
    racks->first = arena_alloc_array(arena, roll->count + 1, sizeof(*racks->first));
    racks->next = arena_alloc_array(arena, most, sizeof(*racks->next));
    racks->items = arena_alloc_array(arena, most, sizeof(*racks->items));
    return racks->first && racks->next && racks->items ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static void racks_clear(struct range_racks *racks)
{
    racks->used = 0;
    for (size_t i = 0; i <= racks->roll->count; i++) {
        racks->first[i] = -1;
    }
}

static size_t racks_list(const struct range_racks *racks, int32_t rack)
{
    return rack >= 0 ? (size_t)rack : racks->roll->count;
}

/* In front: lists are made from their ends. */
static void racks_put(struct range_racks *racks, size_t list, int32_t item)
{
    racks->items[racks->used] = item;
    racks->next[racks->used] = racks->first[list];
    racks->first[list] = racks->used++;
}

/* ---- one topic ---- */

/* The first free partition of the list (and that of all, for a member without a rack); -1 none. */
static int32_t racks_free(struct range_racks *racks, const struct range *range, int32_t rack,
                          int32_t *free)
{
    if (rack < 0) {
        while (*free < range->topic->partition_count && range->taker[*free] >= 0) {
            (*free)++;
        }
        return *free < range->topic->partition_count ? *free : -1;
    }
    int32_t *front = &racks->first[rack];
    while (*front >= 0 && range->taker[racks->items[*front]] >= 0) {
        *front = racks->next[*front];
    }
    return *front >= 0 ? racks->items[*front] : -1;
}

static void racks_deal_one(struct range_racks *racks, struct range *range)
{
    const struct assign_topic *topic = range->topic;
    int32_t free = 0;

    racks_clear(racks);
    for (int32_t p = topic->partition_count - 1; p >= 0; p--) {
        for (size_t k = 0; k < topic->racks[p].count; k++) {
            int32_t rack = rack_roll_find(racks->roll, topic->racks[p].items[k]);
            if (rack >= 0) {
                racks_put(racks, (size_t)rack, p);
            }
        }
    }
    for (size_t i = 0; i < range->count && range->left > 0; i++) {
        int32_t rack = racks->roll->of_member[range->wanting[i]];
        size_t room = range_room(range, i);
        bool any = false;
        for (int32_t p; room > 0 && (p = racks_free(racks, range, rack, &free)) >= 0; room--) {
            range_give(range, i, p);
            any = true;
        }
        if (any) {
            range_settle(range, i);
        }
    }
}

/* ---- topics alike ---- */

/* The first member of the list with room; SIZE_MAX none. Room only gets less. */
static size_t racks_roomy(struct range_racks *racks, const struct range *range, size_t list)
{
    int32_t *front = &racks->first[list];

    while (*front >= 0 && range_room(range, (size_t)racks->items[*front]) == 0) {
        *front = racks->next[*front];
    }
    return *front >= 0 ? (size_t)racks->items[*front] : SIZE_MAX;
}

static bool racks_are_common(struct range *const *like, size_t count, int32_t partition,
                             struct slice rack)
{
    for (size_t k = 0; k < count; k++) {
        const struct assign_racks *racks = like[k]->topic->racks;
        if (!racks || !assign_racks_have(&racks[partition], rack)) {
            return false;
        }
    }
    return true;
}

/* The first member that has room, and is in a rack of this partition of all topics or in none. What
 * was given of one was given of all, so that the first speaks for them. */
static size_t racks_match(struct range_racks *racks, struct range *const *like, size_t count,
                          int32_t partition)
{
    const struct assign_racks *own = like[0]->topic->racks;
    size_t best = racks_roomy(racks, like[0], racks->roll->count);

    for (size_t k = 0; own && k < own[partition].count; k++) {
        int32_t rack = rack_roll_find(racks->roll, own[partition].items[k]);
        size_t found = rack >= 0 ? racks_roomy(racks, like[0], (size_t)rack) : SIZE_MAX;
        if (found < best && racks_are_common(like, count, partition, own[partition].items[k])) {
            best = found;
        }
    }
    return best;
}

static void racks_deal_together(struct range_racks *racks, struct range *const *like, size_t count)
{
    const struct range *one = like[0];

    racks_clear(racks);
    for (size_t i = one->count; i > 0; i--) {
        int32_t rack = racks->roll->of_member[one->wanting[i - 1]];
        racks_put(racks, racks_list(racks, rack), (int32_t)(i - 1));
    }
    for (int32_t p = 0; p < one->topic->partition_count; p++) {
        size_t i = racks_match(racks, like, count, p);
        for (size_t k = 0; k < count && i != SIZE_MAX; k++) {
            range_give(like[k], i, p);
            range_settle(like[k], i);
        }
    }
}

/* ---- which are alike ---- */

static int racks_compare(const struct range *a, const struct range *b)
{
    if (a->topic->partition_count != b->topic->partition_count) {
        return a->topic->partition_count < b->topic->partition_count ? -1 : 1;
    }
    if (a->count != b->count) {
        return a->count < b->count ? -1 : 1;
    }
    if (a->likeness != b->likeness) {
        return a->likeness < b->likeness ? -1 : 1;
    }
    return memcmp(a->wanting, b->wanting, a->count * sizeof(*a->wanting));
}

static int racks_order(const void *a, const void *b)
{
    const struct range *x = *(const struct range *const *)a;
    const struct range *y = *(const struct range *const *)b;
    int order = racks_compare(x, y);

    return order != 0 ? order : (x > y) - (x < y);
}

void range_racks_deal(struct range_racks *racks, struct range *ranges, size_t count,
                      struct range **order)
{
    size_t wanted = 0;
    size_t alike;

    for (size_t i = 0; i < count; i++) {
        if (ranges[i].knows_racks && ranges[i].left > 0) {
            order[wanted++] = &ranges[i];
        }
    }
    qsort(order, wanted, sizeof(*order), racks_order);
    for (size_t first = 0; first < wanted; first += alike) {
        alike = 1;
        while (first + alike < wanted && racks_compare(order[first], order[first + alike]) == 0) {
            alike++;
        }
        if (alike > 1) {
            racks_deal_together(racks, &order[first], alike);
        } else if (order[first]->needs_racks) {
            racks_deal_one(racks, order[first]);
        }
    }
}
