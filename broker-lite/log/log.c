/* log: the log as a whole: its making and end, what it tells of itself, its list of segments. */
#include "log/log_core.h"
#include "log/producer_snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOG_SNAPSHOT_BYTES_MAX = 256 * 1024 * 1024 };

bool log_topic_is_valid(struct slice topic)
{
    if (topic.size == 0 || topic.size > LOG_TOPIC_MAX || slice_is(topic, ".") ||
        slice_is(topic, "..")) {
        return false;
    }
    for (size_t i = 0; i < topic.size; i++) {
        uint8_t c = topic.data[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '_' || c == '-';
        if (!good) {
            return false;
        }
    }
    return true;
}

void log_file_path(const struct log *log, const char *name, char ret_path[FILE_PATH_MAX])
{
    (void)file_path(ret_path, log->directory, name);
}

static struct log *make(const struct log_open *open)
{
    struct log *log = calloc(1, sizeof(*log));
    if (!log) {
        return NULL;
    }
    size_t size =
        strlen(open->dir->path) + (open->name ? strlen(open->name) : open->topic.size) + 16;
    log->directory = malloc(size);
    if (!log->directory) {
        free(log);
        return NULL;
    }
    if (open->name) {
        (void)snprintf(log->directory, size, "%s/%s", open->dir->path, open->name);
    } else {
        (void)snprintf(log->directory, size, "%s/%.*s-%" PRId32, open->dir->path,
                       SLICE_ARGS(open->topic), open->partition);
    }
    log->name = log->directory + strlen(open->dir->path) + 1;
    log->topic_size = MIN_OF(open->topic.size, strlen(log->name));
    log->partition = open->partition;
    log->dir = open->dir;
    log->files = open->dir->files;
    log->options = open->options;
    log->snapshot_offset = -1;
    log->unflushed_since_ms = open->now_ms;
    log->compacted_offset = open->compacted_offset;
    log->checkpointed_offset = open->recovery_point;
    random_init(&log->random, open->seed);
    producers_init(&log->producers, random_next(&log->random));
    epochs_init(&log->epochs);
    return log;
}

enum kc_err log_explain(struct kc_error *error, const char *path, int system_error)
{
    enum kc_err code = file_is_shortage(system_error) ? KC_ERR_NO_MEMORY : KC_ERR_IO;
    if (error) {
        error->code = code;
        (void)snprintf(error->text, sizeof(error->text), "%s: %s", path, strerror(system_error));
    }
    return code;
}

static enum kc_err open_directory(struct log *log, const struct log_open *open,
                                  struct kc_error *error)
{
    struct file_info info;
    int err = log->files->info(log->files->context, log->directory, &info);
    if (err == ENOENT && open->create) {
        err = file_make_directory(log->files, log->directory);
        log->is_new = err == 0;
        log->parent_dirty = log->is_new;
        log->directory_dirty = log->is_new;
    }
    if (err == 0 && !log->is_new) {
        err = log_read_topic_id(log);
    }
    return err == 0 ? KC_ERR_NONE : log_explain(error, log->directory, err);
}

static enum kc_err note_topic_id(struct log *log, const struct uuid *topic_id,
                                 struct kc_error *error)
{
    if (uuid_is_zero(topic_id) || uuid_equal(&log->topic_id, topic_id)) {
        return KC_ERR_NONE;
    }
    if (!uuid_is_zero(&log->topic_id)) {
        return KC_ERR_INCONSISTENT_TOPIC_ID;
    }
    int err = log_write_topic_id(log, topic_id);
    return err == 0 ? KC_ERR_NONE : log_explain(error, log->directory, err);
}

/* Half a log would be found at the next start. Without a file to open no directory can be listed,
 * but then it is empty. */
static void unmake(const struct log *log)
{
    if (file_remove(log->files, log->directory) != 0) {
        (void)file_remove_tree(log->files, log->directory);
    }
}

enum kc_err log_open(const struct log_open *open, struct log **ret_log,
                     struct log_opened *ret_opened, struct kc_error *error)
{
    struct log_opened opened = { 0 };
    /* Room for the longest name inside, so that paths need no checks later. */
    if (!log_topic_is_valid(open->topic) || open->partition < 0 ||
        strlen(open->dir->path) + LOG_NAME_MAX + 64 > FILE_PATH_MAX) {
        return KC_ERR_INVALID;
    }
    struct log *log = make(open);
    if (!log) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = open_directory(log, open, error);
    if (err == KC_ERR_NONE) {
        err = note_topic_id(log, &open->topic_id, error);
    }
    if (err == KC_ERR_NONE) {
        err = log_recover(log, open, &opened, error);
    }
    if (err != KC_ERR_NONE) {
        if (log->parent_dirty) {
            unmake(log);
        }
        log_destroy(log);
        return err;
    }
    *ret_log = log;
    if (ret_opened) {
        *ret_opened = opened;
    }
    return KC_ERR_NONE;
}

void log_destroy(struct log *log)
{
    if (!log) {
        return;
    }
    for (size_t i = 0; i < log->segment_count; i++) {
        segment_destroy(log->segments[i], &log->dir->cache);
    }
    free(log->segments);
    free(log->deleted);
    producers_finish(&log->producers);
    epochs_finish(&log->epochs);
    free(log->directory);
    free(log);
}

enum kc_err log_close(struct log *log)
{
    enum kc_err code = log_usable(log);
    if (code == KC_ERR_NONE) {
        code =
            log_report(log, "write producer snapshot in", log->directory, log_write_snapshot(log));
    }
    if (code == KC_ERR_NONE && !log_active(log)->closed && !log_active(log)->is_settled) {
        log_release_space(log);
        code = log_report(log, "write index in", log->directory, segment_close(log_active(log)));
    }
    if (code == KC_ERR_NONE) {
        code = log_flush(log);
    }
    file_cache_evict(&log->dir->cache, &log_active(log)->cached);
    return code;
}

const char *log_name(const struct log *log)
{
    return log->name;
}

struct slice log_topic(const struct log *log)
{
    return slice_of(log->name, log->topic_size);
}

int32_t log_partition(const struct log *log)
{
    return log->partition;
}

struct uuid log_topic_id(const struct log *log)
{
    return log->topic_id;
}

struct log_dir *log_directory(const struct log *log)
{
    return log->dir;
}

const struct log_options *log_settings(const struct log *log)
{
    return &log->options;
}

void log_set_options(struct log *log, const struct log_options *options)
{
    log->options = *options;
}

int64_t log_start_offset(const struct log *log)
{
    return log->start_offset;
}

int64_t log_end_offset(const struct log *log)
{
    return log_active(log)->next_offset;
}

int64_t log_high_watermark(const struct log *log)
{
    return log->high_watermark;
}

int64_t log_last_stable_offset(const struct log *log)
{
    int64_t unstable = producers_first_unstable(&log->producers);
    /* DeleteRecords may have passed the begin of an open transaction. */
    return MAX_OF(MIN_OF(unstable, log->high_watermark), log->start_offset);
}

int64_t log_recovery_point(const struct log *log)
{
    return log->recovery_point;
}

int64_t log_size(const struct log *log)
{
    int64_t size = 0;
    for (size_t i = 0; i < log->segment_count; i++) {
        size += log->segments[i]->size;
    }
    return size;
}

size_t log_segment_count(const struct log *log)
{
    return log->segment_count;
}

int32_t log_latest_epoch(const struct log *log)
{
    return epochs_latest(&log->epochs);
}

bool log_is_failed(const struct log *log)
{
    return log->dir->failed || log->gone;
}

const struct producers *log_producers(const struct log *log)
{
    return &log->producers;
}

int64_t log_set_high_watermark(struct log *log, int64_t high_watermark)
{
    log->high_watermark = MAX_OF(log->start_offset, MIN_OF(high_watermark, log_end_offset(log)));
    producers_advance(&log->producers, log->high_watermark);
    return log->high_watermark;
}

void log_epoch_end_offset(const struct log *log, int32_t epoch, int32_t *ret_epoch,
                          int64_t *ret_end_offset)
{
    epochs_end_offset(&log->epochs, epoch, log_end_offset(log), ret_epoch, ret_end_offset);
}

enum kc_err log_usable(const struct log *log)
{
    return log_is_failed(log) || log->half_cut ? KC_ERR_KAFKA_STORAGE_ERROR : KC_ERR_NONE;
}

enum kc_err log_report(struct log *log, const char *what, const char *path, int system_error)
{
    return system_error == 0 ? KC_ERR_NONE : log_dir_fail(log->dir, what, path, system_error);
}

size_t log_floor(const struct log *log, int64_t offset)
{
    size_t low = 0;
    size_t high = log->segment_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (log->segments[middle]->base_offset <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

int log_add_segment(struct log *log, int64_t base_offset, int64_t now_ms)
{
    char path[FILE_PATH_MAX];
    int file = -1;
    if (log->segment_count == log->segment_capacity) {
        size_t capacity = MAX_OF(log->segment_capacity * 2, (size_t)2);
        void *segments = realloc(log->segments, capacity * sizeof(*log->segments));
        if (!segments) {
            return ENOMEM;
        }
        log->segments = segments;
        log->segment_capacity = capacity;
    }
    struct segment *segment =
        segment_create(log->files, log->directory, base_offset, log->options.segment_index_bytes);
    if (!segment) {
        return ENOMEM;
    }
    /* Leftovers of a roll that failed half way have the same names. */
    int err = log->is_new ? 0 : segment_reset(segment);
    segment->nothing_aborted = err == 0;
    log->is_new = false;
    if (err == 0) {
        segment_path(segment, "log", path);
        err = file_open(log->files, path, FILE_WRITE | FILE_CREATE | FILE_EMPTY, &file);
    }
    if (err == 0 && log->options.preallocate) {
        err = file_reserve(log->files, file, log->options.segment_bytes);
    }
    file_close(log->files, file);
    if (err != 0) {
        segment_destroy(segment, &log->dir->cache);
        return err;
    }
    segment->created_ms = now_ms;
    segment->jitter_ms = (int64_t)random_below(
        &log->random, (uint64_t)MIN_OF(log->options.segment_jitter_ms, log->options.segment_ms));
    log->segments[log->segment_count++] = segment;
    log->directory_dirty = true;
    return 0;
}

void log_release_space(struct log *log)
{
    struct segment *active = log_active(log);
    if (log->options.preallocate && segment_open(active, &log->dir->cache) == 0) {
        (void)file_truncate(log->files, active->cached->file, active->size);
    }
}

int log_drop_segments(struct log *log, size_t first)
{
    /* Newest first: a crash in between leaves a log without a hole. */
    while (log->segment_count > first) {
        struct segment *last = log_active(log);
        int err = segment_remove(last);
        if (err != 0) {
            return err;
        }
        segment_destroy(last, &log->dir->cache);
        log->segment_count--;
        log->directory_dirty = true;
    }
    return 0;
}

int log_write_snapshot(struct log *log)
{
    char path[FILE_PATH_MAX];
    char name[32];
    struct bytes out;
    int file = -1;
    int64_t offset = log_end_offset(log);
    if (log->snapshot_offset == offset || offset == 0) {
        return 0;
    }
    bytes_init(&out, LOG_SNAPSHOT_BYTES_MAX);
    if (!producer_snapshot_show(&log->producers, &out)) {
        bytes_finish(&out);
        return ENOMEM;
    }
    (void)snprintf(name, sizeof(name), "%020" PRId64 ".snapshot", offset);
    log_file_path(log, name, path);
    /* Not synced: its CRC tells a torn one, which is then made anew from the batches. */
    int err = file_open(log->files, path, FILE_WRITE | FILE_CREATE | FILE_EMPTY, &file);
    if (err == 0) {
        struct slice part = bytes_slice(&out);
        err = file_write(log->files, file, &part, 1, 0);
        file_close(log->files, file);
    }
    bytes_finish(&out);
    log->no_snapshots = false;
    if (err == 0) {
        log->snapshot_offset = offset;
        log->directory_dirty = true;
    }
    return err;
}
