/* tests: lz4 frames. */
#include "unit/compress/codec_case.h"
#include "unit/compress/java_payload.h"

#include <lz4frame.h>
#include <malloc.h>

TEST(reads_java)
{
    codec_case_reads(COMPRESSION_LZ4, java_lz4, false, java_plain);
}

TEST(notices_cuts)
{
    codec_case_cut(COMPRESSION_LZ4, java_lz4);
}

TEST(reads_the_historic_header_only_when_asked)
{
    codec_case_reads(COMPRESSION_LZ4, java_lz4_bad_header, true, java_lz4_bad_header_plain);
    codec_case_fails(COMPRESSION_LZ4, java_lz4_bad_header, KC_ERR_CORRUPT_MESSAGE);
    /* The right one will do then, too. */
    codec_case_reads(COMPRESSION_LZ4, java_lz4, true, java_plain);
}

TEST(refuses_cut_historic_headers)
{
    size_t size;
    uint8_t *data = test_unhex(java_lz4_bad_header, &size);

    for (size_t i = 0; i < size; i++) {
        struct bytes out;
        assert_int_equal(
            codec_case_unpack(COMPRESSION_LZ4, slice_of(data, i), CODEC_CASE_CAP, true, &out),
            KC_ERR_CORRUPT_MESSAGE);
        bytes_finish(&out);
    }
    free(data);
}

TEST(refuses_other_bytes)
{
    codec_case_fails(COMPRESSION_LZ4, "", KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_LZ4, java_plain, KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_LZ4, java_gzip, KC_ERR_CORRUPT_MESSAGE);
}

/* As Java: one frame is read. */
TEST(leaves_bytes_behind_the_frame_alone)
{
    size_t size;
    size_t plain_size;
    uint8_t *frame = test_unhex(java_lz4, &size);
    uint8_t *plain = test_unhex(java_plain, &plain_size);
    struct bytes input;
    struct bytes out;

    bytes_init(&input, SIZE_MAX);
    assert_true(bytes_append(&input, frame, size) && bytes_append(&input, frame, size));
    assert_int_equal(
        codec_case_unpack(COMPRESSION_LZ4, bytes_slice(&input), CODEC_CASE_CAP, false, &out), 0);
    assert_int_equal(out.size, plain_size);
    bytes_finish(&out);
    bytes_finish(&input);
    free(plain);
    free(frame);
}

TEST(stops_bombs)
{
    codec_case_bomb(COMPRESSION_LZ4);
}

/* The library's context keeps two blocks of the frame's size; who unpacks for others keeps none of
 * 4 MiB. Where a sanitizer does the allocating, nothing is counted. */
TEST(keeps_little_after_large_blocks)
{
    enum { PLAIN_SIZE = 9 << 20, KEPT_MAX = 1 << 20 };
    LZ4F_preferences_t preferences = { 0 };
    preferences.frameInfo.blockSizeID = LZ4F_max4MB;
    size_t size_max = LZ4F_compressFrameBound(PLAIN_SIZE, &preferences);
    uint8_t *plain = calloc(1, PLAIN_SIZE);
    uint8_t *frame = malloc(size_max);
    struct decompressor *decompressor = decompressor_create();
    assert_true(plain && frame && decompressor);
    size_t size = LZ4F_compressFrame(frame, size_max, plain, PLAIN_SIZE, &preferences);
    assert_false(LZ4F_isError(size));
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (int round = 0; round < 2; round++) {
        struct bytes out;
        bytes_init(&out, CODEC_CASE_CAP);
        assert_int_equal(
            decompressor_run(decompressor, COMPRESSION_LZ4, slice_of(frame, size), false, &out),
            KC_ERR_NONE);
        assert_int_equal(out.size, PLAIN_SIZE);
        bytes_finish(&out);
        assert_true(mallinfo2().uordblks + mallinfo2().hblkhd < before + KEPT_MAX);
    }
    decompressor_destroy(decompressor);
    free(frame);
    free(plain);
}

/* Version 1, independent blocks of 64 KiB, no checksums but the header's. */
TEST(writes_the_header_of_java)
{
    struct bytes packed;

    codec_case_zeros(COMPRESSION_LZ4, 1024 * 1024, &packed);
    assert_memory_equal(packed.data, "\x04\x22\x4d\x18\x60\x40\x82", 7);
    bytes_finish(&packed);
}
