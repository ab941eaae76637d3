/* log: the topic settings that a log obeys, under Kafka's names (dots are underscores). */
#ifndef LOG_LOG_OPTIONS_H
#define LOG_LOG_OPTIONS_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_options {
    int32_t segment_bytes;        /* 1 GiB */
    int64_t segment_ms;           /* 7 days */
    int64_t segment_jitter_ms;    /* 0 */
    int32_t segment_index_bytes;  /* 10 MiB */
    int64_t flush_messages;       /* INT64_MAX: never by count */
    int64_t flush_ms;             /* INT64_MAX: never by time */
    int64_t retention_bytes;      /* -1: no limit */
    int64_t retention_ms;         /* 7 days; -1: no limit */
    int32_t max_message_bytes;    /* 1048588 */
    int32_t index_interval_bytes; /* 4096 */
    int64_t file_delete_delay_ms; /* 60 s */
    int64_t delete_retention_ms;  /* 1 day */
    int64_t min_compaction_lag_ms;
    int64_t max_compaction_lag_ms;               /* INT64_MAX */
    double min_cleanable_dirty_ratio;            /* 0.5 */
    bool cleanup_policy_compact;                 /* false */
    bool cleanup_policy_delete;                  /* true */
    bool message_timestamp_type_log_append_time; /* false: CreateTime */
    int64_t message_timestamp_before_max_ms;     /* INT64_MAX: no limit */
    int64_t message_timestamp_after_max_ms;      /* 1 hour (KIP-937) */
    int8_t compression_type;                     /* -1: the producer's; else enum compression */
    int32_t gzip_level;                          /* -1 */
    int32_t lz4_level;                           /* 9 */
    int32_t zstd_level;                          /* 3 */
    bool preallocate;                            /* false */
    int64_t producer_id_expiration_ms;           /* 1 day; a broker setting */
    int64_t max_transaction_timeout_ms;          /* 15 minutes; a broker setting (KIP-360) */
};

/* Kafka 4.3's defaults. */
void log_options_init(struct log_options *ret_options);

/* Takes compression.type: "producer", "uncompressed" or a codec's name; others change nothing. */
void log_options_set_compression(struct log_options *options, struct slice type);

/* False when a value is outside Kafka's range (ret_name, when not NULL, gets the first one's name
 * in Kafka's spelling). */
bool log_options_are_valid(const struct log_options *options, const char **ret_name);

#endif
