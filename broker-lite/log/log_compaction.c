/* log: compaction of a log: what is due, and a round's begin and end. */
#include "log/batch_walk.h"
#include "log/compaction.h"
#include "log/log_core.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

int64_t log_compacted_offset(const struct log *log)
{
    return log->compacted_offset;
}

bool log_is_checkpointed(const struct log *log, int64_t offset)
{
    return log->checkpointed_offset >= offset && log->recovery_point >= offset;
}

/* Where the dirty part begins: a log that was cut, or whose start moved, has less behind it. */
static int64_t dirty_offset(const struct log *log)
{
    int64_t offset = log->compacted_offset > log_end_offset(log) ? 0 : log->compacted_offset;
    return MAX_OF(offset, log->start_offset);
}

/* May not change yet: the active segment, what is not stable, what is younger than
 * min.compaction.lag.ms, and everything behind one of these. */
static size_t cleanable_count(const struct log *log, int64_t now_ms)
{
    int64_t stable = log_last_stable_offset(log);
    size_t count = 0;
    while (count + 1 < log->segment_count) {
        const struct segment *segment = log->segments[count];
        bool is_young = log->options.min_compaction_lag_ms > 0 &&
                        segment->largest_timestamp > now_ms - log->options.min_compaction_lag_ms;
        if (segment->next_offset > stable || is_young) {
            break;
        }
        count++;
    }
    return count;
}

/* Of a segment that was closed before the start nobody has read it yet. */
static void read_first_timestamp(struct segment *segment)
{
    struct batch_walk walk;
    struct batch batch;
    char path[FILE_PATH_MAX];
    int file = -1;
    segment_path(segment, "log", path);
    if (file_open(segment->files, path, FILE_READ, &file) != 0) {
        return; /* the round itself will tell */
    }
    batch_walk_init(&walk, segment->files, file, 0, segment->size, SEGMENT_WALK_CHUNK);
    if (batch_walk_next(&walk, false, &batch) == KC_ERR_NONE) {
        segment->first_timestamp = batch.max_timestamp;
    }
    batch_walk_finish(&walk);
    file_close(segment->files, file);
}

/* Kafka takes the first timestamp of the first dirty segment for the age of what waits. */
static bool is_overdue(const struct log *log, struct segment *segment, int64_t now_ms)
{
    int64_t lag = log->options.max_compaction_lag_ms;
    if (lag == INT64_MAX) {
        return false;
    }
    if (segment->first_timestamp < 0 && segment->size > 0) {
        read_first_timestamp(segment);
    }
    return segment->first_timestamp >= 0 && now_ms > segment->first_timestamp &&
           now_ms - segment->first_timestamp > lag;
}

bool log_compaction_is_due(const struct log *log, int64_t now_ms, struct log_dirt *ret_dirt)
{
    struct log_dirt dirt = { 0 };
    if (!log->options.cleanup_policy_compact || log->compacting || log->uncompactable ||
        now_ms < log->compact_after_ms || log_usable(log) != KC_ERR_NONE) {
        return false;
    }
    int64_t dirty = dirty_offset(log);
    size_t count = cleanable_count(log, now_ms);
    for (size_t i = 0; i < count; i++) {
        struct segment *segment = log->segments[i];
        if (segment->next_offset > dirty) {
            dirt.dirty_bytes += segment->size;
            dirt.is_overdue |= is_overdue(log, segment, now_ms);
        } else {
            dirt.clean_bytes += segment->size;
        }
        dirt.end_offset = segment->next_offset;
    }
    double ratio = dirt.dirty_bytes == 0
                       ? 0
                       : (double)dirt.dirty_bytes / (double)(dirt.dirty_bytes + dirt.clean_bytes);
    if (dirt.dirty_bytes == 0 ||
        (ratio <= log->options.min_cleanable_dirty_ratio && !dirt.is_overdue)) {
        return false;
    }
    *ret_dirt = dirt;
    return true;
}

void log_compaction_postpone(struct log *log, int64_t until_ms)
{
    log->compact_after_ms = until_ms;
}

/* ---- begin ---- */

