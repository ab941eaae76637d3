/* admin: which items of a call have a name. Names may repeat: each finds all its items. */
#ifndef ADMIN_ROLL_H
#define ADMIN_ROLL_H

#include "base/arena.h"
#include "base/map.h"

struct roll_entry {
    struct slice key;
    size_t item;
    struct roll_entry *next; /* the same key */
};

struct roll {
    struct map map;
    struct arena arena;
    bool failed; /* memory was out: a search may have missed */
};

/* Zeroed storage. */
void roll_init(struct roll *roll);
void roll_finish(struct roll *roll);

/* The key is borrowed. False when memory is out. */
bool roll_add(struct roll *roll, struct slice key, size_t item);

/* The last that was added under this key, its `next` the one before; NULL: none. */
const struct roll_entry *roll_find(const struct roll *roll, struct slice key);

/* The same with keys of topic and partition. */
bool roll_add_partition(struct roll *roll, struct slice topic, int32_t partition, size_t item);
const struct roll_entry *roll_find_partition(struct roll *roll, struct slice topic,
                                             int32_t partition);

#endif
