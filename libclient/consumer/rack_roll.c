/* consumer: the racks that a group's members are in. */
#include "consumer/rack_roll.h"

#include <stdlib.h>

static int roll_compare(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

int32_t rack_roll_find(const struct rack_roll *roll, struct slice rack)
{
    const struct slice *found = roll->count > 0 ? bsearch(&rack, roll->names, roll->count,
                                                          sizeof(*roll->names), roll_compare)
                                                : NULL;

    return found ? (int32_t)(found - roll->names) : -1;
}

enum kc_err rack_roll_read(struct assign_member *const *sorted, size_t member_count,
                           struct arena *arena, struct rack_roll *ret_roll)
{
    struct rack_roll roll = { .names = arena_alloc_array(arena, member_count, sizeof(*roll.names)),
                              .of_member =
                                  arena_alloc_array(arena, member_count, sizeof(*roll.of_member)) };
    size_t named = 0;

    if (!roll.names || !roll.of_member) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < member_count; i++) {
        if (sorted[i]->rack.size > 0) {
            roll.names[named++] = sorted[i]->rack;
        }
    }
    qsort(roll.names, named, sizeof(*roll.names), roll_compare);
    for (size_t i = 0; i < named; i++) {
        if (roll.count == 0 || !slice_equal(roll.names[i], roll.names[roll.count - 1])) {
            roll.names[roll.count++] = roll.names[i];
        }
    }
    for (size_t i = 0; i < member_count; i++) {
        roll.of_member[i] = sorted[i]->rack.size > 0 ? rack_roll_find(&roll, sorted[i]->rack) : -1;
    }
    *ret_roll = roll;
    return KC_ERR_NONE;
}
