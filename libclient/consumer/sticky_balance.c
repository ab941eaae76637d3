/* consumer: the sticky strategies when members want different topics: partitions are moved as long
 * as that makes the whole more even. */
#include "consumer/sticky_general.h"

#include <stdlib.h>

/* Balanced: sizes differ by one at most, or nobody could take from a member with two more. */
static bool general_look_balanced(struct general *general)
{
    struct sticky *sticky = general->sticky;
    const struct sticky_member *members = sticky->members;

    if (general->order_count == 0 ||
        members[general->order[0]].size >=
            members[general->order[general->order_count - 1]].size - 1) {
        return true;
    }
    memset(general->largest, 0, sticky->group->topic_count * sizeof(int32_t));
    for (int32_t p = 0; p < sticky->total; p++) {
        if (sticky->owner[p] != STICKY_NOBODY && !members[sticky->owner[p]].is_fixed) {
            int32_t *largest = &general->largest[sticky->topic_of[p]];
            *largest = MAX_OF(*largest, members[sticky->owner[p]].size);
        }
    }
    for (int32_t i = 0; i < general->order_count; i++) {
        const struct sticky_member *member = &members[general->order[i]];
        for (size_t k = 0; k < member->topic_count && member->size != member->size_max; k++) {
            if (member->size + 1 < general->largest[member->topics[k]]) {
                return false;
            }
        }
    }
    return true;
}

static bool general_is_balanced(struct general *general)
{
    if (!general->is_balance_known) {
        general->is_balanced = general_look_balanced(general);
        general->is_balance_known = true;
    }
    return general->is_balanced;
}

/* A partition of the topic that was moved the other way before and can be moved back instead; the
 * first in the order of a Java HashSet. */
static int32_t general_actual(const struct general *general, int32_t partition, int32_t from,
                              int32_t to)
{
    const struct sticky *sticky = general->sticky;
    int32_t topic = sticky->topic_of[partition];
    uint32_t hash = sticky_hash(sticky->group->topics[topic].name);
    size_t count = 0;
    int32_t best = partition;
    uint32_t best_slot = UINT32_MAX;

    if (sticky->moved_from[partition] != STICKY_NOBODY) {
        from = sticky->moved_from[partition];
    }
    for (int32_t p = sticky->bases[topic]; p < sticky->bases[topic] + sticky->counts[topic]; p++) {
        count += sticky->moved_from[p] == to && sticky->owner[p] == from;
    }
    for (int32_t p = sticky->bases[topic]; p < sticky->bases[topic] + sticky->counts[topic]; p++) {
        if (sticky->moved_from[p] != to || sticky->owner[p] != from) {
            continue;
        }
        uint32_t own = (31u + (uint32_t)(p - sticky->bases[topic])) * 31u + hash;
        if (sticky_slot(own, count) < best_slot) {
            best_slot = sticky_slot(own, count);
            best = p;
        }
    }
    return best;
}

static void general_move(struct general *general, int32_t partition, int32_t to)
{
    struct sticky *sticky = general->sticky;
    int32_t p = general_actual(general, partition, sticky->owner[partition], to);
    int32_t from = sticky->owner[p];

    if (sticky->moved_from[p] == STICKY_NOBODY) {
        sticky->moved_from[p] = from;
    } else if (sticky->moved_from[p] == to) {
        sticky->moved_from[p] = STICKY_NOBODY;
    }
    sticky->owner[p] = to;
    sticky->members[from].size--;
    sticky->members[to].size++;
    general_reorder(general, from);
    general_reorder(general, to);
    general->is_balance_known = false;
}

/* Whether a member that wants the partition has two less than its owner; near ones only. */
static bool general_has_better(const struct general *general, int32_t partition, bool near_only)
{
    const struct sticky *sticky = general->sticky;
    int32_t size = sticky->members[sticky->owner[partition]].size;

    for (int32_t i = 0; i < general->order_count; i++) {
        int32_t m = general->order[i];
        if (size <= sticky->members[m].size + 1) {
            return false; /* by size: no other one has less */
        }
        if (sticky_wants(&sticky->members[m], sticky->topic_of[partition]) &&
            (!near_only || sticky_is_near(sticky, m, partition))) {
            return true;
        }
    }
    return false;
}

