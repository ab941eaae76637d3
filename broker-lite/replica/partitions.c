/* replica: all partitions of this broker. */
#include "replica/partitions.h"

#include "controller/config_resource.h"

#include "base/clock.h"
#include "base/random.h"

#include <stdlib.h>

enum {
    PARTITION_KEY_SIZE = 20,
    PARTITIONS_MAKE_MS = 4, /* how long one turn of the loop may make logs */
};

struct partitions {
    struct partitions_options options;
    struct map by_id;
    size_t removals;    /* begun and not ended */
    struct list unmade; /* partitions whose logs are to be made */
    struct loop_timer make_timer;
};

/* The directory of a deleted partition, to be removed on a pool thread. */
struct removal {
    struct loop_job job;
    struct partitions *partitions;
    const struct file_system *files;
    char path[FILE_PATH_MAX];
};

static void key_of(const struct uuid *topic_id, int32_t index, uint8_t key[PARTITION_KEY_SIZE])
{
    memcpy(key, topic_id->bytes, sizeof(topic_id->bytes));
    store_u32(key + sizeof(topic_id->bytes), (uint32_t)index);
}

static struct slice key_slice(const uint8_t *key)
{
    return slice_of(key, PARTITION_KEY_SIZE);
}

static void on_make(struct loop_timer *timer);

struct partitions *partitions_create(const struct partitions_options *options)
{
    struct partitions *partitions = calloc(1, sizeof(*partitions));
    if (partitions) {
        partitions->options = *options;
        map_init(&partitions->by_id, random_next(options->random));
        list_init(&partitions->unmade);
        loop_timer_init(&partitions->make_timer, options->loop, on_make, partitions);
    }
    return partitions;
}

static void partition_destroy(struct partition *partition)
{
    while (!list_is_empty(&partition->waits)) {
        list_remove(list_first(&partition->waits));
    }
    list_remove(&partition->unmade);
    free(partition->topic_name);
    free(partition);
}

void partitions_stop(struct partitions *partitions)
{
    if (partitions) {
        loop_timer_finish(&partitions->make_timer);
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
        partition_destroy(partition);
    }
    map_finish(&partitions->by_id);
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
    return partitions->removals == 0;
}

static struct partition *look_up(const struct partitions *partitions, const struct uuid *topic_id,
                                 int32_t index)
{
    uint8_t key[PARTITION_KEY_SIZE];
    key_of(topic_id, index, key);
    return map_get(&partitions->by_id, key_slice(key));
}

const struct partition *partitions_peek(const struct partitions *partitions,
                                        const struct image_topic *topic, int32_t index)
{
    return topic ? look_up(partitions, &topic->id, index) : NULL;
}

/* ---- settings ---- */

static struct log_options options_of(const struct partitions *partitions,
                                     const struct image_topic *topic)
{
    struct log_options options = *partitions->options.defaults;
    const struct image *image = partitions->options.image;
    const struct image_settings *own = image_settings_of_broker(image, partitions->options.node_id);
    partitions_log_defaults(&image->cluster_settings, &options);
    if (own) {
        partitions_log_defaults(own, &options);
    }
    partitions_log_options(&topic->settings, &options);
    return options;
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
    key_of(&topic->id, index, partition->key);
    return partition;
}

/* Finds the log that was loaded, or makes it. A log of an older topic with the same name is moved
 * aside: it is not this topic's data. */
static void open_log(struct partitions *partitions, const struct image_topic *topic,
                     struct partition *partition)
{
    const struct partitions_options *options = &partitions->options;
    struct log_options log_options = options_of(partitions, topic);
    int64_t now_ms = clock_wall_ms(options->clock);
    enum kc_err err = log_manager_create_log(options->logs, partition->topic, partition->index,
                                             &topic->id, &log_options, now_ms, &partition->log);
    if (err == KC_ERR_INCONSISTENT_TOPIC_ID &&
        !log_manager_set_aside(options->logs, partition->topic, partition->index)) {
        err = log_manager_create_log(options->logs, partition->topic, partition->index, &topic->id,
                                     &log_options, now_ms, &partition->log);
    }
    if (err) {
        partition->log = NULL;
        partition->err = KC_ERR_KAFKA_STORAGE_ERROR;
        trace_log(options->trace, TRACE_ERROR, "replica", "%s-%d cannot be used: %s",
                  partition->topic_name, partition->index, kc_err_text(err));
        return;
    }
    log_set_options(partition->log, &log_options);
}

