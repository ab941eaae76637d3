/* log: what a topic rejects of single records. A missing key comes before a wrong time, and of the
 * batch a wrong time before a missing key, as in Kafka. */
#include "log/rejection.h"

#include "base/attr.h"

#include <inttypes.h>
#include <stdio.h>

/* Differences are taken without a sign, as no time is too far away to be compared. */
static bool is_early(const struct log_options *options, int64_t timestamp, int64_t now_ms)
{
    return timestamp < now_ms && (uint64_t)now_ms - (uint64_t)timestamp >
                                     (uint64_t)options->message_timestamp_before_max_ms;
}

static bool is_late(const struct log_options *options, int64_t timestamp, int64_t now_ms)
{
    return timestamp > now_ms && (uint64_t)timestamp - (uint64_t)now_ms >
                                     (uint64_t)options->message_timestamp_after_max_ms;
}

static bool claims_append_time(const struct batch *batch)
{
    return (batch->attributes & BATCH_ATTRIBUTE_LOG_APPEND_TIME) != 0;
}

enum kc_err rejection_check(const struct log_options *options, const struct batch *batch,
                            const struct batch_findings *findings, int64_t now_ms)
{
    if (BASE_UNLIKELY(claims_append_time(batch))) {
        return KC_ERR_INVALID_TIMESTAMP;
    }
    if (options->cleanup_policy_compact && findings->has_null_key) {
        return KC_ERR_INVALID_RECORD;
    }
    if (!options->message_timestamp_type_log_append_time &&
        ((findings->min_timestamp != BATCH_NO_TIMESTAMP &&
          is_early(options, findings->min_timestamp, now_ms)) ||
         is_late(options, findings->max_timestamp, now_ms))) {
        return KC_ERR_INVALID_TIMESTAMP;
    }
    return KC_ERR_NONE;
}

void rejection_begin(struct rejection *rejection, const struct log_options *options,
                     const struct batch *batch, struct slice content, int64_t now_ms)
{
    *rejection = (struct rejection){ .options = options,
                                     .now_ms = now_ms,
                                     .claims_append_time = claims_append_time(batch) };
    batch_reader_over(&rejection->reader, batch, content);
}

static enum kc_err judge(const struct rejection *rejection, const struct record *record)
{
    const struct log_options *options = rejection->options;
    if (options->cleanup_policy_compact && slice_is_null(record->key)) {
        return KC_ERR_INVALID_RECORD;
    }
    if (rejection->claims_append_time) {
        return KC_ERR_INVALID_TIMESTAMP;
    }
    if (!options->message_timestamp_type_log_append_time &&
        record->timestamp != BATCH_NO_TIMESTAMP &&
        (is_early(options, record->timestamp, rejection->now_ms) ||
         is_late(options, record->timestamp, rejection->now_ms))) {
        return KC_ERR_INVALID_TIMESTAMP;
    }
    return KC_ERR_NONE;
}

bool rejection_next(struct rejection *rejection, struct rejected_record *ret_rejected)
{
    struct rejected_record rejected;
    while (batch_reader_next(&rejection->reader, &rejected.record) == KC_ERR_NONE) {
        rejected.index = rejection->next_index++;
        rejected.err = judge(rejection, &rejected.record);
        if (rejected.err) {
            *ret_rejected = rejected;
            return true;
        }
    }
    return false;
}

void rejection_text(const struct rejection *rejection, const struct rejected_record *rejected,
                    const char *log_name, char text[REJECTION_TEXT_MAX])
{
    const struct record *record = &rejected->record;
    const struct log_options *options = rejection->options;
    if (rejected->err == KC_ERR_INVALID_RECORD) {
        (void)snprintf(text, REJECTION_TEXT_MAX,
                       "Compacted topic cannot accept message without key in topic partition %s",
                       log_name);
    } else if (rejection->claims_append_time) {
        (void)snprintf(text, REJECTION_TEXT_MAX,
                       "Invalid timestamp type in message DefaultRecord(offset=%" PRId64
                       ", timestamp=%" PRId64 ", key=%zu bytes, value=%zu bytes). Producer should "
                       "not set timestamp type to LogAppendTime.",
                       record->offset, record->timestamp, record->key.size, record->value.size);
    } else {
        uint64_t now = (uint64_t)rejection->now_ms;
        (void)snprintf(text, REJECTION_TEXT_MAX,
                       "Timestamp %" PRId64 " of message with offset %" PRId64
                       " is out of range. The timestamp should be within [%" PRId64 ", %" PRId64
                       "]",
                       record->timestamp, record->offset,
                       (int64_t)(now - (uint64_t)options->message_timestamp_before_max_ms),
                       (int64_t)(now + (uint64_t)options->message_timestamp_after_max_ms));
    }
}
