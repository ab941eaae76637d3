/* log: opening what is on disk. After a clean end the files are believed and only looked over; else
 * every segment that may hold unsynced bytes is read batch by batch. A bad batch at or above the
 * recovery point is the torn end of a crash: the log is cut there. One below it was on disk whole
 * once: that is damage, and nothing is changed. Every step can be cut off and done again. */
#include "log/batch_walk.h"
#include "log/log_core.h"
#include "log/log_leftovers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOG_RECOVERY_CHUNK = 1024 * 1024 };

struct recovery {
    struct log *log;
    const struct log_open *open;
    struct kc_error *error;
    struct log_opened opened;
    int64_t recovery_point; /* INT64_MAX after a clean end: nothing may be cut */
    size_t scan_from;       /* the first segment to be read */
    bool epochs_lost;
};

static enum kc_err explain(const struct recovery *recovery, enum kc_err code, const char *format,
                           ...) BASE_PRINTF(3, 4);

static enum kc_err explain(const struct recovery *recovery, enum kc_err code, const char *format,
                           ...)
{
    if (recovery->error) {
        va_list arguments;
        va_start(arguments, format);
        recovery->error->code = code;
        (void)vsnprintf(recovery->error->text, sizeof(recovery->error->text), format, arguments);
        va_end(arguments);
    }
    return code;
}

static enum kc_err explain_errno(const struct recovery *recovery, const char *path,
                                 int system_error)
{
    return log_explain(recovery->error, path, system_error);
}

/* Segments for the data files that were found, sizes filled. */
static enum kc_err add_segments(struct recovery *recovery, const struct log_leftovers *found)
{
    struct log *log = recovery->log;
    char path[FILE_PATH_MAX];
    log->segments = calloc(found->count + 1, sizeof(*log->segments));
    if (!log->segments) {
        return KC_ERR_NO_MEMORY;
    }
    log->segment_capacity = found->count + 1;
    for (size_t i = 0; i < found->count; i++) {
        struct file_info info;
        struct segment *segment = segment_create(log->files, log->directory, found->bases[i],
                                                 log->options.segment_index_bytes);
        if (!segment) {
            return KC_ERR_NO_MEMORY;
        }
        log->segments[log->segment_count++] = segment;
        segment_path(segment, "log", path);
        int err = log->files->info(log->files->context, path, &info);
        if (err != 0) {
            return explain_errno(recovery, path, err);
        }
        segment->size = info.size;
        segment->created_ms = info.modified_ms;
        segment->closed = i + 1 < found->count;
        segment->indexes_synced = true;
    }
    return KC_ERR_NONE;
}

/* Takes the indexes of closed segments at their word, and tells where reading must begin. */
static void choose_scan(struct recovery *recovery)
{
    struct log *log = recovery->log;
    size_t from = log->segment_count;
    for (size_t i = 0; i < log->segment_count; i++) {
        struct segment *segment = log->segments[i];
        bool last = i + 1 == log->segment_count;
        bool whole = segment_load_indexes(segment);
        if (!last) {
            segment->next_offset = log->segments[i + 1]->base_offset;
        }
        whole = whole && log_aborted_is_sane(log, segment, last ? INT64_MAX : segment->next_offset);
        /* A recovery point at a segment's begin may be older than the sync of the indexes before
         * it. */
        bool unsynced = last || log->segments[i + 1]->base_offset >= recovery->recovery_point;
        bool is_empty = last && segment->size == 0 && segment->offsets.stored_count == 0 &&
                        segment->times.stored_count == 0;
        if (whole && (recovery->open->clean || is_empty)) {
            continue;
        }
        if ((!whole || unsynced) && from == log->segment_count) {
            from = i;
            trace_log(log->dir->trace, whole ? TRACE_INFO : TRACE_WARN, "log",
                      "%s: recovering from segment %" PRId64 "%s", log->name, segment->base_offset,
                      whole ? "" : " (index missing or damaged)");
        }
    }
    recovery->scan_from = from;
}

/* Cuts the log at a torn batch: later segments first, newest before older, so that a crash in
 * between leaves no hole. */
