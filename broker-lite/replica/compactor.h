/* replica: compaction in the background: one round at a time, the log that needs it most first. A
 * round is a job on the loop's pool; what goes before it (everything on disk, the recovery point in
 * its checkpoint) and after it happens on the owner thread. */
#ifndef REPLICA_COMPACTOR_H
#define REPLICA_COMPACTOR_H

#include "replica/partitions.h"

struct compactor;

struct compactor_options {
    struct loop *loop;
    struct log_manager *logs;      /* borrowed */
    struct partitions *partitions; /* borrowed */
    const struct clock *clock;
    const struct trace *trace;
    size_t map_bytes_max; /* log.cleaner.dedupe.buffer.size: keys of one round */
    int64_t backoff_ms;   /* log.cleaner.backoff.ms: a look for work when there was none */
};

/* NULL when memory is out. */
struct compactor *compactor_create(const struct compactor_options *options);
/* No round may be out (partitions_is_idle). NULL is fine. */
void compactor_destroy(struct compactor *compactor);

/* Altered limits, for rounds to come. */
void compactor_set_limits(struct compactor *compactor, size_t map_bytes_max, int64_t backoff_ms);

/* Every second or so: begins a round when one is due and none is out. */
void compactor_tick(struct compactor *compactor);

#endif
