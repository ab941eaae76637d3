/* handler: a batch in another codec. Deltas of records count from the header, which stays: so its
 * records are the same bytes in every codec. */
#include "handler/recompressor.h"

#include <stdlib.h>

/* A buffer larger than this is not kept for the next batch. */
enum { RECOMPRESSOR_KEPT_MAX = 4 * 1024 * 1024 };

struct recompressor {
    struct compressor *compressors[COMPRESSION_COUNT]; /* NULL: not needed so far */
    int levels[COMPRESSION_COUNT];
    struct bytes out;
};

struct recompressor *recompressor_create(size_t size_max)
{
    struct recompressor *recompressor = calloc(1, sizeof(*recompressor));
    if (recompressor) {
        bytes_init(&recompressor->out, size_max);
    }
    return recompressor;
}

void recompressor_destroy(struct recompressor *recompressor)
{
    if (!recompressor) {
        return;
    }
    for (int codec = 0; codec < COMPRESSION_COUNT; codec++) {
        compressor_destroy(recompressor->compressors[codec]);
    }
    bytes_finish(&recompressor->out);
    free(recompressor);
}

static struct compressor *find(struct recompressor *recompressor, enum compression codec, int level)
{
    struct compressor **compressor = &recompressor->compressors[codec];
    if (*compressor && recompressor->levels[codec] != level) {
        compressor_destroy(*compressor);
        *compressor = NULL;
    }
    if (!*compressor) {
        *compressor = compressor_create(codec, level);
        recompressor->levels[codec] = level;
    }
    return *compressor;
}

static enum kc_err put_content(struct recompressor *recompressor, struct slice content,
                               enum compression codec, int level)
{
    if (codec == COMPRESSION_NONE) {
        return bytes_append(&recompressor->out, content.data, content.size)
                   ? KC_ERR_NONE
                   : KC_ERR_MESSAGE_TOO_LARGE;
    }
    struct compressor *compressor = find(recompressor, codec, level);
    if (!compressor) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = compressor_run(compressor, &content, 1, &recompressor->out);
    return err == KC_ERR_TOO_LARGE ? KC_ERR_MESSAGE_TOO_LARGE : err;
}

enum kc_err recompressor_run(struct recompressor *recompressor, const struct batch *batch,
                             struct slice content, enum compression codec, int level,
                             struct bytes **ret_batch)
{
    static const uint8_t header[BATCH_HEADER_SIZE];
    struct bytes *out = &recompressor->out;
    struct batch fields = *batch;
    if (out->capacity > RECOMPRESSOR_KEPT_MAX) {
        bytes_finish(out);
    }
    out->size = 0;
    if (!bytes_append(out, header, sizeof(header))) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = put_content(recompressor, content, codec, level);
    if (err) {
        return err;
    }
    fields.attributes = (int16_t)((batch->attributes & ~BATCH_ATTRIBUTE_CODEC) | (int16_t)codec);
    batch_write_header(out->data, out->size, &fields);
    *ret_batch = out;
    return KC_ERR_NONE;
}
