/* log: making what was appended durable. The order: data and indexes, names, leader epochs; only
 * then the recovery point moves. A sync that failed is never asked again: the system may have
 * dropped the pages and would say yes. */
#include "log/log_core.h"

#include <errno.h>
#include <stdlib.h>

int64_t log_unflushed(const struct log *log)
{
    return log_end_offset(log) - log->recovery_point;
}

bool log_flush_is_due(const struct log *log, int64_t now_ms)
{
    int64_t unflushed = log_unflushed(log);
    return unflushed > 0 && (unflushed >= log->options.flush_messages ||
                             now_ms - log->unflushed_since_ms >= log->options.flush_ms);
}

static bool is_synced(const struct log *log, const struct segment *segment)
{
    return segment->next_offset <= log->recovery_point &&
           (!segment->closed || segment->indexes_synced);
}

enum { LOG_FLUSH_INDEXES = 3 }; /* of one segment */

static int open_indexes(struct log_flush *job, const struct segment *segment)
{
    static const char *const suffixes[] = { "index", "timeindex", "txnindex" };
    char path[FILE_PATH_MAX];
    int err = 0;
    for (size_t i = 0; i < ARRAY_COUNT(suffixes) && err == 0; i++) {
        segment_path(segment, suffixes[i], path);
        err = file_open(job->files, path, FILE_WRITE, &job->indexes[job->index_count]);
        if (err == 0) {
            job->index_count++;
        }
        err = err == ENOENT ? 0 : err;
    }
    return err;
}

static int collect(struct log *log, struct log_flush *job)
{
    int64_t point = log_end_offset(log);
    job->indexes_below = INT64_MAX;
    for (size_t i = 0; i < log->segment_count; i++) {
        struct segment *segment = log->segments[i];
        if (!segment->closed) {
            job->indexes_below = MIN_OF(job->indexes_below, segment->base_offset);
        }
        if (is_synced(log, segment)) {
            continue;
        }
        if (job->held_count == LOG_FLUSH_FILES_MAX ||
            job->index_count + LOG_FLUSH_INDEXES > ARRAY_COUNT(job->indexes)) {
            point = segment->base_offset; /* the rest comes with the next flush */
            job->indexes_below = MIN_OF(job->indexes_below, point);
            break;
        }
        int err = segment->closed && !segment->indexes_synced ? open_indexes(job, segment) : 0;
        if (err == 0 && segment->next_offset > log->recovery_point) {
            err = segment_open(segment, &log->dir->cache);
            if (err == 0) {
                job->held[job->held_count++] = segment->cached;
                cached_file_take(segment->cached);
            }
        }
        if (err != 0) {
            return err;
        }
    }
    job->recovery_point = point;
    return 0;
}

/* Nothing was ever in it: should its names get lost, the next start makes it again. */
static bool is_blank(const struct log *log)
{
    return log_end_offset(log) == 0 && log->generation == 0;
}

/* One sync of the log directory is for all logs that were made in it before. */
static bool is_parent_dirty(const struct log *log)
{
    return log->parent_dirty &&
           (log->parent_mark == 0 || log->parent_mark > log->dir->names_synced);
}

static int collect_names(struct log *log, struct log_flush *job)
{
    char path[FILE_PATH_MAX];
    bytes_init(&job->epochs_text, CHECKPOINT_BYTES_MAX);
    if (is_blank(log)) {
        return 0;
    }
    job->parent_mark = log->dir->names_made;
    if (log->directory_dirty && !(job->directory = slice_dup_text(slice_text(log->directory)))) {
        return ENOMEM;
    }
    if (is_parent_dirty(log) && !(job->parent = slice_dup_text(slice_text(log->dir->path)))) {
        return ENOMEM;
    }
    if (log->epochs.dirty) {
        log_file_path(log, "leader-epoch-checkpoint", path);
        job->epochs_path = slice_dup_text(slice_text(path));
        if (!job->epochs_path ||
            !checkpoint_show_epochs(log->epochs.entries, log->epochs.count, &job->epochs_text)) {
            return ENOMEM;
        }
    }
    return 0;
}