static bool collect_sources(const struct log *log, int64_t end_offset, struct log_compaction *job)
{
    job->sources = calloc(log->segment_count, sizeof(*job->sources));
    for (size_t i = 0; job->sources && i + 1 < log->segment_count; i++) {
        const struct segment *segment = log->segments[i];
        if (segment->next_offset > end_offset) {
            break;
        }
        job->sources[job->source_count++] =
            (struct compaction_source){ segment->base_offset, segment->next_offset, segment->size,
                                        segment->created_ms };
    }
    job->groups = calloc(job->source_count + 1, sizeof(*job->groups));
    return job->sources && job->groups;
}

static bool collect_producers(const struct log *log, struct log_compaction *job)
{
    size_t position = 0;
    const struct producer_entry *entry;
    job->producers = calloc(log->producers.entries.count + 1, sizeof(*job->producers));
    while (job->producers && (entry = producers_next(&log->producers, &position))) {
        job->producers[job->producer_count++] = (struct compaction_producer){
            entry->producer_id,
            entry->batch_count > 0 ? entry->batches[entry->batch_count - 1].last_offset : -1,
            entry->epoch
        };
    }
    if (job->producer_count > 1) {
        qsort(job->producers, job->producer_count, sizeof(*job->producers),
              compaction_compare_producers);
    }
    return job->producers != NULL;
}

static void compaction_destroy(struct log_compaction *job)
{
    for (size_t i = 0; i < job->group_count; i++) {
        /* Never in the log, so never open. */
        segment_destroy(job->groups[i].segment, NULL);
    }
    offset_map_finish(&job->map);
    batch_filter_finish(&job->filter);
    cleaned_txns_finish(&job->txns);
    free(job->directory);
    free(job->sources);
    free(job->producers);
    free(job->groups);
    free(job);
}

enum kc_err log_compaction_begin(struct log *log, const struct log_dirt *dirt, size_t map_bytes_max,
                                 int64_t now_ms, struct log_compaction **ret_job)
{
    if (log->compacting || !log_is_checkpointed(log, dirt->end_offset)) {
        return KC_ERR_WRONG_STATE;
    }
    enum kc_err err = log_usable(log);
    struct log_compaction *job = err == KC_ERR_NONE ? calloc(1, sizeof(*job)) : NULL;
    if (!job) {
        return err != KC_ERR_NONE ? err : KC_ERR_NO_MEMORY;
    }
    job->files = log->files;
    job->trace = log->dir->trace;
    job->generation = log->generation;
    job->options = log->options;
    job->dirty_offset = dirty_offset(log);
    job->now_ms = now_ms;
    job->map_bytes_max = map_bytes_max;
    job->seed = random_next(&log->random);
    job->directory = slice_dup_text(slice_text(log->directory));
    cleaned_txns_init(&job->txns, job->seed);
    if (!job->directory || !batch_filter_init(&job->filter) ||
        !collect_sources(log, dirt->end_offset, job) || !collect_producers(log, job)) {
        compaction_destroy(job);
        return KC_ERR_NO_MEMORY;
    }
    assert(job->source_count > 0);
    log->compacting = true;
    *ret_job = job;
    return KC_ERR_NONE;
}

/* ---- run ---- */

/* How many sources from `first` on go into one segment: as long as they would fit into one even if
 * all of it stayed. */
static size_t group_size(const struct log_compaction *job, size_t first)
{
    const struct compaction_source *sources = &job->sources[first];
    int64_t size = sources[0].size;
    size_t count = 1;
    while (first + count < job->source_count && sources[count].base_offset < job->end_offset) {
        size += sources[count].size;
        if (size > job->options.segment_bytes ||
            sources[count].next_offset - sources[0].base_offset > INT32_MAX) {
            break;
        }
        count++;
    }
    return count;
}

void log_compaction_run(struct log_compaction *job)
{
    if (compaction_map(job) != KC_ERR_NONE ||
        compaction_read_aborted(job, 0, &job->txns) != KC_ERR_NONE) {
        return;
    }
    size_t next = 0;
    while (next < job->source_count && job->sources[next].base_offset < job->end_offset) {
        struct compaction_group *group = &job->groups[job->group_count++];
        group->first_source = next;
        group->source_count = group_size(job, next);
        if (compaction_copy(job, group) != KC_ERR_NONE) {
            return;
        }
        for (size_t i = 0; i < group->source_count; i++) {
            job->bytes_before += job->sources[next + i].size;
        }
        job->bytes_after += group->segment->size;
        next += group->source_count;
    }
}

