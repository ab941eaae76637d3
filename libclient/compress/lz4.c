/* compress: lz4 frames with independent 64 KiB blocks and no content checksum, as Kafka's clients
 * write them. One frame is read; as in Java, bytes behind it are left alone. */
#include "base/attr.h"
#include "compress/codec_ops.h"

#include <lz4frame.h>
#include <stdlib.h>

enum {
    LZ4_LEVEL_DEFAULT = 9, /* in Kafka's numbers; stands for the fast compressor */
    LZ4_LEVEL_HC_MIN = 3,
    LZ4_LEVEL_HC_MAX = 12, /* of this library; higher ones mean this one */
    LZ4_MAGIC_SIZE = 4,
    LZ4_FLAGS_SIZE_MAX = 14, /* flags, block size, content size, dictionary */
    LZ4_HEADER_SIZE_MIN = 7,
    LZ4_BLOCK_PLACE = 5,    /* of the byte that tells the block size */
    LZ4_BLOCK_KEPT_MAX = 5, /* 256 KiB, in its numbers */
    LZ4_FLAG_CONTENT_SIZE = 0x08,
    LZ4_FLAG_DICTIONARY = 0x01,
};

struct lz4_packer {
    LZ4F_cctx *context;
    LZ4F_preferences_t preferences;
};

static void packer_destroy(void *packer)
{
    struct lz4_packer *state = packer;

    if (state) {
        (void)LZ4F_freeCompressionContext(state->context);
        free(state);
    }
}

static void *packer_create(int level)
{
    struct lz4_packer *state = calloc(1, sizeof(*state));

    if (!state) {
        return NULL;
    }
    state->preferences = (LZ4F_preferences_t){
        .frameInfo = { .blockSizeID = LZ4F_max64KB, .blockMode = LZ4F_blockIndependent },
    };
    if (level != LZ4_LEVEL_DEFAULT) {
        int fitted = MIN_OF(MAX_OF(level, LZ4_LEVEL_HC_MIN), LZ4_LEVEL_HC_MAX);
        state->preferences.compressionLevel = fitted;
    }
    if (LZ4F_isError(LZ4F_createCompressionContext(&state->context, LZ4F_VERSION))) {
        packer_destroy(state);
        return NULL;
    }
    return state;
}

static enum kc_err pack(void *packer, const struct slice *parts, size_t part_count,
                        struct bytes *out)
{
    struct lz4_packer *state = packer;

    if (!bytes_reserve(out, LZ4F_HEADER_SIZE_MAX)) {
        return KC_ERR_NO_MEMORY;
    }
    size_t size = LZ4F_compressBegin(state->context, out->data + out->size, LZ4F_HEADER_SIZE_MAX,
                                     &state->preferences);
    if (LZ4F_isError(size)) {
        return KC_ERR_NO_MEMORY;
    }
    out->size += size;
    for (size_t i = 0; i < part_count; i++) {
        size_t bound = LZ4F_compressBound(parts[i].size, &state->preferences);
        if (!bytes_reserve(out, bound)) {
            return KC_ERR_NO_MEMORY;
        }
        size = LZ4F_compressUpdate(state->context, out->data + out->size, bound, parts[i].data,
                                   parts[i].size, NULL);
        if (LZ4F_isError(size)) {
            return KC_ERR_NO_MEMORY;
        }
        out->size += size;
    }
    size_t bound = LZ4F_compressBound(0, &state->preferences);
    if (!bytes_reserve(out, bound)) {
        return KC_ERR_NO_MEMORY;
    }
    size = LZ4F_compressEnd(state->context, out->data + out->size, bound, NULL);
    if (LZ4F_isError(size)) {
        return KC_ERR_NO_MEMORY;
    }
    out->size += size;
    return KC_ERR_NONE;
}

struct lz4_unpacker {
    LZ4F_dctx *context; /* NULL: made when it is needed */
};

static void *unpacker_create(void)
{
    return calloc(1, sizeof(struct lz4_unpacker));
}

static void unpacker_destroy(void *unpacker)
{
    struct lz4_unpacker *state = unpacker;
    if (state) {
        (void)LZ4F_freeDecompressionContext(state->context);
        free(state);
    }
}

/* A context keeps two buffers of its last frame's block size: 8 MiB after the largest. What stays
 * with who unpacks is to be small. */
static void unpacker_shrink(struct lz4_unpacker *state, struct slice frame)
{
    bool is_large =
        frame.size > LZ4_BLOCK_PLACE && (frame.data[LZ4_BLOCK_PLACE] >> 4 & 7) > LZ4_BLOCK_KEPT_MAX;
    if (is_large) {
        (void)LZ4F_freeDecompressionContext(state->context);
        state->context = NULL;
    }
}