static void drop_job(struct log_flush *job)
{
    for (size_t i = 0; i < job->held_count; i++) {
        cached_file_drop(job->held[i]);
    }
    for (size_t i = 0; i < job->index_count; i++) {
        file_close(job->files, job->indexes[i]);
    }
    free(job->directory);
    free(job->parent);
    free(job->epochs_path);
    bytes_finish(&job->epochs_text);
    memset(job, 0, sizeof(*job));
}

enum kc_err log_flush_begin(struct log *log, struct log_flush *ret_job, bool *ret_needed)
{
    struct log_flush *job = ret_job;
    enum kc_err err = log_usable(log);
    if (err != KC_ERR_NONE) {
        return err;
    }
    if (log->flushing) {
        return KC_ERR_WRONG_STATE;
    }
    memset(job, 0, sizeof(*job));
    job->log = log;
    job->files = log->files;
    job->generation = log->generation;
    int system_error = collect(log, job);
    if (system_error == 0) {
        system_error = collect_names(log, job);
    }
    if (system_error != 0) {
        drop_job(job);
        return log_report(log, "open for sync in", log->directory, system_error);
    }
    *ret_needed = job->held_count > 0 || job->directory || job->parent || job->epochs_path;
    if (!*ret_needed) {
        drop_job(job);
        return KC_ERR_NONE;
    }
    /* What changes from here on is for the next job. */
    log->epochs.dirty = false;
    log->directory_dirty = false;
    log->parent_dirty = false;
    log->flushing = true;
    return KC_ERR_NONE;
}

void log_flush_run(struct log_flush *job)
{
    int err = 0;
    for (size_t i = 0; i < job->held_count && err == 0; i++) {
        err = file_sync(job->files, job->held[i]->file);
    }
    for (size_t i = 0; i < job->index_count && err == 0; i++) {
        err = file_sync(job->files, job->indexes[i]);
    }
    if (err == 0 && job->epochs_path) {
        err = file_replace(job->files, job->epochs_path, bytes_slice(&job->epochs_text));
        job->full = err == ENOSPC || err == EDQUOT;
        err = job->full ? 0 : err;
    }
    /* The replacement has synced it already. */
    if (err == 0 && job->directory && (!job->epochs_path || job->full)) {
        err = file_sync_directory(job->files, job->directory);
    }
    if (err == 0 && job->parent) {
        err = file_sync_directory(job->files, job->parent);
    }
    job->system_error = err;
}

enum kc_err log_flush_end(struct log *log, struct log_flush *job)
{
    enum kc_err code = KC_ERR_NONE;
    log->flushing = false;
    if (job->system_error != 0) {
        log->dir->failed = true;
        code = log_report(log, "sync", log->directory, job->system_error);
    } else if (job->full) {
        log->epochs.dirty = true;
        code = log_report(log, "write", job->epochs_path, ENOSPC);
    } else if (job->generation == log->generation) {
        log->dir->names_synced = MAX_OF(log->dir->names_synced, job->parent ? job->parent_mark : 0);
        log->recovery_point = MAX_OF(log->recovery_point, job->recovery_point);
        for (size_t i = 0; i < log->segment_count; i++) {
            struct segment *segment = log->segments[i];
            segment->indexes_synced =
                segment->indexes_synced ||
                (segment->closed && segment->base_offset < job->indexes_below);
        }
    }
    drop_job(job);
    return code;
}

enum kc_err log_flush(struct log *log)
{
    struct log_flush job;
    bool needed = true;
    enum kc_err err = KC_ERR_NONE;
    while (err == KC_ERR_NONE) {
        err = log_flush_begin(log, &job, &needed);
        if (err != KC_ERR_NONE || !needed) {
            break;
        }
        log_flush_run(&job);
        err = log_flush_end(log, &job);
    }
    return err;
}
