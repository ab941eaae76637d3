/* compress: zstd frames. Frames are decompressed in one call each, straight into the output: the
 * streaming calls would allocate whatever window the frame asks for. */
#include "base/attr.h"
#include "compress/codec_ops.h"

#include <zstd.h>
#include <zstd_errors.h>

enum {
    ZSTD_FRAME_HEADER_SIZE_MIN = 5,
    ZSTD_BLOCK_HEADER_SIZE = 3,
    ZSTD_BLOCK_CONTENT_MAX = 128 * 1024,
    ZSTD_WINDOW_SIZE_MAX = 1 << 27,
    ZSTD_LEVEL_DEFAULT = 3,
    ZSTD_LEVEL_MIN = -131072,
    ZSTD_LEVEL_MAX = 22,
};

static void *packer_create(int level)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();

    if (context) {
        (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    }
    return context;
}

static void packer_destroy(void *packer)
{
    (void)ZSTD_freeCCtx(packer);
}

static enum kc_err pack_whole(ZSTD_CCtx *context, struct slice input, struct bytes *out)
{
    size_t size = ZSTD_compress2(context, out->data + out->size, out->capacity - out->size,
                                 input.data, input.size);

    if (ZSTD_isError(size)) {
        return KC_ERR_NO_MEMORY;
    }
    out->size += size;
    return KC_ERR_NONE;
}

static enum kc_err pack_part(ZSTD_CCtx *context, struct slice part, ZSTD_EndDirective directive,
                             struct bytes *out)
{
    ZSTD_inBuffer source = { part.data, part.size, 0 };
    size_t left;

    do {
        if (!bytes_reserve(out, ZSTD_BLOCK_HEADER_SIZE + ZSTD_BLOCK_CONTENT_MAX)) {
            return KC_ERR_NO_MEMORY;
        }
        ZSTD_outBuffer target = { out->data, out->capacity, out->size };
        left = ZSTD_compressStream2(context, &target, &source, directive);
        if (ZSTD_isError(left)) {
            return KC_ERR_NO_MEMORY;
        }
        out->size = target.pos;
    } while (source.pos < source.size || (directive == ZSTD_e_end && left > 0));
    return KC_ERR_NONE;
}

static enum kc_err pack(void *packer, const struct slice *parts, size_t part_count,
                        struct bytes *out)
{
    size_t total = 0;

    for (size_t i = 0; i < part_count; i++) {
        total += parts[i].size;
    }
    if (!bytes_reserve(out, ZSTD_compressBound(total))) {
        return KC_ERR_NO_MEMORY;
    }
    (void)ZSTD_CCtx_reset(packer, ZSTD_reset_session_only);
    if (part_count <= 1) {
        return pack_whole(packer, part_count == 1 ? parts[0] : SLICE_EMPTY, out);
    }
    (void)ZSTD_CCtx_setPledgedSrcSize(packer, total);
    enum kc_err err = KC_ERR_NONE;
    for (size_t i = 0; !err && i < part_count; i++) {
        bool is_last = i + 1 == part_count;
        err = pack_part(packer, parts[i], is_last ? ZSTD_e_end : ZSTD_e_continue, out);
    }
    return err;
}

static void *unpacker_create(void)
{
    return ZSTD_createDCtx();
}

static void unpacker_destroy(void *unpacker)
{
    (void)ZSTD_freeDCtx(unpacker);
}

static uint32_t load_little(const uint8_t *p, size_t size)
{
    uint32_t value = 0;

    for (size_t i = 0; i < size; i++) {
        value |= (uint32_t)p[i] << (8 * i);
    }
    return value;
}

/* Bytes of the frame header (RFC 8878, 3.1.1.1), or 0 when it is cut or its window too large. */
static size_t measure_header(struct slice input, bool *ret_has_checksum)
{
    static const uint8_t dictionary_sizes[] = { 0, 1, 2, 4 };
    static const uint8_t content_sizes[] = { 0, 2, 4, 8 };

    if (input.size < ZSTD_FRAME_HEADER_SIZE_MIN + 1) {
        return 0;
    }
    uint8_t descriptor = input.data[4];
    bool is_single_segment = (descriptor & 0x20) != 0;
    size_t size = ZSTD_FRAME_HEADER_SIZE_MIN + dictionary_sizes[descriptor & 3] +
                  content_sizes[descriptor >> 6];
    if (is_single_segment) {
        size += descriptor >> 6 == 0;
    } else {
        uint8_t window = input.data[5];
        uint64_t window_size = UINT64_C(1) << (10 + (window >> 3));
        window_size += window_size / 8 * (window & 7);
        if (window_size > ZSTD_WINDOW_SIZE_MAX) {
            return 0;
        }
        size++;
    }
    *ret_has_checksum = (descriptor & 0x04) != 0;
    return size <= input.size ? size : 0;
}