static uint32_t load_little(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint32_t rotate(uint32_t value, int count)
{
    return value << count | value >> (32 - count);
}

/* XXH32 with seed 0 of fewer than 16 bytes, which is all that a frame header's checksum needs. */
static uint32_t short_hash(const uint8_t *data, size_t size)
{
    const uint32_t primes[] = { 0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1 };
    uint32_t hash = primes[4] + (uint32_t)size;

    for (; size >= 4; data += 4, size -= 4) {
        hash = rotate(hash + load_little(data) * primes[2], 17) * primes[3];
    }
    for (; size > 0; data++, size--) {
        hash = rotate(hash + *data * primes[4], 11) * primes[0];
    }
    hash = (hash ^ hash >> 15) * primes[1];
    hash = (hash ^ hash >> 13) * primes[2];
    return hash ^ hash >> 16;
}

/* Feeds one piece and moves it on; *ret_done when the frame ended. */
static enum kc_err unpack_piece(LZ4F_dctx *context, struct slice *piece, struct bytes *out,
                                bool *ret_done)
{
    bool done = false;

    while (!done) {
        uint8_t beyond;
        enum kc_err err = codec_grow(out);
        if (err == KC_ERR_NO_MEMORY) {
            return err;
        }
        /* At the maximum the frame may just be ending: one more byte would be too many. */
        size_t made = err ? 1 : codec_room(out);
        size_t taken = piece->size;
        size_t hint = LZ4F_decompress(context, err ? &beyond : out->data + out->size, &made,
                                      piece->data, &taken, NULL);
        if (LZ4F_isError(hint)) {
            /* The codes are not in the stable interface; their names are. */
            bool is_memory = strcmp(LZ4F_getErrorName(hint), "ERROR_allocation_failed") == 0;
            return is_memory ? KC_ERR_NO_MEMORY : KC_ERR_CORRUPT_MESSAGE;
        }
        *piece = slice_of(piece->data + taken, piece->size - taken);
        if (err && made > 0) {
            return KC_ERR_TOO_LARGE;
        }
        out->size += made;
        done = hint == 0;
        if (!done && taken == 0 && made == 0) {
            break;
        }
    }
    *ret_done = done;
    return KC_ERR_NONE;
}

/* Kafka before 0.10 computed the header's checksum over the magic as well (KAFKA-3160); Java reads
 * such frames without looking at it. Here it is made right before the library sees it. */
static enum kc_err unpack_bad_header(LZ4F_dctx *context, struct slice *input, struct bytes *out,
                                     bool *ret_done)
{
    uint8_t header[LZ4_MAGIC_SIZE + LZ4_FLAGS_SIZE_MAX + 1];

    if (input->size < LZ4_HEADER_SIZE_MIN) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    uint8_t flags = input->data[LZ4_MAGIC_SIZE];
    size_t flags_size =
        2 + (flags & LZ4_FLAG_CONTENT_SIZE ? 8 : 0) + (flags & LZ4_FLAG_DICTIONARY ? 4 : 0);
    size_t size = LZ4_MAGIC_SIZE + flags_size + 1;
    if (input->size < size) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    memcpy(header, input->data, size);
    header[size - 1] = (uint8_t)(short_hash(header + LZ4_MAGIC_SIZE, flags_size) >> 8);
    struct slice piece = slice_of(header, size);
    *input = slice_of(input->data + size, input->size - size);
    return unpack_piece(context, &piece, out, ret_done);
}

static enum kc_err unpack_frame(LZ4F_dctx *context, struct slice input, bool lz4_bad_header,
                                struct bytes *out)
{
    enum kc_err err = KC_ERR_NONE;
    bool done = false;

    LZ4F_resetDecompressionContext(context);
    if (lz4_bad_header) {
        err = unpack_bad_header(context, &input, out, &done);
    }
    if (!err && !done) {
        err = unpack_piece(context, &input, out, &done);
    }
    return err || done ? err : KC_ERR_CORRUPT_MESSAGE;
}

static enum kc_err unpack(void *unpacker, struct slice input, bool lz4_bad_header,
                          struct bytes *out)
{
    struct lz4_unpacker *state = unpacker;

    if (!state->context &&
        LZ4F_isError(LZ4F_createDecompressionContext(&state->context, LZ4F_VERSION))) {
        state->context = NULL;
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = unpack_frame(state->context, input, lz4_bad_header, out);
    unpacker_shrink(state, input);
    return err;
}

const struct codec_ops lz4_ops = {
    .name = "lz4",
    .level_min = 1,
    .level_max = 17,
    .level_default = LZ4_LEVEL_DEFAULT,
    .packer_create = packer_create,
    .packer_destroy = packer_destroy,
    .pack = pack,
    .unpacker_create = unpacker_create,
    .unpacker_destroy = unpacker_destroy,
    .unpack = unpack,
};
