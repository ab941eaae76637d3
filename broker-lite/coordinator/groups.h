/* coordinator: all groups that this broker coordinates, and their committed offsets. State lives in
 * __consumer_offsets; memory is its image. Owner thread only. */
#ifndef COORDINATOR_GROUPS_H
#define COORDINATOR_GROUPS_H

#include "base/clock.h"
#include "base/random.h"
#include "base/trace.h"
#include "controller/image.h"
#include "coordinator/group_classic.h"
#include "coordinator/group_next.h"
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
    int64_t expiry_check_ms;            /* offsets.retention.check.interval.ms */
    int32_t next_session_ms;            /* group.consumer.session.timeout.ms */
    int32_t next_heartbeat_ms;          /* group.consumer.heartbeat.interval.ms */
    int32_t next_assignment_ms;         /* group.consumer.assignment.interval.ms */
    int32_t next_size_max;              /* group.consumer.max.size */
    const char *next_assignors;         /* group.consumer.assignors */
    bool next_may_upgrade;              /* group.consumer.migration.policy */
    bool next_may_downgrade;
};

/* NULL when memory is out. */
struct groups *groups_create(const struct groups_options *options);

/* Parked calls must have been cancelled before (their sessions are closed). NULL is fine. */
void groups_destroy(struct groups *groups);

/* group.consumer.assignment.interval.ms was altered; counts from the next heartbeat on. */
void groups_set_assignment_ms(struct groups *groups, int32_t assignment_ms);

/* A change of the image, after partitions_follow: loads a partition of __consumer_offsets that this
 * broker now leads, drops what it lost; a removed topic's offsets go too. */
void groups_follow(struct groups *groups, const struct image_change *change);

/* The broker stops: what is being read back ends soon. */
void groups_load_end(struct groups *groups);

/* Session timeouts, rebalance deadlines and offset expiry that are due. The server calls it every
 * GROUPS_TICK_MS; groups may use timers of their own as well. */
enum { GROUPS_TICK_MS = 100 };
void groups_tick(struct groups *groups);

/* ---- what the handlers ask ---- */

/* May this broker answer for the group now? KC_ERR_INVALID_GROUP_ID,
 * KC_ERR_COORDINATOR_NOT_AVAILABLE (no __consumer_offsets yet),
 * KC_ERR_COORDINATOR_LOAD_IN_PROGRESS, KC_ERR_NOT_COORDINATOR. */
enum kc_err groups_check(const struct groups *groups, struct slice group_id);
/* The same for what members ask: a group of members has a name. */
enum kc_err groups_check_named(const struct groups *groups, struct slice group_id);

/* A partition of __consumer_offsets that is led here could not be read back: its groups get
 * KC_ERR_NOT_COORDINATOR. */
bool groups_are_unreadable(const struct groups *groups, int32_t partition);

/* True while a partition of __consumer_offsets is read back: lists are not complete. */
bool groups_are_loading(const struct groups *groups);

/* NULL when there is no such group. */
struct group *groups_find(const struct groups *groups, struct slice group_id);

/* All groups whose coordinator is here, sorted by id, in malloc'ed memory that the caller frees;
 * NULL when memory is out. */
struct group **groups_sorted(const struct groups *groups, size_t *ret_count);

/* See group_join and group_sync; groups_check must have been passed. */
void groups_join(struct groups *groups, const struct group_join *join, struct group_answer *answer);
void groups_join_lost(struct groups *groups, struct slice group_id, struct group_answer *answer);
void groups_sync(struct groups *groups, const struct sync_group_request *request,
                 struct group_answer *answer);
enum kc_err groups_heartbeat(struct groups *groups, const struct heartbeat_request *request);
enum kc_err groups_leave(struct groups *groups, struct slice group_id, struct slice member_id,
                         struct slice instance_id);

/* See group_next_heartbeat; groups_check must have been passed. Makes the group when a member is
 * the first to join it, and takes over a classic group that is empty. */
enum kc_err groups_next_heartbeat(struct groups *groups,
                                  const struct consumer_group_heartbeat_request *request,
                                  const struct next_caller *caller, struct arena *arena,
                                  struct consumer_group_heartbeat_response *ret_response);

/* The settings of consumer groups, for who describes one. */
const struct next_env *groups_next_env(const struct groups *groups);

/* May this member of a consumer group ask for its offsets (OffsetFetch from version 9 on)? */
enum kc_err groups_check_fetch(const struct groups *groups, struct slice group_id,
                               struct slice member_id, int32_t epoch);

/* "Stable", or what else a group of either kind is in. */
const char *groups_state_name(const struct group *group);

/* A change of offsets under way; caller-owned, may be ended early with groups_commit_end. done is
 * called once, maybe before the call returns. */
struct groups_commit {
    struct partition_wait wait;
    int64_t target; /* offset to wait for; 0: done without waiting */
    void (*done)(struct groups_commit *commit, enum kc_err err);
    void *context;
};
void groups_commit_end(struct groups_commit *commit);

/* May this one commit at all (membership, generation)? */
enum kc_err groups_check_commit(struct groups *groups, const struct offset_commit_request *request,
                                int16_t version);

/* Commits; makes the group when a simple consumer is the first to ask. */
void groups_commit(struct groups *groups, struct slice group_id,
                   const struct groups_offset *offsets, size_t count, struct groups_commit *commit);

/* May this transaction commit offsets (membership, generation: KIP-447)? */
enum kc_err groups_check_txn_commit(struct groups *groups,
                                    const struct txn_offset_commit_request *request);

/* The transaction that offsets belong to. */
struct groups_txn {
    int64_t producer_id;
    int16_t epoch;
};

/* Stores offsets that count when their transaction is committed; done is called when they are
 * stored. */
void groups_commit_txn(struct groups *groups, struct slice group_id, const struct groups_txn *txn,
                       const struct groups_offset *offsets, size_t count,
                       struct groups_commit *commit);

/* A marker is in the log of this partition of __consumer_offsets: what the producer's transaction
 * has committed to groups there counts from now on, or is dropped. */
void groups_complete_txn(struct groups *groups, int32_t partition, int64_t producer_id,
                         bool commit);

/* Does a transaction under way commit this one (KIP-447: readers that ask for stable offsets wait
 * for its end)? */
bool groups_offset_is_unstable(const struct group *group, struct slice topic, int32_t partition);

/* The partition of __consumer_offsets that keeps the group; NULL while there is none. */
struct partition *groups_partition(const struct groups *groups, struct slice group_id);

/* Removes committed offsets (those with offset -1 in the list are skipped). */
void groups_forget(struct groups *groups, struct group *group, const struct groups_offset *offsets,
                   size_t count, struct groups_commit *commit);

/* The committed offset, or NULL. */
const struct group_offset *groups_offset_of(const struct group *group, struct slice topic,
                                            int32_t partition);

/* Deletes an empty group with its offsets. KC_ERR_GROUP_ID_NOT_FOUND, KC_ERR_NON_EMPTY_GROUP, or
 * why it cannot be stored. */
enum kc_err groups_delete(struct groups *groups, struct slice group_id);

int32_t groups_offset_metadata_max(const struct groups *groups);
bool groups_session_is_valid(const struct groups *groups, int32_t session_ms);

#endif
