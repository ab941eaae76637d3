/* log: one segment of a log. */
#include "log/segment.h"

#include <stdlib.h>

struct segment *segment_create(const struct file_system *files, const char *directory,
                               int64_t base_offset, int32_t index_bytes_max)
{
    struct segment *segment = calloc(1, sizeof(*segment));
    if (!segment) {
        return NULL;
    }
    segment->files = files;
    segment->directory = directory;
    segment->kind = "";
    segment->base_offset = base_offset;
    segment->next_offset = base_offset;
    segment->first_timestamp = -1;
    segment->largest_timestamp = -1;
    segment->largest_offset = -1;
    segment->time_index_last = -1;
    segment->is_settled = true;
    index_file_init(&segment->offsets, INDEX_FILE_OFFSET_ENTRY, index_bytes_max);
    index_file_init(&segment->times, INDEX_FILE_TIME_ENTRY, index_bytes_max);
    return segment;
}

void segment_destroy(struct segment *segment, struct file_cache *cache)
{
    if (segment) {
        file_cache_evict(cache, &segment->cached);
        index_file_finish(&segment->offsets);
        index_file_finish(&segment->times);
        free(segment);
    }
}

int segment_open(struct segment *segment, struct file_cache *cache)
{
    char path[FILE_PATH_MAX];
    if (segment->cached) {
        file_cache_touch(cache, segment->cached);
        return 0;
    }
    segment_path(segment, "log", path);
    return file_cache_open(cache, segment->files, path, &segment->cached);
}

int segment_store_indexes(struct segment *segment)
{
    char path[FILE_PATH_MAX];
    segment_path(segment, "index", path);
    int err = index_file_store(&segment->offsets, segment->files, path);
    if (err == 0) {
        segment_path(segment, "timeindex", path);
        err = index_file_store(&segment->times, segment->files, path);
    }
    return err;
}

/* The time entry says: records with a timestamp above it begin after largest_offset. */
static void add_time_entry(struct segment *segment)
{
    uint8_t entry[INDEX_FILE_TIME_ENTRY];
    if (segment->largest_timestamp <= segment->time_index_last) {
        return;
    }
    store_u64(entry, (uint64_t)segment->largest_timestamp);
    store_u32(entry + 8, (uint32_t)(segment->largest_offset - segment->base_offset));
    uint32_t count = index_file_count(&segment->times);
    index_file_add(&segment->times, entry);
    if (index_file_count(&segment->times) > count) {
        segment->time_index_last = segment->largest_timestamp;
    }
}

int segment_note(struct segment *segment, const struct batch *batch, int64_t position,
                 int32_t index_interval_bytes)
{
    int err = 0;
    int64_t size = (int64_t)batch->batch_length + BATCH_OVERHEAD;
    segment->is_settled = false;
    if (batch->max_timestamp > segment->largest_timestamp) {
        segment->largest_timestamp = batch->max_timestamp;
        segment->largest_offset = batch_last_offset(batch);
    }
    if (segment->size == 0) {
        segment->first_timestamp = batch->max_timestamp;
    }
    if (segment->bytes_since_index > index_interval_bytes) {
        uint8_t entry[INDEX_FILE_OFFSET_ENTRY];
        if (index_file_tail_is_full(&segment->offsets) ||
            index_file_tail_is_full(&segment->times)) {
            err = segment_store_indexes(segment);
        }
        /* Kafka indexes the last offset of the batch at that position. */
        store_u32(entry, (uint32_t)(batch_last_offset(batch) - segment->base_offset));
        store_u32(entry + 4, (uint32_t)position);
        index_file_add(&segment->offsets, entry);
        add_time_entry(segment);
        segment->bytes_since_index = 0;
    }
    segment->bytes_since_index += size;
    segment->size = position + size;
    segment->next_offset = batch_last_offset(batch) + 1;
    segment->recent[segment->recent_next] =
        (struct segment_place){ batch->base_offset, segment->next_offset, position, size };
    segment->recent_next = (uint8_t)((segment->recent_next + 1) % SEGMENT_RECENT);
    return err;
}

bool segment_is_full(const struct segment *segment, int64_t size, int64_t last_offset,
                     int32_t segment_bytes)
{
    return segment->size > 0 &&
           (segment->size + size > segment_bytes || index_file_is_full(&segment->offsets) ||
            index_file_is_full(&segment->times) || last_offset - segment->base_offset > INT32_MAX);
}

