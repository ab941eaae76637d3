/* controller: the words of a list value, sorted. */
#include "controller/word_set.h"

#include "controller/config_rule.h"

#include <stdlib.h>

static int word_order(const void *a, const void *b)
{
    const struct slice *left = a;
    const struct slice *right = b;
    int order = slice_compare(*left, *right);
    return order != 0 ? order : (left->data > right->data) - (left->data < right->data);
}

bool word_set_init(struct word_set *set, struct slice list, struct arena *arena)
{
    size_t most = 1;
    for (size_t i = 0; i < list.size; i++) {
        most += list.data[i] == ',';
    }
    *set = (struct word_set){ .words = arena_alloc_array(arena, most, sizeof(*set->words)) };
    if (!set->words) {
        return false;
    }
    struct slice word;
    while (!slice_is_null(word = config_next_word(&list))) {
        set->words[set->count++] = word;
    }
    qsort(set->words, set->count, sizeof(*set->words), word_order);
    return true;
}

struct slice word_set_find(const struct word_set *set, struct slice word)
{
    size_t low = 0;
    size_t high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_compare(set->words[middle], word) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->count && slice_equal(set->words[low], word) ? set->words[low] : SLICE_NULL;
}
