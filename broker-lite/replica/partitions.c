/* replica: all partitions of this broker. */
#include "replica/partitions_parts.h"

#include "base/clock.h"
#include "base/random.h"

#include <stdlib.h>

enum { PARTITION_KEY_SIZE = 20 };

static void key_of(const struct uuid *topic_id, int32_t index, uint8_t key[PARTITION_KEY_SIZE])
{
    memcpy(key, topic_id->bytes, sizeof(topic_id->bytes));
    store_u32(key + sizeof(topic_id->bytes), (uint32_t)index);
}

static struct slice key_slice(const uint8_t *key)
{
    return slice_of(key, PARTITION_KEY_SIZE);
}

struct partitions *partitions_create(const struct partitions_options *options)
{
    struct partitions *partitions = calloc(1, sizeof(*partitions));
    if (!partitions) {
        return NULL;
    }
    partitions->options = *options;
    map_init(&partitions->by_id, random_next(options->random));
    list_init(&partitions->unassigned);
    partitions_begin_making(partitions);
    partitions->removals = removals_create(options->loop, options->clock, options->trace);
    if (!partitions->removals || !partitions_begin_moves(partitions)) {
        partitions_destroy(partitions);
        return NULL;
    }
    return partitions;
}

void partitions_free_one(struct partition *partition)
{
    while (!list_is_empty(&partition->waits)) {
        list_remove(list_first(&partition->waits));
    }
    list_remove(&partition->unmade);
    list_remove(&partition->unassigned);
    free(partition->topic_name);
    free(partition);
}

void partitions_stop(struct partitions *partitions)
{
    if (partitions) {
        partitions_stop_making(partitions);
        mover_stop(partitions->mover);
        if (partitions->removals) {
            removals_stop(partitions->removals);
        }
    }
}

void partitions_destroy(struct partitions *partitions)
{
    if (!partitions) {
        return;
    }
    size_t position = 0;
    struct partition *partition;
    partitions_stop(partitions);
    while ((partition = map_next(&partitions->by_id, &position))) {
        partitions_free_one(partition);
    }
    map_finish(&partitions->by_id);
    mover_destroy(partitions->mover);
    removals_destroy(partitions->removals);
    free(partitions);
}

bool partitions_is_idle(const struct partitions *partitions)
{
    size_t position = 0;
    const struct partition *partition;
    while ((partition = map_next(&partitions->by_id, &position))) {
        if (partition_is_busy(partition)) {
            return false;
        }
    }
    return partitions->removals_due == 0 && removals_is_idle(partitions->removals);
}

struct partition *partitions_look_up(const struct partitions *partitions,
                                     const struct uuid *topic_id, int32_t index)
{
    uint8_t key[PARTITION_KEY_SIZE];
    key_of(topic_id, index, key);
    return map_get(&partitions->by_id, key_slice(key));
}

struct partition *partitions_take_out(struct partitions *partitions, const struct uuid *topic_id,
                                      int32_t index)
{
    struct partition *partition = partitions_look_up(partitions, topic_id, index);
    if (partition) {
        (void)map_remove(&partitions->by_id, key_slice(partition->key));
    }
    return partition;
}

const struct partition *partitions_peek(const struct partitions *partitions,
                                        const struct image_topic *topic, int32_t index)
{
    return topic ? partitions_look_up(partitions, &topic->id, index) : NULL;
}

/* ---- following the image ---- */

static bool is_replica(const struct image_partition *partition, int32_t node_id)
{
    for (int32_t i = 0; i < partition->replica_count; i++) {
        if (partition->replicas[i] == node_id) {
            return true;
        }
    }
    return false;
}

static struct partition *partition_create(const struct partitions *partitions,
                                          const struct image_topic *topic, int32_t index)
{
    struct partition *partition = calloc(1, sizeof(*partition));
    if (!partition || !(partition->topic_name = slice_dup_text(slice_text(topic->name)))) {
        free(partition);
        return NULL;
    }
    partition->topic = slice_text(partition->topic_name);
    partition->topic_id = topic->id;
    partition->index = index;
    partition->leader = -1;
    partition->leader_epoch = -1;
    partition->flush_target = -1;
    partition->loop = partitions->options.loop;
    list_init(&partition->waits);
    list_init(&partition->unmade);
    list_init(&partition->unassigned);
    partition->is_new = partitions->has_begun;
    key_of(&topic->id, index, partition->key);
    return partition;
}

