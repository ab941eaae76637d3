/* coordinator: the uniform assignor where members subscribe to different topics: what nobody has
 * goes to the least loaded subscribers, then topics are evened out one by one until nothing more
 * can be won, or ROUNDS_MAX rounds. */
#include "coordinator/target_parts.h"

#include <stdlib.h>

enum { ROUNDS_MAX = 16 };

/* The subscribers of one topic by load. Those at the low end take a partition each and then rise
 * together; those at the high end give one each and sink together. */
struct scale {
    const struct target_board *board;
    int32_t *members;
    int32_t count;
    int32_t low_end; /* exclusive */
    int32_t low_load;
    int32_t low_next;
    int32_t high_start;
    int32_t high_end; /* exclusive; behind it: who has nothing to give */
    int32_t high_load;
    int32_t high_next;
};

struct uneven {
    struct target_board *board;
    int32_t *subscriber_counts; /* by topic */
    int32_t *order;             /* topics, those with most partitions a subscriber first */
    int32_t *partitions;        /* of one topic, grouped by owner */
    int32_t *starts;            /* by member: its run in partitions */
    int32_t *ends;
    struct scale scale;
};

static int32_t load(const struct scale *scale, int32_t at)
{
    return scale->board->sizes[scale->members[at]];
}

/* Few per topic, nearly sorted: an insertion sort; ties by member. */
static void scale_sort(struct scale *scale)
{
    for (int32_t i = 1; i < scale->count; i++) {
        int32_t member = scale->members[i];
        int32_t size = scale->board->sizes[member];
        int32_t j = i;
        for (; j > 0 && (load(scale, j - 1) > size ||
                         (load(scale, j - 1) == size && scale->members[j - 1] > member));
             j--) {
            scale->members[j] = scale->members[j - 1];
        }
        scale->members[j] = member;
    }
}

static bool subscribes(const struct target_member *member, int32_t topic)
{
    for (int32_t i = 0; i < member->topic_count; i++) {
        if (member->topics[i] == topic) {
            return true;
        }
    }
    return false;
}

/* Returns the difference between the most and the least loaded subscriber. */
static int32_t scale_set(struct uneven *uneven, int32_t topic)
{
    struct scale *scale = &uneven->scale;
    scale->board = uneven->board;
    scale->count = 0;
    for (int32_t m = 0; m < uneven->board->group->member_count; m++) {
        if (subscribes(&uneven->board->group->members[m], topic)) {
            scale->members[scale->count++] = m;
        }
    }
    scale_sort(scale);
    scale->low_end = 0;
    scale->low_load = load(scale, 0) - 1;
    scale->low_next = 0;
    scale->high_start = scale->high_end = scale->count;
    scale->high_load = load(scale, scale->count - 1) + 1;
    scale->high_next = scale->count - 1;
    return load(scale, scale->count - 1) - load(scale, 0);
}

static int32_t scale_lowest(struct scale *scale)
{
    if (scale->low_next >= scale->low_end) {
        scale->low_load++;
        while (scale->low_end < scale->count && load(scale, scale->low_end) == scale->low_load) {
            scale->low_end++;
        }
        scale->low_next = 0;
    }
    return scale->members[scale->low_next++];
}

/* TARGET_NOBODY: none has anything to give. */
static int32_t scale_highest(struct scale *scale)
{
    if (scale->high_next < scale->high_start) {
        bool is_empty = scale->high_end <= scale->high_start && scale->high_start > 0;
        scale->high_load = is_empty ? load(scale, scale->high_start - 1) : scale->high_load - 1;
        while (scale->high_start > 0 && load(scale, scale->high_start - 1) == scale->high_load) {
            scale->high_start--;
        }
        scale->high_next = scale->high_end - 1;
    }
    return scale->high_next < 0 ? TARGET_NOBODY : scale->members[scale->high_next--];
}

/* The one that scale_highest gave last is out of it. */
static void scale_exclude(struct scale *scale)
{
    int32_t member = scale->members[scale->high_next + 1];
    scale->members[scale->high_next + 1] = scale->members[scale->high_end - 1];
    scale->members[scale->high_end - 1] = member;
    scale->high_end--;
}

static bool scale_is_level(const struct scale *scale)
{
    return scale->high_load - scale->low_load <= 1;
}

/* ---- topics ---- */

