/* log: defaults and ranges of the topic settings, Kafka 4.3's. */
#include "log/log_options.h"

#include "compress/codec.h"

#define HOUR_MS ((int64_t)3600 * 1000)

void log_options_init(struct log_options *ret_options)
{
    *ret_options = (struct log_options){
        .segment_bytes = 1024 * 1024 * 1024,
        .segment_ms = 7 * 24 * HOUR_MS,
        .segment_index_bytes = 10 * 1024 * 1024,
        .flush_messages = INT64_MAX,
        .flush_ms = INT64_MAX,
        .retention_bytes = -1,
        .retention_ms = 7 * 24 * HOUR_MS,
        .max_message_bytes = 1024 * 1024 + 12,
        .index_interval_bytes = 4096,
        .file_delete_delay_ms = 60 * 1000,
        .delete_retention_ms = 24 * HOUR_MS,
        .max_compaction_lag_ms = INT64_MAX,
        .min_cleanable_dirty_ratio = 0.5,
        .cleanup_policy_delete = true,
        .message_timestamp_before_max_ms = INT64_MAX,
        .message_timestamp_after_max_ms = HOUR_MS,
        .compression_type = -1,
        .gzip_level = -1,
        .lz4_level = 9,
        .zstd_level = 3,
        .producer_id_expiration_ms = 24 * HOUR_MS,
        .max_transaction_timeout_ms = HOUR_MS / 4,
    };
}

void log_options_set_compression(struct log_options *options, struct slice type)
{
    enum compression codec;
    if (slice_is(type, "producer")) {
        options->compression_type = -1;
    } else if (slice_is(type, "uncompressed")) {
        options->compression_type = COMPRESSION_NONE;
    } else if (compression_parse(type, &codec) && codec != COMPRESSION_NONE) {
        options->compression_type = (int8_t)codec;
    }
}

bool log_options_are_valid(const struct log_options *options, const char **ret_name)
{
    const struct {
        const char *name;
        int64_t value;
        int64_t min;
    } rows[] = {
        /* Kafka asks for 1 MiB since 4.0 (KIP-1030) and lets its own tests go below, as we do. */
        { "segment.bytes", options->segment_bytes, 14 },
        { "segment.ms", options->segment_ms, 1 },
        { "segment.jitter.ms", options->segment_jitter_ms, 0 },
        { "segment.index.bytes", options->segment_index_bytes, 4 },
        { "flush.messages", options->flush_messages, 1 },
        { "flush.ms", options->flush_ms, 0 },
        { "retention.bytes", options->retention_bytes, INT64_MIN },
        { "retention.ms", options->retention_ms, -1 },
        { "max.message.bytes", options->max_message_bytes, 0 },
        { "index.interval.bytes", options->index_interval_bytes, 0 },
        { "file.delete.delay.ms", options->file_delete_delay_ms, 0 },
        { "delete.retention.ms", options->delete_retention_ms, 0 },
        { "min.compaction.lag.ms", options->min_compaction_lag_ms, 0 },
        { "max.compaction.lag.ms", options->max_compaction_lag_ms, 1 },
        { "message.timestamp.before.max.ms", options->message_timestamp_before_max_ms, 0 },
        { "message.timestamp.after.max.ms", options->message_timestamp_after_max_ms, 0 },
        { "producer.id.expiration.ms", options->producer_id_expiration_ms, 1 },
    };
    const char *bad = NULL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !bad; i++) {
        bad = rows[i].value < rows[i].min ? rows[i].name : NULL;
    }
    if (!bad &&
        !(options->min_cleanable_dirty_ratio >= 0 && options->min_cleanable_dirty_ratio <= 1)) {
        bad = "min.cleanable.dirty.ratio";
    }
    if (bad && ret_name) {
        *ret_name = bad;
    }
    return !bad;
}
