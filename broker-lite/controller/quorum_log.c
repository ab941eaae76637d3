/* controller: the metadata log file. */
#include "controller/quorum_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* The whole log is read at start; snapshots will keep it short. */
enum { QUORUM_LOG_BYTES_MAX = 1 << 30 };

static enum kc_err log_fail(struct kc_error *error, enum kc_err err, const char *path,
                            int64_t position, const char *cause)
{
    if (error) {
        error->code = err;
        if (position >= 0) {
            (void)snprintf(error->text, sizeof(error->text), "%.200s: position %lld: %s", path,
                           (long long)position, cause);
        } else {
            (void)snprintf(error->text, sizeof(error->text), "%.200s: %s", path, cause);
        }
    }
    return err;
}

static bool remember_position(struct quorum_log *log, int64_t position)
{
    if (log->count == log->capacity) {
        size_t capacity = log->capacity ? log->capacity * 2 : 64;
        int64_t *positions = realloc(log->positions, capacity * sizeof(*positions));
        if (!positions) {
            return false;
        }
        log->positions = positions;
        log->capacity = capacity;
    }
    log->positions[log->count++] = position;
    return true;
}

/* Why a whole batch cannot be what was written here, or NULL. */
static const char *batch_damage(const struct quorum_log *log, const struct batch *batch)
{
    if (batch->magic != 2 || batch_codec(batch) != COMPRESSION_NONE) {
        return "not a metadata batch";
    }
    if (batch_check_crc(batch)) {
        return "checksum does not fit: the file is damaged";
    }
    if (batch->base_offset != log->next_offset || batch->last_offset_delta < 0) {
        return "offsets do not follow: a part of the file is missing";
    }
    return NULL;
}

/* A crash may leave a file that was made longer before its bytes arrived: zeros to the end are a
 * torn append as well. */
static bool is_zeros(struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i]) {
            return false;
        }
    }
    return true;
}

static enum kc_err scan(struct quorum_log *log, struct slice bytes, quorum_log_visit *visit,
                        void *context, struct kc_error *error)
{
    while (bytes.size > 0) {
        struct batch batch;
        enum kc_err err = batch_read(bytes, &batch);
        if (err == KC_ERR_WOULD_BLOCK || (err && is_zeros(bytes))) {
            return KC_ERR_NONE;
        }
        if (err) {
            return log_fail(error, KC_ERR_CORRUPT_FILE, log->path, log->size, "not a record batch");
        }
        const char *damage = batch_damage(log, &batch);
        bool is_last = batch.bytes.size == bytes.size;
        if (damage && is_last && batch_check_crc(&batch)) {
            return KC_ERR_NONE; /* torn inside: the last append was never synced */
        }
        if (damage) {
            return log_fail(error, KC_ERR_CORRUPT_FILE, log->path, log->size, damage);
        }
        err = visit(context, &batch);
        if (err) {
            return log_fail(error, err, log->path, log->size, kc_err_text(err));
        }
        if (!remember_position(log, log->size)) {
            return log_fail(error, KC_ERR_NO_MEMORY, log->path, -1, "out of memory");
        }
        log->size += (int64_t)batch.bytes.size;
        log->next_offset = batch_last_offset(&batch) + 1;
        bytes = slice_of(bytes.data + batch.bytes.size, bytes.size - batch.bytes.size);
    }
    return KC_ERR_NONE;
}

static enum kc_err cut_torn_tail(struct quorum_log *log, size_t file_size, int64_t *ret_torn,
                                 struct kc_error *error)
{
    *ret_torn = (int64_t)file_size - log->size;
    if (*ret_torn == 0) {
        return KC_ERR_NONE;
    }
    int failure = file_truncate(log->files, log->file, log->size);
    if (!failure) {
        failure = file_sync(log->files, log->file);
    }
    return failure ? log_fail(error, KC_ERR_IO, log->path, -1, strerror(failure)) : KC_ERR_NONE;
}

enum kc_err quorum_log_open(struct quorum_log *log, const struct file_system *files,
                            const char *directory, quorum_log_visit *visit, void *context,
                            int64_t *ret_torn, struct kc_error *error)
{
    memset(log, 0, sizeof(*log));
    log->file = -1;
    log->files = files;
    if (!file_path(log->path, directory, "00000000000000000000.log")) {
        return log_fail(error, KC_ERR_INVALID, directory, -1, "path too long");
    }
    char *data = NULL;
    size_t size = 0;
    int failure = file_read_all(files, log->path, QUORUM_LOG_BYTES_MAX, &data, &size);
    bool is_new = failure == ENOENT;
    if (failure == 0 || is_new) {
        failure = file_open(files, log->path, FILE_WRITE | FILE_CREATE, &log->file);
    }
    if (!failure && is_new) {
        failure = file_sync_directory(files, directory);
    }
    enum kc_err err = KC_ERR_NONE;
    if (failure) {
        err = log_fail(error, KC_ERR_IO, log->path, -1, strerror(failure));
    } else {
        err = scan(log, slice_of(data, size), visit, context, error);
    }
    free(data);
    if (!err) {
        err = cut_torn_tail(log, size, ret_torn, error);
    }
    if (err) {
        quorum_log_finish(log);
    }
    return err;
}

void quorum_log_finish(struct quorum_log *log)
{
    if (log->files) {
        file_close(log->files, log->file);
    }
    free(log->positions);
    memset(log, 0, sizeof(*log));
    log->file = -1;
}

enum kc_err quorum_log_prepare(struct quorum_log *log, uint8_t *data, size_t size, int32_t epoch)
{
    for (size_t done = 0; done < size;) {
        struct batch batch;
        if (batch_read(slice_of(data + done, size - done), &batch)) {
            return KC_ERR_INVALID;
        }
        if (!remember_position(log, log->size)) {
            return KC_ERR_NO_MEMORY;
        }
        batch_set_base_offset(data + done, log->next_offset);
        batch_set_leader_epoch(data + done, epoch);
        log->next_offset += batch.last_offset_delta + 1;
        log->size += (int64_t)batch.bytes.size;
        done += batch.bytes.size;
    }
    return KC_ERR_NONE;
}

int quorum_log_write(const struct quorum_log *log, const struct slice *parts, size_t part_count,
                     int64_t position)
{
    int failure = file_write(log->files, log->file, parts, part_count, position);
    return failure ? failure : file_sync(log->files, log->file);
}

int quorum_log_truncate(struct quorum_log *log, size_t index)
{
    if (index < 1 || index > log->count) {
        return 0;
    }
    int64_t position = log->positions[index - 1];
    int failure = file_truncate(log->files, log->file, position);
    if (!failure) {
        failure = file_sync(log->files, log->file);
    }
    if (failure) {
        return failure;
    }
    uint8_t header[BATCH_HEADER_SIZE];
    log->size = position;
    log->count = index - 1;
    log->next_offset = 0;
    if (log->count > 0) {
        size_t got;
        failure = file_read(log->files, log->file, header, sizeof(header),
                            log->positions[log->count - 1], &got);
        if (failure || got < sizeof(header)) {
            return failure ? failure : EIO;
        }
        log->next_offset = (int64_t)load_u64(header) + (int32_t)load_u32(header + 23) + 1;
    }
    return 0;
}
