/* coordinator: sorted lists of partitions. */
#include "coordinator/holding.h"

#include <stdlib.h>

enum { HOLDING_FIRST_CAPACITY = 8 };

void holding_finish(struct holding *holding)
{
    free(holding->items);
    *holding = (struct holding){ 0 };
}

bool holding_add(struct holding *holding, const struct uuid *topic, int32_t partition,
                 int32_t epoch)
{
    if (holding->count == holding->capacity) {
        size_t capacity = holding->capacity ? holding->capacity * 2 : HOLDING_FIRST_CAPACITY;
        struct holding_item *items = realloc(holding->items, capacity * sizeof(*items));
        if (!items) {
            return false;
        }
        holding->items = items;
        holding->capacity = capacity;
    }
    holding->items[holding->count++] =
        (struct holding_item){ .topic = *topic, .partition = partition, .epoch = epoch };
    return true;
}

static int holding_order(const void *a, const void *b)
{
    const struct holding_item *left = a;
    const struct holding_item *right = b;
    int order = memcmp(&left->topic, &right->topic, sizeof(left->topic));
    return order ? order
                 : (left->partition > right->partition) - (left->partition < right->partition);
}

void holding_sort(struct holding *holding)
{
    if (holding->count > 1) {
        qsort(holding->items, holding->count, sizeof(*holding->items), holding_order);
    }
}

struct holding_item *holding_find(const struct holding *holding, const struct uuid *topic,
                                  int32_t partition)
{
    const struct holding_item key = { .topic = *topic, .partition = partition };
    return holding->count == 0 ? NULL
                               : bsearch(&key, holding->items, holding->count,
                                         sizeof(*holding->items), holding_order);
}

bool holding_equal(const struct holding *a, const struct holding *b)
{
    bool equal = a->count == b->count;
    for (size_t i = 0; equal && i < a->count; i++) {
        equal = holding_order(&a->items[i], &b->items[i]) == 0;
    }
    return equal;
}

bool holding_copy(const struct holding *from, struct holding *to)
{
    if (from->count == 0) {
        return true;
    }
    to->items = malloc(from->count * sizeof(*to->items));
    if (!to->items) {
        return false;
    }
    memcpy(to->items, from->items, from->count * sizeof(*to->items));
    to->count = to->capacity = from->count;
    return true;
}
