/* log: compaction of a log (cleanup.policy=compact): what is to be done, and the round itself,
 * begun and ended by the owner, run on any thread. Kafka's LogCleaner is the model of what stays:
 * the newest record of each key; a tombstone until delete.retention.ms after its first round; no
 * record of an aborted transaction; headers that carry a producer's newest sequence. */
#ifndef LOG_LOG_COMPACTION_H
#define LOG_LOG_COMPACTION_H

#include "log/log.h"

/* How much there is to do. */
struct log_dirt {
    int64_t clean_bytes; /* compacted before */
    int64_t dirty_bytes; /* not yet, and may be */
    int64_t end_offset;  /* of what may be compacted: segments that are closed, stable, and old
                            enough (min.compaction.lag.ms) */
    bool is_overdue;     /* max.compaction.lag.ms has passed for some of it */
};

/* False when the log is not to be compacted now: another policy, nothing to do, below
 * min.cleanable.dirty.ratio and not overdue, a round out, damaged in an earlier round, postponed.
 */
bool log_compaction_is_due(const struct log *log, int64_t now_ms, struct log_dirt *ret_dirt);

/* No round before then, in the time of log_compaction_is_due: this one failed, others come first.
 */
void log_compaction_postpone(struct log *log, int64_t until_ms);

struct log_compaction;

/* Begins a round up to dirt->end_offset with a key map of at most map_bytes_max. Everything below
 * must be on disk, and the recovery point that says so as well (log_is_checkpointed): a crash in
 * the middle would take the gaps that compaction leaves for lost data. KC_ERR_WRONG_STATE when it
 * is not, or a round is out; KC_ERR_NO_MEMORY; KC_ERR_KAFKA_STORAGE_ERROR. */
enum kc_err log_compaction_begin(struct log *log, const struct log_dirt *dirt, size_t map_bytes_max,
                                 int64_t now_ms, struct log_compaction **ret_job);
void log_compaction_run(struct log_compaction *job);

/* Puts the outcome in the place of what was read, and frees the job. What cannot be read leaves the
 * log as it is, with a trace line, and out of later rounds until the next start. */
enum kc_err log_compaction_end(struct log *log, struct log_compaction *job, int64_t now_ms);

/* What is below was compacted (cleaner-offset-checkpoint); 0: nothing. */
int64_t log_compacted_offset(const struct log *log);

/* Everything below the offset is on disk, and a written checkpoint says so. */
bool log_is_checkpointed(const struct log *log, int64_t offset);

#endif