void partitions_become(struct partitions *partitions, struct partition *partition,
                       const struct image_partition *state)
{
    bool new_epoch = state->leader_epoch > partition->leader_epoch;
    partition->leader = state->leader;
    partition->leader_epoch = state->leader_epoch;
    partition->is_leader = state->leader == partitions->options.node_id;
    partitions_compare_directory(partitions, partition, state);
    if (!partition->log || !partition->is_leader || !new_epoch) {
        return;
    }
    enum kc_err err = log_begin_epoch(partition->log, state->leader_epoch);
    if (err) {
        partitions_refuse(partitions, partition, err);
        return;
    }
    /* The only replica in sync: everything in its log is committed. */
    if (state->isr_count == 1) {
        (void)log_set_high_watermark(partition->log, log_end_offset(partition->log));
        partition_wake(partition);
    }
}

static void follow_partition(struct partitions *partitions, const struct image_topic *topic,
                             int32_t index)
{
    const struct image_partition *state = image_partition(topic, index);
    if (!state || !is_replica(state, partitions->options.node_id)) {
        return;
    }
    struct partition *partition = partitions_look_up(partitions, &topic->id, index);
    if (!partition) {
        partition = partition_create(partitions, topic, index);
        if (!partition ||
            !map_put(&partitions->by_id, key_slice(partition->key), partition, NULL)) {
            if (partition) {
                partitions_free_one(partition);
            }
            partitions_owe(partitions, topic);
            return;
        }
        if (log_manager_state(partitions->options.logs, partition->topic, index) ==
            KC_ERR_UNKNOWN_TOPIC_OR_PARTITION) {
            list_append(&partitions->unmade, &partition->unmade);
            loop_timer_start(&partitions->make_timer, 0);
        } else {
            partitions_open_log(partitions, topic, partition);
        }
    }
    partitions_become(partitions, partition, state);
}

struct partition *partitions_find_by_id(struct partitions *partitions, const struct uuid *topic_id,
                                        int32_t index)
{
    struct partition *partition = partitions_look_up(partitions, topic_id, index);
    if (partition && list_is_linked(&partition->unmade) && !partition->err) {
        partitions_make(partitions, partition);
    }
    return partition;
}

struct partition *partitions_find(struct partitions *partitions, const struct image_topic *topic,
                                  int32_t index)
{
    return topic ? partitions_find_by_id(partitions, &topic->id, index) : NULL;
}

void partitions_follow_all(struct partitions *partitions)
{
    const struct image *image = partitions->options.image;
    const struct image_topic *topic;
    size_t position = 0;
    while ((topic = map_next(&image->topics, &position))) {
        for (int32_t i = 0; i < topic->partition_count; i++) {
            follow_partition(partitions, topic, i);
        }
    }
}

static void follow_settings(struct partitions *partitions, const struct image_topic *topic)
{
    struct log_options options = partitions_options_of(partitions, topic);
    for (int32_t i = 0; i < topic->partition_count; i++) {
        struct partition *partition = partitions_look_up(partitions, &topic->id, i);
        if (partition && partition->log) {
            log_set_options(partition->log, &options);
        }
    }
}

/* What all brokers share has changed: every topic may be touched. */
static void follow_defaults(struct partitions *partitions)
{
    const struct image *image = partitions->options.image;
    const struct image_topic *topic;
    size_t position = 0;
    while ((topic = map_next(&image->topics, &position))) {
        follow_settings(partitions, topic);
    }
}

void partitions_follow(struct partitions *partitions, const struct image_change *change)
{
    switch (change->kind) {
    case IMAGE_PARTITION_CHANGED:
        follow_partition(partitions, change->topic, change->partition);
        break;
    case IMAGE_TOPIC_REMOVED:
        partitions_remove_topic(partitions, change->topic);
        break;
    case IMAGE_SETTINGS_CHANGED:
        if (change->topic) {
            follow_settings(partitions, change->topic);
        } else {
            follow_defaults(partitions);
        }
        break;
    case IMAGE_TOPIC_CREATED:
    case IMAGE_BROKER_CHANGED:
        break;
    }
}

void partitions_report_strays(struct partitions *partitions)
{
    size_t position = 0;
    struct log *log;
    partitions->has_begun = true;
    while ((log = log_manager_next(partitions->options.logs, &position))) {
        const struct image_topic *topic = image_topic(partitions->options.image, log_topic(log));
        if (!partitions_peek(partitions, topic, log_partition(log))) {
            trace_log(partitions->options.trace, TRACE_WARN, "replica",
                      "%s/%s belongs to no topic of this cluster; it is left alone",
                      log_directory(log)->path, log_name(log));
        }
    }
}

void partitions_tick(struct partitions *partitions)
{
    int64_t now_ms = clock_wall_ms(partitions->options.clock);
    size_t position = 0;
    struct partition *partition;
    while ((partition = map_next(&partitions->by_id, &position))) {
        partition_tick(partition, now_ms);
    }
}
