/* consumer: the sticky strategies when all members want the same: everybody keeps what it had up to
 * its share, the rest is dealt out in turn, near racks first. */
#include "consumer/sticky.h"

#include <assert.h>

/* Members by number, in order; short lists, so that removing moves. */
struct queue {
    int32_t *items;
    int32_t count;
};

struct equal {
    struct sticky *sticky;
    int32_t share_min;
    int32_t share_max;
    int32_t full_max;     /* members that get share_max, when that is more than share_min */
    int32_t full;         /* of them now */
    struct queue below;   /* members with less than share_min */
    struct queue exactly; /* with share_min, that may get one more */
    int32_t *taken_from;  /* of each partition: a member that does not keep it, or NOBODY */
    int32_t *free;        /* partitions to deal out, in order */
    int32_t free_count;
};

static void queue_push(struct queue *queue, int32_t member)
{
    queue->items[queue->count++] = member;
}

static void queue_remove(struct queue *queue, int32_t at)
{
    queue->count--;
    memmove(&queue->items[at], &queue->items[at + 1],
            (size_t)(queue->count - at) * sizeof(queue->items[0]));
}

static enum kc_err queue_sort(struct queue *queue, const struct sticky *sticky)
{
    struct sticky_key *keys =
        arena_alloc_array(sticky->group->arena, (size_t)queue->count, sizeof(*keys));

    if (!keys) {
        return KC_ERR_NO_MEMORY;
    }
    for (int32_t i = 0; i < queue->count; i++) {
        keys[i] = (struct sticky_key){ sticky->members[queue->items[i]].rank, i, queue->items[i] };
    }
    sticky_sort(keys, (size_t)queue->count);
    for (int32_t i = 0; i < queue->count; i++) {
        queue->items[i] = keys[i].number;
    }
    return KC_ERR_NONE;
}

static void equal_note_full(struct equal *equal)
{
    equal->full++;
    if (equal->full == equal->full_max) {
        equal->exactly.count = 0;
    }
}

/* A partition that is dealt out is moving when somebody else had it. */
static void equal_deal(struct equal *equal, int32_t member, int32_t partition)
{
    struct sticky *sticky = equal->sticky;
    int32_t from = equal->taken_from[partition];

    sticky->is_moving[partition] =
        (from != STICKY_NOBODY && from != member) || sticky->is_disputed[partition];
    sticky_give(sticky, member, partition);
}

/* Keeps the first of what the member had, by partition number, then topic. */
static void equal_keep(struct equal *equal, int32_t m, const struct sticky_key *had, int32_t count)
{
    int32_t keep;

    if (count < equal->share_min) {
        keep = count;
        queue_push(&equal->below, m);
    } else if (count >= equal->share_max && equal->full < equal->full_max) {
        keep = equal->share_max;
        equal_note_full(equal);
    } else {
        keep = equal->share_min;
        if (equal->full < equal->full_max) {
            queue_push(&equal->exactly, m);
        }
    }
    for (int32_t i = 0; i < count; i++) {
        if (i < keep) {
            sticky_give(equal->sticky, m, had[i].number);
        } else {
            equal->taken_from[had[i].number] = m;
        }
    }
}

static enum kc_err equal_keep_all(struct equal *equal)
{
    struct sticky *sticky = equal->sticky;
    size_t total = (size_t)sticky->total;
    int32_t *starts =
        arena_alloc_array(sticky->group->arena, (size_t)sticky->member_count + 1, sizeof(*starts));
    struct sticky_key *had = arena_alloc_array(sticky->group->arena, total, sizeof(*had));

    if (!starts || !had) {
        return KC_ERR_NO_MEMORY;
    }
    for (int32_t p = 0; p < sticky->total; p++) {
        if (sticky->had[p] != STICKY_NOBODY && sticky_is_far(sticky, sticky->had[p], p)) {
            equal->taken_from[p] = sticky->had[p];
        } else if (sticky->had[p] != STICKY_NOBODY && !sticky->is_disputed[p]) {
            starts[sticky->had[p] + 1]++;
        }
    }
    for (int32_t m = 0; m < sticky->member_count; m++) {
        starts[m + 1] += starts[m];
    }
    /* Filled from each start on; the starts are then one member further. */
    for (int32_t p = 0; p < sticky->total; p++) {
        int32_t m = sticky->had[p];
        if (m != STICKY_NOBODY && equal->taken_from[p] == STICKY_NOBODY &&
            !sticky->is_disputed[p]) {
            int32_t topic = sticky->topic_of[p];
            had[starts[m]++] = (struct sticky_key){ p - sticky->bases[topic], topic, p };
        }
    }
    for (int32_t m = 0, start = 0; m < sticky->member_count; m++) {
        sticky_sort(had + start, (size_t)(starts[m] - start));
        equal_keep(equal, m, had + start, starts[m] - start);
        start = starts[m];
    }
    return KC_ERR_NONE;
}

