/* replica: one partition of this broker: its log, its role, its high watermark, and who waits for
 * it to rise. With one replica the high watermark is the log's end, as soon as what
 * flush.messages/flush.ms ask for is on disk. Owner thread only. */
#ifndef REPLICA_PARTITION_H
#define REPLICA_PARTITION_H

#include "base/list.h"
#include "log/log.h"
#include "net/loop.h"

struct partition;

/* Somebody who wants to know when a partition changes: its high watermark rose, it was removed, or
 * it failed. The owner takes itself out with partition_wait_end; woken may do that, and may free
 * itself. */
struct partition_wait {
    struct list link;
    void (*woken)(struct partition_wait *wait, struct partition *partition);
    void *context;
};

struct partition {
    struct slice topic; /* points into topic_name */
    char *topic_name;
    struct uuid topic_id;
    int32_t index;
    struct log *log;        /* NULL: cannot be used (err tells), or not made yet */
    struct list unmade;     /* its place among those whose log waits to be made, or that found no
                               room (err) */
    struct list unassigned; /* its place among those whose directory is to be told */
    bool is_refused;        /* found no room when it was tried last */
    bool is_new;            /* came after the broker's start: its log lies nowhere yet */
    enum kc_err err;        /* KC_ERR_NONE, KC_ERR_KAFKA_STORAGE_ERROR */
    int32_t leader;         /* node id; -1: none */
    int32_t leader_epoch;
    bool is_leader;       /* this node leads */
    struct list waits;    /* struct partition_wait */
    struct loop *loop;    /* for flush jobs */
    struct flush *flush;  /* the job that is out; NULL: none */
    int64_t flush_target; /* the log's end when a flush became due; -1: none asked */
    int hold_count;       /* jobs besides the flush that work on the log's files */
    void (*idle)(void *context,
                 struct partition *partition); /* called once when the jobs that are out have ended
                                                  (removal waits for them) */
    void *idle_context;
    uint8_t key[20]; /* topic id and index: its place in struct partitions */
};

/* Appends as the leader (see log_append), moves the high watermark and wakes who waits, unless a
 * flush is due: then both happen when the job is done. KC_ERR_NOT_LEADER_OR_FOLLOWER,
 * KC_ERR_KAFKA_STORAGE_ERROR, or as log_append. */
enum kc_err partition_append(struct partition *partition, const struct log_append *append,
                             struct log_appended *ret_appended);

/* Starts a flush when flush.ms says so. Called now and then. */
void partition_tick(struct partition *partition, int64_t now_ms);

/* Brings everything appended to the disk, in a job; what comes meanwhile goes with the next. */
void partition_flush(struct partition *partition);

/* Jobs are out: its log must stay where it is. */
static inline bool partition_is_busy(const struct partition *partition)
{
    return partition->flush || partition->hold_count > 0;
}

/* A job begins and ends that works on the log's files. The end may free the partition. */
void partition_hold(struct partition *partition);
void partition_unhold(struct partition *partition);

/* May this broker answer for the partition as its leader? NULL gives
 * KC_ERR_UNKNOWN_TOPIC_OR_PARTITION; else its err, KC_ERR_NOT_LEADER_OR_FOLLOWER, or what the
 * leader epoch that the client knows means (KIP-320; below 0: it knows none):
 * KC_ERR_FENCED_LEADER_EPOCH, KC_ERR_UNKNOWN_LEADER_EPOCH. */
enum kc_err partition_check_leader(const struct partition *partition, int32_t leader_epoch);

/* A write failed: everybody who waits is told KC_ERR_KAFKA_STORAGE_ERROR. It stays in err when the
 * log has failed, too. */
void partition_fail(struct partition *partition);

void partition_wait_begin(struct partition *partition, struct partition_wait *wait);
/* Harmless when it does not wait. */
void partition_wait_end(struct partition_wait *wait);

/* Wakes all that wait (also when the partition goes away: err is then set before). */
void partition_wake(struct partition *partition);

/* The offset up to which a consumer may read. */
int64_t partition_readable_end(const struct partition *partition, bool read_committed);

#endif
