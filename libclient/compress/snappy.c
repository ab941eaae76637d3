/* compress: snappy in the block framing of snappy-java, which is what Kafka's clients write; raw
 * snappy, as some other clients write, is read too. */
#include "base/attr.h"
#include "compress/codec_ops.h"

#include <snappy-c.h>
#include <stdlib.h>

enum {
    SNAPPY_BLOCK_SIZE = 32 * 1024,
    SNAPPY_HEADER_SIZE = 16, /* magic, version, oldest version that can read it */
    SNAPPY_VERSION = 1,
    SNAPPY_LENGTH_SIZE = 4,
    SNAPPY_WORK_SIZE = 112 * 1024, /* more than the library takes to compress one block */
};

static const uint8_t snappy_magic[8] = { 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0 };

/* A block that spans parts is gathered here. */
struct snappy_packer {
    uint8_t block[SNAPPY_BLOCK_SIZE];
};

static void *packer_create(int level)
{
    (void)level;
    return malloc(sizeof(struct snappy_packer));
}

/* The library takes its working memory by C++'s operator new, whose failure no C code can catch: it
 * would end the process. So the failure is had here; what was free a moment ago still is, but for
 * the other threads. Volatile, lest the compiler leave both calls out. */
static bool has_working_memory(void)
{
    volatile uint8_t *memory = malloc(SNAPPY_WORK_SIZE);

    if (!memory) {
        return false;
    }
    memory[0] = 0;
    free((void *)memory);
    return true;
}

static enum kc_err pack_block(struct slice block, struct bytes *out)
{
    size_t size = snappy_max_compressed_length(block.size);

    if (!bytes_reserve(out, SNAPPY_LENGTH_SIZE + size) || !has_working_memory()) {
        return KC_ERR_NO_MEMORY;
    }
    uint8_t *start = out->data + out->size;
    if (snappy_compress((const char *)block.data, block.size, (char *)start + SNAPPY_LENGTH_SIZE,
                        &size) != SNAPPY_OK) {
        return KC_ERR_NO_MEMORY;
    }
    store_u32(start, (uint32_t)size);
    out->size += SNAPPY_LENGTH_SIZE + size;
    return KC_ERR_NONE;
}

static enum kc_err pack_header(struct bytes *out)
{
    uint8_t header[SNAPPY_HEADER_SIZE];

    memcpy(header, snappy_magic, sizeof(snappy_magic));
    store_u32(header + 8, SNAPPY_VERSION);
    store_u32(header + 12, SNAPPY_VERSION);
    return bytes_append(out, header, sizeof(header)) ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static enum kc_err pack(void *packer, const struct slice *parts, size_t part_count,
                        struct bytes *out)
{
    struct snappy_packer *state = packer;
    size_t gathered = 0;

    enum kc_err err = pack_header(out);
    for (size_t i = 0; !err && i < part_count; i++) {
        struct slice part = parts[i];
        while (!err && part.size > 0) {
            size_t step = MIN_OF(part.size, (size_t)SNAPPY_BLOCK_SIZE - gathered);
            if (step == SNAPPY_BLOCK_SIZE) {
                err = pack_block(slice_of(part.data, step), out);
            } else {
                memcpy(state->block + gathered, part.data, step);
                gathered += step;
            }
            if (!err && gathered == SNAPPY_BLOCK_SIZE) {
                err = pack_block(slice_of(state->block, gathered), out);
                gathered = 0;
            }
            part = slice_of(part.data + step, part.size - step);
        }
    }
    return err || gathered == 0 ? err : pack_block(slice_of(state->block, gathered), out);
}

static void *unpacker_create(void)
{
    /* Nothing to keep, but the table wants a pointer. */
    return malloc(1);
}

static enum kc_err unpack_block(struct slice block, struct bytes *out)
{
    size_t claimed;
    const char *data = (const char *)block.data;

    if (snappy_uncompressed_length(data, block.size, &claimed) != SNAPPY_OK) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    /* Snappy's densest element makes 64 bytes out of 3: a claim beyond that is a lie. */
    if (claimed / 64 > block.size / 3) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    enum kc_err err = codec_reserve(out, claimed);
    if (err) {
        return err;
    }
    size_t size = claimed;
    uint8_t nothing;
    uint8_t *target = claimed > 0 ? out->data + out->size : &nothing;
    if (snappy_uncompress(data, block.size, (char *)target, &size) != SNAPPY_OK) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    out->size += size;
    return KC_ERR_NONE;
}

static bool has_header(struct slice input)
{
    return input.size >= SNAPPY_HEADER_SIZE &&
           memcmp(input.data, snappy_magic, sizeof(snappy_magic)) == 0;
}

static enum kc_err unpack(void *unpacker, struct slice input, bool lz4_bad_header,
                          struct bytes *out)
{
    enum kc_err err = KC_ERR_NONE;

    if (!has_header(input)) {
        return unpack_block(input, out);
    }
    while (!err && input.size > 0) {
        /* Streams may be appended to one another, headers included. */
        if (has_header(input)) {
            if (load_u32(input.data + 12) > SNAPPY_VERSION) {
                return KC_ERR_CORRUPT_MESSAGE;
            }
            input = slice_of(input.data + SNAPPY_HEADER_SIZE, input.size - SNAPPY_HEADER_SIZE);
            continue;
        }
        if (input.size < SNAPPY_LENGTH_SIZE) {
            return KC_ERR_CORRUPT_MESSAGE;
        }
        size_t size = load_u32(input.data);
        input = slice_of(input.data + SNAPPY_LENGTH_SIZE, input.size - SNAPPY_LENGTH_SIZE);
        if (size > input.size) {
            return KC_ERR_CORRUPT_MESSAGE;
        }
        err = unpack_block(slice_of(input.data, size), out);
        input = slice_of(input.data + size, input.size - size);
    }
    return err;
}

const struct codec_ops snappy_ops = {
    .name = "snappy",
    .packer_create = packer_create,
    .packer_destroy = free,
    .pack = pack,
    .unpacker_create = unpacker_create,
    .unpacker_destroy = free,
    .unpack = unpack,
};
