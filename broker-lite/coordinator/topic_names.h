/* coordinator: a set of topic names: sorted, each once, in one block. Pure. */
#ifndef COORDINATOR_TOPIC_NAMES_H
#define COORDINATOR_TOPIC_NAMES_H

#include "base/attr.h"
#include "base/slice.h"

/* Zeroed: empty. */
struct topic_names {
    struct slice *items; /* owned, with the bytes behind them */
    int32_t count;
};

void topic_names_finish(struct topic_names *names);

/* Takes copies; `ret_names` gets a new set. False when memory is out. */
bool topic_names_make(const struct slice *items, int32_t count, struct topic_names *ret_names);
bool topic_names_equal(const struct topic_names *a, const struct topic_names *b);
bool topic_names_have(const struct topic_names *names, struct slice name);

#endif