/* What is left, partitions with few members near them first. */
static enum kc_err equal_list_free(struct equal *equal)
{
    struct sticky *sticky = equal->sticky;
    struct sticky_key *keys =
        arena_alloc_array(sticky->group->arena, (size_t)sticky->total, sizeof(*keys));

    if (!keys) {
        return KC_ERR_NO_MEMORY;
    }
    for (int32_t p = 0; p < sticky->total; p++) {
        if (sticky->owner[p] == STICKY_NOBODY) {
            int64_t near = sticky->near_members ? sticky->near_members[p] : 0;
            keys[equal->free_count++] = (struct sticky_key){ near, p, p };
        }
    }
    sticky_sort(keys, (size_t)equal->free_count);
    for (int32_t i = 0; i < equal->free_count; i++) {
        equal->free[i] = keys[i].number;
    }
    return KC_ERR_NONE;
}

static int32_t equal_find_near(const struct equal *equal, const struct queue *queue, int32_t start,
                               int32_t partition)
{
    for (int32_t i = 0; i < queue->count; i++) {
        int32_t at = (start + i) % queue->count;
        if (sticky_is_near(equal->sticky, queue->items[at], partition)) {
            return at;
        }
    }
    return -1;
}

/* A member near the partition that may still get one; NOBODY when there is none. */
static int32_t equal_pick_near(struct equal *equal, int32_t partition, int32_t *next)
{
    struct sticky *sticky = equal->sticky;
    int32_t at = equal_find_near(equal, &equal->below, *next, partition);

    if (at >= 0) {
        int32_t member = equal->below.items[at];
        int32_t size = sticky->members[member].size + 1;
        if (size >= equal->share_min) {
            queue_remove(&equal->below, at);
            if (size < equal->share_max && equal->full < equal->full_max) {
                queue_push(&equal->exactly, member);
            }
        } else {
            at++;
        }
        *next = equal->below.count == 0 ? 0 : at % equal->below.count;
        return member;
    }
    at = equal_find_near(equal, &equal->exactly, 0, partition);
    if (at < 0) {
        return STICKY_NOBODY;
    }
    int32_t member = equal->exactly.items[at];
    if (sticky->members[member].size + 1 == equal->share_max) {
        queue_remove(&equal->exactly, at);
        equal_note_full(equal);
    }
    return member;
}

static void equal_deal_near(struct equal *equal)
{
    int32_t next = 0;
    int32_t left = 0;

    for (int32_t i = 0; i < equal->free_count; i++) {
        int32_t partition = equal->free[i];
        int32_t member = equal_pick_near(equal, partition, &next);
        if (member == STICKY_NOBODY) {
            equal->free[left++] = partition;
        } else {
            equal_deal(equal, member, partition);
        }
    }
    equal->free_count = left;
}

static void equal_deal_rest(struct equal *equal)
{
    int32_t next = 0;

    for (int32_t i = 0; i < equal->free_count; i++) {
        int32_t member;
        if (equal->below.count > 0) {
            next = next < equal->below.count ? next : 0;
            member = equal->below.items[next];
        } else {
            /* Shares add up to the number of partitions: somebody is left. */
            assert(equal->exactly.count > 0);
            member = equal->exactly.items[0];
            queue_remove(&equal->exactly, 0);
        }
        equal_deal(equal, member, equal->free[i]);
        int32_t size = equal->sticky->members[member].size;
        if (size == equal->share_min && equal->below.count > 0) {
            queue_remove(&equal->below, next);
            queue_push(&equal->exactly, member);
        } else if (equal->below.count > 0) {
            next++;
        }
    }
}

enum kc_err sticky_assign_equal(struct sticky *sticky)
{
    struct arena *arena = sticky->group->arena;
    size_t total = (size_t)sticky->total;
    size_t members = (size_t)sticky->member_count;
    struct equal equal = { .sticky = sticky };

    equal.share_min = sticky->total / sticky->member_count;
    equal.full_max = sticky->total % sticky->member_count;
    equal.share_max = equal.share_min + (equal.full_max > 0);
    equal.below.items = arena_alloc_array(arena, members, sizeof(int32_t));
    equal.exactly.items = arena_alloc_array(arena, members + 1, sizeof(int32_t));
    equal.taken_from = arena_alloc_array(arena, total, sizeof(int32_t));
    equal.free = arena_alloc_array(arena, total, sizeof(int32_t));
    if (!equal.below.items || !equal.exactly.items || !equal.taken_from || !equal.free) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < total; i++) {
        equal.taken_from[i] = STICKY_NOBODY;
    }
    enum kc_err err = equal_keep_all(&equal);
    if (!err) {
        err = equal_list_free(&equal);
    }
    if (!err) {
        err = queue_sort(&equal.below, sticky);
    }
    if (!err) {
        err = queue_sort(&equal.exactly, sticky);
    }
    if (err) {
        return err;
    }
    if (sticky->by_rack) {
        equal_deal_near(&equal);
    }
    equal_deal_rest(&equal);
    return KC_ERR_NONE;
}