static enum kc_err cut(struct recovery *recovery, size_t index, int64_t position)
{
    struct log *log = recovery->log;
    struct segment *segment = log->segments[index];
    char path[FILE_PATH_MAX];
    struct file_info info;
    int file = -1;
    for (size_t i = index + 1; i < log->segment_count; i++) {
        recovery->opened.truncated_bytes += log->segments[i]->size;
    }
    segment_path(segment, "log", path);
    int err = log_drop_segments(log, index + 1);
    if (err == 0) {
        err = log->files->info(log->files->context, path, &info);
    }
    if (err == 0 && info.size > position) {
        trace_log(log->dir->trace, TRACE_WARN, "log",
                  "%s: torn end: %" PRId64 " bytes cut at %" PRId64, path, info.size - position,
                  position);
        recovery->opened.truncated_bytes += info.size - position;
        err = file_open(log->files, path, FILE_WRITE, &file);
        if (err == 0) {
            err = file_truncate(log->files, file, position);
            /* Durable before anything is written over it. */
            err = err != 0 ? err : file_sync(log->files, file);
            file_close(log->files, file);
        }
    }
    return err == 0 ? KC_ERR_NONE : explain_errno(recovery, path, err);
}

/* Is this batch what may follow here? */
static bool batch_fits(const struct segment *segment, const struct batch *batch)
{
    return batch->base_offset >= segment->next_offset &&
           batch_last_offset(batch) - segment->base_offset <= INT32_MAX &&
           batch_check_crc(batch) == KC_ERR_NONE;
}

static enum kc_err take_batch(struct recovery *recovery, struct segment *segment,
                              const struct batch *batch, int64_t position)
{
    struct log *log = recovery->log;
    struct producer_txn txn;
    char path[FILE_PATH_MAX];
    enum kc_err code = producers_reserve(&log->producers, batch);
    if (code != KC_ERR_NONE ||
        (batch->partition_leader_epoch > epochs_latest(&log->epochs) &&
         !epochs_assign(&log->epochs, batch->partition_leader_epoch, batch->base_offset))) {
        return KC_ERR_NO_MEMORY;
    }
    int err = 0;
    if (producers_apply(&log->producers, batch, &txn) && txn.aborted) {
        err = log_note_aborted(log, segment, &txn);
    }
    if (err == 0) {
        err = segment_note(segment, batch, position, log->options.index_interval_bytes);
    }
    segment_path(segment, "index", path);
    return err == 0 ? KC_ERR_NONE : explain_errno(recovery, path, err);
}

/* Reads one segment whole and makes its indexes anew. *ret_torn: it was cut, the later ones are
 * gone. */
static enum kc_err scan_segment(struct recovery *recovery, size_t index, bool *ret_torn)
{
    struct log *log = recovery->log;
    struct segment *segment = log->segments[index];
    struct batch_walk walk;
    struct batch batch;
    char path[FILE_PATH_MAX];
    int64_t size = segment->size;
    int64_t position = 0;
    int file = -1;
    segment_path(segment, "log", path);
    int err = segment_reset(segment);
    err = err != 0 ? err : file_open(log->files, path, FILE_READ, &file);
    if (err != 0) {
        return explain_errno(recovery, path, err);
    }
    batch_walk_init(&walk, log->files, file, 0, size, LOG_RECOVERY_CHUNK);
    enum kc_err code;
    while ((code = batch_walk_next(&walk, true, &batch)) == KC_ERR_NONE) {
        if (!batch_fits(segment, &batch)) {
            code = KC_ERR_CORRUPT_MESSAGE;
            break;
        }
        code = take_batch(recovery, segment, &batch, position);
        if (code != KC_ERR_NONE) {
            break;
        }
        position = walk.position;
    }
    recovery->opened.scanned_bytes += position;
    recovery->opened.segments_recovered++;
    err = walk.system_error;
    batch_walk_finish(&walk);
    file_close(log->files, file);
    if (err != 0) {
        return explain_errno(recovery, path, err);
    }
    *ret_torn = code == KC_ERR_CORRUPT_MESSAGE;
    bool is_closed = segment != log->segments[log->segment_count - 1];
    if (*ret_torn && (segment->next_offset < recovery->recovery_point ||
                      (is_closed && recovery->open->synced_unknown))) {
        return explain(recovery, KC_ERR_CORRUPT_FILE,
                       "%s: damaged batch at position %" PRId64 " (offset %" PRId64
                       "), in what was or may have been synced: left as it is",
                       path, position, segment->next_offset);
    }
    return code == KC_ERR_WOULD_BLOCK || *ret_torn ? KC_ERR_NONE : code;
}