/* The least loaded member that wants the partition. */
static int32_t general_least(const struct general *general, int32_t partition)
{
    const struct sticky *sticky = general->sticky;

    for (int32_t i = 0; i < general->order_count; i++) {
        if (sticky_wants(&sticky->members[general->order[i]], sticky->topic_of[partition])) {
            return general->order[i];
        }
    }
    return STICKY_NOBODY;
}

/* One partition: back to whoever had it before, or to the least loaded; true when it moved. */
static bool general_improve(struct general *general, int32_t partition)
{
    struct sticky *sticky = general->sticky;
    int32_t before = general->before[partition];

    if (before != STICKY_NOBODY && !sticky->members[before].is_fixed &&
        sticky->members[sticky->owner[partition]].size > sticky->members[before].size + 1) {
        general_move(general, partition, before);
        return true;
    }
    if ((sticky_is_near(sticky, sticky->owner[partition], partition) &&
         general_has_better(general, partition, true)) ||
        general_has_better(general, partition, false)) {
        general_move(general, partition, general_least(general, partition));
        return true;
    }
    return false;
}

static bool general_improve_all(struct general *general, const int32_t *partitions, int32_t count)
{
    bool any = false;
    bool again = true;

    while (again) {
        again = false;
        for (int32_t i = 0; i < count && !general_is_balanced(general); i++) {
            if (general_improve(general, partitions[i])) {
                any = again = true;
            }
        }
    }
    return any;
}

static int size_compare(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

/* The sum of the differences of all pairs; the sizes of those that take part get sorted in
 * `scratch`: each is larger than as many as come before it. */
static int64_t general_score(const struct general *general, const int32_t *sizes, int32_t *scratch)
{
    int64_t score = 0;
    int64_t count = general->order_count;

    for (int32_t i = 0; i < general->order_count; i++) {
        scratch[i] = sizes[general->order[i]];
    }
    qsort(scratch, (size_t)count, sizeof(*scratch), size_compare);
    for (int64_t i = 0; i < count; i++) {
        score += scratch[i] * (2 * i + 1 - count);
    }
    return score;
}

enum kc_err general_balance(struct general *general, bool is_initial)
{
    struct sticky *sticky = general->sticky;
    size_t members = (size_t)sticky->member_count;
    size_t total = (size_t)sticky->total;
    int32_t *old_sizes = arena_alloc_array(sticky->group->arena, members, sizeof(int32_t));
    int32_t *sizes = arena_alloc_array(sticky->group->arena, members, sizeof(int32_t));
    int32_t *scratch = arena_alloc_array(sticky->group->arena, members, sizeof(int32_t));
    int32_t *old_owner = arena_alloc_array(sticky->group->arena, total, sizeof(int32_t));

    if (!old_sizes || !sizes || !scratch || !old_owner) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t m = 0; m < members; m++) {
        old_sizes[m] = sticky->members[m].size;
    }
    memcpy(old_owner, sticky->owner, total * sizeof(int32_t));
    if (!general->must_revoke) {
        (void)general_improve_all(general, general->fresh, general->fresh_count);
    }
    bool moved = general_improve_all(general, general->all, general->all_count);
    for (size_t m = 0; m < members; m++) {
        sizes[m] = sticky->members[m].size;
    }
    if (!is_initial && moved &&
        general_score(general, sizes, scratch) >= general_score(general, old_sizes, scratch)) {
        memcpy(sticky->owner, old_owner, total * sizeof(int32_t));
        for (size_t m = 0; m < members; m++) {
            sticky->members[m].size = old_sizes[m];
        }
    }
    return KC_ERR_NONE;
}
