/* replica: the directories of deleted logs, from their new name (TOPIC-PARTITION.ID-delete) to
 * their end. What comes in one turn of the loop is one batch: one sync of each log directory, after
 * which no crash brings the old names back; when the delay is over, one job that removes the
 * files. A batch that is not removed when the process ends is found by its names and removed at the
 * next start. Owner thread only; disk work is jobs. */
#ifndef REPLICA_REMOVALS_H
#define REPLICA_REMOVALS_H

#include "base/clock.h"
#include "log/log_dir.h"
#include "net/loop.h"

struct removals;

/* NULL when memory is out. */
struct removals *removals_create(struct loop *loop, const struct clock *clock,
                                 const struct trace *trace);

/* Forgets what waits. No job may be out (removals_is_idle). NULL is fine. */
void removals_destroy(struct removals *removals);

/* From here on nothing waits for its delay any more: jobs that are out end, no others begin. */
void removals_stop(struct removals *removals);

/* False while jobs are out or about to begin; waiting for a delay counts as idle. */
bool removals_is_idle(const struct removals *removals);

/* The directory was renamed to path (copied), in dir, and is to be removed when delay_ms is over.
 * False when memory is out: it stays until the next start. */
bool removals_add(struct removals *removals, struct log_dir *dir, const char *path,
                  int64_t delay_ms);

#endif
