/* compress: the table of codecs, and what is the same for all of them. */
#include "compress/codec.h"

#include "base/attr.h"
#include "compress/codec_ops.h"

#include <assert.h>
#include <stdlib.h>

enum { CODEC_STEP_SIZE = 64 * 1024 };

static const struct codec_ops none_ops = { .name = "none" };

static const struct codec_ops *const table[COMPRESSION_COUNT] = {
    [COMPRESSION_NONE] = &none_ops,     [COMPRESSION_GZIP] = &gzip_ops,
    [COMPRESSION_SNAPPY] = &snappy_ops, [COMPRESSION_LZ4] = &lz4_ops,
    [COMPRESSION_ZSTD] = &zstd_ops,
};

struct compressor {
    const struct codec_ops *ops;
    void *packer;
};

struct decompressor {
    void *unpackers[COMPRESSION_COUNT]; /* made when first needed */
};

static bool is_known(enum compression codec)
{
    return (unsigned)codec < COMPRESSION_COUNT;
}

const char *compression_name(enum compression codec)
{
    return is_known(codec) ? table[codec]->name : NULL;
}

bool compression_parse(struct slice name, enum compression *ret_codec)
{
    for (int i = 0; i < COMPRESSION_COUNT; i++) {
        if (slice_is(name, table[i]->name)) {
            *ret_codec = (enum compression)i;
            return true;
        }
    }
    return false;
}

void compression_levels(enum compression codec, int *ret_min, int *ret_max, int *ret_default)
{
    const struct codec_ops *ops = is_known(codec) ? table[codec] : &none_ops;

    *ret_min = ops->level_min;
    *ret_max = ops->level_max;
    *ret_default = ops->level_default;
}

static int fit_level(const struct codec_ops *ops, int level)
{
    if (level == COMPRESSION_LEVEL_DEFAULT || level == ops->level_default) {
        return ops->level_default;
    }
    return MIN_OF(MAX_OF(level, ops->level_min), ops->level_max);
}

struct compressor *compressor_create(enum compression codec, int level)
{
    assert(is_known(codec) && codec != COMPRESSION_NONE);
    struct compressor *compressor = calloc(1, sizeof(*compressor));
    if (!compressor) {
        return NULL;
    }
    compressor->ops = table[codec];
    compressor->packer = compressor->ops->packer_create(fit_level(compressor->ops, level));
    if (!compressor->packer) {
        free(compressor);
        return NULL;
    }
    return compressor;
}

void compressor_destroy(struct compressor *compressor)
{
    if (!compressor) {
        return;
    }
    compressor->ops->packer_destroy(compressor->packer);
    free(compressor);
}

enum kc_err compressor_run(struct compressor *compressor, const struct slice *parts,
                           size_t part_count, struct bytes *out)
{
    size_t size_before = out->size;
    size_t size_max = out->size_max;

    /* The libraries ask for the room of the worst case, which may be more than the result needs. */
    out->size_max = SIZE_MAX;
    enum kc_err err = compressor->ops->pack(compressor->packer, parts, part_count, out);
    out->size_max = size_max;
    if (!err && out->size > size_max) {
        err = KC_ERR_TOO_LARGE;
    }
    if (err) {
        out->size = size_before;
    }
    return err;
}

struct decompressor *decompressor_create(void)
{
    return calloc(1, sizeof(struct decompressor));
}

void decompressor_destroy(struct decompressor *decompressor)
{
    if (!decompressor) {
        return;
    }
    for (int i = 0; i < COMPRESSION_COUNT; i++) {
        if (decompressor->unpackers[i]) {
            table[i]->unpacker_destroy(decompressor->unpackers[i]);
        }
    }
    free(decompressor);
}

static enum kc_err copy_through(struct slice input, struct bytes *out)
{
    enum kc_err err = codec_reserve(out, input.size);

    if (!err) {
        (void)bytes_append(out, input.data, input.size);
    }
    return err;
}

enum kc_err decompressor_run(struct decompressor *decompressor, enum compression codec,
                             struct slice input, bool lz4_bad_header, struct bytes *out)
{
    size_t size_before = out->size;

    if (!is_known(codec)) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if (codec == COMPRESSION_NONE) {
        return copy_through(input, out);
    }
    const struct codec_ops *ops = table[codec];
    if (!decompressor->unpackers[codec]) {
        decompressor->unpackers[codec] = ops->unpacker_create();
        if (!decompressor->unpackers[codec]) {
            return KC_ERR_NO_MEMORY;
        }
    }
    enum kc_err err = ops->unpack(decompressor->unpackers[codec], input, lz4_bad_header, out);
    if (err) {
        out->size = size_before;
    }
    return err;
}

size_t codec_room(const struct bytes *out)
{
    size_t end = MIN_OF(out->capacity, out->size_max);

    return end > out->size ? end - out->size : 0;
}

enum kc_err codec_grow(struct bytes *out)
{
    if (codec_room(out) > 0) {
        return KC_ERR_NONE;
    }
    if (out->size >= out->size_max) {
        return KC_ERR_TOO_LARGE;
    }
    size_t step = MIN_OF(out->size_max - out->size, (size_t)CODEC_STEP_SIZE);
    return bytes_reserve(out, step) ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

enum kc_err codec_reserve(struct bytes *out, size_t size)
{
    if (out->size > out->size_max || size > out->size_max - out->size) {
        return KC_ERR_TOO_LARGE;
    }
    return bytes_reserve(out, size) ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}
