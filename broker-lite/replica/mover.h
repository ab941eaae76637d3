/* replica: moves logs between the directories of this broker while they are served (KIP-113): a
 * future log is filled from the served one, a piece at a time, by jobs; when it has all, it takes
 * its place between two events. One piece is out at a time, partitions take turns. Owner thread
 * only. */
#ifndef REPLICA_MOVER_H
#define REPLICA_MOVER_H

#include "log/future_log.h"
#include "replica/partition.h"
#include "replica/removals.h"

struct clock;
struct mover;

struct mover_options {
    struct loop *loop;
    struct log_manager *logs;
    struct removals *removals;
    const struct clock *clock;
    const struct trace *trace;
    /* replica.alter.log.dirs.io.max.bytes.per.second, asked before each piece. */
    int64_t (*rate)(void *context);
    int64_t (*delete_delay_ms)(void *context); /* of the files that a log leaves behind */
    /* The partition's log lies in another directory now. */
    void (*moved)(void *context, struct partition *partition);
    void *context;
};

/* NULL when memory is out. */
struct mover *mover_create(const struct mover_options *options);

/* Begins nothing new; the job that is out ends. Before the loop goes. NULL is fine. */
void mover_stop(struct mover *mover);
void mover_destroy(struct mover *mover);

/* The partition's log is to move to the directory. To its own directory: nothing but the end of a
 * move that is under way; to another than it is on its way to: that one is given up.
 * KC_ERR_KAFKA_STORAGE_ERROR, KC_ERR_NO_MEMORY. */
enum kc_err mover_begin(struct mover *mover, struct partition *partition, struct log_dir *dir);

/* Gives up the move of a partition, if it is on one: it goes, or its directory does. */
void mover_cancel(struct mover *mover, struct partition *partition);

/* How many are under way. */
size_t mover_count(const struct mover *mover);

#endif
