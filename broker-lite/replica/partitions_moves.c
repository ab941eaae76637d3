/* replica: partitions whose logs move between the directories of this broker. */
#include "replica/partitions_parts.h"

#include "controller/config_resource.h"

#include <stdlib.h>

#define RATE_NAME "replica.alter.log.dirs.io.max.bytes.per.second"

static int64_t rate(void *context)
{
    const struct partitions *partitions = context;
    const struct image *image = partitions->options.image;
    const struct image_settings *own = image_settings_of_broker(image, partitions->options.node_id);
    const char *value = own ? image_setting(own, slice_text(RATE_NAME)) : NULL;
    if (!value) {
        value = image_setting(&image->cluster_settings, slice_text(RATE_NAME));
    }
    return value ? strtoll(value, NULL, 10) : INT64_MAX;
}

static int64_t delete_delay_ms(void *context)
{
    return partitions_defaults_of(context).file_delete_delay_ms;
}

static void moved(void *context, struct partition *partition)
{
    struct partitions *partitions = context;
    const struct image_topic *topic =
        image_topic_by_id(partitions->options.image, &partition->topic_id);
    const struct image_partition *state = image_partition(topic, partition->index);
    if (state) {
        partitions_compare_directory(partitions, partition, state);
    }
}

bool partitions_begin_moves(struct partitions *partitions)
{
    const struct mover_options options = { .loop = partitions->options.loop,
                                           .logs = partitions->options.logs,
                                           .removals = partitions->removals,
                                           .clock = partitions->options.clock,
                                           .trace = partitions->options.trace,
                                           .rate = rate,
                                           .delete_delay_ms = delete_delay_ms,
                                           .moved = moved,
                                           .context = partitions };
    partitions->mover = mover_create(&options);
    return partitions->mover;
}

enum kc_err partitions_move(struct partitions *partitions, struct partition *partition,
                            struct log_dir *dir)
{
    return mover_begin(partitions->mover, partition, dir);
}

void partitions_stop_moves(struct partitions *partitions)
{
    mover_stop(partitions->mover);
}

void partitions_resume_move(struct partitions *partitions, struct partition *partition)
{
    struct log_dir *dir =
        future_log_interrupted(partitions->options.logs, partition->topic, partition->index);
    enum kc_err err = dir ? mover_begin(partitions->mover, partition, dir) : KC_ERR_NONE;
    if (err) {
        trace_log(partitions->options.trace, TRACE_ERROR, "replica",
                  "%s-%d was on its way to %s and stays where it is: %s", partition->topic_name,
                  partition->index, dir->path, kc_err_text(err));
    }
}

const struct log *partitions_future(const struct partitions *partitions,
                                    const struct partition *partition)
{
    return future_log_find(partitions->options.logs, partition->topic, partition->index);
}
