/* consumer: the sticky strategies: balanced first, then as much as possible stays where it was.
 * What is common to both ways of doing it. */
#include "consumer/sticky.h"

#include <stdlib.h>

uint32_t sticky_hash(struct slice text)
{
    uint32_t hash = 0;

    for (size_t i = 0; i < text.size; i++) {
        hash = hash * 31 + text.data[i];
    }
    return hash;
}

uint32_t sticky_slot(uint32_t hash, size_t count)
{
    size_t capacity = 16;

    while (count > capacity - capacity / 4) {
        capacity *= 2;
    }
    return (hash ^ hash >> 16) & (uint32_t)(capacity - 1);
}

static int key_compare(const void *a, const void *b)
{
    const struct sticky_key *left = a;
    const struct sticky_key *right = b;

    if (left->major != right->major) {
        return left->major < right->major ? -1 : 1;
    }
    return (left->minor > right->minor) - (left->minor < right->minor);
}

void sticky_sort(struct sticky_key *keys, size_t count)
{
    qsort(keys, count, sizeof(*keys), key_compare);
}

bool sticky_wants(const struct sticky_member *member, int32_t topic)
{
    size_t low = 0;
    size_t high = member->topic_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (member->topics[middle] < topic) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < member->topic_count && member->topics[low] == topic;
}

static const struct assign_racks *sticky_racks(const struct sticky *sticky, int32_t partition)
{
    int32_t topic = sticky->topic_of[partition];
    const struct assign_racks *racks = sticky->group->topics[topic].racks;

    return racks ? &racks[partition - sticky->bases[topic]] : NULL;
}

bool sticky_is_near(const struct sticky *sticky, int32_t member, int32_t partition)
{
    struct slice rack = sticky->members[member].from->rack;
    const struct assign_racks *racks = sticky_racks(sticky, partition);

    return sticky->by_rack && rack.size > 0 && racks && assign_racks_have(racks, rack);
}

bool sticky_is_far(const struct sticky *sticky, int32_t member, int32_t partition)
{
    return sticky->by_rack && sticky->members[member].from->rack.size > 0 &&
           !sticky_is_near(sticky, member, partition);
}

void sticky_give(struct sticky *sticky, int32_t member, int32_t partition)
{
    sticky->owner[partition] = member;
    sticky->members[member].size++;
}

int32_t sticky_number(const struct sticky *sticky, const struct assign_partition *claimed)
{
    int32_t topic = assign_topic_find(sticky->group, claimed->topic);

    if (topic < 0 || claimed->partition < 0 || claimed->partition >= sticky->counts[topic]) {
        return -1;
    }
    return sticky->bases[topic] + claimed->partition;
}

static int id_compare(const void *a, const void *b)
{
    return slice_compare((*(struct sticky_member *const *)a)->from->id,
                         (*(struct sticky_member *const *)b)->from->id);
}

enum kc_err sticky_order_members(struct sticky *sticky)
{
    const struct assign_group *group = sticky->group;
    size_t count = group->member_count;
    struct sticky_key *keys = arena_alloc_array(group->arena, count, sizeof(*keys));
    struct sticky_member **by_id = arena_alloc_array(group->arena, count, sizeof(*by_id));

    sticky->members = arena_alloc_array(group->arena, count, sizeof(*sticky->members));
    if (!keys || !by_id || !sticky->members || count > INT32_MAX) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct sticky_key){ sticky_slot(sticky_hash(group->members[i].id), count),
                                       (int64_t)i, (int32_t)i };
    }
    sticky_sort(keys, count);
    sticky->member_count = (int32_t)count;
    for (size_t i = 0; i < count; i++) {
        sticky->members[i].from = &group->members[keys[i].number];
    }
    for (int32_t i = 0; i < sticky->member_count; i++) {
        by_id[i] = &sticky->members[i];
    }
    qsort(by_id, count, sizeof(struct sticky_member *), id_compare);
    for (int32_t i = 0; i < sticky->member_count; i++) {
        by_id[i]->rank = i;
    }
    return KC_ERR_NONE;
}

static int number_compare(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a;
    int32_t right = *(const int32_t *)b;

    return (left > right) - (left < right);
}

