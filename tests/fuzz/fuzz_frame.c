/* fuzz: the frame reader with bytes and cuts of chance, and the two header readers on what comes
 * out. */
#include "base/attr.h"
#include "net/frame_reader.h"
#include "net/handshake.h"
#include "wire/frame.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_FRAME_MAX = 1 << 20 };

static void use_frame(struct frame_buffer *frame)
{
    struct reader reader;
    struct request_head head;
    reader_init(&reader, frame_buffer_slice(frame));
    (void)request_head_read(&reader, &head);

    struct version_table versions;
    struct handshake handshake;
    struct bytes out;
    bytes_init(&out, 4096);
    handshake_init(&handshake, slice_text("fuzz"), "libclient", "0", &versions);
    if (handshake_start(&handshake, &out) != KC_ERR_NONE) {
        abort();
    }
    (void)handshake_step(&handshake, frame_buffer_slice(frame), &out);
    bytes_finish(&out);
    frame_buffer_drop(frame);
}

/* The first byte of the input is how much is fed at a time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t step = (size_t)data[0] * 64 + 1;
    struct frame_reader reader;
    frame_reader_init(&reader, FUZZ_FRAME_MAX, 0);
    size_t position = 1;
    while (position < size) {
        size_t chunk = MIN_OF(step, size - position);
        struct frame_buffer *frame = NULL;
        uint8_t *space = NULL;
        size_t space_size = 0;
        if (frame_reader_space(&reader, &space, &space_size)) {
            chunk = MIN_OF(chunk, space_size);
            memcpy(space, data + position, chunk);
            if (frame_reader_advance(&reader, chunk, &frame) != KC_ERR_NONE) {
                abort();
            }
            position += chunk;
            if (frame) {
                use_frame(frame);
            }
            continue;
        }
        struct slice bytes = slice_of(data + position, chunk);
        position += chunk;
        while (bytes.size > 0) {
            if (frame_reader_feed(&reader, &bytes, &frame) != KC_ERR_NONE) {
                frame_reader_finish(&reader);
                return 0;
            }
            if (frame) {
                use_frame(frame);
            }
        }
        if (frame_reader_held(&reader) > 2 * size + 2 * FRAME_READER_START_MIN) {
            abort(); /* memory must follow the bytes that came */
        }
    }
    frame_reader_finish(&reader);
    return 0;
}
