/* compress: gzip members, by libdeflate, which works on whole buffers. */
#include "base/attr.h"
#include "compress/codec_ops.h"

#include <libdeflate.h>
#include <stdlib.h>

enum {
    GZIP_LEVEL_DEFAULT = -1, /* Kafka's number; stands for 6 */
    GZIP_MEMBER_SIZE_MIN = 18,
    GZIP_RATIO_MAX = 1032, /* of deflate: 258 bytes out of 2 bits */
    GZIP_GUESS_SIZE_MIN = 4096,
};

struct gzip_packer {
    struct libdeflate_compressor *compressor;
    struct bytes gathered; /* when there is more than one part */
};

static void packer_destroy(void *packer)
{
    struct gzip_packer *state = packer;

    if (state) {
        libdeflate_free_compressor(state->compressor);
        bytes_finish(&state->gathered);
        free(state);
    }
}

static void *packer_create(int level)
{
    struct gzip_packer *state = calloc(1, sizeof(*state));

    if (!state) {
        return NULL;
    }
    bytes_init(&state->gathered, SIZE_MAX);
    state->compressor = libdeflate_alloc_compressor(level == GZIP_LEVEL_DEFAULT ? 6 : level);
    if (!state->compressor) {
        packer_destroy(state);
        return NULL;
    }
    return state;
}

static enum kc_err pack_whole(struct gzip_packer *state, struct slice input, struct bytes *out)
{
    if (!bytes_reserve(out, libdeflate_gzip_compress_bound(state->compressor, input.size))) {
        return KC_ERR_NO_MEMORY;
    }
    out->size += libdeflate_gzip_compress(state->compressor, input.data, input.size,
                                          out->data + out->size, out->capacity - out->size);
    return KC_ERR_NONE;
}

static enum kc_err pack(void *packer, const struct slice *parts, size_t part_count,
                        struct bytes *out)
{
    struct gzip_packer *state = packer;

    if (part_count == 1) {
        return pack_whole(state, parts[0], out);
    }
    enum kc_err err = KC_ERR_NONE;
    for (size_t i = 0; !err && i < part_count; i++) {
        if (!bytes_append(&state->gathered, parts[i].data, parts[i].size)) {
            err = KC_ERR_NO_MEMORY;
        }
    }
    if (!err) {
        err = pack_whole(state, bytes_slice(&state->gathered), out);
    }
    bytes_finish(&state->gathered);
    return err;
}

static void *unpacker_create(void)
{
    return libdeflate_alloc_decompressor();
}

static void unpacker_destroy(void *unpacker)
{
    libdeflate_free_decompressor(unpacker);
}

/* A first guess at the plain size: what the trailer says, when the bytes there could hold it. */
static size_t guess_size(struct slice input)
{
    const uint8_t *trailer = input.data + input.size - 4;
    size_t claimed =
        (size_t)trailer[3] << 24 | (size_t)trailer[2] << 16 | (size_t)trailer[1] << 8 | trailer[0];
    bool is_possible = claimed / GZIP_RATIO_MAX <= input.size;

    return is_possible ? claimed : MIN_OF(input.size, SIZE_MAX / 4) * 4;
}

/* Inflates one member and moves *input past it. When the room is too small all begins again with
 * more than twice as much, so that a wrong guess costs no more than the right one. */
static enum kc_err unpack_member(struct libdeflate_decompressor *decompressor, struct slice *input,
                                 struct bytes *out)
{
    size_t wanted;
    uint8_t nothing;

    if (input->size < GZIP_MEMBER_SIZE_MIN || out->size > out->size_max) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    size_t left = out->size_max - out->size;
    wanted = MIN_OF(guess_size(*input), left);
    for (;;) {
        size_t taken;
        size_t made;
        enum kc_err err = codec_reserve(out, wanted);
        if (err) {
            return err;
        }
        size_t room = codec_room(out);
        enum libdeflate_result result = libdeflate_gzip_decompress_ex(
            decompressor, input->data, input->size, room > 0 ? out->data + out->size : &nothing,
            room, &taken, &made);
        if (result == LIBDEFLATE_SUCCESS) {
            *input = slice_of(input->data + taken, input->size - taken);
            out->size += made;
            return KC_ERR_NONE;
        }
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE) {
            return KC_ERR_CORRUPT_MESSAGE;
        }
        if (room >= left) {
            return KC_ERR_TOO_LARGE;
        }
        wanted = room > left / 2 ? left : MAX_OF(room * 2, (size_t)GZIP_GUESS_SIZE_MIN);
        wanted = MIN_OF(wanted, left);
    }
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
    .level_min = 1,
    .level_max = 9,
    .level_default = GZIP_LEVEL_DEFAULT,
    .packer_create = packer_create,
    .packer_destroy = packer_destroy,
    .pack = pack,
    .unpacker_create = unpacker_create,
    .unpacker_destroy = unpacker_destroy,
    .unpack = unpack,
};
