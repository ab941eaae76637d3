/* compress: gzip members, by zlib. */
#include "base/attr.h"
#include "compress/codec_ops.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

enum {
    GZIP_WINDOW_BITS = 15 + 16, /* 16: with gzip's header and trailer */
    GZIP_MEMORY_LEVEL = 8,
};

static void *packer_create(int level)
{
    z_stream *stream = calloc(1, sizeof(*stream));

    if (!stream) {
        return NULL;
    }
    int status = deflateInit2(stream, level, Z_DEFLATED, GZIP_WINDOW_BITS, GZIP_MEMORY_LEVEL,
                              Z_DEFAULT_STRATEGY);
    if (status != Z_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

static void packer_destroy(void *packer)
{
    if (packer) {
        (void)deflateEnd(packer);
        free(packer);
    }
}

/* Consumes the whole part; with Z_FINISH ends the member. */
static enum kc_err pack_part(z_stream *stream, struct slice part, int flush, struct bytes *out)
{
    int status;

    do {
        if (stream->avail_in == 0 && part.size > 0) {
            size_t step = MIN_OF(part.size, (size_t)UINT_MAX);
            stream->next_in = (Bytef *)(uintptr_t)part.data;
            stream->avail_in = (uInt)step;
            part = slice_of(part.data + step, part.size - step);
        }
        enum kc_err err = codec_grow(out);
        if (err) {
            return err;
        }
        size_t room = MIN_OF(codec_room(out), (size_t)UINT_MAX);
        stream->next_out = out->data + out->size;
        stream->avail_out = (uInt)room;
        status = deflate(stream, part.size > 0 ? Z_NO_FLUSH : flush);
        out->size += room - stream->avail_out;
    } while (stream->avail_in > 0 || part.size > 0 ||
             (flush == Z_FINISH && status != Z_STREAM_END));
    return KC_ERR_NONE;
}

static enum kc_err pack(void *packer, const struct slice *parts, size_t part_count,
                        struct bytes *out)
{
    z_stream *stream = packer;

    (void)deflateReset(stream);
    stream->avail_in = 0;
    for (size_t i = 0; i < part_count; i++) {
        enum kc_err err = pack_part(stream, parts[i], Z_NO_FLUSH, out);
        if (err) {
            return err;
        }
    }
    return pack_part(stream, SLICE_EMPTY, Z_FINISH, out);
}

static void *unpacker_create(void)
{
    z_stream *stream = calloc(1, sizeof(*stream));

    if (!stream) {
        return NULL;
    }
    if (inflateInit2(stream, GZIP_WINDOW_BITS) != Z_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

static void unpacker_destroy(void *unpacker)
{
    if (unpacker) {
        (void)inflateEnd(unpacker);
        free(unpacker);
    }
}

/* Inflates one member and moves *input past it. */
static enum kc_err unpack_member(z_stream *stream, struct slice *input, struct bytes *out)
{
    int status;

    (void)inflateReset(stream);
    do {
        uint8_t beyond;
        enum kc_err err = codec_grow(out);
        if (err == KC_ERR_NO_MEMORY) {
            return err;
        }
        /* At the maximum the member may just be ending: one more byte would be too many. */
        size_t room = err ? 1 : MIN_OF(codec_room(out), (size_t)UINT_MAX);
        size_t given = MIN_OF(input->size, (size_t)UINT_MAX);
        stream->next_in = (Bytef *)(uintptr_t)input->data;
        stream->avail_in = (uInt)given;
        stream->next_out = err ? &beyond : out->data + out->size;
        stream->avail_out = (uInt)room;
        status = inflate(stream, Z_NO_FLUSH);
        size_t taken = given - stream->avail_in;
        size_t made = room - stream->avail_out;
        *input = slice_of(input->data + taken, input->size - taken);
        if (err && made > 0) {
            return KC_ERR_TOO_LARGE;
        }
        out->size += made;
        if (status == Z_OK && taken == 0 && made == 0) {
            return KC_ERR_CORRUPT_MESSAGE;
        }
    } while (status == Z_OK);
    if (status == Z_MEM_ERROR) {
        return KC_ERR_NO_MEMORY;
    }
    return status == Z_STREAM_END ? KC_ERR_NONE : KC_ERR_CORRUPT_MESSAGE;
}

static enum kc_err unpack(void *unpacker, struct slice input, bool lz4_bad_header,
                          struct bytes *out)
{
    static const uint8_t magic[] = { 0x1f, 0x8b, 8 };
    enum kc_err err;

    /* As Java's reader: further members are read, anything else behind a member is left alone. */
    do {
        err = unpack_member(unpacker, &input, out);
    } while (!err && input.size >= sizeof(magic) && memcmp(input.data, magic, sizeof(magic)) == 0);
    return err;
}

const struct codec_ops gzip_ops = {
    .name = "gzip",
    .level_min = Z_BEST_SPEED,
    .level_max = Z_BEST_COMPRESSION,
    .level_default = Z_DEFAULT_COMPRESSION,
    .packer_create = packer_create,
    .packer_destroy = packer_destroy,
    .pack = pack,
    .unpacker_create = unpacker_create,
    .unpacker_destroy = unpacker_destroy,
    .unpack = unpack,
};