/* ---- end ---- */

/* The segments that a group stands for are still there, in a row. */
static bool find_group(const struct log *log, const struct log_compaction *job,
                       const struct compaction_group *group, size_t *ret_first)
{
    const struct compaction_source *sources = &job->sources[group->first_source];
    size_t first = log_floor(log, sources[0].base_offset);
    for (size_t i = 0; i < group->source_count; i++) {
        if (first + i + 1 >= log->segment_count ||
            log->segments[first + i]->base_offset != sources[i].base_offset) {
            return false;
        }
    }
    *ret_first = first;
    return true;
}

/* The old ones go first, newest first: the new one covers them (log_leftovers), so that a crash in
 * between is ended by the next start. Where nothing of the last of them stayed the new one does not
 * tell that it covers them: they are then back after a crash, and gone for good in the next round,
 * which begins where this one began, for its end was not noted. */
static int replace(struct log *log, struct log_compaction *job, struct compaction_group *group,
                   size_t first, int64_t now_ms)
{
    struct segment *segment = group->segment;
    for (size_t i = group->source_count; i-- > 0;) {
        int err = log_retire(log, first + i, now_ms);
        if (err != 0) {
            return err;
        }
    }
    int err = segment_rename(segment, "");
    if (err != 0) {
        return err;
    }
    segment->directory = log->directory;
    segment->next_offset = job->sources[group->first_source + group->source_count - 1].next_offset;
    memmove(&log->segments[first + 1], &log->segments[first],
            (log->segment_count - first) * sizeof(*log->segments));
    log->segments[first] = segment;
    log->segment_count++;
    log->directory_dirty = true;
    group->segment = NULL;
    return 0;
}

static enum kc_err replace_all(struct log *log, struct log_compaction *job, int64_t now_ms)
{
    if (!log_reserve_retired(log, job->source_count)) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < job->group_count; i++) {
        size_t first = 0;
        if (!find_group(log, job, &job->groups[i], &first)) {
            return KC_ERR_WRONG_STATE;
        }
        int err = replace(log, job, &job->groups[i], first, now_ms);
        if (err != 0) {
            /* Memory and disk no longer agree: nothing more is written; the next start ends it. */
            log->dir->failed = true;
            return log_report(log, "replace segments of", log->directory, err);
        }
    }
    return KC_ERR_NONE;
}

/* What the job left and the log did not take. */
static void remove_groups(struct log_compaction *job)
{
    for (size_t i = 0; i < job->group_count; i++) {
        if (job->groups[i].segment) {
            (void)segment_remove(job->groups[i].segment);
            job->groups[i].segment->kind = ".swap";
            (void)segment_remove(job->groups[i].segment);
        }
    }
}

enum kc_err log_compaction_end(struct log *log, struct log_compaction *job, int64_t now_ms)
{
    enum kc_err err = job->err;
    bool is_void = log->generation != job->generation || log_usable(log) != KC_ERR_NONE;
    log->compacting = false;
    if (err == KC_ERR_NONE && !is_void) {
        err = replace_all(log, job, now_ms);
    }
    if (err == KC_ERR_NONE && !is_void) {
        log->compacted_offset = job->end_offset;
        trace_log(job->trace, TRACE_INFO, "log",
                  "%s: compacted up to offset %" PRId64 ": %" PRId64 " bytes became %" PRId64,
                  log->name, job->end_offset, job->bytes_before, job->bytes_after);
    } else if (!log_is_failed(log)) {
        remove_groups(job);
    }
    if (!is_void && job->err == KC_ERR_IO) {
        (void)log_report(log, "compact", log->directory, job->system_error);
    }
    log->uncompactable |= job->err == KC_ERR_CORRUPT_MESSAGE || job->err == KC_ERR_INVALID_RECORD ||
                          job->err == KC_ERR_TOO_LARGE;
    compaction_destroy(job);
    return is_void ? KC_ERR_WRONG_STATE : err;
}
