/* replica: logs of partitions: opened with them, made a few a turn of the loop, in the directory
 * that the cluster knows them in. One that finds no room (disk, files to open, memory) is tried
 * again by itself, ever more seldom: freeing room is enough. */
#include "replica/partitions_parts.h"

#include "base/clock.h"

enum {
    PARTITIONS_MAKE_MS = 4, /* how long one turn of the loop may make logs */
    PARTITIONS_RETRY_MS_MIN = 100,
    PARTITIONS_RETRY_MS_MAX = 30000,
};

/* Later, with all others that are refused. */
static void retry_later(struct partitions *partitions)
{
    if (!partitions->is_retry_due) {
        int64_t delay_ms = partitions->retry_ms;
        partitions->is_retry_due = true;
        partitions->retry_ms = MIN_OF(2 * delay_ms, (int64_t)PARTITIONS_RETRY_MS_MAX);
        loop_timer_start(&partitions->retry_timer, delay_ms * 1000);
    }
}

void partitions_begin_making(struct partitions *partitions)
{
    struct loop *loop = partitions->options.loop;
    list_init(&partitions->unmade);
    list_init(&partitions->refused);
    partitions->retry_ms = PARTITIONS_RETRY_MS_MIN;
    loop_timer_init(&partitions->make_timer, loop, partitions_on_make, partitions);
    loop_timer_init(&partitions->retry_timer, loop, partitions_on_retry, partitions);
}

void partitions_stop_making(struct partitions *partitions)
{
    loop_timer_finish(&partitions->make_timer);
    loop_timer_finish(&partitions->retry_timer);
    partitions->is_retry_due = true; /* and never comes */
}

/* One that was refused before and waits for room still is told of with the others. */
static void refuse(struct partitions *partitions, struct partition *partition, enum kc_err err,
                   const char *why)
{
    bool may_come = err == KC_ERR_NO_MEMORY || err == KC_ERR_IO;
    partition->err = KC_ERR_KAFKA_STORAGE_ERROR;
    if (!may_come) {
        trace_log(partitions->options.trace, TRACE_ERROR, "replica", "%s-%d cannot be used: %s",
                  partition->topic_name, partition->index, why);
        return;
    }
    if (!partition->is_refused) {
        trace_log(partitions->options.trace, TRACE_ERROR, "replica",
                  "%s-%d answers KAFKA_STORAGE_ERROR: %s; it is tried again by itself%s",
                  partition->topic_name, partition->index, why,
                  err == KC_ERR_NO_MEMORY ? ": make room" : "");
    }
    partition->is_refused = true;
    list_append(&partitions->refused, &partition->unmade);
    retry_later(partitions);
}

void partitions_refuse(struct partitions *partitions, struct partition *partition, enum kc_err err)
{
    list_remove(&partition->unmade);
    refuse(partitions, partition, err, kc_err_text(err));
}

void partitions_owe(struct partitions *partitions, const struct image_topic *topic)
{
    if (!partitions->owes_partitions) {
        trace_log(partitions->options.trace, TRACE_ERROR, "replica",
                  "out of memory for a partition of %s; it is tried again by itself: make room",
                  topic->name);
    }
    partitions->owes_partitions = true;
    retry_later(partitions);
}

/* Finds the log that was loaded, or makes it. A log of an older topic with the same name is moved
 * aside: it is not this topic's data. */
void partitions_open_log(struct partitions *partitions, const struct image_topic *topic,
                         struct partition *partition)
{
    const struct partitions_options *options = &partitions->options;
    const struct image_partition *state = image_partition(topic, partition->index);
    struct log_options log_options = partitions_options_of(partitions, topic);
    struct log_place place = { .is_new = partition->is_new };
    struct log_wanted wanted = { .topic = partition->topic,
                                 .partition = partition->index,
                                 .topic_id = &topic->id,
                                 .options = &log_options,
                                 .place = &place,
                                 .now_ms = clock_wall_ms(options->clock) };
    struct kc_error error = { 0 };
    if (state) {
        place.directory = image_directory(state, options->node_id);
    }
    enum kc_err err = log_manager_create_log(options->logs, &wanted, &partition->log, &error);
    if (err == KC_ERR_INCONSISTENT_TOPIC_ID &&
        !log_manager_set_aside(options->logs, partition->topic, partition->index)) {
        err = log_manager_create_log(options->logs, &wanted, &partition->log, &error);
    }
    if (err) {
        partition->log = NULL;
        refuse(partitions, partition, err, error.text);
        return;
    }
    log_set_options(partition->log, &log_options);
    partitions_resume_move(partitions, partition);
}

void partitions_tell_turn(struct partitions *partitions, const struct partition *partition)
{
    const struct partitions_options *options = &partitions->options;
    const struct image_topic *topic = image_topic_by_id(options->image, &partition->topic_id);
    if (options->turned && topic) {
        options->turned(options->context, topic, partition->index);
    }
}

/* Who keeps something in it reads it now. */
static void come_back(struct partitions *partitions, struct partition *partition)
{
    partition->is_refused = false;
    trace_log(partitions->options.trace, TRACE_INFO, "replica",
              "%s-%d has found room and is served", partition->topic_name, partition->index);
    partitions_tell_turn(partitions, partition);
}

void partitions_make(struct partitions *partitions, struct partition *partition)
{
    const struct image_topic *topic = image_topic(partitions->options.image, partition->topic);
    list_remove(&partition->unmade);
    if (!topic || !uuid_equal(&topic->id, &partition->topic_id)) {
        return; /* on its way out */
    }
    partition->err = KC_ERR_NONE;
    if (!partition->log) {
        partitions_open_log(partitions, topic, partition);
    }
    partition->leader_epoch = -1; /* the log has not heard of it */
    partitions_become(partitions, partition, image_partition(topic, partition->index));
    if (partition->is_refused && !partition->err) {
        come_back(partitions, partition);
    }
}

void partitions_on_make(struct loop_timer *timer)
{
    struct partitions *partitions = timer->context;
    if (list_is_empty(&partitions->unmade)) {
        return; /* somebody asked for all of them meanwhile */
    }
    int64_t end_ms = clock_now_ms(partitions->options.clock) + PARTITIONS_MAKE_MS;
    do {
        partitions_make(partitions,
                        LIST_ITEM(list_first(&partitions->unmade), struct partition, unmade));
    } while (!list_is_empty(&partitions->unmade) &&
             clock_now_ms(partitions->options.clock) < end_ms);
    if (!list_is_empty(&partitions->unmade)) {
        loop_timer_start(timer, 0);
    } else if (list_is_empty(&partitions->refused) && !partitions->owes_partitions) {
        partitions->retry_ms = PARTITIONS_RETRY_MS_MIN;
    }
}

/* The refused ones wait among the new from here on; nobody who looks for one tries it before its
 * turn. */
void partitions_on_retry(struct loop_timer *timer)
{
    struct partitions *partitions = timer->context;
    struct list *first = list_first(&partitions->refused);
    partitions->is_retry_due = false;
    if (partitions->owes_partitions) {
        partitions->owes_partitions = false;
        partitions_follow_all(partitions);
    }
    if (first) {
        const struct partition *partition = LIST_ITEM(first, struct partition, unmade);
        trace_log(partitions->options.trace, TRACE_DEBUG, "replica",
                  "trying %s-%d and all others again that found no room", partition->topic_name,
                  partition->index);
        list_splice(&partitions->unmade, &partitions->refused);
        loop_timer_start(&partitions->make_timer, 0);
    }
}
