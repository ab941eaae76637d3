/* log: cutting a log at its end (a new leader's history, KIP-101) and at its start (DeleteRecords,
 * KIP-107), and a new leader's epoch. */
#include "log/log_core.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum kc_err log_begin_epoch(struct log *log, int32_t epoch)
{
    enum kc_err err = log_usable(log);
    if (err != KC_ERR_NONE) {
        return err;
    }
    if (epoch > epochs_latest(&log->epochs) &&
        !epochs_assign(&log->epochs, epoch, log_end_offset(log))) {
        return KC_ERR_NO_MEMORY;
    }
    return KC_ERR_NONE;
}

struct snapshot_removal {
    struct log *log;
    int64_t offset; /* snapshots above it go */
};

static int remove_snapshot(void *visitor, const char *name, enum file_kind kind)
{
    const struct snapshot_removal *removal = visitor;
    char path[FILE_PATH_MAX];
    char *end = NULL;
    long long offset = strtoll(name, &end, 10);
    if (kind != FILE_KIND_REGULAR || end != name + 20 || strcmp(end, ".snapshot") != 0 ||
        offset <= removal->offset) {
        return 0;
    }
    log_file_path(removal->log, name, path);
    return file_remove(removal->log->files, path);
}

int log_remove_snapshots_above(struct log *log, int64_t offset)
{
    struct snapshot_removal removal = { log, offset };
    return log->no_snapshots
               ? 0
               : log->files->list(log->files->context, log->directory, remove_snapshot, &removal);
}

/* Leader epochs are cut on disk before the log is used again: an epoch that outlived its records
 * would send a later truncation astray. */
static enum kc_err after_cut(struct log *log, int64_t offset)
{
    char path[FILE_PATH_MAX];
    int system_error = 0;
    log->recovery_point = MIN_OF(log->recovery_point, offset);
    log->generation++;
    int err = log_remove_snapshots_above(log, offset);
    if (err == 0) {
        epochs_truncate_end(&log->epochs, offset);
        log_file_path(log, "leader-epoch-checkpoint", path);
        err = epochs_store(&log->epochs, log->files, path);
    }
    if (err != 0) {
        return log_report(log, "truncate", log->directory, err);
    }
    enum kc_err code = log_rebuild_state(log, log->segment_count, false, &system_error);
    if (code == KC_ERR_IO || code == KC_ERR_CORRUPT_MESSAGE) {
        return log_report(log, "read", log->directory, system_error != 0 ? system_error : EIO);
    }
    if (code == KC_ERR_NONE) {
        (void)log_set_high_watermark(log, log->high_watermark);
        log->half_cut = false;
    }
    return code;
}

/* Cuts the last segment and what goes with it. Every step may be done again: a cut that ended half
 * way, for want of memory or room, is ended by the next. */
static enum kc_err cut_active(struct log *log, int64_t offset, int64_t position)
{
    struct segment *active = log_active(log);
    int err = segment_open(active, &log->dir->cache);
    if (err == 0) {
        err = segment_truncate(active, offset, position);
    }
    if (err == 0) {
        err = log_truncate_aborted(log, active, offset);
    }
    if (err != 0) {
        return log_report(log, "truncate", log->directory, err);
    }
    active->closed = false;
    return after_cut(log, offset);
}

enum kc_err log_truncate_to(struct log *log, int64_t offset)
{
    struct segment_place place = { 0 };
    int system_error = 0;
    if (log_is_failed(log)) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    if (offset >= log_end_offset(log)) {
        return log->half_cut ? cut_active(log, log_end_offset(log), log_active(log)->size)
                             : KC_ERR_NONE;
    }
    if (offset < log->segments[0]->base_offset) {
        return log_truncate_fully(log, offset);
    }
    size_t keep = log_floor(log, offset);
    struct segment *last = log->segments[keep];
    system_error = segment_open(last, &log->dir->cache);
    if (system_error != 0) {
        return log_report(log, "truncate", log->directory, system_error);
    }
    enum kc_err err = segment_find(last, offset, &place, &system_error);
    if (err == KC_ERR_WOULD_BLOCK) {
        place = (struct segment_place){ .base_offset = offset, .position = last->size };
    } else if (err == KC_ERR_NO_MEMORY) {
        return err;
    } else if (err != KC_ERR_NONE) {
        return log_report(log, "truncate", log->directory, system_error != 0 ? system_error : EIO);
    }
    log->half_cut = true;
    system_error = log_drop_segments(log, keep + 1);
    if (system_error != 0) {
        return log_report(log, "truncate", log->directory, system_error);
    }
    /* An offset inside a batch takes the whole batch with it. */
    return cut_active(log, MIN_OF(offset, place.base_offset), place.position);
}

enum kc_err log_truncate_fully(struct log *log, int64_t offset)
{
    if (log_is_failed(log)) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    if (offset < 0) {
        return KC_ERR_INVALID;
    }
    log->half_cut = true;
    int err = log_drop_segments(log, 1);
    struct segment *first = log->segments[0];
    if (err == 0) {
        err = segment_open(first, &log->dir->cache);
    }
    if (err == 0) {
        err = segment_truncate(first, first->base_offset, 0);
    }
    /* The new one comes before the old one goes, so that the list is never left empty. */
    if (err == 0 && offset != first->base_offset) {
        err = log_add_segment(log, offset, first->created_ms);
        if (err == 0) {
            err = segment_remove(first);
        }
        if (err == 0) {
            segment_destroy(first, &log->dir->cache);
            log->segments[0] = log->segments[1];
            log->segment_count = 1;
        }
    }
    if (err != 0) {
        return log_report(log, "truncate", log->directory, err);
    }
    log->start_offset = offset;
    log->high_watermark = offset;
    epochs_truncate_end(&log->epochs, 0);
    err = log_remove_snapshots_above(log, -1);
    if (err != 0) {
        return log_report(log, "truncate", log->directory, err);
    }
    return cut_active(log, offset, 0);
}

enum kc_err log_raise_start(struct log *log, int64_t offset)
{
    enum kc_err err = log_usable(log);
    if (err != KC_ERR_NONE || offset <= log->start_offset) {
        return err;
    }
    if (offset > log_end_offset(log)) {
        return KC_ERR_OFFSET_OUT_OF_RANGE;
    }
    log->start_offset = offset;
    epochs_truncate_start(&log->epochs, offset);
    (void)log_set_high_watermark(log, log->high_watermark);
    return KC_ERR_NONE;
}

enum kc_err log_delete_records(struct log *log, int64_t offset)
{
    if (offset > log->high_watermark) {
        return KC_ERR_OFFSET_OUT_OF_RANGE;
    }
    return log_raise_start(log, offset);
}