static int text_compare(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* Whether both want the same, also of what does not exist. */
static bool sticky_same_wishes(const struct assign_group *group, struct slice *first,
                               size_t first_count, const struct assign_member *member)
{
    struct slice *own = arena_alloc_array(group->arena, member->topic_count, sizeof(*own));

    if (!own || member->topic_count != first_count) {
        return false;
    }
    for (size_t i = 0; i < first_count; i++) {
        own[i] = member->topics[i];
    }
    qsort(own, first_count, sizeof(*own), text_compare);
    for (size_t i = 0; i < first_count; i++) {
        if (slice_compare(own[i], first[i]) != 0) {
            return false;
        }
    }
    return true;
}

static enum kc_err sticky_read_wishes(struct sticky *sticky)
{
    const struct assign_group *group = sticky->group;
    struct slice *first = NULL;
    size_t first_count = 0;

    sticky->wanted_by = arena_alloc_array(group->arena, group->topic_count, sizeof(int32_t));
    sticky->all_equal = true;
    for (int32_t m = 0; m < sticky->member_count && sticky->wanted_by; m++) {
        struct sticky_member *member = &sticky->members[m];
        member->topics =
            arena_alloc_array(group->arena, member->from->topic_count, sizeof(int32_t));
        if (!member->topics) {
            return KC_ERR_NO_MEMORY;
        }
        for (size_t i = 0; i < member->from->topic_count; i++) {
            int32_t topic = assign_topic_find(group, member->from->topics[i]);
            if (topic >= 0 && group->topics[topic].partition_count > 0) {
                member->topics[member->topic_count++] = topic;
                member->size_max += group->topics[topic].partition_count;
                sticky->wanted_by[topic]++;
            }
        }
        qsort(member->topics, member->topic_count, sizeof(int32_t), number_compare);
        if (m == 0) {
            first_count = member->from->topic_count;
            first = arena_alloc_array(group->arena, first_count, sizeof(*first));
            for (size_t i = 0; i < first_count && first; i++) {
                first[i] = member->from->topics[i];
            }
            if (first) {
                qsort(first, first_count, sizeof(*first), text_compare);
            }
        } else if (sticky->all_equal) {
            sticky->all_equal = sticky_same_wishes(group, first, first_count, member->from);
        }
        if (!first) {
            return KC_ERR_NO_MEMORY;
        }
    }
    return sticky->wanted_by ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static enum kc_err sticky_number_partitions(struct sticky *sticky)
{
    const struct assign_group *group = sticky->group;
    int64_t total = 0;

    sticky->bases = arena_alloc_array(group->arena, group->topic_count, sizeof(int32_t));
    sticky->counts = arena_alloc_array(group->arena, group->topic_count, sizeof(int32_t));
    if (!sticky->bases || !sticky->counts) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < group->topic_count && total < INT32_MAX; i++) {
        sticky->bases[i] = (int32_t)total;
        sticky->counts[i] =
            sticky->wanted_by[i] > 0 ? MAX_OF(0, group->topics[i].partition_count) : 0;
        total += sticky->counts[i];
    }
    if (total >= INT32_MAX) {
        return KC_ERR_NO_MEMORY;
    }
    sticky->total = (int32_t)total;
    size_t count = (size_t)total;
    sticky->topic_of = arena_alloc_array(group->arena, count, sizeof(int32_t));
    sticky->had = arena_alloc_array(group->arena, count, sizeof(int32_t));
    sticky->owner = arena_alloc_array(group->arena, count, sizeof(int32_t));
    sticky->moved_from = arena_alloc_array(group->arena, count, sizeof(int32_t));
    sticky->is_disputed = arena_alloc_array(group->arena, count, sizeof(bool));
    sticky->is_moving = arena_alloc_array(group->arena, count, sizeof(bool));
    if (!sticky->topic_of || !sticky->had || !sticky->owner || !sticky->moved_from ||
        !sticky->is_disputed || !sticky->is_moving) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < group->topic_count; i++) {
        for (int32_t p = sticky->bases[i]; p < sticky->bases[i] + sticky->counts[i]; p++) {
            sticky->topic_of[p] = (int32_t)i;
            sticky->had[p] = sticky->owner[p] = sticky->moved_from[p] = STICKY_NOBODY;
        }
    }
    return KC_ERR_NONE;
}