int segment_close(struct segment *segment)
{
    char path[FILE_PATH_MAX];
    int err = index_file_tail_is_full(&segment->times) ? segment_store_indexes(segment) : 0;
    if (err != 0) {
        return err;
    }
    add_time_entry(segment);
    segment_path(segment, "index", path);
    err = index_file_trim(&segment->offsets, segment->files, path);
    if (err == 0) {
        segment_path(segment, "timeindex", path);
        err = index_file_trim(&segment->times, segment->files, path);
    }
    segment->closed = err == 0;
    segment->indexes_synced = false;
    return err;
}

/* The index is about to change. */
static void drop_block(struct segment *segment)
{
    if (segment->cached) {
        free(segment->cached->index_block);
        segment->cached->index_block = NULL;
    }
}

int segment_truncate(struct segment *segment, int64_t offset, int64_t position)
{
    char path[FILE_PATH_MAX];
    uint8_t entry[INDEX_FILE_TIME_ENTRY];
    uint32_t count = 0;
    int64_t relative = offset - segment->base_offset - 1;
    memset(segment->recent, 0, sizeof(segment->recent));
    drop_block(segment);
    segment->is_settled = false;
    int err = file_truncate(segment->files, segment->cached->file, position);
    if (err != 0) {
        return err;
    }
    segment->size = position;
    segment->next_offset = offset;
    segment_path(segment, "index", path);
    err = index_file_search(&segment->offsets, segment->files, path, relative, &count, entry);
    if (err == 0) {
        err = index_file_keep(&segment->offsets, segment->files, path, count);
    }
    /* Time entries have rising offsets too: drop from the end. */
    segment_path(segment, "timeindex", path);
    segment->largest_timestamp = -1;
    segment->time_index_last = -1;
    while (err == 0 && index_file_last(&segment->times, segment->files, path, entry)) {
        if ((int32_t)load_u32(entry + 8) <= relative) {
            segment->time_index_last = (int64_t)load_u64(entry);
            segment->largest_timestamp = segment->time_index_last;
            segment->largest_offset = segment->base_offset + (int32_t)load_u32(entry + 8);
            break;
        }
        err = index_file_keep(&segment->times, segment->files, path,
                              index_file_count(&segment->times) - 1);
    }
    segment->bytes_since_index = 0;
    if (position == 0) {
        segment->first_timestamp = -1;
    }
    return err;
}

bool segment_load_indexes(struct segment *segment)
{
    char path[FILE_PATH_MAX];
    uint8_t entry[INDEX_FILE_TIME_ENTRY];
    segment_path(segment, "index", path);
    if (segment->size == 0 && !file_exists(segment->files, path)) {
        /* Never written to: it has no indexes yet. */
        segment_path(segment, "timeindex", path);
        return !file_exists(segment->files, path);
    }
    if (!index_file_load(&segment->offsets, segment->files, path)) {
        return false;
    }
    if (index_file_count(&segment->offsets) > 0 &&
        (!index_file_last(&segment->offsets, segment->files, path, entry) ||
         (int32_t)load_u32(entry) <= 0 || (int64_t)load_u32(entry + 4) >= segment->size)) {
        return false;
    }
    segment_path(segment, "timeindex", path);
    if (!index_file_load(&segment->times, segment->files, path)) {
        return false;
    }
    if (index_file_count(&segment->times) > 0) {
        if (!index_file_last(&segment->times, segment->files, path, entry) ||
            (int64_t)load_u64(entry) < 0 || (int32_t)load_u32(entry + 8) < 0) {
            return false;
        }
        segment->time_index_last = (int64_t)load_u64(entry);
        segment->largest_timestamp = segment->time_index_last;
        segment->largest_offset = segment->base_offset + (int32_t)load_u32(entry + 8);
    }
    return true;
}

int segment_reset(struct segment *segment)
{
    char path[FILE_PATH_MAX];
    segment->size = 0;
    segment->next_offset = segment->base_offset;
    segment->first_timestamp = -1;
    segment->largest_timestamp = -1;
    segment->largest_offset = -1;
    segment->time_index_last = -1;
    segment->bytes_since_index = 0;
    segment->is_settled = true;
    memset(segment->recent, 0, sizeof(segment->recent));
    drop_block(segment);
    segment_path(segment, "index", path);
    int err = index_file_reset(&segment->offsets, segment->files, path);
    if (err == 0) {
        segment_path(segment, "timeindex", path);
        err = index_file_reset(&segment->times, segment->files, path);
    }
    if (err == 0) {
        segment_path(segment, "txnindex", path);
        err = file_remove(segment->files, path);
        segment->nothing_aborted = err == 0;
    }
    return err;
}
