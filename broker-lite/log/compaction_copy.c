/* log: the second half of a round: what stays of some segments goes into one that replaces them. */
#include "log/batch_walk.h"
#include "log/compaction.h"

#include <stdlib.h>

enum { COPY_CHUNK = 1024 * 1024, COPY_BUFFER_MAX = INT32_MAX };

/* A group while it is copied. */
struct copying {
    struct log_compaction *job;
    struct segment *segment;
    struct bytes out;     /* batches that wait to be written, at the end of the file */
    struct bytes aborted; /* rows of the new transaction index */
    int file;
    bool drops_all; /* of the batch at hand: nothing of it stays */
    bool is_control;
};

static bool keeps(void *context, const struct record *record)
{
    const struct copying *copying = context;
    const struct log_compaction *job = copying->job;
    if (copying->drops_all) {
        return false;
    }
    if (copying->is_control || record->offset >= job->end_offset) {
        return true;
    }
    return !slice_is_null(record->key) && record->offset >= offset_map_get(&job->map, record->key);
}

/* The same once the batch's tombstones have been there long enough. */
static bool keeps_values(void *context, const struct record *record)
{
    const struct copying *copying = context;
    return keeps(context, record) && (copying->is_control || !slice_is_null(record->value) ||
                                      record->offset >= copying->job->end_offset);
}

static bool is_last_of_producer(const struct log_compaction *job, const struct batch *batch)
{
    struct compaction_producer wanted = { .producer_id = batch->producer_id };
    const struct compaction_producer *found =
        batch->producer_id == BATCH_NO_PRODUCER_ID || job->producer_count == 0
            ? NULL
            : bsearch(&wanted, job->producers, job->producer_count, sizeof(wanted),
                      compaction_compare_producers);
    if (!found) {
        return false;
    }
    return found->last_offset >= 0
               ? found->last_offset == batch_last_offset(batch)
               : batch_is_control(batch) && found->epoch == batch->producer_epoch;
}

/* What the transactions say of the batch; the rule is filled but for the records. */
static enum kc_err judge(struct copying *copying, const struct batch *batch,
                         struct batch_filter_rule *ret_rule)
{
    struct log_compaction *job = copying->job;
    struct txn_index_entry row = { .producer_id = -1 };
    bool is_gone = false;
    bool has_horizon = (batch->attributes & BATCH_ATTRIBUTE_DELETE_HORIZON) != 0;
    bool is_past = has_horizon && batch->base_timestamp <= job->now_ms;
    copying->is_control = batch_is_control(batch);
    enum kc_err err = copying->is_control ? cleaned_txns_marker(&job->txns, batch, &is_gone, &row)
                                          : cleaned_txns_batch(&job->txns, batch, &is_gone);
    if (err == KC_ERR_NONE && row.producer_id >= 0) {
        uint8_t entry[TXN_INDEX_ENTRY];
        txn_index_show(&row, entry);
        err = bytes_append(&copying->aborted, entry, sizeof(entry)) ? err : KC_ERR_NO_MEMORY;
    }
    /* A reader in the middle of the transaction still needs its marker for a while. */
    copying->drops_all = is_gone && (!copying->is_control || is_past);
    *ret_rule = (struct batch_filter_rule){
        .keep = is_past ? keeps_values : keeps,
        .context = copying,
        .keep_empty = is_last_of_producer(job, batch),
        .delete_horizon = job->now_ms > INT64_MAX - job->options.delete_retention_ms
                              ? INT64_MAX
                              : job->now_ms + job->options.delete_retention_ms,
        .horizon_always = is_gone && copying->is_control,
    };
    return err;
}

static enum kc_err write_out(struct copying *copying)
{
    struct slice part = bytes_slice(&copying->out);
    struct log_compaction *job = copying->job;
    int err = part.size == 0 ? 0
                             : file_write(job->files, copying->file, &part, 1,
                                          copying->segment->size - (int64_t)part.size);
    copying->out.size = 0;
    return err == 0 ? KC_ERR_NONE : compaction_failed(job, err);
}

static enum kc_err put(struct copying *copying, struct slice bytes)
{
    struct log_compaction *job = copying->job;
    struct batch batch;
    enum kc_err err = batch_read(bytes, &batch);
    if (err != KC_ERR_NONE) {
        return err;
    }
    if (copying->out.size > 0 && copying->out.size + bytes.size > COPY_CHUNK) {
        err = write_out(copying);
        if (err != KC_ERR_NONE) {
            return err;
        }
    }
    if (!bytes_append(&copying->out, bytes.data, bytes.size)) {
        return KC_ERR_NO_MEMORY;
    }
    int system_error = segment_note(copying->segment, &batch, copying->segment->size,
                                    job->options.index_interval_bytes);
    return system_error == 0 ? KC_ERR_NONE : compaction_failed(job, system_error);
}

