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

struct place *place_sort(struct fanout_branch *branch, const struct kc_partition *partitions)
{
    struct place *places = fanout_branch_alloc(branch, branch->item_count, sizeof(*places));
    for (size_t i = 0; places && i < branch->item_count; i++) {
        places[i].item = branch->items[i];
        places[i].partition = &partitions[branch->items[i]];
    }
    if (places && branch->item_count > 1) {
        qsort(places, branch->item_count, sizeof(*places), compare_places);
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
