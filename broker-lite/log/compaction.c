/* log: what both halves of a round of compaction share. */
#include "log/compaction.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void path_of(const struct log_compaction *job, const struct compaction_source *source,
                    const char *suffix, char ret_path[FILE_PATH_MAX])
{
    (void)snprintf(ret_path, FILE_PATH_MAX, "%s/%020" PRId64 ".%s", job->directory,
                   source->base_offset, suffix);
}

int compaction_compare_producers(const void *a, const void *b)
{
    const struct compaction_producer *x = a;
    const struct compaction_producer *y = b;
    return (x->producer_id > y->producer_id) - (x->producer_id < y->producer_id);
}

enum kc_err compaction_failed(struct log_compaction *job, int system_error)
{
    job->system_error = system_error;
    job->err = system_error == 0 || system_error == ENOMEM ? KC_ERR_NO_MEMORY : KC_ERR_IO;
    return job->err;
}

enum kc_err compaction_open(struct log_compaction *job, const struct compaction_source *source,
                            int *ret_file)
{
    char path[FILE_PATH_MAX];
    path_of(job, source, "log", path);
    int err = file_open(job->files, path, FILE_READ, ret_file);
    return err == 0 ? KC_ERR_NONE : compaction_failed(job, err);
}

enum kc_err compaction_walked(struct log_compaction *job, const struct compaction_source *source,
                              int system_error, enum kc_err err)
{
    if (err == KC_ERR_NONE || err == KC_ERR_WOULD_BLOCK || job->err != KC_ERR_NONE) {
        return job->err;
    }
    if (err == KC_ERR_IO || err == KC_ERR_NO_MEMORY) {
        return compaction_failed(job, err == KC_ERR_IO ? system_error : 0);
    }
    char path[FILE_PATH_MAX];
    path_of(job, source, "log", path);
    trace_log(job->trace, TRACE_ERROR, "log",
              "%s: the batch at or after offset %" PRId64
              " cannot be read (%s): this log is not compacted any more",
              path, job->err_offset, kc_err_text(err));
    job->err = err;
    return err;
}

static enum kc_err read_rows(struct log_compaction *job, const struct compaction_source *source,
                             int64_t offset, struct cleaned_txns *txns)
{
    char path[FILE_PATH_MAX];
    char *data = NULL;
    size_t size = 0;
    bool is_good = true;
    path_of(job, source, "txnindex", path);
    int err = file_read_all(job->files, path, TXN_INDEX_BYTES_MAX, &data, &size);
    if (err == ENOENT) {
        return KC_ERR_NONE;
    }
    if (err != 0) {
        return compaction_failed(job, err);
    }
    struct slice rows = slice_of(data, size);
    for (size_t i = 0; i < txn_index_count(rows) && is_good; i++) {
        struct txn_index_entry row = txn_index_at(rows, i);
        is_good = row.last_offset < offset || cleaned_txns_add(txns, &row);
    }
    free(data);
    return is_good ? KC_ERR_NONE : compaction_failed(job, 0);
}

enum kc_err compaction_read_aborted(struct log_compaction *job, int64_t offset,
                                    struct cleaned_txns *txns)
{
    enum kc_err err = KC_ERR_NONE;
    for (size_t i = 0; i < job->source_count && err == KC_ERR_NONE; i++) {
        if (job->sources[i].next_offset > offset) {
            err = read_rows(job, &job->sources[i], offset, txns);
        }
    }
    cleaned_txns_sort(txns);
    return err;
}
