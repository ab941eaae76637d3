/* log: the first half of a round: the newest offset of each key in the part that is dirty. */
#include "log/batch_walk.h"
#include "log/compaction.h"

enum { MAP_CHUNK = 1024 * 1024 };

/* Where the walk stands. */
struct mapping {
    struct log_compaction *job;
    struct cleaned_txns txns;
    bool is_full;
};

static enum kc_err map_records(struct mapping *mapping, const struct batch *batch)
{
    struct log_compaction *job = mapping->job;
    struct batch_reader reader;
    struct record record;
    enum kc_err err =
        batch_reader_init(&reader, batch, job->filter.decompressor, &job->filter.content);
    while (err == KC_ERR_NONE && (err = batch_reader_next(&reader, &record)) == KC_ERR_NONE) {
        if (record.offset < job->dirty_offset) {
            continue;
        }
        if (!slice_is_null(record.key) && !offset_map_put(&job->map, record.key, record.offset)) {
            mapping->is_full = true;
            return KC_ERR_NONE;
        }
        job->end_offset = record.offset + 1;
    }
    return err == KC_ERR_WOULD_BLOCK ? KC_ERR_NONE : err;
}

static enum kc_err map_batch(struct mapping *mapping, const struct batch *batch)
{
    struct txn_index_entry aborted;
    bool is_idle;
    bool is_aborted = false;
    if (batch_is_control(batch)) {
        return cleaned_txns_marker(&mapping->txns, batch, &is_idle, &aborted);
    }
    enum kc_err err = cleaned_txns_batch(&mapping->txns, batch, &is_aborted);
    return err != KC_ERR_NONE || is_aborted ? err : map_records(mapping, batch);
}

/* When the map is full the round ends there, maybe in the middle of a batch: records from
 * end_offset on stay whatever their keys. */
static enum kc_err map_source(struct mapping *mapping, const struct compaction_source *source)
{
    struct log_compaction *job = mapping->job;
    struct batch_walk walk;
    struct batch batch;
    int file = -1;
    enum kc_err err = compaction_open(job, source, &file);
    if (err != KC_ERR_NONE) {
        return err;
    }
    batch_walk_init(&walk, job->files, file, 0, source->size, MAP_CHUNK);
    while (!mapping->is_full && (err = batch_walk_next(&walk, true, &batch)) == KC_ERR_NONE) {
        if (batch_last_offset(&batch) < job->dirty_offset) {
            continue;
        }
        job->err_offset = batch.base_offset;
        err = map_batch(mapping, &batch);
        if (err != KC_ERR_NONE) {
            break;
        }
        if (!mapping->is_full) {
            job->end_offset = batch_last_offset(&batch) + 1;
        }
    }
    err = compaction_walked(job, source, walk.system_error, err);
    batch_walk_finish(&walk);
    file_close(job->files, file);
    if (err == KC_ERR_NONE && !mapping->is_full) {
        job->end_offset = source->next_offset;
    }
    return err;
}

enum kc_err compaction_map(struct log_compaction *job)
{
    struct mapping mapping = { .job = job };
    const struct compaction_source *last = &job->sources[job->source_count - 1];
    job->end_offset = job->dirty_offset;
    if (!offset_map_init(&job->map, (uint64_t)(last->next_offset - job->dirty_offset),
                         job->map_bytes_max, job->seed)) {
        return compaction_failed(job, 0);
    }
    enum kc_err err = KC_ERR_NONE;
    cleaned_txns_init(&mapping.txns, job->seed);
    err = compaction_read_aborted(job, job->dirty_offset, &mapping.txns);
    for (size_t i = 0; i < job->source_count && err == KC_ERR_NONE && !mapping.is_full; i++) {
        if (job->sources[i].next_offset > job->dirty_offset) {
            err = map_source(&mapping, &job->sources[i]);
        }
    }
    cleaned_txns_finish(&mapping.txns);
    return err;
}
