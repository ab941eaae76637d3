/* replica: settings of topics and brokers, as a log takes them. */
#include "replica/partitions_parts.h"

#include "controller/config_resource.h"
#include "controller/topic_config.h"

#include <stdlib.h>

static int64_t number(const struct image_settings *settings, const char *name, int64_t otherwise)
{
    const char *value = image_setting(settings, slice_text(name));
    return value ? strtoll(value, NULL, 10) : otherwise;
}

void partitions_log_options(const struct image_settings *settings, struct log_options *options)
{
    const char *policy = image_setting(settings, slice_text("cleanup.policy"));
    const char *time_type = image_setting(settings, slice_text("message.timestamp.type"));
    const char *compression = image_setting(settings, slice_text("compression.type"));
    const char *preallocate = image_setting(settings, slice_text("preallocate"));
    const char *ratio = image_setting(settings, slice_text("min.cleanable.dirty.ratio"));
#define SET(field, name, type) options->field = (type)number(settings, name, options->field)
    SET(segment_bytes, "segment.bytes", int32_t);
    SET(segment_ms, "segment.ms", int64_t);
    SET(segment_jitter_ms, "segment.jitter.ms", int64_t);
    SET(segment_index_bytes, "segment.index.bytes", int32_t);
    SET(flush_messages, "flush.messages", int64_t);
    SET(flush_ms, "flush.ms", int64_t);
    SET(retention_bytes, "retention.bytes", int64_t);
    SET(retention_ms, "retention.ms", int64_t);
    SET(max_message_bytes, "max.message.bytes", int32_t);
    SET(index_interval_bytes, "index.interval.bytes", int32_t);
    SET(file_delete_delay_ms, "file.delete.delay.ms", int64_t);
    SET(delete_retention_ms, "delete.retention.ms", int64_t);
    SET(min_compaction_lag_ms, "min.compaction.lag.ms", int64_t);
    SET(max_compaction_lag_ms, "max.compaction.lag.ms", int64_t);
    SET(message_timestamp_before_max_ms, "message.timestamp.before.max.ms", int64_t);
    SET(message_timestamp_after_max_ms, "message.timestamp.after.max.ms", int64_t);
    SET(gzip_level, "compression.gzip.level", int32_t);
    SET(lz4_level, "compression.lz4.level", int32_t);
    SET(zstd_level, "compression.zstd.level", int32_t);
#undef SET
    if (compression) {
        log_options_set_compression(options, config_trim(slice_text(compression)));
    }
    if (preallocate) {
        options->preallocate = config_is_true(slice_text(preallocate));
    }
    if (policy) {
        options->cleanup_policy_compact = strstr(policy, "compact") != NULL;
        options->cleanup_policy_delete = strstr(policy, "delete") != NULL;
    }
    if (time_type) {
        options->message_timestamp_type_log_append_time =
            slice_is(config_trim(slice_text(time_type)), "LogAppendTime");
    }
    if (ratio) {
        options->min_cleanable_dirty_ratio = strtod(ratio, NULL);
    }
}

void partitions_log_defaults(const struct image_settings *settings, struct log_options *options)
{
    options->producer_id_expiration_ms =
        number(settings, "producer.id.expiration.ms", options->producer_id_expiration_ms);
    for (int32_t i = 0; i < settings->count; i++) {
        for (size_t j = 0; j < topic_config_count; j++) {
            const struct topic_config *row = &topic_config_table[j];
            if (row->broker_name && strcmp(settings->items[i].name, row->broker_name) == 0) {
                struct image_setting one = { .name = (char *)(uintptr_t)row->name,
                                             .value = settings->items[i].value };
                const struct image_settings alone = { .items = &one, .count = 1 };
                partitions_log_options(&alone, options);
            }
        }
    }
}

struct log_options partitions_defaults_of(const struct partitions *partitions)
{
    struct log_options options = *partitions->options.defaults;
    const struct image *image = partitions->options.image;
    const struct image_settings *own = image_settings_of_broker(image, partitions->options.node_id);
    partitions_log_defaults(&image->cluster_settings, &options);
    if (own) {
        partitions_log_defaults(own, &options);
    }
    return options;
}

struct log_options partitions_options_of(const struct partitions *partitions,
                                         const struct image_topic *topic)
{
    struct log_options options = partitions_defaults_of(partitions);
    partitions_log_options(&topic->settings, &options);
    return options;
}
