/* coordinator: sets of topic names. */
#include "coordinator/topic_names.h"

#include <stdlib.h>

void topic_names_finish(struct topic_names *names)
{
    free(names->items);
    *names = (struct topic_names){ 0 };
}

static int topic_names_order(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

bool topic_names_make(const struct slice *items, int32_t count, struct topic_names *ret_names)
{
    struct topic_names names = { 0 };
    size_t bytes = 0;
    for (int32_t i = 0; i < count; i++) {
        bytes += items[i].size;
    }
    if (count > 0) {
        names.items = malloc((size_t)count * sizeof(*names.items) + bytes);
        if (!names.items) {
            return false;
        }
    }
    uint8_t *at = (uint8_t *)(names.items + MAX_OF(count, 0));
    for (int32_t i = 0; i < count; i++) {
        if (items[i].size > 0) {
            memcpy(at, items[i].data, items[i].size);
        }
        names.items[i] = slice_of(at, items[i].size);
        at += items[i].size;
    }
    if (count > 1) {
        qsort(names.items, (size_t)count, sizeof(*names.items), topic_names_order);
    }
    for (int32_t i = 0; i < count; i++) {
        if (i == 0 || !slice_equal(names.items[i], names.items[names.count - 1])) {
            names.items[names.count++] = names.items[i];
        }
    }
    *ret_names = names;
    return true;
}

bool topic_names_equal(const struct topic_names *a, const struct topic_names *b)
{
    bool equal = a->count == b->count;
    for (int32_t i = 0; equal && i < a->count; i++) {
        equal = slice_equal(a->items[i], b->items[i]);
    }
    return equal;
}

bool topic_names_have(const struct topic_names *names, struct slice name)
{
    return names->count > 0 && bsearch(&name, names->items, (size_t)names->count,
                                       sizeof(*names->items), topic_names_order) != NULL;
}