/* Walks the block headers: bytes of the frame, and the most that its blocks can hold. So the size
 * that the frame claims is held against what is there before memory is asked for. */
static bool measure_frame(struct slice input, size_t *ret_frame_size, size_t *ret_content_max)
{
    bool has_checksum;
    bool is_last = false;
    size_t content_max = 0;
    size_t position = measure_header(input, &has_checksum);

    if (position == 0) {
        return false;
    }
    while (!is_last) {
        if (input.size - position < ZSTD_BLOCK_HEADER_SIZE) {
            return false;
        }
        uint32_t header = load_little(input.data + position, ZSTD_BLOCK_HEADER_SIZE);
        size_t block_size = header >> 3;
        bool is_repeated = (header >> 1 & 3) == 1;
        bool is_compressed = (header >> 1 & 3) == 2;
        size_t stored = is_repeated ? 1 : block_size;
        is_last = (header & 1) != 0;
        position += ZSTD_BLOCK_HEADER_SIZE;
        if (block_size > ZSTD_BLOCK_CONTENT_MAX || stored > input.size - position) {
            return false;
        }
        position += stored;
        content_max += is_compressed ? ZSTD_BLOCK_CONTENT_MAX : block_size;
    }
    size_t tail = has_checksum ? 4 : 0;
    if (input.size - position < tail) {
        return false;
    }
    *ret_frame_size = position + tail;
    *ret_content_max = content_max;
    return true;
}

static enum kc_err unpack_frame(ZSTD_DCtx *context, struct slice frame, size_t content_max,
                                struct bytes *out)
{
    uint8_t nothing;
    unsigned long long claimed = ZSTD_getFrameContentSize(frame.data, frame.size);
    bool is_claimed = claimed < ZSTD_CONTENTSIZE_ERROR;

    if (claimed == ZSTD_CONTENTSIZE_ERROR || (is_claimed && claimed > content_max)) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    size_t left = out->size_max > out->size ? out->size_max - out->size : 0;
    if (is_claimed && claimed > left) {
        return KC_ERR_TOO_LARGE;
    }
    size_t wanted = MIN_OF(is_claimed ? (size_t)claimed : content_max, left);
    enum kc_err err = codec_reserve(out, wanted);
    if (err) {
        return err;
    }
    size_t room = codec_room(out);
    size_t made = ZSTD_decompressDCtx(context, room > 0 ? out->data + out->size : &nothing, room,
                                      frame.data, frame.size);
    if (!ZSTD_isError(made)) {
        out->size += made;
        return KC_ERR_NONE;
    }
    switch (ZSTD_getErrorCode(made)) {
    case ZSTD_error_memory_allocation:
        return KC_ERR_NO_MEMORY;
    case ZSTD_error_dstSize_tooSmall:
        return room < content_max ? KC_ERR_TOO_LARGE : KC_ERR_CORRUPT_MESSAGE;
    default:
        return KC_ERR_CORRUPT_MESSAGE;
    }
}

static enum kc_err unpack(void *unpacker, struct slice input, bool lz4_bad_header,
                          struct bytes *out)
{
    bool seen = false;

    while (input.size > 0) {
        size_t size;
        size_t content_max;
        uint32_t magic = input.size < 4 ? 0 : load_little(input.data, 4);
        if ((magic & ~UINT32_C(0xf)) == ZSTD_MAGIC_SKIPPABLE_START) {
            if (input.size < 8 || load_little(input.data + 4, 4) > input.size - 8) {
                return KC_ERR_CORRUPT_MESSAGE;
            }
            size = 8 + (size_t)load_little(input.data + 4, 4);
        } else {
            if (magic != ZSTD_MAGICNUMBER || !measure_frame(input, &size, &content_max)) {
                return KC_ERR_CORRUPT_MESSAGE;
            }
            enum kc_err err = unpack_frame(unpacker, slice_of(input.data, size), content_max, out);
            if (err) {
                return err;
            }
            seen = true;
        }
        input = slice_of(input.data + size, input.size - size);
    }
    return seen ? KC_ERR_NONE : KC_ERR_CORRUPT_MESSAGE;
}

const struct codec_ops zstd_ops = {
    .name = "zstd",
    .level_min = ZSTD_LEVEL_MIN,
    .level_max = ZSTD_LEVEL_MAX,
    .level_default = ZSTD_LEVEL_DEFAULT,
    .packer_create = packer_create,
    .packer_destroy = packer_destroy,
    .pack = pack,
    .unpacker_create = unpacker_create,
    .unpacker_destroy = unpacker_destroy,
    .unpack = unpack,
};
