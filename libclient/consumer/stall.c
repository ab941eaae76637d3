/* consumer: why a partition brings nothing. */
#include "consumer/state.h"

#include <stdio.h>

enum { STALL_SILENCE_US = 1000000 };

static enum kc_stall_reason stall_of_source(struct consumer *consumer,
                                            const struct position *position, struct kc_stall *stall)
{
    const struct source *source = position->source;
    int64_t now_us = loop_now_us(consumer->host.loop);
    struct kc_error error;

    cluster_last_error(consumer->host.cluster, &error);
    if (source->failures > 0 && source->last_err) {
        stall->err = error.code ? error.code : source->last_err;
        return KC_STALL_UNREACHABLE;
    }
    if (now_us < source->throttled_us) {
        return KC_STALL_THROTTLED;
    }
    if (!position->is_asked && !source_has_room(source, position)) {
        return KC_STALL_NO_ROOM;
    }
    if (!source->is_in_flight && budget_room(consumer->host.budget) == 0) {
        return KC_STALL_NO_ROOM;
    }
    return position->offset >= stall->end_offset && stall->end_offset >= 0 ? KC_STALL_END
                                                                           : KC_STALL_NONE;
}

/* It is fetched from nobody. */
static enum kc_stall_reason stall_without_source(struct consumer *consumer,
                                                 const struct position *position,
                                                 struct kc_stall *stall)
{
    struct cluster *cluster = consumer->host.cluster;
    const struct metadata_topic *topic = cluster_topic(cluster, claim_topic(position->claim));
    struct kc_error error;

    cluster_last_error(cluster, &error);
    if (topic && topic->err && topic->err != KC_ERR_LEADER_NOT_AVAILABLE) {
        stall->err = topic->err;
        return KC_STALL_ERROR;
    }
    if (topic && topic->partition_count > 0 &&
        position->claim->partition >= topic->partition_count) {
        stall->err = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        return KC_STALL_ERROR;
    }
    if (error.code && loop_now_us(consumer->host.loop) - consumer->heard_us >= STALL_SILENCE_US) {
        stall->err = error.code;
        return KC_STALL_UNREACHABLE;
    }
    return KC_STALL_LEADER;
}

static enum kc_stall_reason stall_of(struct consumer *consumer, const struct position *position,
                                     struct kc_stall *stall)
{
    stall->err = position->last_err;
    if (position->is_paused) {
        return KC_STALL_PAUSED;
    }
    if (position->state == POSITION_STUCK) {
        return KC_STALL_NEEDS_SEEK;
    }
    if (position->failures > 0 && position->last_err > 0 &&
        !kc_err_is_retriable(position->last_err)) {
        return KC_STALL_ERROR;
    }
    if (!position->source) {
        return stall_without_source(consumer, position, stall);
    }
    if (position->state != POSITION_READY || proof_is_due(position->source, position)) {
        return KC_STALL_POSITION;
    }
    return stall_of_source(consumer, position, stall);
}

void consumer_stall(struct consumer *consumer, struct claim *claim, struct kc_stall *ret_stall)
{
    static const char *const sentences[] = {
        [KC_STALL_NONE] = "records are here or on their way",
        [KC_STALL_PAUSED] = "paused",
        [KC_STALL_POSITION] = "its position is being asked for",
        [KC_STALL_NEEDS_SEEK] = "it waits for a seek",
        [KC_STALL_LEADER] = "no leader is known",
        [KC_STALL_UNREACHABLE] = "its broker cannot be reached",
        [KC_STALL_ERROR] = "its broker refused",
        [KC_STALL_THROTTLED] = "its broker asked to wait",
        [KC_STALL_NO_ROOM] = "prefetched records fill the budget",
        [KC_STALL_END] = "everything was read",
    };
    const struct position *position = claim->position;
    struct kc_stall stall = { .broker_id = -1, .offset = -1 };

    stall.end_offset = atomic_load(&claim->end_offset);
    if (!position) {
        stall.reason = KC_STALL_POSITION;
    } else {
        stall.offset = position->state == POSITION_READY ? position->offset : -1;
        stall.broker_id = position->source ? position->source->broker_id : -1;
        stall.reason = stall_of(consumer, position, &stall);
    }
    (void)snprintf(stall.text, sizeof(stall.text), "%s-%d: %s%s%s", claim->topic, claim->partition,
                   sentences[stall.reason], stall.err ? ": " : "",
                   stall.err ? kc_err_text(stall.err) : "");
    *ret_stall = stall;
}
