/* tests/fuzz: each decompressor on any bytes. The first byte picks the codec and the flags. Output
 * stays below the cap, the state serves the next input, and what was read can be written and read
 * again. */
#include "compress/codec.h"

#include <assert.h>
#include <stdlib.h>

enum { FUZZ_COMPRESS_CAP = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void repack(enum compression codec, struct decompressor *decompressor, struct slice plain)
{
    struct compressor *compressor = compressor_create(codec, COMPRESSION_LEVEL_DEFAULT);
    struct bytes packed;
    struct bytes out;

    assert(compressor);
    bytes_init(&packed, SIZE_MAX);
    bytes_init(&out, plain.size);
    assert(!compressor_run(compressor, &plain, 1, &packed));
    assert(!decompressor_run(decompressor, codec, bytes_slice(&packed), false, &out));
    assert(slice_equal(bytes_slice(&out), plain));
    bytes_finish(&out);
    bytes_finish(&packed);
    compressor_destroy(compressor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes out;

    if (size == 0) {
        return 0;
    }
    enum compression codec = (enum compression)(data[0] % COMPRESSION_COUNT);
    bool lz4_bad_header = (data[0] & 0x80) != 0;
    struct decompressor *decompressor = decompressor_create();
    assert(decompressor);
    bytes_init(&out, FUZZ_COMPRESS_CAP);
    enum kc_err err =
        decompressor_run(decompressor, codec, slice_of(data + 1, size - 1), lz4_bad_header, &out);
    assert(err == KC_ERR_NONE || err == KC_ERR_CORRUPT_MESSAGE || err == KC_ERR_TOO_LARGE);
    assert(out.capacity <= FUZZ_COMPRESS_CAP && (err == KC_ERR_NONE || out.size == 0));
    if (!err && codec != COMPRESSION_NONE) {
        repack(codec, decompressor, bytes_slice(&out));
    }
    bytes_finish(&out);
    decompressor_destroy(decompressor);
    return 0;
}
