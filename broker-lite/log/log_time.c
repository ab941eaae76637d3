/* log: timestamps to offsets, for ListOffsets (KIP-79, KIP-734). */
#include "log/batch_walk.h"
#include "log/log_core.h"

#include "record/record.h"

enum { LOG_TIME_RECORDS_MAX = 256 * 1024 * 1024, LOG_TIME_CHUNK = 64 * 1024 };

/* What is looked for, and the tools to open a compressed batch. */
struct time_search {
    int64_t timestamp; /* at least */
    int64_t offset;    /* at least */
    int64_t offset_max;
    struct decompressor *decompressor;
    struct bytes records;
};

/* The first record of the batch that fits. A batch whose records cannot be opened answers with its
 * own bounds. */
static enum kc_err search_batch(struct time_search *search, const struct batch *batch,
                                struct log_offset *ret_offset)
{
    struct batch_reader reader;
    struct record record;
    enum kc_err err = batch_reader_init(&reader, batch, search->decompressor, &search->records);
    while (err == KC_ERR_NONE && (err = batch_reader_next(&reader, &record)) == KC_ERR_NONE) {
        if (record.timestamp >= search->timestamp && record.offset >= search->offset) {
            *ret_offset = (struct log_offset){ record.offset, record.timestamp,
                                               batch->partition_leader_epoch };
            return KC_ERR_NONE;
        }
    }
    return err == KC_ERR_TOO_LARGE || err == KC_ERR_INVALID_RECORD ? KC_ERR_CORRUPT_MESSAGE : err;
}

static int64_t start_position(struct segment *segment, int64_t timestamp, int64_t offset)
{
    char path[FILE_PATH_MAX];
    uint8_t entry[INDEX_FILE_TIME_ENTRY];
    uint32_t count = 0;
    int64_t relative = offset - segment->base_offset;
    segment_path(segment, "timeindex", path);
    int err = index_file_search(&segment->times, segment->files, path, timestamp, &count, entry);
    if (err == 0 && count > 0) {
        relative = MAX_OF(relative, (int64_t)(int32_t)load_u32(entry + 8));
    }
    return segment_start(segment, segment->base_offset + relative);
}

static enum kc_err search_segment(struct log *log, struct segment *segment,
                                  struct time_search *search, struct log_offset *ret_offset)
{
    struct batch_walk walk;
    struct batch batch;
    int system_error = segment_open(segment, &log->dir->cache);
    if (system_error != 0) {
        return KC_ERR_IO;
    }
    batch_walk_init(&walk, log->files, segment->cached->file,
                    start_position(segment, search->timestamp, search->offset), segment->size,
                    LOG_TIME_CHUNK);
    enum kc_err err;
    int64_t position = walk.position;
    while ((err = batch_walk_next(&walk, false, &batch)) == KC_ERR_NONE) {
        if (batch.base_offset >= search->offset_max) {
            err = KC_ERR_WOULD_BLOCK;
            break;
        }
        if (batch.max_timestamp >= search->timestamp &&
            batch_last_offset(&batch) >= search->offset) {
            walk.position = position;
            err = batch_walk_next(&walk, true, &batch);
            if (err == KC_ERR_NONE) {
                err = search_batch(search, &batch, ret_offset);
            }
            if (err != KC_ERR_WOULD_BLOCK) {
                break;
            }
        }
        position = walk.position;
    }
    batch_walk_finish(&walk);
    return err;
}

static enum kc_err search_log(struct log *log, int64_t timestamp, int64_t latest,
                              struct log_offset *ret_offset)
{
    struct time_search search = { .timestamp = timestamp,
                                  .offset = log->start_offset,
                                  .offset_max = latest,
                                  .decompressor = decompressor_create() };
    if (!search.decompressor) {
        return KC_ERR_NO_MEMORY;
    }
    bytes_init(&search.records, LOG_TIME_RECORDS_MAX);
    enum kc_err err = KC_ERR_WOULD_BLOCK;
    for (size_t i = 0; i < log->segment_count && err == KC_ERR_WOULD_BLOCK; i++) {
        if (log->segments[i]->largest_timestamp >= timestamp) {
            err = search_segment(log, log->segments[i], &search, ret_offset);
        }
    }
    bytes_finish(&search.records);
    decompressor_destroy(search.decompressor);
    if (err == KC_ERR_IO) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    return err == KC_ERR_WOULD_BLOCK ? KC_ERR_NONE : err;
}

enum kc_err log_offset_for_timestamp(struct log *log, int64_t timestamp, int64_t latest,
                                     struct log_offset *ret_offset)
{
    struct log_offset found = { -1, -1, -1 };
    enum kc_err err = KC_ERR_NONE;
    if (log->gone) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    switch (timestamp) {
    case LOG_TIMESTAMP_EARLIEST:
    case LOG_TIMESTAMP_EARLIEST_LOCAL:
        found.offset = log->start_offset;
        found.leader_epoch = epochs_of_offset(&log->epochs, log->start_offset);
        break;
    case LOG_TIMESTAMP_LATEST:
        found.offset = latest;
        found.leader_epoch = epochs_latest(&log->epochs);
        break;
    case LOG_TIMESTAMP_LATEST_TIERED:
    case LOG_TIMESTAMP_PENDING_UPLOAD:
        break;
    case LOG_TIMESTAMP_MAX: {
        int64_t largest = -1;
        for (size_t i = 0; i < log->segment_count; i++) {
            largest = MAX_OF(largest, log->segments[i]->largest_timestamp);
        }
        if (largest >= 0) {
            /* As Kafka, the search is not bounded by the high watermark. */
            err = search_log(log, largest, INT64_MAX, &found);
        }
        break;
    }
    default:
        err = search_log(log, timestamp, latest, &found);
        break;
    }
    if (err == KC_ERR_NONE) {
        *ret_offset = found;
    }
    return err;
}
