/* log: producer state and aborted transactions on disk: snapshots, the txnindex files, and making
 * both anew from the batches. */
#include "log/batch_walk.h"
#include "log/log_core.h"
#include "log/producer_snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LOG_STATE_CHUNK = 256 * 1024,
    LOG_STATE_SNAPSHOT_MAX = 256 * 1024 * 1024,
    LOG_TXN_ENTRY = 34, /* int16 version 0, producer id, first, last, last stable offset */
    LOG_TXN_BYTES_MAX = 256 * 1024 * 1024,
};

struct snapshot_search {
    int64_t offset_max; /* at most */
    int64_t found;
};

static int visit_snapshot(void *visitor, const char *name, enum file_kind kind)
{
    struct snapshot_search *search = visitor;
    char *end = NULL;
    long long offset = strtoll(name, &end, 10);
    if (kind == FILE_KIND_REGULAR && end == name + 20 && strcmp(end, ".snapshot") == 0 &&
        offset >= 0 && offset <= search->offset_max && offset > search->found) {
        search->found = offset;
    }
    return 0;
}

/* Loads the newest readable snapshot at or below the offset; a damaged one is removed and the one
 * before it tried. */
static int load_snapshot(struct log *log, int64_t offset_max)
{
    struct snapshot_search search = { .offset_max = offset_max };
    for (;;) {
        char path[FILE_PATH_MAX];
        char name[32];
        char *data = NULL;
        size_t size = 0;
        search.found = -1;
        int err = log->files->list(log->files->context, log->directory, visit_snapshot, &search);
        if (err != 0 || search.found < 0) {
            producers_clear(&log->producers, 0);
            log->snapshot_offset = -1;
            return err;
        }
        (void)snprintf(name, sizeof(name), "%020" PRId64 ".snapshot", search.found);
        log_file_path(log, name, path);
        err = file_read_all(log->files, path, LOG_STATE_SNAPSHOT_MAX, &data, &size);
        if (err != 0) {
            return err;
        }
        enum kc_err code =
            producer_snapshot_parse(&log->producers, slice_of(data, size), search.found);
        free(data);
        if (code == KC_ERR_NONE) {
            log->snapshot_offset = search.found;
            return 0;
        }
        if (code == KC_ERR_NO_MEMORY) {
            return ENOMEM;
        }
        trace_log(log->dir->trace, TRACE_WARN, "log", "%s: damaged, made anew", path);
        err = file_remove(log->files, path);
        if (err != 0) {
            return err;
        }
        search.offset_max = search.found - 1;
    }
}

/* Takes in the headers of one segment's batches from the offset on. */
static enum kc_err replay(struct log *log, const struct segment *segment, int64_t offset,
                          bool epochs, int *ret_system_error)
{
    struct batch_walk walk;
    struct batch batch;
    struct producer_txn txn;
    char path[FILE_PATH_MAX];
    int file = -1;
    segment_path(segment, "log", path);
    *ret_system_error = file_open(log->files, path, FILE_READ, &file);
    if (*ret_system_error != 0) {
        return KC_ERR_IO;
    }
    batch_walk_init(&walk, log->files, file, 0, segment->size, LOG_STATE_CHUNK);
    enum kc_err err;
    int64_t position = 0;
    while ((err = batch_walk_next(&walk, false, &batch)) == KC_ERR_NONE) {
        if (epochs &&
            !epochs_assign(&log->epochs, batch.partition_leader_epoch, batch.base_offset)) {
            err = KC_ERR_NO_MEMORY;
            break;
        }
        if (batch.base_offset >= offset && batch.producer_id != BATCH_NO_PRODUCER_ID) {
            if (batch_is_control(&batch)) {
                walk.position = position;
                err = batch_walk_next(&walk, true, &batch);
            }
            if (err == KC_ERR_NONE) {
                err = producers_reserve(&log->producers, &batch);
            }
            if (err != KC_ERR_NONE) {
                break;
            }
            (void)producers_apply(&log->producers, &batch, &txn);
        }
        position = walk.position;
    }
    *ret_system_error = walk.system_error;
    batch_walk_finish(&walk);
    file_close(log->files, file);
    return err == KC_ERR_WOULD_BLOCK ? KC_ERR_NONE : err;
}

