/* log: what leaves a log by age, size or start offset, and the removal of whole logs. */
#include "log/log_core.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_past_retention(const struct log *log, const struct segment *segment, int64_t excess,
                              int64_t now_ms)
{
    const struct log_options *options = &log->options;
    if (segment->next_offset <= log->start_offset) {
        return true;
    }
    if (!options->cleanup_policy_delete) {
        return false;
    }
    if (options->retention_ms >= 0) {
        int64_t newest =
            segment->largest_timestamp >= 0 ? segment->largest_timestamp : segment->created_ms;
        if (now_ms > newest && now_ms - newest > options->retention_ms) {
            return true;
        }
    }
    return options->retention_bytes >= 0 && excess >= segment->size;
}

static size_t count_old(const struct log *log, int64_t now_ms)
{
    size_t count = 0;
    int64_t excess =
        log->options.retention_bytes >= 0 ? log_size(log) - log->options.retention_bytes : 0;
    while (count < log->segment_count) {
        const struct segment *segment = log->segments[count];
        bool last = count + 1 == log->segment_count;
        /* Never what is not committed, and no empty active segment. */
        if (segment->next_offset > log->high_watermark || (last && segment->size == 0) ||
            !is_past_retention(log, segment, excess, now_ms)) {
            break;
        }
        excess -= segment->size;
        count++;
    }
    return count;
}

bool log_reserve_retired(struct log *log, size_t count)
{
    size_t needed = log->deleted_count + count;
    if (needed > log->deleted_capacity) {
        size_t capacity = MAX_OF(MAX_OF(log->deleted_capacity * 2, (size_t)4), needed);
        void *deleted = realloc(log->deleted, capacity * sizeof(*log->deleted));
        if (!deleted) {
            return false;
        }
        log->deleted = deleted;
        log->deleted_capacity = capacity;
    }
    return true;
}

int log_retire(struct log *log, size_t i, int64_t now_ms)
{
    struct segment *segment = log->segments[i];
    if (!log_reserve_retired(log, 1)) {
        return ENOMEM;
    }
    int err = segment_rename_deleted(segment);
    if (err != 0) {
        return err;
    }
    log->deleted[log->deleted_count++] =
        (struct log_deleted){ segment->base_offset, now_ms + log->options.file_delete_delay_ms };
    segment_destroy(segment, &log->dir->cache);
    log->segment_count--;
    memmove(&log->segments[i], &log->segments[i + 1],
            (log->segment_count - i) * sizeof(*log->segments));
    log->directory_dirty = true;
    return 0;
}

enum kc_err log_delete_old_segments(struct log *log, int64_t now_ms, size_t *ret_count)
{
    enum kc_err code = log_usable(log);
    size_t count = code == KC_ERR_NONE && !log->compacting ? count_old(log, now_ms) : 0;
    if (count > 0 && count == log->segment_count) {
        code = log_roll(log, now_ms); /* the list is never left empty */
    }
    size_t done = 0;
    while (code == KC_ERR_NONE && done < count) {
        /* The start moves first: no read may look for what is being renamed. */
        code = log_raise_start(log, log->segments[0]->next_offset);
        if (code == KC_ERR_NONE) {
            code = log_report(log, "delete segment in", log->directory, log_retire(log, 0, now_ms));
        }
        done += code == KC_ERR_NONE ? 1 : 0;
    }
    if (code == KC_ERR_NONE && ret_count) {
        *ret_count = done;
    }
    return code;
}

void log_remove_deleted(struct log *log, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < log->deleted_count; i++) {
        struct log_deleted *deleted = &log->deleted[i];
        int err = deleted->remove_ms <= now_ms
                      ? segment_remove_deleted(log->directory, log->files, deleted->base_offset)
                      : EAGAIN;
        if (err != 0) {
            log->deleted[kept++] = *deleted;
        }
    }
    log->deleted_count = kept;
}

enum kc_err log_tick(struct log *log, int64_t now_ms)
{
    enum kc_err err = log_usable(log);
    if (err == KC_ERR_NONE) {
        producers_expire(&log->producers, now_ms, log->options.producer_id_expiration_ms);
    }
    return err;
}

enum kc_err log_delete(struct log *log, struct random *random, char *ret_path)
{
    char path[FILE_PATH_MAX];
    char hex[33];
    enum kc_err err = log_usable(log);
    if (err != KC_ERR_NONE) {
        return err;
    }
    for (size_t i = 0; i < 32; i++) {
        hex[i] = "0123456789abcdef"[random_below(random, 16)];
    }
    hex[32] = '\0';
    /* Kafka cuts the name so that the whole fits into 255 bytes. */
    int name_size = (int)MIN_OF(strlen(log->name), (size_t)FILE_NAME_MAX - 32 - 8);
    (void)snprintf(path, sizeof(path), "%s/%.*s.%s-delete", log->dir->path, name_size, log->name,
                   hex);
    for (size_t i = 0; i < log->segment_count; i++) {
        file_cache_evict(&log->dir->cache, &log->segments[i]->cached);
    }
    err = log_report(log, "rename", log->directory, file_rename(log->files, log->directory, path));
    if (err == KC_ERR_NONE) {
        log->gone = true;
        memcpy(ret_path, path, sizeof(path));
    }
    return err;
}
