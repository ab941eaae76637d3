/* handler: repeated keys, by sorting. */
#include "handler/repeats.h"

#include <stdlib.h>

/* Equal keys in the order in which they came. */
static int key_order(const void *a, const void *b)
{
    const struct slice *left = *(const struct slice *const *)a;
    const struct slice *right = *(const struct slice *const *)b;
    int order = slice_compare(*left, *right);
    return order != 0 ? order : (left > right) - (left < right);
}

enum repeat *repeats_find(struct call *call, const struct slice *keys, size_t count)
{
    enum repeat *repeats = call_alloc(call, count, sizeof(*repeats));
    const struct slice **sorted = calloc(count + 1, sizeof(*sorted));
    if (!repeats || !sorted) {
        free(sorted);
        return NULL;
    }
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        repeats[i] = REPEAT_NONE;
        if (!slice_is_null(keys[i])) {
            sorted[used++] = &keys[i];
        }
    }
    qsort(sorted, used, sizeof(*sorted), key_order);
    for (size_t i = 1; i < used; i++) {
        if (slice_equal(*sorted[i], *sorted[i - 1])) {
            size_t before = (size_t)(sorted[i - 1] - keys);
            repeats[before] = repeats[before] == REPEAT_NONE ? REPEAT_FIRST : repeats[before];
            repeats[sorted[i] - keys] = REPEAT_LATER;
        }
    }
    free(sorted);
    return repeats;
}
