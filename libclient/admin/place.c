/* admin: sorts the partitions of a branch. */
#include "admin/place.h"

#include <stdlib.h>

static int compare_places(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    int order = strcmp(left->partition->topic, right->partition->topic);
    int32_t one = left->partition->partition;
    int32_t other = right->partition->partition;
    order = order ? order : (one > other) - (one < other);
    return order ? order : (left->item > right->item) - (left->item < right->item);
}

static void sort(struct place *places, size_t count)
{
    if (count > 1) {
        qsort(places, count, sizeof(*places), compare_places);
    }
}

struct place *place_sort(struct fanout_branch *branch, const struct kc_partition *partitions)
{
    struct place *places = fanout_branch_alloc(branch, branch->item_count, sizeof(*places));
    for (size_t i = 0; places && i < branch->item_count; i++) {
        places[i].item = branch->items[i];
        places[i].partition = &partitions[branch->items[i]];
    }
    if (places) {
        sort(places, branch->item_count);
    }
    return places;
}

size_t place_run(const struct place *places, size_t first, size_t count)
{
    size_t size = 1;
    while (first + size < count &&
           strcmp(places[first].partition->topic, places[first + size].partition->topic) == 0) {
        size++;
    }
    return size;
}

void place_topics(const struct place *places, size_t count, const struct mirror_field *list,
                  const char *name, void *topics,
                  void (*fill)(void *context, const struct place *places, size_t count,
                               void *topic),
                  void *context)
{
    int32_t filled = 0;
    for (size_t first = 0, size; first < count; first += size) {
        uint8_t *topic = (uint8_t *)topics + (size_t)filled++ * list->item_size;
        message_defaults(list->sub, topic);
        struct slice text = slice_text(places[first].partition->topic);
        memcpy(mirror_find(list->sub, topic, name).place, &text, sizeof(text));
        size = place_run(places, first, count);
        fill(context, places + first, size, topic);
    }
    mirror_set_list(list, topics, filled);
}

struct place_numbers {
    const struct message_type *type;
    const char *inner;
    int32_t *room; /* what is left of it */
};

static void fill_numbers(void *context, const struct place *places, size_t count, void *topic)
{
    struct place_numbers *numbers = context;
    struct mirror_field list = mirror_find(numbers->type, topic, numbers->inner);
    int32_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t number = places[i].partition->partition;
        if (kept == 0 || numbers->room[kept - 1] != number) {
            numbers->room[kept++] = number;
        }
    }
    mirror_set_list(&list, numbers->room, kept);
    numbers->room += kept;
}

void place_numbers(struct fanout *fanout, const struct kc_partition *partitions, size_t count,
                   const struct mirror_field *list, const char *name, const char *inner)
{
    if (!partitions) {
        mirror_set_list(list, NULL, -1);
        return;
    }
    struct kc_partition *copies = fanout_alloc(fanout, count, sizeof(*copies));
    struct place *places = fanout_alloc(fanout, count, sizeof(*places));
    void *topics = fanout_alloc(fanout, count, list->item_size);
    struct place_numbers numbers = { list->sub, inner,
                                     fanout_alloc(fanout, count, sizeof(int32_t)) };
    for (size_t i = 0; i < count && !fanout->error.code; i++) {
        copies[i].topic = fanout_text(fanout, partitions[i].topic);
        copies[i].partition = partitions[i].partition;
        places[i] = (struct place){ &copies[i], i };
    }
    if (fanout->error.code) {
        return;
    }
    sort(places, count);
    place_topics(places, count, list, name, topics, fill_numbers, &numbers);
}
