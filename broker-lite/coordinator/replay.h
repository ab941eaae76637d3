/* coordinator: reads a partition of an internal topic from its start to its end, record by record:
 * the log is the state. Files are read, and records looked at, by jobs on the pool, a piece at a
 * time; the loop only finds the pieces. */
#ifndef COORDINATOR_REPLAY_H
#define COORDINATOR_REPLAY_H

#include "base/arena.h"
#include "record/record.h"
#include "replica/partition.h"

struct replay_options {
    struct loop *loop;
    struct partition *partition; /* held until done has been called */
    /* On a pool thread, never two at once: they may touch what the context is alone to know. */
    /* A record and the batch it is in; the arena is emptied before each. An error ends it all. */
    enum kc_err (*record)(void *context, const struct batch *batch, const struct record *record,
                          struct arena *arena);
    /* A control batch; may be NULL. */
    enum kc_err (*control)(void *context, const struct batch *batch);
    /* On the loop, once: everything that is in the log now has been told; or what stopped it: what
     * the callbacks told, KC_ERR_NO_MEMORY, KC_ERR_CORRUPT_MESSAGE, KC_ERR_KAFKA_STORAGE_ERROR,
     * KC_ERR_NOT_COORDINATOR (it was cancelled, or the partition is no longer led here). */
    void (*done)(void *context, enum kc_err err);
    void *context;
};

struct replay;

/* NULL when memory is out (done is not called then). It frees itself after done. */
struct replay *replay_begin(const struct replay_options *options);

/* Ends it after the job that is out; done comes from the loop even so. */
void replay_cancel(struct replay *replay);

#endif
