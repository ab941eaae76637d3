/* consumer: positions in the order that requests need, with the way back from an answer. */
#include "consumer/offset_list.h"

#include <stdlib.h>

static int place_compare(struct slice left_topic, int32_t left, struct slice right_topic,
                         int32_t right)
{
    int order = slice_compare(left_topic, right_topic);

    return order != 0 ? order : (left > right) - (left < right);
}

static int position_compare(const void *a, const void *b)
{
    const struct kc_position *left = *(struct kc_position *const *)a;
    const struct kc_position *right = *(struct kc_position *const *)b;

    return place_compare(slice_text(left->topic), left->partition, slice_text(right->topic),
                         right->partition);
}

enum kc_err offset_list_init(struct offset_list *list, struct kc_position *positions, size_t count,
                             struct arena *arena)
{
    list->sorted = arena_alloc_array(arena, count, sizeof(*list->sorted));
    list->count = count;
    if (!list->sorted) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        list->sorted[i] = &positions[i];
    }
    qsort(list->sorted, count, sizeof(*list->sorted), position_compare);
    return KC_ERR_NONE;
}

size_t offset_list_same_topic(const struct offset_list *list, size_t at)
{
    size_t count = 1;

    while (at + count < list->count &&
           strcmp(list->sorted[at]->topic, list->sorted[at + count]->topic) == 0) {
        count++;
    }
    return count;
}

size_t offset_list_topic_count(const struct offset_list *list)
{
    size_t topics = 0;

    for (size_t at = 0; at < list->count; at += offset_list_same_topic(list, at)) {
        topics++;
    }
    return topics;
}

void offset_list_fail_all(struct offset_list *list, enum kc_err err)
{
    for (size_t i = 0; i < list->count; i++) {
        list->sorted[i]->err = err;
    }
}

void offset_list_set(struct offset_list *list, struct slice topic, int32_t partition,
                     const struct offset_told *told, enum kc_err err)
{
    size_t low = 0;
    size_t high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct kc_position *at = list->sorted[middle];
        if (place_compare(slice_text(at->topic), at->partition, topic, partition) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < list->count; low++) {
        struct kc_position *at = list->sorted[low];
        if (place_compare(slice_text(at->topic), at->partition, topic, partition) != 0) {
            return;
        }
        at->err = err;
        if (told) {
            at->offset = told->offset;
            at->leader_epoch = told->leader_epoch;
        }
    }
}
