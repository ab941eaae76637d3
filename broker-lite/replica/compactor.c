/* replica: compaction in the background. */
#include "replica/compactor.h"

#include "base/clock.h"
#include "log/log_compaction.h"

#include <stdlib.h>

/* The same log is not tried twice in one tick, however short log.cleaner.backoff.ms is. */
enum { POSTPONE_MS_MIN = 1 };

struct compactor {
    struct compactor_options options;
    struct loop_job job;
    struct partition *partition; /* of the round that is out; NULL: none */
    struct log_compaction *round;
    int64_t next_ms; /* no look before then */
};

struct compactor *compactor_create(const struct compactor_options *options)
{
    struct compactor *compactor = calloc(1, sizeof(*compactor));
    if (compactor) {
        compactor->options = *options;
    }
    return compactor;
}

void compactor_destroy(struct compactor *compactor)
{
    free(compactor);
}

void compactor_set_limits(struct compactor *compactor, size_t map_bytes_max, int64_t backoff_ms)
{
    compactor->options.map_bytes_max = map_bytes_max;
    compactor->options.backoff_ms = backoff_ms;
}

static void round_work(struct loop_job *job)
{
    log_compaction_run(CONTAINER_OF(job, struct compactor, job)->round);
}

static void round_done(struct loop_job *job)
{
    struct compactor *compactor = CONTAINER_OF(job, struct compactor, job);
    struct partition *partition = compactor->partition;
    int64_t wall_ms = clock_wall_ms(compactor->options.clock);
    enum kc_err err = log_compaction_end(partition->log, compactor->round, wall_ms);
    if (err == KC_ERR_NONE) {
        (void)log_manager_checkpoint_compacted(compactor->options.logs, partition->log);
    } else {
        trace_log(compactor->options.trace, TRACE_WARN, "replica", "%s-%d is not compacted: %s",
                  partition->topic_name, partition->index, kc_err_text(err));
        log_compaction_postpone(partition->log, wall_ms + compactor->options.backoff_ms);
    }
    compactor->partition = NULL;
    partition_unhold(partition);
}

/* What a round needs first: its part of the log on disk, and a checkpoint that says so. */
static bool is_settled(struct compactor *compactor, struct partition *partition,
                       const struct log_dirt *dirt)
{
    if (log_is_checkpointed(partition->log, dirt->end_offset)) {
        return true;
    }
    if (log_recovery_point(partition->log) < dirt->end_offset) {
        if (!partition->flush) {
            partition_flush(partition);
        }
        return false;
    }
    return log_manager_checkpoint(compactor->options.logs) == KC_ERR_NONE &&
           log_is_checkpointed(partition->log, dirt->end_offset);
}

/* False when the round could not begin. */
static bool begin(struct compactor *compactor, struct partition *partition,
                  const struct log_dirt *dirt, int64_t wall_ms)
{
    enum kc_err err = log_compaction_begin(partition->log, dirt, compactor->options.map_bytes_max,
                                           wall_ms, &compactor->round);
    if (err != KC_ERR_NONE) {
        trace_log(compactor->options.trace, TRACE_WARN, "replica", "%s-%d is not compacted: %s",
                  partition->topic_name, partition->index, kc_err_text(err));
        return false;
    }
    compactor->partition = partition;
    partition_hold(partition);
    compactor->job.work = round_work;
    compactor->job.done = round_done;
    loop_work(compactor->options.loop, &compactor->job);
    return true;
}

/* The partition whose log it is; NULL when it is none of the cluster's, or takes no more work. */
static struct partition *partition_of(const struct compactor *compactor, const struct log *log)
{
    struct uuid id = log_topic_id(log);
    struct partition *partition =
        partitions_find_by_id(compactor->options.partitions, &id, log_partition(log));
    return partition && partition->log == log && !partition->err ? partition : NULL;
}

void compactor_tick(struct compactor *compactor)
{
    const struct compactor_options *options = &compactor->options;
    int64_t now_ms = clock_now_ms(options->clock);
    int64_t wall_ms = clock_wall_ms(options->clock);
    struct log_dirt dirt;
    struct log *log;
    if (compactor->partition || now_ms < compactor->next_ms) {
        return;
    }
    while ((log = log_manager_dirtiest(options->logs, wall_ms, &dirt))) {
        struct partition *partition = partition_of(compactor, log);
        if (partition && (!is_settled(compactor, partition, &dirt) ||
                          begin(compactor, partition, &dirt, wall_ms))) {
            return;
        }
        /* This one cannot be: the next. */
        log_compaction_postpone(log, wall_ms + MAX_OF(options->backoff_ms, POSTPONE_MS_MIN));
    }
    compactor->next_ms = now_ms + options->backoff_ms;
}
