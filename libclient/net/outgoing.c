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
    free(outgoing->files);
    outgoing->slices = NULL;
    outgoing->files = NULL;
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

static void add_slice(struct outgoing *outgoing, const uint8_t *data, size_t size,
                      struct stream_file file)
{
    if (size > 0) {
        outgoing->files[outgoing->write.count] = file;
        outgoing->slices[outgoing->write.count++] = slice_of(data, size);
        outgoing->size += size;
    }
}

bool outgoing_reserve(struct outgoing *outgoing, size_t count)
{
    if (count <= outgoing->slice_capacity) {
        return true;
    }
    struct slice *slices = realloc(outgoing->slices, count * sizeof(*slices));
    outgoing->slices = slices ? slices : outgoing->slices;
    struct stream_file *files = slices ? realloc(outgoing->files, count * sizeof(*files)) : NULL;
    if (!files) {
        return false;
    }
    outgoing->files = files;
    outgoing->slice_capacity = count;
    return true;
}

enum kc_err outgoing_seal(struct outgoing *outgoing, const struct splice *splices,
                          size_t splice_count, const struct outgoing_file *files, size_t file_count)
{
    const struct stream_file memory = { .descriptor = -1 };
    if (!outgoing_reserve(outgoing, 2 * splice_count + 1)) {
        return KC_ERR_NO_MEMORY;
    }
    outgoing->write.slices = outgoing->slices;
    outgoing->write.files = file_count > 0 ? outgoing->files : NULL;
    outgoing->write.count = 0;
    outgoing->size = 0;
    size_t position = 0;
    size_t taken = 0;
    for (size_t i = 0; i < splice_count; i++) {
        bool is_file = taken < file_count && files[taken].tag == splices[i].bytes.data;
        add_slice(outgoing, outgoing->bytes.data + position, splices[i].position - position,
                  memory);
        add_slice(outgoing, splices[i].bytes.data, splices[i].bytes.size,
                  is_file ? files[taken].file : memory);
        taken += is_file;
        position = splices[i].position;
    }
    add_slice(outgoing, outgoing->bytes.data + position, outgoing->bytes.size - position, memory);
    return taken == file_count ? KC_ERR_NONE : KC_ERR_INVALID;
}