/* A hole above the synced part: the end of this segment never reached the disk. Compaction leaves
 * holes too, but only in what it has synced; where nobody knows what that is they stay. */
static bool has_hole(const struct recovery *recovery, size_t index)
{
    const struct log *log = recovery->log;
    int64_t end = log->segments[index]->next_offset;
    return !recovery->open->synced_unknown && index + 1 < log->segment_count &&
           end < log->segments[index + 1]->base_offset && end >= recovery->recovery_point &&
           end >= recovery->open->compacted_offset;
}

static enum kc_err scan(struct recovery *recovery)
{
    struct log *log = recovery->log;
    for (size_t i = recovery->scan_from; i < log->segment_count; i++) {
        struct segment *segment = log->segments[i];
        bool torn = false;
        enum kc_err code = scan_segment(recovery, i, &torn);
        if (code == KC_ERR_NONE && (torn || has_hole(recovery, i))) {
            code = cut(recovery, i, segment->size);
        }
        if (code != KC_ERR_NONE) {
            return code;
        }
        if (i + 1 < log->segment_count) {
            int err = segment_close(segment);
            if (err != 0) {
                return explain_errno(recovery, log->directory, err);
            }
            segment->next_offset = log->segments[i + 1]->base_offset;
        } else {
            segment->closed = false;
        }
    }
    return KC_ERR_NONE;
}

/* After a clean end: the last segment's end is found from its last index entry on. */
static enum kc_err find_end(struct recovery *recovery)
{
    struct log *log = recovery->log;
    struct segment *last = log_active(log);
    struct batch_walk walk;
    struct batch batch;
    char path[FILE_PATH_MAX];
    uint8_t entry[INDEX_FILE_OFFSET_ENTRY];
    int64_t position = 0;
    int file = -1;
    segment_path(last, "index", path);
    if (index_file_last(&last->offsets, log->files, path, entry)) {
        position = (int64_t)load_u32(entry + 4);
    }
    segment_path(last, "log", path);
    int err = file_open(log->files, path, FILE_READ, &file);
    if (err != 0) {
        return explain_errno(recovery, path, err);
    }
    int64_t size = last->size;
    batch_walk_init(&walk, log->files, file, 0, size, SEGMENT_WALK_CHUNK);
    enum kc_err code = batch_walk_next(&walk, false, &batch);
    int64_t first_timestamp = code == KC_ERR_NONE ? batch.max_timestamp : -1;
    walk.position = position;
    while ((code = batch_walk_next(&walk, true, &batch)) == KC_ERR_NONE) {
        if (!batch_fits(last, &batch)) {
            code = KC_ERR_CORRUPT_MESSAGE;
            break;
        }
        /* An interval no batch reaches: nothing is to be added to the index. */
        (void)segment_note(last, &batch, position, INT32_MAX);
        position = walk.position;
    }
    err = walk.system_error;
    batch_walk_finish(&walk);
    file_close(log->files, file);
    last->size = size;
    last->first_timestamp = first_timestamp;
    last->closed = false;
    last->is_settled = last->largest_timestamp == last->time_index_last;
    if (err != 0) {
        return explain_errno(recovery, path, err);
    }
    if (code != KC_ERR_WOULD_BLOCK) {
        return explain(recovery, code == KC_ERR_NO_MEMORY ? code : KC_ERR_CORRUPT_FILE,
                       "%s: damaged batch at position %" PRId64
                       " though the log was closed cleanly: left as it is",
                       path, position);
    }
    return KC_ERR_NONE;
}

static enum kc_err load_epochs(struct recovery *recovery)
{
    struct log *log = recovery->log;
    char path[FILE_PATH_MAX];
    log_file_path(log, "leader-epoch-checkpoint", path);
    enum kc_err err = epochs_load(&log->epochs, log->files, path);
    if (err == KC_ERR_CORRUPT_FILE) {
        trace_log(log->dir->trace, TRACE_WARN, "log", "%s: damaged, made anew", path);
        err = KC_ERR_NONE;
        log->epochs.count = 0;
        log->epochs.dirty = true;
    }
    recovery->epochs_lost =
        err == KC_ERR_NONE && log->epochs.count == 0 && log->segments[0]->size > 0;
    return err == KC_ERR_NONE ? err : explain(recovery, err, "%s: %s", path, kc_err_text(err));
}