/* Who had what: of two that claim a partition the later generation is believed; none of two in the
 * same. */
static void sticky_read_claims(struct sticky *sticky)
{
    for (int32_t m = 0; m < sticky->member_count; m++) {
        struct sticky_member *member = &sticky->members[m];
        for (size_t i = 0; i < member->claimed_count; i++) {
            int32_t p = sticky_number(sticky, &member->claimed[i]);
            if (p < 0 || sticky->had[p] == m) {
                continue;
            }
            int32_t other = sticky->had[p];
            int32_t generation =
                other == STICKY_NOBODY ? INT32_MIN : sticky->members[other].from->generation;
            if (member->generation == generation) {
                sticky->is_disputed[p] = true;
            }
            if (member->generation >= generation) {
                sticky->had[p] = m;
            }
        }
    }
}

static bool sticky_is_first_of_kind(const struct assign_racks *racks, size_t i)
{
    struct assign_racks before = { racks->items, i };

    return !assign_racks_have(&before, racks->items[i]);
}

/* Racks count when some member shares one with a partition and partitions differ (KIP-881). */
static enum kc_err sticky_read_racks(struct sticky *sticky)
{
    const struct assign_racks *first = sticky->total > 0 ? sticky_racks(sticky, 0) : NULL;
    bool has_rack = false;
    bool is_shared = false;
    bool differs = false;

    for (int32_t m = 0; m < sticky->member_count; m++) {
        has_rack |= sticky->members[m].from->rack.size > 0;
    }
    if (!has_rack) {
        return KC_ERR_NONE;
    }
    sticky->near_members =
        arena_alloc_array(sticky->group->arena, (size_t)sticky->total, sizeof(int32_t));
    if (!sticky->near_members) {
        return KC_ERR_NO_MEMORY;
    }
    for (int32_t p = 0; p < sticky->total; p++) {
        const struct assign_racks *racks = sticky_racks(sticky, p);
        size_t distinct = 0;
        size_t first_distinct = 0;
        for (size_t k = 0; racks && k < racks->count; k++) {
            distinct += sticky_is_first_of_kind(racks, k);
            differs |= !first || !assign_racks_have(first, racks->items[k]);
            for (int32_t m = 0; m < sticky->member_count && sticky_is_first_of_kind(racks, k);
                 m++) {
                sticky->near_members[p] +=
                    slice_equal(sticky->members[m].from->rack, racks->items[k]);
            }
        }
        for (size_t k = 0; first && k < first->count; k++) {
            first_distinct += sticky_is_first_of_kind(first, k);
        }
        differs |= distinct != first_distinct;
        is_shared |= sticky->near_members[p] > 0;
    }
    sticky->by_rack = is_shared && differs;
    return KC_ERR_NONE;
}

enum kc_err sticky_write(struct sticky *sticky)
{
    for (int32_t m = 0; m < sticky->member_count; m++) {
        struct assign_member *member = sticky->members[m].from;
        member->assigned_count = 0;
        member->assigned = arena_alloc_array(sticky->group->arena, (size_t)sticky->members[m].size,
                                             sizeof(*member->assigned));
        if (!member->assigned) {
            return KC_ERR_NO_MEMORY;
        }
    }
    for (int32_t p = 0; p < sticky->total; p++) {
        if (sticky->owner[p] != STICKY_NOBODY && !sticky->is_moving[p]) {
            struct assign_member *member = sticky->members[sticky->owner[p]].from;
            int32_t topic = sticky->topic_of[p];
            member->assigned[member->assigned_count++] =
                (struct assign_partition){ sticky->group->topics[topic].name,
                                           p - sticky->bases[topic] };
        }
    }
    return KC_ERR_NONE;
}

enum kc_err sticky_prepare(struct sticky *sticky)
{
    enum kc_err err = sticky_read_wishes(sticky);

    if (!err) {
        err = sticky_number_partitions(sticky);
    }
    if (!err) {
        sticky_read_claims(sticky);
        err = sticky_read_racks(sticky);
    }
    return err;
}
