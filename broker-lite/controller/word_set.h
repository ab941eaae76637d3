/* controller: the words of a list value, to be looked up: a value may hold thousands. Pure.
 */
#ifndef CONTROLLER_WORD_SET_H
#define CONTROLLER_WORD_SET_H

#include "base/arena.h"
#include "base/slice.h"

struct word_set {
    struct slice *words; /* sorted; of equal ones the first in the list comes first */
    size_t count;
};

/* Borrows the list; its memory is the arena's. False when that is out. */
bool word_set_init(struct word_set *set, struct slice list, struct arena *arena);

/* The first word of the list that equals this one: a null slice when there is none. */
struct slice word_set_find(const struct word_set *set, struct slice word);

#endif
