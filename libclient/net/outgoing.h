/* net: frames on their way out: bytes of its own with borrowed pieces between them, as one stream
 * write. Reused from frame to frame. Inside the room only, but for struct outgoing_file. */
#ifndef NET_OUTGOING_H
#define NET_OUTGOING_H

#include "net/stream.h"
#include "wire/cursor.h"

struct outgoing {
    struct stream_write write;
    struct bytes bytes;
    struct slice *slices;
    struct stream_file *files; /* as many as slices */
    size_t slice_capacity;
    size_t size; /* of the whole frame */
};

/* Memory kept between frames; what a larger one took is given back. */
enum { OUTGOING_KEEP_MAX = 65536 };

void outgoing_init(struct outgoing *outgoing, size_t size_max);
void outgoing_finish(struct outgoing *outgoing);

/* Room for so many slices, with which outgoing_seal needs no memory; false when there is none. */
bool outgoing_reserve(struct outgoing *outgoing, size_t slice_count);

/* Empties it for the next frame. */
void outgoing_reset(struct outgoing *outgoing);

/* Stands for a spliced value whose bytes are in a file: the value's data is `tag`. */
struct outgoing_file {
    const void *tag;
    struct stream_file file;
};

/* After the writer has filled outgoing->bytes: makes the write's slices. files (may be NULL) in
 * the order of the splices, each among them: else KC_ERR_INVALID. KC_ERR_NO_MEMORY. */
enum kc_err outgoing_seal(struct outgoing *outgoing, const struct splice *splices,
                          size_t splice_count, const struct outgoing_file *files,
                          size_t file_count);

#endif
