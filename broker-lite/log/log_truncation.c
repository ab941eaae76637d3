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
    return log->files->list(log->files->context, log->directory, remove_snapshot, &removal);
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
    (void)log_set_high_watermark(log, log->high_watermark);
    return code;
}

enum kc_err log_truncate_to(struct log *log, int64_t offset)
{
    struct segment_place place = { 0 };
    int system_error = 0;
    enum kc_err err = log_usable(log);
    if (err != KC_ERR_NONE || offset >= log_end_offset(log)) {
        return err;
    }
    if (offset < log->segments[0]->base_offset) {
        return log_truncate_fully(log, offset);
    }
    size_t keep = log_floor(log, offset);
    system_error = log_drop_segments(log, keep + 1);
    struct segment *active = log_active(log);
    if (system_error == 0) {
        system_error = segment_open(active, &log->dir->cache);
    }
    if (system_error != 0) {
        return log_report(log, "truncate", log->directory, system_error);
    }
    err = segment_find(active, offset, &place, &system_error);
    if (err == KC_ERR_NONE) {
        /* An offset inside a batch takes the whole batch with it. */
        offset = MIN_OF(offset, place.base_offset);
        system_error = segment_truncate(active, place.base_offset, place.position);
        if (system_error == 0) {
            system_error = log_truncate_aborted(log, active, offset);
        }
    } else if (err != KC_ERR_WOULD_BLOCK) {
        return log_report(log, "truncate", log->directory, system_error != 0 ? system_error : EIO);
    }
    active->closed = false;
    if (system_error != 0) {
        log->dir->failed = true;
        return log_report(log, "truncate", log->directory, system_error);
    }
    return after_cut(log, offset);
}

enum kc_err log_truncate_fully(struct log *log, int64_t offset)
{
    enum kc_err code = log_usable(log);
    if (code != KC_ERR_NONE) {
        return code;
    }
    if (offset < 0) {
        return KC_ERR_INVALID;
    }
    /* The new one comes first when its name is free, so that the list is never left empty. */
    int err = log_drop_segments(log, 1);
    struct segment *first = log->segments[0];
    if (err == 0) {
        err = segment_remove(first);
    }
    if (err == 0) {
        log->segment_count = 0;
        err = log_add_segment(log, offset, first->created_ms);
        if (err != 0) {
            log->segment_count = 1; /* its files are gone: nothing may be written to it */
            log->dir->failed = true;
        } else {
            segment_destroy(first, &log->dir->cache);
        }
    }
    if (err != 0) {
        return log_report(log, "truncate", log->directory, err);
    }
    log->start_offset = offset;
    log->high_watermark = offset;
    log->recovery_point = MIN_OF(log->recovery_point, offset);
    epochs_truncate_end(&log->epochs, 0);
    err = log_remove_snapshots_above(log, -1);
    if (err != 0) {
        return log_report(log, "truncate", log->directory, err);
    }
    return after_cut(log, offset);
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