static enum kc_err rebuild(struct recovery *recovery, size_t segment_count)
{
    struct log *log = recovery->log;
    int system_error = 0;
    enum kc_err err = log_rebuild_state(log, segment_count, recovery->epochs_lost, &system_error);
    if (err == KC_ERR_IO) {
        return explain_errno(recovery, log->directory, system_error);
    }
    return err == KC_ERR_NONE || err == KC_ERR_NO_MEMORY
               ? err
               : explain(recovery, KC_ERR_CORRUPT_FILE,
                         "%s: a batch below what was synced cannot be read: left as it is",
                         log->directory);
}

static enum kc_err read_segments(struct recovery *recovery)
{
    struct log *log = recovery->log;
    enum kc_err err = load_epochs(recovery);
    if (err != KC_ERR_NONE) {
        return err;
    }
    choose_scan(recovery);
    if (recovery->scan_from < log->segment_count) {
        /* What was before the part that is read; its own sizes are not known yet. */
        err = rebuild(recovery, recovery->scan_from);
        return err == KC_ERR_NONE ? scan(recovery) : err;
    }
    err = find_end(recovery);
    if (err == KC_ERR_CORRUPT_FILE) {
        /* The index may have led astray: the whole segment tells. */
        recovery->scan_from = log->segment_count - 1;
        err = rebuild(recovery, recovery->scan_from);
        return err == KC_ERR_NONE ? scan(recovery) : err;
    }
    return err == KC_ERR_NONE ? rebuild(recovery, log->segment_count) : err;
}

/* Start, high watermark and recovery point, made to fit what was found. */
static enum kc_err settle(struct recovery *recovery)
{
    struct log *log = recovery->log;
    const struct log_open *open = recovery->open;
    int64_t end = log_end_offset(log);
    log->start_offset = MAX_OF(open->log_start_offset, log->segments[0]->base_offset);
    log->recovery_point = open->clean ? end : MIN_OF(MAX_OF(open->recovery_point, 0), end);
    if (log->start_offset > end) {
        /* DeleteRecords went further than what reached the disk. */
        enum kc_err code = log_truncate_fully(log, log->start_offset);
        if (code != KC_ERR_NONE) {
            code = code == KC_ERR_NO_MEMORY ? code : KC_ERR_IO;
            return explain(recovery, code, "%s: cannot begin at offset %" PRId64, log->name,
                           log->start_offset);
        }
    }
    int err = log_remove_snapshots_above(log, log_end_offset(log));
    if (err != 0) {
        return explain_errno(recovery, log->directory, err);
    }
    epochs_truncate_end(&log->epochs, log_end_offset(log));
    epochs_truncate_start(&log->epochs, log->start_offset);
    (void)log_set_high_watermark(log, open->high_watermark);
    return KC_ERR_NONE;
}

enum kc_err log_recover(struct log *log, const struct log_open *open, struct log_opened *ret_opened,
                        struct kc_error *error)
{
    struct recovery recovery = { .log = log, .open = open, .error = error };
    struct log_leftovers found;
    recovery.recovery_point = open->clean ? INT64_MAX : MAX_OF(open->recovery_point, 0);
    int system_error = 0;
    memset(&found, 0, sizeof(found));
    if (log->is_new) {
        log->no_snapshots = true;
    } else {
        system_error = log_leftovers_tidy(log, &found);
        log->no_snapshots = system_error == 0 && found.snapshot_count == 0;
    }
    enum kc_err err = KC_ERR_NONE;
    if (system_error != 0) {
        err = explain_errno(&recovery, log->directory, system_error);
    } else if (found.count > 0) {
        err = add_segments(&recovery, &found);
        if (err == KC_ERR_NONE) {
            err = read_segments(&recovery);
        }
    } else {
        system_error = log_add_segment(log, MAX_OF(open->log_start_offset, 0), open->now_ms);
        if (system_error != 0) {
            err = explain_errno(&recovery, log->directory, system_error);
        }
    }
    log_leftovers_finish(&found);
    if (err == KC_ERR_NONE) {
        err = settle(&recovery);
    }
    if (err == KC_ERR_NONE) {
        *ret_opened = recovery.opened;
    }
    return err;
}
