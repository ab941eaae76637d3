/* log: reading: offsets to byte ranges, for sendfile or copies. */
#include "log/log_core.h"

#include <errno.h>

/* A read that fails says nothing of what was written: the call fails, the directory stays. */
static enum kc_err read_failure(struct log *log, const struct segment *segment, enum kc_err err,
                                int system_error)
{
    char path[FILE_PATH_MAX];
    segment_path(segment, "log", path);
    trace_log(log->dir->trace, TRACE_ERROR, "log", "read %s: %s", path,
              system_error != 0 ? strerror(system_error) : kc_err_text(err));
    return err == KC_ERR_NO_MEMORY ? err : KC_ERR_KAFKA_STORAGE_ERROR;
}

/* The first batch that ends above the offset, in this segment or a later one. */
static enum kc_err find_start(struct log *log, int64_t offset, size_t *ret_segment,
                              struct segment_place *ret_place)
{
    for (size_t i = log_floor(log, offset); i < log->segment_count; i++) {
        struct segment *segment = log->segments[i];
        int system_error = segment_open(segment, &log->dir->cache);
        if (system_error != 0) {
            return read_failure(log, segment, KC_ERR_IO, system_error);
        }
        enum kc_err err = segment_find(segment, offset, ret_place, &system_error);
        if (err == KC_ERR_NONE) {
            *ret_segment = i;
            return KC_ERR_NONE;
        }
        if (err != KC_ERR_WOULD_BLOCK) {
            return read_failure(log, segment, err, system_error);
        }
    }
    return KC_ERR_WOULD_BLOCK;
}

/* The byte where batches stop to end at or below offset_max. */
static enum kc_err find_end(struct log *log, struct segment *segment, int64_t offset_max,
                            int64_t *ret_end)
{
    struct segment_place place;
    int system_error = 0;
    if (offset_max >= segment->next_offset) {
        *ret_end = segment->size;
        return KC_ERR_NONE;
    }
    enum kc_err err = segment_find(segment, offset_max, &place, &system_error);
    if (err != KC_ERR_NONE) {
        return read_failure(log, segment, err, system_error);
    }
    *ret_end = place.position;
    return KC_ERR_NONE;
}

enum kc_err log_read(struct log *log, const struct log_read *read, struct log_range *ret_range)
{
    struct log_range range = { .files = log->files, .file = -1 };
    struct segment_place place;
    size_t index = 0;
    int64_t end = 0;
    if (log->gone) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    if (read->offset < log->start_offset || read->offset > log_end_offset(log)) {
        return KC_ERR_OFFSET_OUT_OF_RANGE;
    }
    if (read->offset >= read->offset_max || read->offset == log_end_offset(log)) {
        *ret_range = range;
        return KC_ERR_NONE;
    }
    enum kc_err err = find_start(log, read->offset, &index, &place);
    if (err == KC_ERR_WOULD_BLOCK) {
        *ret_range = range; /* compaction took all that was left */
        return KC_ERR_NONE;
    }
    struct segment *segment = err == KC_ERR_NONE ? log->segments[index] : NULL;
    if (segment) {
        err = find_end(log, segment, read->offset_max, &end);
    }
    if (err != KC_ERR_NONE) {
        return err;
    }
    if (end > place.position) {
        int64_t size = MIN_OF(end - place.position, (int64_t)MIN_OF(read->bytes_max, INT32_MAX));
        /* A piece of the first batch alone is of no use to anybody. */
        if (size < place.size) {
            size = read->one_batch_min ? place.size : 0;
        }
        range.position = place.position;
        range.size = (size_t)size;
    }
    if (range.size > 0) {
        range.cached = segment->cached;
        range.file = segment->cached->file;
        cached_file_take(range.cached);
    }
    *ret_range = range;
    return KC_ERR_NONE;
}

void log_range_release(struct log_range *range)
{
    cached_file_drop(range->cached);
    range->cached = NULL;
    range->size = 0;
}

enum kc_err log_range_copy(const struct log_range *range, void *buffer, size_t *ret_size)
{
    if (range->size == 0) {
        *ret_size = 0;
        return KC_ERR_NONE;
    }
    int err = file_read(range->files, range->file, buffer, range->size, range->position, ret_size);
    return err == 0 ? KC_ERR_NONE : KC_ERR_IO;
}

bool log_range_is_sendable(const struct log_range *range)
{
    return range->size > 0 && range->files->is_cached;
}

bool log_range_is_cached(const struct log_range *range)
{
    return !log_range_is_sendable(range) ||
           range->files->is_cached(range->files->context, range->file, range->position,
                                   range->size);
}

enum kc_err log_read_into(struct log *log, const struct log_read *read, struct bytes *out)
{
    struct log_range range;
    size_t size = 0;
    enum kc_err err = log_read(log, read, &range);
    if (err != KC_ERR_NONE) {
        return err;
    }
    if (!bytes_reserve(out, range.size)) {
        log_range_release(&range);
        return KC_ERR_NO_MEMORY;
    }
    err = log_range_copy(&range, range.size > 0 ? out->data + out->size : NULL, &size);
    log_range_release(&range);
    if (err != KC_ERR_NONE) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    out->size += size;
    return KC_ERR_NONE;
}
