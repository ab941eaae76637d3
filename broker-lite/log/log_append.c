/* log: appending. Everything that can fail without the disk is done before the one write; what
 * follows it cannot fail but by the disk. */
#include "log/log_core.h"
#include "log/rejection.h"

#include "record/control.h"

#include <assert.h>

/* The next batch of [*rest]; KC_ERR_WOULD_BLOCK at the end. A part of a batch is damage here. */
static enum kc_err take_batch(struct slice *rest, struct batch *ret_batch)
{
    if (rest->size == 0) {
        return KC_ERR_WOULD_BLOCK;
    }
    enum kc_err err = batch_read(*rest, ret_batch);
    if (err != KC_ERR_NONE) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if (ret_batch->magic != 2) {
        return KC_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT;
    }
    rest->data += ret_batch->bytes.size;
    rest->size -= ret_batch->bytes.size;
    return KC_ERR_NONE;
}

/* What may be said of a batch without the log's state. */
static enum kc_err check_batch(const struct log *log, const struct log_append *append,
                               const struct batch *batch)
{
    const struct log_options *options = &log->options;
    bool has_producer = batch->producer_id != BATCH_NO_PRODUCER_ID;
    if (!append->checked && batch_check_crc(batch) != KC_ERR_NONE) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if (batch->last_offset_delta < 0) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if (append->origin == LOG_ORIGIN_REPLICA) {
        return KC_ERR_NONE;
    }
    if (batch->record_count <= 0 || batch->record_count - 1 != batch->last_offset_delta ||
        batch->producer_id < BATCH_NO_PRODUCER_ID || (has_producer && batch->producer_epoch < 0)) {
        return KC_ERR_INVALID_RECORD;
    }
    if (append->origin == LOG_ORIGIN_CLIENT &&
        (batch_is_control(batch) || (has_producer && batch->base_sequence < 0))) {
        return KC_ERR_INVALID_RECORD;
    }
    if (batch->bytes.size > (size_t)options->max_message_bytes) {
        return KC_ERR_MESSAGE_TOO_LARGE;
    }
    if (append->findings) {
        return rejection_check(options, batch, append->findings, append->now_ms);
    }
    return KC_ERR_NONE;
}

struct survey {
    int64_t next_offset; /* after all */
    int64_t first_offset;
    int64_t max_timestamp;
    bool duplicate;
    struct producer_batch known;
};

static enum kc_err check_place(const struct log_append *append, const struct batch *batch,
                               struct survey *survey)
{
    if (append->origin == LOG_ORIGIN_REPLICA) {
        if (batch->base_offset < survey->next_offset) {
            return KC_ERR_OFFSET_OUT_OF_RANGE;
        }
        if (batch->base_offset > INT64_MAX - 1 - batch->last_offset_delta) {
            return KC_ERR_CORRUPT_MESSAGE;
        }
        survey->next_offset = batch_last_offset(batch) + 1;
    } else {
        survey->next_offset += (int64_t)batch->last_offset_delta + 1;
    }
    return KC_ERR_NONE;
}

static enum kc_err check_all(struct log *log, const struct log_append *append,
                             struct survey *survey)
{
    struct slice rest = slice_of(append->data, append->size);
    struct batch batch;
    const struct producers_origin origin = { append->origin == LOG_ORIGIN_CLIENT,
                                             append->transaction_version };
    size_t count = 0;
    bool has_producer = false;
    enum kc_err err;
    survey->next_offset = log_end_offset(log);
    survey->first_offset = survey->next_offset;
    survey->max_timestamp = -1;
    while ((err = take_batch(&rest, &batch)) == KC_ERR_NONE) {
        err = check_batch(log, append, &batch);
        if (err == KC_ERR_NONE && append->origin != LOG_ORIGIN_REPLICA) {
            err = producers_check(&log->producers, &batch, &origin, &survey->known);
            survey->duplicate = survey->duplicate || err == KC_ERR_DUPLICATE_SEQUENCE_NUMBER;
            err = err == KC_ERR_DUPLICATE_SEQUENCE_NUMBER ? KC_ERR_NONE : err;
        }
        if (err == KC_ERR_NONE) {
            err = check_place(append, &batch, survey);
        }
        if (err != KC_ERR_NONE) {
            return err;
        }
        if (count++ == 0 && append->origin == LOG_ORIGIN_REPLICA) {
            survey->first_offset = batch.base_offset;
        }
        has_producer = has_producer || batch.producer_id != BATCH_NO_PRODUCER_ID;
        survey->max_timestamp = MAX_OF(survey->max_timestamp, batch.max_timestamp);
    }
    if (err != KC_ERR_WOULD_BLOCK) {
        return err;
    }
    if (count == 0 || (count > 1 && has_producer && append->origin != LOG_ORIGIN_REPLICA)) {
        return KC_ERR_INVALID_RECORD;
    }
    if (append->size > (size_t)log->options.segment_bytes) {
        return KC_ERR_RECORD_LIST_TOO_LARGE;
    }
    return KC_ERR_NONE;
}

/* Memory for everything that comes after the write, and the fields that the log decides. */
static enum kc_err prepare(struct log *log, const struct log_append *append)
{
    struct slice rest = slice_of(append->data, append->size);
    struct batch batch;
    int64_t offset = log_end_offset(log);
    if (!epochs_reserve(&log->epochs)) {
        return KC_ERR_NO_MEMORY;
    }
    for (uint8_t *data = append->data; take_batch(&rest, &batch) == KC_ERR_NONE;
         data += batch.bytes.size) {
        enum kc_err err = producers_reserve(&log->producers, &batch);
        if (err != KC_ERR_NONE) {
            return err;
        }
        if (append->origin == LOG_ORIGIN_REPLICA) {
            continue;
        }
        batch_set_base_offset(data, offset);
        batch_set_leader_epoch(data, append->leader_epoch);
        offset += (int64_t)batch.last_offset_delta + 1;
        if (log->options.message_timestamp_type_log_append_time) {
            batch_set_log_append_time(data, batch.bytes.size, append->now_ms);
        }
    }
    return KC_ERR_NONE;
}

