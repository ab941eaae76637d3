/* log: what a log manager does now and then: checkpoints, retention, the choice of what to compact.
 */
#include "log/log_compaction.h"
#include "log/log_core.h"
#include "log/managed_log.h"

#include <errno.h>

static int64_t value_of(const struct log *log, const char *name)
{
    if (strcmp(name, RECOVERY_POINTS) == 0) {
        return log_recovery_point(log);
    }
    if (strcmp(name, CLEANER_OFFSETS) == 0) {
        return log_compacted_offset(log) > 0 ? log_compacted_offset(log) : -1;
    }
    return strcmp(name, START_OFFSETS) == 0 ? log_start_offset(log) : log_high_watermark(log);
}

/* A log that could not be opened keeps the offsets that it was read with. */
static int64_t value_of_refused(const struct log_open *open, const char *name)
{
    if (strcmp(name, RECOVERY_POINTS) == 0) {
        return open->recovery_point;
    }
    if (strcmp(name, CLEANER_OFFSETS) == 0) {
        return open->compacted_offset > 0 ? open->compacted_offset : -1;
    }
    return strcmp(name, START_OFFSETS) == 0 ? open->log_start_offset : open->high_watermark;
}

static void note_checkpointed(struct log_manager *manager, const struct log_dir *dir)
{
    size_t position = 0;
    struct managed_log *managed;
    while ((managed = map_next(&manager->logs, &position))) {
        if (managed->dir == dir && managed->log) {
            managed->log->checkpointed_offset = managed->log->recovery_point;
        }
    }
}

enum kc_err managed_dir_checkpoint(struct log_manager *manager, struct log_dir *dir,
                                   const char *name)
{
    struct checkpoint checkpoint = { 0 };
    char path[FILE_PATH_MAX];
    size_t position = 0;
    const struct managed_log *managed;
    bool good = true;
    while (good && (managed = map_next(&manager->logs, &position))) {
        int64_t offset = managed->log ? value_of(managed->log, name)
                                      : value_of_refused(&managed->load.open, name);
        if (managed->dir == dir && offset >= 0) {
            good = checkpoint_add(&checkpoint, managed->load.open.topic,
                                  managed->load.open.partition, offset);
        }
    }
    (void)file_path(path, dir->path, name);
    int err = good ? checkpoint_write(manager->files, path, &checkpoint) : ENOMEM;
    checkpoint_finish(&checkpoint);
    if (err == 0 && strcmp(name, RECOVERY_POINTS) == 0) {
        note_checkpointed(manager, dir);
    }
    return err == 0 ? KC_ERR_NONE : log_dir_fail(dir, "write", path, err);
}

enum kc_err log_manager_checkpoint(struct log_manager *manager)
{
    enum kc_err first = KC_ERR_NONE;
    for (size_t i = 0; i < manager->dir_count; i++) {
        struct managed_dir *dir = &manager->dirs[i];
        const char *const names[] = { RECOVERY_POINTS, START_OFFSETS, HIGH_WATERMARKS };
        for (size_t k = 0; k < ARRAY_COUNT(names) && dir->open && !dir->dir.failed; k++) {
            enum kc_err err = managed_dir_checkpoint(manager, &dir->dir, names[k]);
            first = first != KC_ERR_NONE ? first : err;
        }
    }
    return first;
}

enum kc_err log_manager_checkpoint_compacted(struct log_manager *manager, const struct log *log)
{
    return log->dir->failed ? KC_ERR_KAFKA_STORAGE_ERROR
                            : managed_dir_checkpoint(manager, log->dir, CLEANER_OFFSETS);
}

/* Overdue ones first, then the one of which the greatest part is dirty. */
static double urgency(const struct log_dirt *dirt)
{
    return (double)dirt->dirty_bytes / (double)(dirt->dirty_bytes + dirt->clean_bytes) +
           (dirt->is_overdue ? 1 : 0);
}

struct log *log_manager_dirtiest(const struct log_manager *manager, int64_t now_ms,
                                 struct log_dirt *ret_dirt)
{
    size_t position = 0;
    struct log_dirt dirt;
    struct log *log;
    struct log *best = NULL;
    double most = 0;
    while ((log = log_manager_next(manager, &position))) {
        if (log_compaction_is_due(log, now_ms, &dirt) && (!best || urgency(&dirt) > most)) {
            best = log;
            most = urgency(&dirt);
            *ret_dirt = dirt;
        }
    }
    return best;
}

void log_manager_tick(struct log_manager *manager, int64_t now_ms)
{
    size_t position = 0;
    struct log *log;
    while ((log = log_manager_next(manager, &position))) {
        if (log_tick(log, now_ms) == KC_ERR_NONE) {
            (void)log_delete_old_segments(log, now_ms, NULL);
            log_remove_deleted(log, now_ms);
        }
    }
}
