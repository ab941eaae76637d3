/* net: cutting a flow of bytes into frames. */
#include "net/frame_reader.h"

#include "base/attr.h"
#include "base/bytes.h"

#include <stdlib.h>

enum { PREFIX_SIZE = 4 };

void frame_reader_init(struct frame_reader *reader, size_t size_max, size_t start_size)
{
    *reader = (struct frame_reader){
        .size_max = MIN_OF(MAX_OF(size_max, (size_t)1), (size_t)INT32_MAX),
        .start_size = MAX_OF(start_size, (size_t)FRAME_READER_START_MIN),
    };
}

void frame_reader_finish(struct frame_reader *reader)
{
    frame_buffer_drop(reader->frame);
    reader->frame = NULL;
    reader->prefix_size = 0;
}

/* Frames that follow each other are of nearly one size: with some room to spare the memory of one
 * will do for the next. */
static size_t frame_room(const struct frame_reader *reader)
{
    return reader->pool && reader->frame_size >= FRAME_POOL_SIZE_MIN
               ? reader->frame_size + reader->frame_size / 8
               : reader->frame_size;
}

static enum kc_err start_frame(struct frame_reader *reader)
{
    int32_t size = (int32_t)load_u32(reader->prefix);
    if (size < 0) {
        return KC_ERR_MALFORMED;
    }
    if ((size_t)size > reader->size_max) {
        return KC_ERR_TOO_LARGE;
    }
    reader->frame_size = (size_t)size;
    size_t start_size = MIN_OF(frame_room(reader), reader->start_size);
    reader->frame = reader->pool && reader->frame_size >= FRAME_POOL_SIZE_MIN
                        ? frame_pool_take(reader->pool, reader->frame_size, start_size)
                        : frame_buffer_create(start_size);
    return reader->frame ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

/* Doubles the memory of a frame that has filled it. */
static enum kc_err make_room(struct frame_reader *reader)
{
    struct frame_buffer *frame = reader->frame;
    if (frame->size < frame->capacity || frame->size == reader->frame_size) {
        return KC_ERR_NONE;
    }
    struct frame_buffer *larger =
        frame_buffer_grow(frame, MIN_OF(frame->capacity * 2, frame_room(reader)));
    if (!larger) {
        return KC_ERR_NO_MEMORY;
    }
    reader->frame = larger;
    return KC_ERR_NONE;
}

/* Memory for bytes of the frame that is there now. */
static size_t space_left(const struct frame_reader *reader)
{
    return MIN_OF(reader->frame->capacity, reader->frame_size) - reader->frame->size;
}

static struct frame_buffer *take_complete(struct frame_reader *reader)
{
    struct frame_buffer *frame = reader->frame;
    if (!frame || frame->size < reader->frame_size) {
        return NULL;
    }
    reader->frame = NULL;
    reader->prefix_size = 0;
    return frame;
}

enum kc_err frame_reader_feed(struct frame_reader *reader, struct slice *bytes,
                              struct frame_buffer **ret_frame)
{
    if (reader->prefix_size < PREFIX_SIZE) {
        size_t size = MIN_OF(PREFIX_SIZE - reader->prefix_size, bytes->size);
        if (size > 0) {
            memcpy(reader->prefix + reader->prefix_size, bytes->data, size);
        }
        reader->prefix_size += size;
        *bytes = slice_of(bytes->data + size, bytes->size - size);
        if (reader->prefix_size < PREFIX_SIZE) {
            *ret_frame = NULL;
            return KC_ERR_NONE;
        }
    }
    if (!reader->frame) {
        enum kc_err err = start_frame(reader);
        if (err != KC_ERR_NONE) {
            return err;
        }
    }
    while (bytes->size > 0 && reader->frame->size < reader->frame_size) {
        enum kc_err err = make_room(reader);
        if (err != KC_ERR_NONE) {
            return err;
        }
        struct frame_buffer *frame = reader->frame;
        size_t size = MIN_OF(space_left(reader), bytes->size);
        memcpy(frame->data + frame->size, bytes->data, size);
        frame->size += size;
        *bytes = slice_of(bytes->data + size, bytes->size - size);
    }
    *ret_frame = take_complete(reader);
    return KC_ERR_NONE;
}

bool frame_reader_space(struct frame_reader *reader, uint8_t **ret_data, size_t *ret_size)
{
    if (!reader->frame || reader->frame_size - reader->frame->size < FRAME_READER_DIRECT_MIN ||
        make_room(reader) != KC_ERR_NONE) {
        return false;
    }
    *ret_data = reader->frame->data + reader->frame->size;
    *ret_size = space_left(reader);
    return true;
}

enum kc_err frame_reader_advance(struct frame_reader *reader, size_t size,
                                 struct frame_buffer **ret_frame)
{
    if (!reader->frame || size > space_left(reader)) {
        return KC_ERR_INVALID;
    }
    reader->frame->size += size;
    *ret_frame = take_complete(reader);
    return KC_ERR_NONE;
}

bool frame_reader_is_partial(const struct frame_reader *reader)
{
    return reader->prefix_size > 0;
}

size_t frame_reader_held(const struct frame_reader *reader)
{
    return reader->frame ? sizeof(*reader->frame) + reader->frame->capacity : 0;
}
