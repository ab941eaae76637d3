/* log: aborted transactions: the txnindex files of the segments. */
#include "log/log_core.h"
#include "log/txn_index.h"

#include <errno.h>
#include <stdlib.h>

int log_note_aborted(struct log *log, struct segment *segment, const struct producer_txn *txn)
{
    const struct txn_index_entry entry = {
        .producer_id = txn->producer_id,
        .first_offset = txn->first_offset,
        .last_offset = txn->last_offset,
        .last_stable_offset = producers_stable_after(&log->producers, txn),
    };
    uint8_t bytes[TXN_INDEX_ENTRY];
    char path[FILE_PATH_MAX];
    int file = -1;
    int64_t size = 0;
    txn_index_show(&entry, bytes);
    segment_path(segment, "txnindex", path);
    int err = file_open(log->files, path, FILE_WRITE | FILE_CREATE, &file);
    if (err != 0) {
        return err;
    }
    segment->nothing_aborted = false;
    err = file_size(log->files, file, &size);
    if (err == 0) {
        struct slice part = slice_of(bytes, sizeof(bytes));
        err = file_write(log->files, file, &part, 1, size - size % TXN_INDEX_ENTRY);
    }
    file_close(log->files, file);
    log->directory_dirty = true;
    return err;
}

/* The whole txnindex of a segment, to be freed; empty when there is none. */
static int read_aborted(const struct log *log, struct segment *segment, struct slice *ret_file)
{
    char path[FILE_PATH_MAX];
    char *data = NULL;
    size_t size = 0;
    int err = 0;
    if (!segment->nothing_aborted) {
        segment_path(segment, "txnindex", path);
        err = file_read_all(log->files, path, TXN_INDEX_BYTES_MAX, &data, &size);
        segment->nothing_aborted = err == ENOENT;
        err = err == ENOENT ? 0 : err;
    }
    *ret_file = slice_of(data, size);
    return err;
}

static void free_file(struct slice file)
{
    free((void *)(uintptr_t)file.data);
}

bool log_aborted_is_sane(const struct log *log, struct segment *segment, int64_t end_offset)
{
    struct slice file;
    if (read_aborted(log, segment, &file) != 0) {
        return false;
    }
    bool sane = txn_index_is_sane(file, segment->base_offset, end_offset);
    free_file(file);
    return sane;
}

int log_truncate_aborted(struct log *log, struct segment *segment, int64_t offset)
{
    char path[FILE_PATH_MAX];
    struct slice contents;
    int file = -1;
    int err = read_aborted(log, segment, &contents);
    if (err != 0 || contents.size == 0) {
        free_file(contents);
        return err;
    }
    size_t kept = txn_index_count_below(contents, offset);
    free_file(contents);
    segment_path(segment, "txnindex", path);
    if (kept == 0) {
        return file_remove(log->files, path);
    }
    err = file_open(log->files, path, FILE_WRITE, &file);
    if (err == 0) {
        err = file_truncate(log->files, file, (int64_t)kept * TXN_INDEX_ENTRY);
        file_close(log->files, file);
    }
    return err;
}

static int aborted_order(const void *a, const void *b)
{
    const struct log_aborted *left = a;
    const struct log_aborted *right = b;
    return (left->first_offset > right->first_offset) - (left->first_offset < right->first_offset);
}

/* The entries of one segment. *ret_enough: no later segment has any. */
static bool pick_aborted(struct slice file, int64_t offset, int64_t offset_max, struct bytes *out,
                         bool *ret_enough)
{
    for (size_t i = 0; i < txn_index_count(file); i++) {
        struct txn_index_entry entry = txn_index_at(file, i);
        struct log_aborted aborted = { entry.producer_id, entry.first_offset };
        if (entry.last_offset >= offset && entry.first_offset < offset_max &&
            !bytes_append(out, &aborted, sizeof(aborted))) {
            return false;
        }
        *ret_enough = *ret_enough || entry.last_stable_offset >= offset_max;
    }
    return true;
}

enum kc_err log_aborted_in(struct log *log, int64_t offset, int64_t offset_max, struct bytes *out)
{
    size_t before = out->size;
    bool enough = false;
    for (size_t i = log_floor(log, offset); i < log->segment_count && !enough; i++) {
        struct slice file;
        int err = read_aborted(log, log->segments[i], &file);
        bool good = err == 0 && pick_aborted(file, offset, offset_max, out, &enough);
        free_file(file);
        if (!good) {
            out->size = before;
            return err == 0 || err == ENOMEM ? KC_ERR_NO_MEMORY : KC_ERR_KAFKA_STORAGE_ERROR;
        }
    }
    if (out->size > before) {
        qsort(out->data + before, (out->size - before) / sizeof(struct log_aborted),
              sizeof(struct log_aborted), aborted_order);
    }
    return KC_ERR_NONE;
}
