/* coordinator: all groups that this broker coordinates, and their committed offsets. State lives in
 * __consumer_offsets; memory is its image. Owner thread only. */
#ifndef COORDINATOR_GROUPS_H
#define COORDINATOR_GROUPS_H

#include "base/clock.h"
#include "base/random.h"
#include "base/trace.h"
#include "controller/image.h"
#include "net/loop.h"
#include "replica/partitions.h"

struct groups;

struct groups_options {
    struct loop *loop;
    const struct clock *clock;
    struct random *random;
    const struct trace *trace;
    const struct image *image;
    struct partitions *partitions;
    int32_t offsets_partition_count;    /* offsets.topic.num.partitions, for a topic not made yet */
    int32_t session_ms_min;             /* group.min.session.timeout.ms */
    int32_t session_ms_max;             /* group.max.session.timeout.ms */
    int32_t initial_rebalance_delay_ms; /* group.initial.rebalance.delay.ms */
    int32_t group_size_max;             /* group.max.size */
    int32_t offset_metadata_bytes_max;  /* offset.metadata.max.bytes */
    int64_t offsets_retention_ms;       /* offsets.retention.minutes */
};

/* NULL when memory is out. */
struct groups *groups_create(const struct groups_options *options);

/* Parked calls must have been cancelled before (their sessions are closed). NULL is fine. */
void groups_destroy(struct groups *groups);

/* A change of the image, after partitions_follow: loads a partition of __consumer_offsets that this
 * broker now leads, drops what it lost; a removed topic's offsets go too. */
void groups_follow(struct groups *groups, const struct image_change *change);

/* Session timeouts, rebalance deadlines and offset expiry that are due. The server calls it every
 * GROUPS_TICK_MS; groups may use timers of their own as well. */
enum { GROUPS_TICK_MS = 100 };
void groups_tick(struct groups *groups);

#endif
