/* log: producer state on disk: snapshots, and making the state anew from the batches. */
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
    if (log->no_snapshots) {
        producers_clear(&log->producers, 0);
        log->snapshot_offset = -1;
        return 0;
    }
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
