/* log: where in a segment a batch lies: the index gives a place to begin at, headers tell. */
#include "log/segment.h"

#include "log/batch_walk.h"

#include <stdlib.h>

/* Without memory for a block the search goes without. */
static int search_offsets(const struct segment *segment, int64_t relative, uint32_t *ret_count,
                          uint8_t *ret_entry)
{
    const struct index_file *index = &segment->offsets;
    struct cached_file *cached = segment->cached;
    char path[FILE_PATH_MAX];
    if (index_file_search_block(index, cached->index_block, relative, ret_count, ret_entry)) {
        return 0;
    }
    segment_path(segment, "index", path);
    if (!cached->index_block) {
        cached->index_block = calloc(1, sizeof(*cached->index_block));
    }
    if (cached->index_block &&
        index_file_fill_block(index, segment->files, path, relative, cached->index_block) == 0 &&
        index_file_search_block(index, cached->index_block, relative, ret_count, ret_entry)) {
        return 0;
    }
    return index_file_search(index, segment->files, path, relative, ret_count, ret_entry);
}

/* A place of the index: a batch begins there, and its last offset is `indexed`. */
struct indexed {
    int64_t position; /* 0: the index has no such place */
    int64_t indexed;
};

static struct indexed indexed_of(const struct segment *segment, const uint8_t *entry)
{
    struct indexed place = { .position = (int64_t)load_u32(entry + 4),
                             .indexed = segment->base_offset + (int32_t)load_u32(entry) };
    place.position = place.position < segment->size ? place.position : 0;
    return place;
}

/* The last place at or below an offset, and the one after it, where that is at hand. */
static struct indexed indexed_place(const struct segment *segment, int64_t offset,
                                    struct indexed *ret_next)
{
    uint8_t entry[INDEX_FILE_OFFSET_ENTRY];
    struct indexed place = { .indexed = -1 };
    uint32_t count = 0;
    *ret_next = place;
    if (search_offsets(segment, offset - segment->base_offset, &count, entry) != 0) {
        return place;
    }
    if (count > 0) {
        place = indexed_of(segment, entry);
    }
    if (index_file_peek(&segment->offsets, segment->cached->index_block, count, entry)) {
        *ret_next = indexed_of(segment, entry);
    }
    return place;
}

/* Does the batch where the index points begin at or below the offset that it gives for it? */
static bool is_indexed_batch(const struct segment *segment, const struct batch *batch,
                             int64_t indexed)
{
    return batch->base_offset >= segment->base_offset && batch->base_offset <= indexed;
}

int64_t segment_start(const struct segment *segment, int64_t offset)
{
    struct batch_walk walk;
    struct batch batch;
    struct indexed next;
    struct indexed place = indexed_place(segment, offset, &next);
    if (place.position == 0) {
        return 0;
    }
    batch_walk_init(&walk, segment->files, segment->cached->file, place.position, segment->size,
                    BATCH_HEADER_SIZE);
    enum kc_err err = batch_walk_next(&walk, false, &batch);
    batch_walk_finish(&walk);
    return err == KC_ERR_NONE && is_indexed_batch(segment, &batch, place.indexed) ? place.position
                                                                                  : 0;
}

static struct segment_place place_of(const struct batch *batch, int64_t position)
{
    return (struct segment_place){ batch->base_offset, batch_last_offset(batch) + 1, position,
                                   (int64_t)batch->batch_length + BATCH_OVERHEAD };
}

/* Where batches are so large that each has its place in the index, the one with the offset is not
 * at the last place at or below it, where the walk would begin, but at the next: one header is
 * looked at then and not two. False: it has to be walked to. */
static bool is_at_next(const struct segment *segment, const struct indexed *place,
                       const struct indexed *next, int64_t offset, struct segment_place *ret_place)
{
    struct batch_walk walk;
    struct batch batch;
    if (next->position - place->position < SEGMENT_LARGE_GAP || place->indexed == offset) {
        return false;
    }
    batch_walk_init(&walk, segment->files, segment->cached->file, next->position, segment->size,
                    BATCH_HEADER_SIZE);
    bool is_it = batch_walk_next(&walk, false, &batch) == KC_ERR_NONE &&
                 batch.base_offset >= segment->base_offset && batch.base_offset <= offset &&
                 batch_last_offset(&batch) >= offset && batch_last_offset(&batch) == next->indexed;
    batch_walk_finish(&walk);
    if (is_it) {
        *ret_place = place_of(&batch, next->position);
    }
    return is_it;
}

/* Walks from a position to the batch with the offset. From a place of the index the first batch is
 * looked at: KC_ERR_CORRUPT_MESSAGE when it is not the one that the index means. */
static enum kc_err walk_to(const struct segment *segment, const struct indexed *place,
                           int64_t offset, struct segment_place *ret_place, int *ret_system_error)
{
    int64_t position = place->position;
    struct batch_walk walk;
    struct batch batch;
    bool is_sure = position == 0;
    batch_walk_init(&walk, segment->files, segment->cached->file, position, segment->size,
                    SEGMENT_FIND_CHUNK);
    enum kc_err err;
    do {
        position = walk.position;
        err = batch_walk_next(&walk, false, &batch);
        if (err == KC_ERR_NONE && !is_sure && !is_indexed_batch(segment, &batch, place->indexed)) {
            err = KC_ERR_CORRUPT_MESSAGE;
        }
        is_sure = true;
    } while (err == KC_ERR_NONE && batch_last_offset(&batch) < offset);
    *ret_system_error = walk.system_error;
    batch_walk_finish(&walk);
    if (err == KC_ERR_NONE) {
        *ret_place = place_of(&batch, position);
    }
    return err;
}

enum kc_err segment_find(struct segment *segment, int64_t offset, struct segment_place *ret_place,
                         int *ret_system_error)
{
    if (offset >= segment->next_offset) {
        return KC_ERR_WOULD_BLOCK;
    }
    for (size_t i = 0; i < SEGMENT_RECENT; i++) {
        const struct segment_place *place = &segment->recent[i];
        if (place->size > 0 && offset >= place->base_offset && offset < place->next_offset) {
            *ret_place = *place;
            return KC_ERR_NONE;
        }
    }
    struct indexed next;
    struct indexed place = indexed_place(segment, offset, &next);
    enum kc_err err = KC_ERR_NONE;
    if (!is_at_next(segment, &place, &next, offset, ret_place)) {
        err = walk_to(segment, &place, offset, ret_place, ret_system_error);
    }
    if (err == KC_ERR_CORRUPT_MESSAGE && place.position > 0) {
        err = walk_to(segment, &(struct indexed){ 0 }, offset, ret_place, ret_system_error);
    }
    if (err == KC_ERR_NONE) {
        segment->recent[segment->recent_next] = *ret_place;
        segment->recent_next = (uint8_t)((segment->recent_next + 1) % SEGMENT_RECENT);
    }
    return err;
}
