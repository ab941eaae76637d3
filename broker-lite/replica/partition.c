/* replica: one partition. */
#include "replica/partition.h"

#include <assert.h>
#include <stdlib.h>

/* A flush under way: the log's pure job on a pool thread. */
struct flush {
    struct loop_job job;
    struct partition *partition;
    struct log_flush log_flush;
    int64_t target; /* the high watermark may rise to here when it is done */
};

enum kc_err partition_check_leader(const struct partition *partition, int32_t leader_epoch)
{
    if (!partition) {
        return KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (partition->err) {
        return partition->err;
    }
    if (!partition->is_leader) {
        return KC_ERR_NOT_LEADER_OR_FOLLOWER;
    }
    if (leader_epoch < 0 || leader_epoch == partition->leader_epoch) {
        return KC_ERR_NONE;
    }
    return leader_epoch < partition->leader_epoch ? KC_ERR_FENCED_LEADER_EPOCH
                                                  : KC_ERR_UNKNOWN_LEADER_EPOCH;
}

void partition_wait_begin(struct partition *partition, struct partition_wait *wait)
{
    list_append(&partition->waits, &wait->link);
}

void partition_wait_end(struct partition_wait *wait)
{
    if (wait->link.next) {
        list_remove(&wait->link);
    }
}

/* Those that begin to wait while others are woken are left for the next time. */
void partition_wake(struct partition *partition)
{
    struct list woken;
    list_init(&woken);
    list_splice(&woken, &partition->waits);
    while (!list_is_empty(&woken)) {
        struct partition_wait *wait = LIST_ITEM(list_first(&woken), struct partition_wait, link);
        list_remove(&wait->link);
        list_append(&partition->waits, &wait->link);
        wait->woken(wait, partition);
    }
}

static void advance(struct partition *partition, int64_t high_watermark)
{
    if (high_watermark > log_high_watermark(partition->log)) {
        (void)log_set_high_watermark(partition->log, high_watermark);
        partition_wake(partition);
    }
}

static void flush_next(struct partition *partition);

static void flush_work(struct loop_job *job)
{
    struct flush *flush = CONTAINER_OF(job, struct flush, job);
    log_flush_run(&flush->log_flush);
}

/* Everybody who waits is told. A disk that is only full may have room again later, a broken one is
 * never trusted again. */
void partition_fail(struct partition *partition)
{
    partition->err = KC_ERR_KAFKA_STORAGE_ERROR;
    partition->flush_target = -1;
    partition_wake(partition);
    if (!log_is_failed(partition->log)) {
        partition->err = KC_ERR_NONE;
    }
}

/* It was removed and waits for its jobs only. */
static void end_if_idle(struct partition *partition)
{
    if (partition->idle && !partition_is_busy(partition)) {
        partition->idle(partition->idle_context, partition);
    }
}

static void flush_done(struct loop_job *job)
{
    struct flush *flush = CONTAINER_OF(job, struct flush, job);
    struct partition *partition = flush->partition;
    enum kc_err err = log_flush_end(partition->log, &flush->log_flush);
    partition->flush = NULL;
    if (partition->idle) {
        end_if_idle(partition);
    } else if (err || log_is_failed(partition->log)) {
        partition_fail(partition);
    } else {
        advance(partition, flush->target);
        flush_next(partition);
    }
    free(flush);
}

/* Without memory for the job it is done here and now. */
static void flush_now(struct partition *partition)
{
    if (log_flush(partition->log)) {
        partition_fail(partition);
    } else {
        advance(partition, log_end_offset(partition->log));
    }
}

/* Group commit: everything appended while a job was out goes with the next one. */
static void flush_next(struct partition *partition)
{
    if (partition->flush || partition->flush_target < 0) {
        return;
    }
    struct flush *flush = calloc(1, sizeof(*flush));
    bool needed = true;
    int64_t wanted = partition->flush_target;
    partition->flush_target = -1;
    if (!flush || log_flush_begin(partition->log, &flush->log_flush, &needed)) {
        free(flush);
        flush_now(partition);
        return;
    }
    if (!needed) {
        free(flush);
        advance(partition, log_end_offset(partition->log));
        return;
    }
    flush->job.work = flush_work;
    flush->job.done = flush_done;
    flush->partition = partition;
    /* A job has a limit of files: what it does not reach goes with the next. */
    flush->target = flush->log_flush.recovery_point;
    partition->flush_target = flush->target < wanted ? wanted : -1;
    partition->flush = flush;
    loop_work(partition->loop, &flush->job);
}

enum kc_err partition_append(struct partition *partition, const struct log_append *append,
                             struct log_appended *ret_appended)
{
    if (partition->err) {
        return partition->err;
    }
    if (!partition->is_leader) {
        return KC_ERR_NOT_LEADER_OR_FOLLOWER;
    }
    enum kc_err err = log_append(partition->log, append, ret_appended);
    if (err) {
        return err;
    }
    if (partition->flush || log_flush_is_due(partition->log, append->now_ms)) {
        partition_flush(partition);
    } else {
        advance(partition, log_end_offset(partition->log));
    }
    /* A flush that failed on the spot: whoever appended does not wait yet and was not told. */
    return log_is_failed(partition->log) ? KC_ERR_KAFKA_STORAGE_ERROR : KC_ERR_NONE;
}

void partition_flush(struct partition *partition)
{
    partition->flush_target = log_end_offset(partition->log);
    flush_next(partition);
}

void partition_hold(struct partition *partition)
{
    partition->hold_count++;
}

void partition_unhold(struct partition *partition)
{
    assert(partition->hold_count > 0);
    partition->hold_count--;
    end_if_idle(partition);
}

void partition_tick(struct partition *partition, int64_t now_ms)
{
    if (partition->log && !partition->err && !partition->flush &&
        log_flush_is_due(partition->log, now_ms)) {
        partition_flush(partition);
    }
}

int64_t partition_readable_end(const struct partition *partition, bool read_committed)
{
    return read_committed ? log_last_stable_offset(partition->log)
                          : log_high_watermark(partition->log);
}