static bool is_old(const struct log *log, int64_t timestamp, int64_t now_ms)
{
    const struct segment *active = log_active(log);
    int64_t limit = log->options.segment_ms;
    if (log->options.cleanup_policy_compact) {
        /* Only closed segments are compacted (KIP-354). */
        limit = MIN_OF(limit, log->options.max_compaction_lag_ms);
    }
    limit -= active->jitter_ms;
    if (active->size == 0) {
        return false;
    }
    /* By record time when the records have one, as Kafka; else by the clock. */
    if (active->first_timestamp >= 0 && timestamp >= 0) {
        return timestamp - active->first_timestamp > limit;
    }
    return now_ms - active->created_ms > limit;
}

enum kc_err log_roll(struct log *log, int64_t now_ms)
{
    char path[FILE_PATH_MAX];
    struct segment *active = log_active(log);
    enum kc_err err = log_usable(log);
    if (err != KC_ERR_NONE || active->size == 0) {
        return err;
    }
    log_release_space(log);
    segment_path(active, "index", path);
    err = log_report(log, "write", path, segment_close(active));
    if (err == KC_ERR_NONE) {
        err =
            log_report(log, "write producer snapshot in", log->directory, log_write_snapshot(log));
    }
    if (err == KC_ERR_NONE) {
        err = log_report(log, "add segment in", log->directory,
                         log_add_segment(log, active->next_offset, now_ms));
    }
    return err;
}

/* One write. What a failed one left is cut off, so that a full disk costs this append only. */
static enum kc_err write_all(struct log *log, const struct log_append *append)
{
    char path[FILE_PATH_MAX];
    struct segment *active = log_active(log);
    struct slice part = slice_of(append->data, append->size);
    segment_path(active, "log", path);
    int err = segment_open(active, &log->dir->cache);
    if (err != 0) {
        return log_report(log, "open", path, err);
    }
    err = file_write(log->files, active->cached->file, &part, 1, active->size);
    if (err != 0) {
        enum kc_err code = log_report(log, "write", path, err);
        int undo = file_truncate(log->files, active->cached->file, active->size);
        if (undo != 0) {
            log->dir->failed = true;
            (void)log_report(log, "truncate", path, undo);
        }
        return code;
    }
    return KC_ERR_NONE;
}

static enum kc_err take_in(struct log *log, const struct log_append *append)
{
    struct segment *active = log_active(log);
    struct slice rest = slice_of(append->data, append->size);
    int64_t position = active->size;
    struct batch batch;
    struct producer_txn txn;
    enum kc_err code = KC_ERR_NONE;
    if (log_unflushed(log) <= 0) {
        log->unflushed_since_ms = append->now_ms;
    }
    while (take_batch(&rest, &batch) == KC_ERR_NONE) {
        int err = 0;
        if (batch.partition_leader_epoch >= 0) {
            (void)epochs_assign(&log->epochs, batch.partition_leader_epoch, batch.base_offset);
            (void)epochs_reserve(&log->epochs);
        }
        if (producers_apply(&log->producers, &batch, &txn) && txn.aborted) {
            err = log_note_aborted(log, active, &txn);
            if (err != 0) {
                /* Without it readers would see aborted records: as bad as a lost write. */
                log->dir->failed = true;
                code = log_report(log, "write txnindex in", log->directory, err);
            }
        }
        err = segment_note(active, &batch, position, log->options.index_interval_bytes);
        if (err != 0 && log_report(log, "write index in", log->directory, err) &&
            log->dir->failed) {
            code = KC_ERR_KAFKA_STORAGE_ERROR;
        }
        position += (int64_t)batch.bytes.size;
    }
    return code;
}

enum kc_err log_append(struct log *log, const struct log_append *append,
                       struct log_appended *ret_appended)
{
    struct survey survey = { 0 };
    struct log_appended appended = { .log_append_time = -1, .log_start_offset = log->start_offset };
    enum kc_err err = log_usable(log);
    if (err == KC_ERR_NONE) {
        err = check_all(log, append, &survey);
    }
    if (err != KC_ERR_NONE) {
        return err;
    }
    if (survey.duplicate) {
        appended.duplicate = true;
        appended.last_offset = survey.known.last_offset;
        appended.base_offset = survey.known.last_offset - survey.known.offset_delta;
        if (log->options.message_timestamp_type_log_append_time) {
            appended.log_append_time = survey.known.timestamp;
        }
        *ret_appended = appended;
        return KC_ERR_NONE;
    }
    err = prepare(log, append);
    if (err != KC_ERR_NONE) {
        return err;
    }
    if (segment_is_full(log_active(log), (int64_t)append->size, survey.next_offset - 1,
                        log->options.segment_bytes) ||
        is_old(log, survey.max_timestamp, append->now_ms)) {
        err = log_roll(log, append->now_ms);
    }
    if (err == KC_ERR_NONE) {
        err = write_all(log, append);
    }
    if (err == KC_ERR_NONE) {
        err = take_in(log, append);
    }
    if (err != KC_ERR_NONE) {
        return err;
    }
    appended.base_offset = survey.first_offset;
    appended.last_offset = survey.next_offset - 1;
    if (log->options.message_timestamp_type_log_append_time &&
        append->origin != LOG_ORIGIN_REPLICA) {
        appended.log_append_time = append->now_ms;
    }
    *ret_appended = appended;
    return KC_ERR_NONE;
}
