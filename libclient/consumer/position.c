/* consumer: where the I/O thread stands in one partition. */
#include "consumer/position.h"

#include <libclient/consumer.h>
#include <stdlib.h>

enum { POSITION_SILENT_FAILURES = 3 };

struct position *position_create(struct claim *claim)
{
    struct position *position = calloc(1, sizeof(*position));

    if (position) {
        list_init(&position->link);
        list_init(&position->source_link);
        claim_take(claim);
        position->claim = claim;
        position->state = POSITION_STUCK;
        position->offset = -1;
        position->leader_epoch = -1;
        position->proven_epoch = -1;
        position->read_replica = -1;
        position->log_start_offset = -1;
        position->last_stable_offset = -1;
        position->high_watermark = -1;
        position->retry_us = INT64_MIN;
        claim->position = position;
    }
    return position;
}

void position_destroy(struct position *position)
{
    if (!position) {
        return;
    }
    list_remove(&position->link);
    list_remove(&position->source_link);
    if (position->claim->position == position) {
        position->claim->position = NULL;
    }
    claim_drop(position->claim);
    free(position);
}

static void position_enter(struct position *position, enum position_state state)
{
    position->state = state;
    position->failures = 0;
    position->last_err = KC_ERR_NONE;
    position->retry_us = INT64_MIN;
    position->proven_epoch = -1;
    position->was_placed = false;
}

static void position_seek_timestamp(struct position *position, int64_t timestamp)
{
    position_enter(position, POSITION_NEEDS_OFFSET);
    position->timestamp = timestamp;
    position->offset = -1;
    position->leader_epoch = -1;
}

static void position_seek_offset(struct position *position, int64_t offset, int32_t leader_epoch)
{
    position_enter(position, POSITION_READY);
    position->offset = offset;
    position->leader_epoch = leader_epoch;
}

enum position_remedy position_reset(struct position *position, const struct position_policy *policy,
                                    int64_t wall_ms)
{
    if (policy->reset_duration_ms > 0) {
        position_seek_timestamp(position, MAX_OF(0, wall_ms - policy->reset_duration_ms));
        return POSITION_RETRY;
    }
    if (policy->reset_timestamp == POSITION_RESET_NONE) {
        position->state = POSITION_STUCK;
        return POSITION_TELL_STUCK;
    }
    position_seek_timestamp(position, policy->reset_timestamp);
    return POSITION_RETRY;
}

enum position_remedy position_start(struct position *position, const struct position_policy *policy,
                                    int64_t offset, int32_t leader_epoch, int64_t wall_ms)
{
    if (offset >= 0) {
        position_seek_offset(position, offset, leader_epoch);
    } else if (offset == KC_OFFSET_EARLIEST) {
        position_seek_timestamp(position, POSITION_EARLIEST);
    } else if (offset == KC_OFFSET_LATEST) {
        position_seek_timestamp(position, POSITION_LATEST);
    } else if (policy->has_group) {
        position_enter(position, POSITION_NEEDS_COMMITTED);
    } else {
        return position_reset(position, policy, wall_ms);
    }
    return POSITION_RETRY;
}

void position_start_at(struct position *position, int64_t timestamp_ms)
{
    position_seek_timestamp(position, timestamp_ms);
}

enum position_remedy position_on_committed(struct position *position,
                                           const struct position_policy *policy, int64_t offset,
                                           int32_t leader_epoch, int64_t wall_ms)
{
    if (offset < 0) {
        return position_reset(position, policy, wall_ms);
    }
    position_seek_offset(position, offset, leader_epoch);
    return POSITION_RETRY;
}

void position_on_offset(struct position *position, int64_t offset, int32_t leader_epoch)
{
    if (offset < 0) {
        position_seek_timestamp(position, POSITION_LATEST);
    } else {
        position_seek_offset(position, offset, leader_epoch);
    }
}

void position_on_fetched(struct position *position, int64_t next_offset, int32_t leader_epoch)
{
    position->offset = next_offset;
    position->leader_epoch = leader_epoch;
    position->proven_epoch = position->told_current_epoch;
    position->failures = 0;
    position->last_err = KC_ERR_NONE;
}

enum position_remedy position_on_error(struct position *position,
                                       const struct position_policy *policy, enum kc_err err,
                                       int64_t now_us, struct random *random)
{
    position->failures++;
    position->last_err = err;
    position->retry_us = now_us + retry_delay_ms(&policy->retry, position->failures, random) * 1000;
    switch (err) {
    case KC_ERR_NOT_LEADER_OR_FOLLOWER:
    case KC_ERR_REPLICA_NOT_AVAILABLE:
    case KC_ERR_KAFKA_STORAGE_ERROR:
    case KC_ERR_FENCED_LEADER_EPOCH:
    case KC_ERR_UNKNOWN_LEADER_EPOCH:
    case KC_ERR_OFFSET_NOT_AVAILABLE:
    case KC_ERR_LEADER_NOT_AVAILABLE:
        return POSITION_REFRESH;
    case KC_ERR_UNKNOWN_TOPIC_OR_PARTITION:
    case KC_ERR_UNKNOWN_TOPIC_ID:
    case KC_ERR_INCONSISTENT_TOPIC_ID:
        /* Brokers learn of new and deleted topics one after the other: only what lasts is told. */
        return position->failures > POSITION_SILENT_FAILURES ? POSITION_TELL_REFRESH
                                                             : POSITION_REFRESH;
    case KC_ERR_UNSTABLE_OFFSET_COMMIT:
    case KC_ERR_UNKNOWN_SERVER_ERROR:
    case KC_ERR_CLOSED:
        return POSITION_RETRY;
    default:
        return kc_err_is_retriable(err) && position->failures <= POSITION_SILENT_FAILURES
                   ? POSITION_RETRY
                   : POSITION_TELL;
    }
}