static enum kc_err copy_source(struct copying *copying, const struct compaction_source *source)
{
    struct log_compaction *job = copying->job;
    struct batch_filter_rule rule;
    struct batch_walk walk;
    struct batch batch;
    struct slice bytes;
    int file = -1;
    enum kc_err err = compaction_open(job, source, &file);
    if (err != KC_ERR_NONE) {
        return err;
    }
    batch_walk_init(&walk, job->files, file, 0, source->size, COPY_CHUNK);
    while (err == KC_ERR_NONE && (err = batch_walk_next(&walk, true, &batch)) == KC_ERR_NONE) {
        job->err_offset = batch.base_offset;
        err = judge(copying, &batch, &rule);
        if (err == KC_ERR_NONE) {
            err = batch_filter_run(&job->filter, &batch, &rule, &bytes);
        }
        if (err == KC_ERR_NONE && !slice_is_null(bytes)) {
            err = put(copying, bytes);
        }
    }
    err = compaction_walked(job, source, walk.system_error, err);
    batch_walk_finish(&walk);
    file_close(job->files, file);
    return err;
}

static int write_aborted(struct copying *copying)
{
    const struct file_system *files = copying->job->files;
    struct slice rows = bytes_slice(&copying->aborted);
    char path[FILE_PATH_MAX];
    int file = -1;
    if (rows.size == 0) {
        return 0;
    }
    segment_path(copying->segment, "txnindex", path);
    int err = file_open(files, path, FILE_WRITE | FILE_CREATE | FILE_EMPTY, &file);
    if (err == 0) {
        err = file_write(files, file, &rows, 1, 0);
        file_close(files, file);
    }
    return err;
}

/* Everything on disk, then the names that say so; the data file's is the last, and counts. */
static enum kc_err settle(struct copying *copying)
{
    struct log_compaction *job = copying->job;
    enum kc_err err = write_out(copying);
    int system_error = err == KC_ERR_NONE ? segment_close(copying->segment) : 0;
    if (err == KC_ERR_NONE && system_error == 0) {
        system_error = write_aborted(copying);
    }
    if (err == KC_ERR_NONE && system_error == 0) {
        system_error = segment_sync(copying->segment);
    }
    if (err == KC_ERR_NONE && system_error == 0) {
        system_error = segment_rename(copying->segment, ".swap");
    }
    if (err == KC_ERR_NONE && system_error == 0) {
        system_error = file_sync_directory(job->files, job->directory);
    }
    return system_error == 0 ? err : compaction_failed(job, system_error);
}

static enum kc_err copy_all(struct copying *copying, const struct compaction_group *group)
{
    struct log_compaction *job = copying->job;
    const struct compaction_source *sources = &job->sources[group->first_source];
    enum kc_err err = KC_ERR_NONE;
    for (size_t i = 0; i < group->source_count && err == KC_ERR_NONE; i++) {
        err = copy_source(copying, &sources[i]);
    }
    return err == KC_ERR_NONE ? settle(copying) : err;
}

enum kc_err compaction_copy(struct log_compaction *job, struct compaction_group *group)
{
    const struct compaction_source *first = &job->sources[group->first_source];
    struct copying copying = { .job = job, .file = -1 };
    char path[FILE_PATH_MAX];
    struct segment *segment = segment_create(job->files, job->directory, first->base_offset,
                                             job->options.segment_index_bytes);
    if (!segment) {
        return compaction_failed(job, 0);
    }
    segment->kind = ".cleaned";
    segment->created_ms = first->created_ms;
    copying.segment = segment;
    group->segment = segment;
    bytes_init(&copying.out, COPY_BUFFER_MAX);
    bytes_init(&copying.aborted, TXN_INDEX_BYTES_MAX);
    segment_path(segment, "log", path);
    int system_error =
        file_open(job->files, path, FILE_WRITE | FILE_CREATE | FILE_EMPTY, &copying.file);
    enum kc_err err =
        system_error == 0 ? copy_all(&copying, group) : compaction_failed(job, system_error);
    file_close(job->files, copying.file);
    bytes_finish(&copying.out);
    bytes_finish(&copying.aborted);
    return err;
}
