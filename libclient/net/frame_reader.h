/* net: bytes in, frames out: int32 size, then that many bytes. Pure. Memory grows with the bytes
 * that came, never with the size that was announced. */
#ifndef NET_FRAME_READER_H
#define NET_FRAME_READER_H

#include "base/frame_pool.h"

#include <libclient/error.h>

/* From this many missing bytes on, reads go into the frame itself. */
enum { FRAME_READER_DIRECT_MIN = 16384, FRAME_READER_START_MIN = 16384 };

struct frame_reader {
    struct frame_pool *pool; /* of large frames; borrowed; NULL: the heap */
    size_t size_max;         /* of a frame, without its prefix */
    size_t start_size;       /* memory taken on the word of the prefix alone; doubles after */
    uint8_t prefix[4];       /* as far as it came */
    size_t prefix_size;
    size_t frame_size;          /* announced by the complete prefix */
    struct frame_buffer *frame; /* the unfinished one, NULL between frames */
};

/* size_max at least 1; start_size is what a peer is trusted with, at least FRAME_READER_START_MIN.
 */
void frame_reader_init(struct frame_reader *reader, size_t size_max, size_t start_size);
void frame_reader_finish(struct frame_reader *reader);

/* Consumes from the front of bytes up to the end of a frame, which goes to ret_frame with its one
 * owner; NULL there means that all bytes are consumed and more are needed. Call until bytes is
 * empty. KC_ERR_MALFORMED (size below 0), KC_ERR_TOO_LARGE, KC_ERR_NO_MEMORY: the flow is lost. */
enum kc_err frame_reader_feed(struct frame_reader *reader, struct slice *bytes,
                              struct frame_buffer **ret_frame);

/* Memory within an unfinished large frame for the next bytes; false: read elsewhere and feed. After
 * putting bytes there call frame_reader_advance, which completes frames like feed. */
bool frame_reader_space(struct frame_reader *reader, uint8_t **ret_data, size_t *ret_size);
enum kc_err frame_reader_advance(struct frame_reader *reader, size_t size,
                                 struct frame_buffer **ret_frame);

/* Inside a frame or prefix: an end of the flow here is a cut. */
bool frame_reader_is_partial(const struct frame_reader *reader);

/* Bytes of memory held for the unfinished frame. */
size_t frame_reader_held(const struct frame_reader *reader);

#endif