static bool comes_first(const struct uneven *uneven, int32_t a, int32_t b)
{
    const struct target_topic *topics = uneven->board->group->topics;
    int32_t a_subscribers = uneven->subscriber_counts[a];
    int32_t b_subscribers = uneven->subscriber_counts[b];
    int64_t left = (int64_t)topics[a].partition_count * b_subscribers;
    int64_t right = (int64_t)topics[b].partition_count * a_subscribers;
    if (left != right) {
        return left > right;
    }
    return a_subscribers != b_subscribers ? a_subscribers < b_subscribers : a < b;
}

static void order_topics(struct uneven *uneven)
{
    int32_t count = uneven->board->group->topic_count;
    for (int32_t i = 0; i < count; i++) {
        int32_t j = i;
        for (; j > 0 && comes_first(uneven, i, uneven->order[j - 1]); j--) {
            uneven->order[j] = uneven->order[j - 1];
        }
        uneven->order[j] = i;
    }
}

static void give_out(struct uneven *uneven)
{
    struct target_board *board = uneven->board;
    for (int32_t i = 0; i < board->group->topic_count; i++) {
        int32_t topic = uneven->order[i];
        (void)scale_set(uneven, topic);
        for (int32_t place = board->first[topic]; place < board->first[topic + 1]; place++) {
            if (board->owners[place] == TARGET_NOBODY) {
                target_give(board, place, scale_lowest(&uneven->scale));
            }
        }
    }
}

/* The topic's partitions by owner, then number: a member's run is from starts to ends. */
static void sort_by_owner(struct uneven *uneven, int32_t topic)
{
    const struct target_board *board = uneven->board;
    int32_t members = board->group->member_count;
    int32_t sum = 0;
    memset(uneven->ends, 0, (size_t)members * sizeof(*uneven->ends));
    for (int32_t place = board->first[topic]; place < board->first[topic + 1]; place++) {
        uneven->ends[board->owners[place]]++;
    }
    for (int32_t m = 0; m < members; m++) {
        uneven->starts[m] = sum;
        sum += uneven->ends[m];
        uneven->ends[m] = uneven->starts[m];
    }
    for (int32_t place = board->first[topic]; place < board->first[topic + 1]; place++) {
        uneven->partitions[uneven->ends[board->owners[place]]++] = place;
    }
}

static int32_t next_giver(struct uneven *uneven)
{
    for (;;) {
        int32_t member = scale_highest(&uneven->scale);
        if (member == TARGET_NOBODY || uneven->ends[member] > uneven->starts[member]) {
            return member;
        }
        scale_exclude(&uneven->scale);
    }
}

static bool balance_topic(struct uneven *uneven, int32_t topic)
{
    bool moved = false;
    if (scale_set(uneven, topic) <= 1) {
        return false;
    }
    sort_by_owner(uneven, topic);
    while (!scale_is_level(&uneven->scale)) {
        int32_t from = next_giver(uneven);
        if (from == TARGET_NOBODY) {
            break;
        }
        int32_t place = uneven->partitions[--uneven->ends[from]];
        int32_t to = scale_lowest(&uneven->scale);
        if (scale_is_level(&uneven->scale)) {
            break;
        }
        target_give(uneven->board, place, to);
        moved = true;
    }
    return moved;
}

static void balance(struct uneven *uneven)
{
    int32_t last = -1;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        for (int32_t i = 0; i < uneven->board->group->topic_count; i++) {
            int32_t topic = uneven->order[i];
            if (uneven->subscriber_counts[topic] < 2) {
                continue;
            }
            if (topic == last) {
                return; /* once round without a move */
            }
            if (balance_topic(uneven, topic) || last == -1) {
                last = topic;
            }
        }
    }
}

enum kc_err target_uneven(struct target_board *board)
{
    const struct target_group *group = board->group;
    size_t topics = (size_t)group->topic_count + 1;
    size_t members = (size_t)group->member_count + 1;
    size_t total = (size_t)target_total(board) + 1;
    int32_t *memory = calloc(2 * topics + 3 * members + total, sizeof(*memory));
    struct uneven uneven = { .board = board, .subscriber_counts = memory };
    if (!memory) {
        return KC_ERR_NO_MEMORY;
    }
    uneven.order = uneven.subscriber_counts + topics;
    uneven.starts = uneven.order + topics;
    uneven.ends = uneven.starts + members;
    uneven.scale.members = uneven.ends + members;
    uneven.partitions = uneven.scale.members + members;
    for (int32_t m = 0; m < group->member_count; m++) {
        for (int32_t i = 0; i < group->members[m].topic_count; i++) {
            uneven.subscriber_counts[group->members[m].topics[i]]++;
        }
    }
    order_topics(&uneven);
    give_out(&uneven);
    balance(&uneven);
    free(memory);
    return KC_ERR_NONE;
}