static void become(struct partitions *partitions, struct partition *partition,
                   const struct image_partition *state)
{
    bool new_epoch = state->leader_epoch > partition->leader_epoch;
    partition->leader = state->leader;
    partition->leader_epoch = state->leader_epoch;
    partition->is_leader = state->leader == partitions->options.node_id;
    if (!partition->log || !partition->is_leader || !new_epoch) {
        return;
    }
    if (log_begin_epoch(partition->log, state->leader_epoch)) {
        partition->err = KC_ERR_KAFKA_STORAGE_ERROR;
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
    struct partition *partition = look_up(partitions, &topic->id, index);
    if (!partition) {
        partition = partition_create(partitions, topic, index);
        if (!partition ||
            !map_put(&partitions->by_id, key_slice(partition->key), partition, NULL)) {
            if (partition) {
                partition_destroy(partition);
            }
            trace_log(partitions->options.trace, TRACE_ERROR, "replica",
                      "out of memory for a partition of %s", topic->name);
            return;
        }
        if (log_manager_state(partitions->options.logs, partition->topic, index) ==
            KC_ERR_UNKNOWN_TOPIC_OR_PARTITION) {
            list_append(&partitions->unmade, &partition->unmade);
            loop_timer_start(&partitions->make_timer, 0);
        } else {
            open_log(partitions, topic, partition);
        }
    }
    become(partitions, partition, state);
}

static void make_log(struct partitions *partitions, struct partition *partition)
{
    const struct image_topic *topic = image_topic(partitions->options.image, partition->topic);
    list_remove(&partition->unmade);
    if (!topic || !uuid_equal(&topic->id, &partition->topic_id)) {
        return; /* on its way out */
    }
    open_log(partitions, topic, partition);
    partition->leader_epoch = -1; /* the log has not heard of it */
    become(partitions, partition, image_partition(topic, partition->index));
}

static void on_make(struct loop_timer *timer)
{
    struct partitions *partitions = timer->context;
    if (list_is_empty(&partitions->unmade)) {
        return; /* somebody asked for all of them meanwhile */
    }
    int64_t end_ms = clock_now_ms(partitions->options.clock) + PARTITIONS_MAKE_MS;
    do {
        make_log(partitions, LIST_ITEM(list_first(&partitions->unmade), struct partition, unmade));
    } while (!list_is_empty(&partitions->unmade) &&
             clock_now_ms(partitions->options.clock) < end_ms);
    if (!list_is_empty(&partitions->unmade)) {
        loop_timer_start(timer, 0);
    }
}

struct partition *partitions_find_by_id(struct partitions *partitions, const struct uuid *topic_id,
                                        int32_t index)
{
    struct partition *partition = look_up(partitions, topic_id, index);
    if (partition && list_is_linked(&partition->unmade)) {
        make_log(partitions, partition);
    }
    return partition;
}

struct partition *partitions_find(struct partitions *partitions, const struct image_topic *topic,
                                  int32_t index)
{
    return topic ? partitions_find_by_id(partitions, &topic->id, index) : NULL;
}

static void removal_work(struct loop_job *job)
{
    struct removal *removal = CONTAINER_OF(job, struct removal, job);
    (void)file_remove_tree(removal->files, removal->path);
}

static void removal_done(struct loop_job *job)
{
    struct removal *removal = CONTAINER_OF(job, struct removal, job);
    removal->partitions->removals--;
    free(removal);
}

/* The directory is renamed away at once; what it holds goes on a pool thread. After a crash in
 * between it is found by its name and removed at the next start. */
static void remove_log(struct partitions *partitions, struct partition *partition)
{
    struct removal *removal = calloc(1, sizeof(*removal));
    char path[FILE_PATH_MAX];
    struct log_dir *dir = log_directory(partition->log);
    enum kc_err err =
        log_manager_delete_log(partitions->options.logs, partition->topic, partition->index, path);
    if (err || !removal) {
        trace_log(partitions->options.trace, TRACE_ERROR, "replica", "%s-%d is not removed: %s",
                  partition->topic_name, partition->index,
                  err ? kc_err_text(err) : "out of memory");
        free(removal);
        return;
    }
    memcpy(removal->path, path, sizeof(path));
    removal->files = dir->files;
    removal->partitions = partitions;
    removal->job.work = removal_work;
    removal->job.done = removal_done;
    partitions->removals++;
    loop_work(partitions->options.loop, &removal->job);
}

/* What could not be opened is kept, out of the way of another topic of that name. */
static void keep_refused(struct partitions *partitions, const struct partition *partition)
{
    struct log_manager *logs = partitions->options.logs;
    if (log_manager_state(logs, partition->topic, partition->index) == KC_ERR_KAFKA_STORAGE_ERROR &&
        log_manager_set_aside(logs, partition->topic, partition->index)) {
        trace_log(partitions->options.trace, TRACE_WARN, "replica",
                  "%s-%d was removed as a topic; its log is left where it is",
                  partition->topic_name, partition->index);
    }
}

static void finish_removal(struct partitions *partitions, struct partition *partition)
{
    if (partition->log) {
        remove_log(partitions, partition);
    } else {
        keep_refused(partitions, partition);
    }
    partition_destroy(partition);
}

static void finish_idle(void *context, struct partition *partition)
{
    ((struct partitions *)context)->removals--;
    finish_removal(context, partition);
}

static void follow_removal(struct partitions *partitions, const struct image_topic *topic)
{
    for (int32_t i = 0; i < topic->partition_count; i++) {
        struct partition *partition = look_up(partitions, &topic->id, i);
        if (!partition) {
            continue;
        }
        (void)map_remove(&partitions->by_id, key_slice(partition->key));
        partition->err = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        partition->is_leader = false;
        partition_wake(partition);
        if (partition_is_busy(partition)) {
            partition->idle = finish_idle;
            partition->idle_context = partitions;
            partitions->removals++;
        } else {
            finish_removal(partitions, partition);
        }
    }
}

static void follow_settings(struct partitions *partitions, const struct image_topic *topic)
{
    struct log_options options = options_of(partitions, topic);
    for (int32_t i = 0; i < topic->partition_count; i++) {
        struct partition *partition = look_up(partitions, &topic->id, i);
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
        follow_removal(partitions, change->topic);
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
