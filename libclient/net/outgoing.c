/* net: frames on their way out. */
#include "net/outgoing.h"

#include "base/attr.h"

#include <stdlib.h>

void outgoing_init(struct outgoing *outgoing, size_t size_max)
{
    *outgoing = (struct outgoing){ 0 };
    list_init(&outgoing->write.link);
    bytes_init(&outgoing->bytes, size_max);
}

void outgoing_finish(struct outgoing *outgoing)
{
    bytes_finish(&outgoing->bytes);
    free(outgoing->slices);
    outgoing->slices = NULL;
    outgoing->slice_capacity = 0;
}

void outgoing_reset(struct outgoing *outgoing)
{
    if (outgoing->bytes.capacity > OUTGOING_KEEP_MAX) {
        size_t size_max = outgoing->bytes.size_max;
        bytes_finish(&outgoing->bytes);
        bytes_init(&outgoing->bytes, size_max);
    }
    outgoing->bytes.size = 0;
    outgoing->size = 0;
}

static void add_slice(struct outgoing *outgoing, const uint8_t *data, size_t size)
{
    if (size > 0) {
        outgoing->slices[outgoing->write.count++] = slice_of(data, size);
        outgoing->size += size;
    }
}

enum kc_err outgoing_seal(struct outgoing *outgoing, const struct splice *splices,
                          size_t splice_count)
{
    size_t needed = 2 * splice_count + 1;
    if (needed > outgoing->slice_capacity) {
        struct slice *slices = realloc(outgoing->slices, needed * sizeof(*slices));
        if (!slices) {
            return KC_ERR_NO_MEMORY;
        }
        outgoing->slices = slices;
        outgoing->slice_capacity = needed;
    }
    outgoing->write.slices = outgoing->slices;
    outgoing->write.count = 0;
    outgoing->size = 0;
    size_t position = 0;
    for (size_t i = 0; i < splice_count; i++) {
        add_slice(outgoing, outgoing->bytes.data + position, splices[i].position - position);
        add_slice(outgoing, splices[i].bytes.data, splices[i].bytes.size);
        position = splices[i].position;
    }
    add_slice(outgoing, outgoing->bytes.data + position, outgoing->bytes.size - position);
    return KC_ERR_NONE;
}
