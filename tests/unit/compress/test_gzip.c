/* tests: gzip. */
#include "unit/compress/codec_case.h"
#include "unit/compress/java_payload.h"

TEST(reads_java)
{
    codec_case_reads(COMPRESSION_GZIP, java_gzip, false, java_plain);
}

TEST(notices_cuts)
{
    codec_case_cut(COMPRESSION_GZIP, java_gzip);
}

TEST(refuses_other_bytes)
{
    codec_case_fails(COMPRESSION_GZIP, "", KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_GZIP, java_plain, KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_GZIP, java_zstd, KC_ERR_CORRUPT_MESSAGE);
}

TEST(stops_bombs)
{
    codec_case_bomb(COMPRESSION_GZIP);
}

/* As Java: members follow one another, other bytes behind them are left alone. */
TEST(reads_all_members)
{
    size_t size;
    size_t plain_size;
    uint8_t *member = test_unhex(java_gzip, &size);
    uint8_t *plain = test_unhex(java_plain, &plain_size);
    struct bytes input;
    struct bytes out;

    bytes_init(&input, SIZE_MAX);
    for (int i = 0; i < 3; i++) {
        assert_true(bytes_append(&input, member, size));
    }
    assert_true(bytes_append(&input, "garbage", 7));
    assert_int_equal(
        codec_case_unpack(COMPRESSION_GZIP, bytes_slice(&input), CODEC_CASE_CAP, false, &out), 0);
    assert_int_equal(out.size, 3 * plain_size);
    assert_memory_equal(out.data + 2 * plain_size, plain, plain_size);
    bytes_finish(&out);
    /* A further member that is damaged is damage. */
    input.data[2 * size + 20] ^= 0xff;
    assert_int_equal(
        codec_case_unpack(COMPRESSION_GZIP, bytes_slice(&input), CODEC_CASE_CAP, false, &out),
        KC_ERR_CORRUPT_MESSAGE);
    bytes_finish(&out);
    bytes_finish(&input);
    free(plain);
    free(member);
}