enum kc_err log_rebuild_state(struct log *log, size_t segment_count, bool epochs,
                              int *ret_system_error)
{
    int64_t end_offset = segment_count > 0 ? log->segments[segment_count - 1]->next_offset
                                           : log->segments[0]->base_offset;
    *ret_system_error = load_snapshot(log, end_offset);
    if (*ret_system_error != 0) {
        return *ret_system_error == ENOMEM ? KC_ERR_NO_MEMORY : KC_ERR_IO;
    }
    int64_t offset = MAX_OF(log->snapshot_offset, (int64_t)0);
    enum kc_err err = KC_ERR_NONE;
    for (size_t i = 0; i < segment_count && err == KC_ERR_NONE; i++) {
        const struct segment *segment = log->segments[i];
        if (segment->size > 0 && (epochs || segment->next_offset > offset)) {
            err = replay(log, segment, offset, epochs, ret_system_error);
        }
    }
    if (err == KC_ERR_NONE) {
        log->producers.end_offset = end_offset;
    }
    return err;
}

int log_note_aborted(struct log *log, struct segment *segment, const struct producer_txn *txn)
{
    uint8_t entry[LOG_TXN_ENTRY];
    char path[FILE_PATH_MAX];
    int file = -1;
    int64_t size = 0;
    store_u16(entry, 0);
    store_u64(entry + 2, (uint64_t)txn->producer_id);
    store_u64(entry + 10, (uint64_t)txn->first_offset);
    store_u64(entry + 18, (uint64_t)txn->last_offset);
    store_u64(entry + 26, (uint64_t)producers_stable_after(&log->producers, txn));
    segment_path(segment, "txnindex", path);
    int err = file_open(log->files, path, FILE_WRITE | FILE_CREATE, &file);
    if (err != 0) {
        return err;
    }
    err = file_size(log->files, file, &size);
    if (err == 0) {
        struct slice part = slice_of(entry, sizeof(entry));
        err = file_write(log->files, file, &part, 1, size - size % LOG_TXN_ENTRY);
    }
    file_close(log->files, file);
    log->directory_dirty = true;
    return err;
}

/* The whole txnindex of a segment; NULL and 0 when there is none. */
static int read_aborted(const struct log *log, const struct segment *segment, char **ret_data,
                        size_t *ret_size)
{
    char path[FILE_PATH_MAX];
    segment_path(segment, "txnindex", path);
    int err = file_read_all(log->files, path, LOG_TXN_BYTES_MAX, ret_data, ret_size);
    if (err == ENOENT) {
        *ret_data = NULL;
        *ret_size = 0;
        err = 0;
    }
    *ret_size -= *ret_size % LOG_TXN_ENTRY;
    return err;
}

int log_truncate_aborted(struct log *log, struct segment *segment, int64_t offset)
{
    char path[FILE_PATH_MAX];
    char *data = NULL;
    size_t size = 0;
    int file = -1;
    int err = read_aborted(log, segment, &data, &size);
    if (err != 0 || !data) {
        return err;
    }
    size_t kept = 0;
    while (kept < size && (int64_t)load_u64((uint8_t *)data + kept + 18) < offset) {
        kept += LOG_TXN_ENTRY;
    }
    free(data);
    segment_path(segment, "txnindex", path);
    if (kept == 0) {
        return file_remove(log->files, path);
    }
    err = file_open(log->files, path, FILE_WRITE, &file);
    if (err == 0) {
        err = file_truncate(log->files, file, (int64_t)kept);
        file_close(log->files, file);
    }
    return err;
}

enum kc_err log_aborted_in(struct log *log, int64_t offset, int64_t offset_max, struct bytes *out)
{
    size_t before = out->size;
    for (size_t i = log_floor(log, offset); i < log->segment_count; i++) {
        char *data = NULL;
        size_t size = 0;
        bool enough = false;
        int err = read_aborted(log, log->segments[i], &data, &size);
        if (err != 0) {
            out->size = before;
            return err == ENOMEM ? KC_ERR_NO_MEMORY : KC_ERR_KAFKA_STORAGE_ERROR;
        }
        for (size_t at = 0; at < size; at += LOG_TXN_ENTRY) {
            const uint8_t *entry = (const uint8_t *)data + at;
            struct log_aborted aborted = { (int64_t)load_u64(entry + 2),
                                           (int64_t)load_u64(entry + 10) };
            if ((int64_t)load_u64(entry + 18) >= offset && aborted.first_offset < offset_max &&
                !bytes_append(out, &aborted, sizeof(aborted))) {
                free(data);
                out->size = before;
                return KC_ERR_NO_MEMORY;
            }
            /* All that ends after this stable offset has its entry later. */
            enough = enough || (int64_t)load_u64(entry + 26) >= offset_max;
        }
        free(data);
        if (enough) {
            break;
        }
    }
    return KC_ERR_NONE;
}
