/* tests: zstd frames. */
#include "unit/compress/codec_case.h"
#include "unit/compress/java_payload.h"

#define MAGIC "28b52ffd"

TEST(reads_java)
{
    codec_case_reads(COMPRESSION_ZSTD, java_zstd, false, java_plain);
}

TEST(notices_cuts)
{
    codec_case_cut(COMPRESSION_ZSTD, java_zstd);
}

TEST(reads_stored_and_repeated_blocks)
{
    /* Window 1 KiB; last block, stored, "hello". */
    codec_case_reads(COMPRESSION_ZSTD,
                     MAGIC "0000"
                           "290000"
                           "68656c6c6f",
                     false, "68656c6c6f");
    /* Single segment of 3; last block, 'a' three times. */
    codec_case_reads(COMPRESSION_ZSTD,
                     MAGIC "2003"
                           "1b0000"
                           "61",
                     false, "616161");
    /* Nothing at all. */
    codec_case_reads(COMPRESSION_ZSTD,
                     MAGIC "0000"
                           "010000",
                     false, "");
    codec_case_reads(COMPRESSION_ZSTD,
                     MAGIC "2000"
                           "010000",
                     false, "");
}

TEST(reads_all_frames_and_skips)
{
    codec_case_reads(COMPRESSION_ZSTD,
                     "5f2a4d18"
                     "02000000"
                     "ffff" MAGIC "2003"
                     "1b0000"
                     "61"
                     "502a4d18"
                     "00000000" MAGIC "2003"
                     "1b0000"
                     "62",
                     false, "616161626262");
}

TEST(refuses_damage)
{
    static const char *const damaged[] = {
        "",
        "28b52f",
        MAGIC,
        MAGIC "00",
        MAGIC "0000",
        MAGIC "0000"
              "2900",
        MAGIC "0000"
              "290000"
              "68656c6c",
        MAGIC "0000"
              "280000"
              "68656c6c6f", /* no last block */
        MAGIC "0000"
              "2f0000"
              "68656c6c6f", /* reserved block type */
        MAGIC "0000"
              "ffffff"
              "61", /* block above 128 KiB */
        MAGIC "2003"
              "130000"
              "61", /* content shorter than claimed */
        MAGIC "2003"
              "230000"
              "61", /* content longer than claimed */
        MAGIC "0400"
              "290000"
              "68656c6c6f", /* checksum missing */
        MAGIC "0400"
              "290000"
              "68656c6c6f00000000", /* checksum wrong */
        MAGIC "2003"
              "1b0000"
              "61"
              "00", /* byte behind */
        "502a4d18"
        "00000000", /* nothing but a skip */
        "502a4d18"
        "ffffffff"
        "00",
        "502a4d18"
        "0000",
    };

    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        codec_case_fails(COMPRESSION_ZSTD, damaged[i], KC_ERR_CORRUPT_MESSAGE);
    }
}

/* The window descriptor: 2^27 is the last that is read. */
TEST(refuses_large_windows)
{
    codec_case_reads(COMPRESSION_ZSTD,
                     MAGIC "0088"
                           "290000"
                           "68656c6c6f",
                     false, "68656c6c6f");
    codec_case_fails(COMPRESSION_ZSTD,
                     MAGIC "0089"
                           "290000"
                           "68656c6c6f",
                     KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_ZSTD,
                     MAGIC "00d0"
                           "290000"
                           "68656c6c6f",
                     KC_ERR_CORRUPT_MESSAGE); /* 64 GiB */
    codec_case_fails(COMPRESSION_ZSTD,
                     MAGIC "00ff"
                           "290000"
                           "68656c6c6f",
                     KC_ERR_CORRUPT_MESSAGE);
}

/* A content size that the blocks cannot fill must not ask for memory. */
TEST(claims_are_held_against_the_blocks)
{
    static const char claim[] = MAGIC "e0"
                                      "0000000000000040"
                                      "290000"
                                      "68656c6c6f"; /* 2^62 */
    size_t size;
    uint8_t *data = test_unhex(claim, &size);
    struct bytes out;

    assert_int_equal(
        codec_case_unpack(COMPRESSION_ZSTD, slice_of(data, size), SIZE_MAX, false, &out),
        KC_ERR_CORRUPT_MESSAGE);
    assert_int_equal(out.capacity, 0);
    bytes_finish(&out);
    free(data);
}

TEST(stops_bombs)
{
    codec_case_bomb(COMPRESSION_ZSTD);
}

/* Four bytes a block, each 128 KiB of 'a': 256 KiB that would be 8 GiB. */
TEST(stops_bombs_without_a_content_size)
{
    struct bytes bomb;
    struct bytes out;
    size_t size;
    uint8_t *header = test_unhex(MAGIC "0038", &size);

    bytes_init(&bomb, SIZE_MAX);
    assert_true(bytes_append(&bomb, header, size));
    for (int i = 0; i < 64 * 1024; i++) {
        assert_true(bytes_append(&bomb,
                                 "\x02\x00\x10"
                                 "a",
                                 4));
    }
    assert_true(bytes_append(&bomb,
                             "\x03\x00\x10"
                             "a",
                             4));
    assert_int_equal(
        codec_case_unpack(COMPRESSION_ZSTD, bytes_slice(&bomb), 4 * 1024 * 1024, false, &out),
        KC_ERR_TOO_LARGE);
    bytes_finish(&out);
    bytes_finish(&bomb);
    free(header);
}
