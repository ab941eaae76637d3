/* tests: what the tests of every codec do alike. */
#ifndef COMPRESS_CODEC_CASE_H
#define COMPRESS_CODEC_CASE_H

#include "compress/codec.h"
#include "support/test.h"

#include <stdlib.h>

enum { CODEC_CASE_CAP = 16 * 1024 * 1024 };

/* Decompresses a copy of the input in memory of exactly its size, into an emptied out with this
 * maximum. */
static inline enum kc_err codec_case_unpack(enum compression codec, struct slice input,
                                            size_t size_max, bool lz4_bad_header, struct bytes *out)
{
    struct decompressor *decompressor = decompressor_create();
    uint8_t *copy = malloc(input.size > 0 ? input.size : 1);

    assert_non_null(decompressor);
    assert_non_null(copy);
    if (input.size > 0) {
        memcpy(copy, input.data, input.size);
    }
    bytes_init(out, size_max);
    enum kc_err err =
        decompressor_run(decompressor, codec, slice_of(copy, input.size), lz4_bad_header, out);
    if (err) {
        assert_int_equal(out->size, 0);
    }
    assert_true(out->size <= size_max && out->capacity <= size_max);
    free(copy);
    decompressor_destroy(decompressor);
    return err;
}

/* That the input in hex gives the output in hex. */
static inline void codec_case_reads(enum compression codec, const char *hex, bool lz4_bad_header,
                                    const char *plain_hex)
{
    size_t size;
    size_t plain_size;
    uint8_t *data = test_unhex(hex, &size);
    uint8_t *plain = test_unhex(plain_hex, &plain_size);
    struct bytes out;

    assert_int_equal(
        codec_case_unpack(codec, slice_of(data, size), CODEC_CASE_CAP, lz4_bad_header, &out), 0);
    assert_int_equal(out.size, plain_size);
    assert_memory_equal(out.data, plain, plain_size);
    bytes_finish(&out);
    free(plain);
    free(data);
}

/* That the input in hex fails so. */
static inline void codec_case_fails(enum compression codec, const char *hex, enum kc_err wanted)
{
    size_t size;
    uint8_t *data = test_unhex(hex, &size);
    struct bytes out;

    assert_int_equal(codec_case_unpack(codec, slice_of(data, size), CODEC_CASE_CAP, false, &out),
                     wanted);
    bytes_finish(&out);
    free(data);
}

/* That the sound input fails or gives something else when any of its last bytes are cut off. */
static inline void codec_case_cut(enum compression codec, const char *hex)
{
    size_t size;
    uint8_t *data = test_unhex(hex, &size);

    for (size_t i = 0; i < size; i++) {
        struct bytes out;
        assert_int_equal(codec_case_unpack(codec, slice_of(data, i), CODEC_CASE_CAP, false, &out),
                         KC_ERR_CORRUPT_MESSAGE);
        bytes_finish(&out);
    }
    free(data);
}

/* A compressed run of zeros, appended to out. */
static inline void codec_case_zeros(enum compression codec, size_t size, struct bytes *out)
{
    struct compressor *compressor = compressor_create(codec, COMPRESSION_LEVEL_DEFAULT);
    size_t part_size = 1024 * 1024;
    size_t part_count = size / part_size;
    uint8_t *zeros = calloc(1, part_size);
    struct slice *parts = calloc(part_count, sizeof(*parts));

    assert_non_null(compressor);
    for (size_t i = 0; i < part_count; i++) {
        parts[i] = slice_of(zeros, part_size);
    }
    bytes_init(out, SIZE_MAX);
    assert_int_equal(compressor_run(compressor, parts, part_count, out), 0);
    free(parts);
    free(zeros);
    compressor_destroy(compressor);
}

/* That 64 MiB of zeros pass a cap of 1 MiB and stop there, and a cap of just their size is enough.
 */
static inline void codec_case_bomb(enum compression codec)
{
    struct bytes bomb;
    struct bytes out;
    size_t size = 64 * 1024 * 1024;

    codec_case_zeros(codec, size, &bomb);
    struct slice input = bytes_slice(&bomb);
    assert_int_equal(codec_case_unpack(codec, input, 1024 * 1024, false, &out), KC_ERR_TOO_LARGE);
    bytes_finish(&out);
    assert_int_equal(codec_case_unpack(codec, input, size - 1, false, &out), KC_ERR_TOO_LARGE);
    bytes_finish(&out);
    assert_int_equal(codec_case_unpack(codec, input, size, false, &out), 0);
    assert_int_equal(out.size, size);
    bytes_finish(&out);
    bytes_finish(&bomb);
}

#endif
