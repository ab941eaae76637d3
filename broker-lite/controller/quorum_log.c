/* controller: the metadata log file. */
#include "controller/quorum_log.h"

#include "base/attr.h"

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
    if (batch->partition_leader_epoch < MAX_OF(log->last_epoch, 1)) {
        return "the leader epoch goes back: the file is damaged";
    }
    return NULL;
}

/* True when a whole batch stands somewhere in the bytes: what comes before it is then no torn end.
 * Cheap where there are only zeros or other bytes that cannot begin a batch. */
static bool has_whole_batch(struct slice bytes)
{
    for (size_t i = 0; i + BATCH_HEADER_SIZE <= bytes.size; i++) {
        struct batch batch;
        if (bytes.data[i + BATCH_MAGIC_POSITION] == 2 &&
            batch_read(slice_of(bytes.data + i, bytes.size - i), &batch) == KC_ERR_NONE &&
            batch_check_crc(&batch) == KC_ERR_NONE) {
            return true;
        }
    }
    return false;
}

/* Reads and checks the next batch; what is wrong with it, or NULL. */
static const char *next_batch(const struct quorum_log *log, struct slice bytes,
                              struct batch *ret_batch)
{
    enum kc_err err = batch_read(bytes, ret_batch);
    if (err) {
        return err == KC_ERR_WOULD_BLOCK ? "the file ends inside a batch" : "not a record batch";
    }
    return batch_damage(log, ret_batch);
}

static enum kc_err scan(struct quorum_log *log, struct slice bytes, bool was_clean,
                        quorum_log_visit *visit, void *context, struct kc_error *error)
{
    while (bytes.size > 0) {
        struct batch batch;
        const char *damage = next_batch(log, bytes, &batch);
        if (damage && !was_clean && !has_whole_batch(bytes)) {
            return KC_ERR_NONE;
        }
        if (damage) {
            return log_fail(error, KC_ERR_CORRUPT_FILE, log->path, log->size, damage);
        }
        enum kc_err err = visit(context, &batch);
        if (err) {
            return log_fail(error, err, log->path, log->size, kc_err_text(err));
        }
        if (!remember_position(log, log->size)) {
            return log_fail(error, KC_ERR_NO_MEMORY, log->path, -1, "out of memory");
        }
        log->size += (int64_t)batch.bytes.size;
        log->next_offset = batch_last_offset(&batch) + 1;
        log->last_epoch = batch.partition_leader_epoch;
        bytes = slice_of(bytes.data + batch.bytes.size, bytes.size - batch.bytes.size);
    }
    return KC_ERR_NONE;
}

/* A process that was killed may have left an append in the page cache alone: what counts as
 * committed from here on must be on the disk. */
static enum kc_err settle_end(struct quorum_log *log, size_t file_size, int64_t *ret_torn,
                              struct kc_error *error)
{
    int64_t torn = (int64_t)file_size - log->size;
    int failure = torn > 0 ? file_truncate(log->files, log->file, log->size) : 0;
    if (!failure && file_size > 0) {
        failure = file_sync(log->files, log->file);
    }
    if (failure) {
        return log_fail(error, KC_ERR_IO, log->path, -1, strerror(failure));
    }
    *ret_torn = torn;
    return KC_ERR_NONE;
}

enum kc_err quorum_log_open(struct quorum_log *log, const struct file_system *files,
                            const char *directory, bool was_clean, quorum_log_visit *visit,
                            void *context, int64_t *ret_torn, struct kc_error *error)
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
        err = scan(log, slice_of(data, size), was_clean, visit, context, error);
    }
    free(data);
    if (!err) {
        err = settle_end(log, size, ret_torn, error);
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
