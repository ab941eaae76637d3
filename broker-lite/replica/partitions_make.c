/* replica: logs of partitions: opened with them, made a few a turn of the loop, in the directory
 * that the cluster knows them in. */
#include "replica/partitions_parts.h"

#include "base/clock.h"

enum { PARTITIONS_MAKE_MS = 4 /* how long one turn of the loop may make logs */ };

static void report_unusable(const struct partitions *partitions, const struct partition *partition,
                            const struct log_place *place, enum kc_err err)
{
    char id[UUID_TEXT_SIZE];
    uuid_show(&place->directory, id);
    trace_log(partitions->options.trace, TRACE_ERROR, "replica",
              "%s-%d cannot be used: %s (its log directory has the id %s)", partition->topic_name,
              partition->index, kc_err_text(err), id);
}

/* Finds the log that was loaded, or makes it. A log of an older topic with the same name is moved
 * aside: it is not this topic's data. */
void partitions_open_log(struct partitions *partitions, const struct image_topic *topic,
                         struct partition *partition)
{
    const struct partitions_options *options = &partitions->options;
    struct log_options log_options = partitions_options_of(partitions, topic);
    int64_t now_ms = clock_wall_ms(options->clock);
    const struct image_partition *state = image_partition(topic, partition->index);
    struct log_place place = { .is_new = partition->is_new };
    if (state) {
        place.directory = image_directory(state, options->node_id);
    }
    enum kc_err err =
        log_manager_create_log(options->logs, partition->topic, partition->index, &topic->id,
                               &log_options, &place, now_ms, &partition->log);
    if (err == KC_ERR_INCONSISTENT_TOPIC_ID &&
        !log_manager_set_aside(options->logs, partition->topic, partition->index)) {
        err = log_manager_create_log(options->logs, partition->topic, partition->index, &topic->id,
                                     &log_options, &place, now_ms, &partition->log);
    }
    if (err) {
        partition->log = NULL;
        partition->err = KC_ERR_KAFKA_STORAGE_ERROR;
        report_unusable(partitions, partition, &place, err);
        return;
    }
    log_set_options(partition->log, &log_options);
    partitions_resume_move(partitions, partition);
}

void partitions_make(struct partitions *partitions, struct partition *partition)
{
    const struct image_topic *topic = image_topic(partitions->options.image, partition->topic);
    list_remove(&partition->unmade);
    if (!topic || !uuid_equal(&topic->id, &partition->topic_id)) {
        return; /* on its way out */
    }
    partitions_open_log(partitions, topic, partition);
    partition->leader_epoch = -1; /* the log has not heard of it */
    partitions_become(partitions, partition, image_partition(topic, partition->index));
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
    }
}
