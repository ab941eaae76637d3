/* coordinator: reads a partition of an internal topic from its start to its end, record by record:
 * the log is the state. */
#ifndef COORDINATOR_REPLAY_H
#define COORDINATOR_REPLAY_H

#include "base/arena.h"
#include "record/record.h"
#include "replica/partition.h"

struct replay {
    /* A record and the batch it is in; the arena is emptied before each. An error ends it all. */
    enum kc_err (*record)(void *context, const struct batch *batch, const struct record *record,
                          struct arena *arena);
    /* A control batch; may be NULL. */
    enum kc_err (*control)(void *context, const struct batch *batch);
    void *context;
};

/* Blocks while it reads. What the callbacks tell, KC_ERR_NO_MEMORY, KC_ERR_CORRUPT_MESSAGE,
 * KC_ERR_KAFKA_STORAGE_ERROR. */
enum kc_err replay_partition(const struct replay *replay, struct partition *partition);

#endif
