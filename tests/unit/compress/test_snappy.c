/* tests: snappy, framed and raw. */
#include "unit/compress/codec_case.h"
#include "unit/compress/java_payload.h"

#define HEADER         \
    "82534e4150505900" \
    "00000001"         \
    "00000001"
#define HELLO \
    "0510"    \
    "68656c6c6f" /* raw snappy of "hello" */

TEST(reads_java)
{
    codec_case_reads(COMPRESSION_SNAPPY, java_snappy, false, java_plain);
}

TEST(reads_raw)
{
    codec_case_reads(COMPRESSION_SNAPPY, HELLO, false, "68656c6c6f");
    codec_case_reads(COMPRESSION_SNAPPY, "00", false, "");
}

TEST(reads_several_blocks_and_streams)
{
    codec_case_reads(COMPRESSION_SNAPPY, HEADER, false, "");
    codec_case_reads(COMPRESSION_SNAPPY, HEADER "00000007" HELLO "00000007" HELLO, false,
                     "68656c6c6f68656c6c6f");
    codec_case_reads(COMPRESSION_SNAPPY, HEADER "00000007" HELLO HEADER "00000007" HELLO, false,
                     "68656c6c6f68656c6c6f");
}

TEST(refuses_damage)
{
    codec_case_fails(COMPRESSION_SNAPPY, "", KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_SNAPPY, HEADER "0000", KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_SNAPPY, HEADER "00000000", KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_SNAPPY, HEADER "00000008" HELLO, KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_SNAPPY, HEADER "00000006" HELLO, KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_SNAPPY, HEADER "ffffffff" HELLO, KC_ERR_CORRUPT_MESSAGE);
    codec_case_fails(COMPRESSION_SNAPPY, HEADER "00000007" HELLO "82", KC_ERR_CORRUPT_MESSAGE);
    /* A version that says older readers cannot read it. */
    codec_case_fails(COMPRESSION_SNAPPY,
                     "82534e4150505900"
                     "00000002"
                     "00000002",
                     KC_ERR_CORRUPT_MESSAGE);
}

/* A claim that the bytes there cannot make true must not ask for memory: any cap gives the same
 * answer, and out stays without memory. */
TEST(claims_are_held_against_the_bytes)
{
    static const char *const claims[] = {
        "ffffffff0f"
        "1068656c6c6f", /* raw: 4 GiB - 1 */
        HEADER "0000000b"
               "ffffffff0f"
               "1068656c6c6f", /* framed */
        HEADER "0000000b"
               "8080808004"
               "1068656c6c6f", /* 1 GiB */
        HEADER "00000010"
               "ffff03"
               "1068656c6c6ffe0100fe0100fe", /* 64 KiB */
        "ffffffffff7f",                      /* no 32-bit number */
    };

    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        size_t size;
        uint8_t *data = test_unhex(claims[i], &size);
        struct bytes out;
        assert_int_equal(
            codec_case_unpack(COMPRESSION_SNAPPY, slice_of(data, size), SIZE_MAX, false, &out),
            KC_ERR_CORRUPT_MESSAGE);
        assert_int_equal(out.capacity, 0);
        bytes_finish(&out);
        free(data);
    }
}

TEST(stops_bombs)
{
    codec_case_bomb(COMPRESSION_SNAPPY);
}

/* As snappy-java: blocks of at most 32 KiB behind the header. */
TEST(writes_blocks_as_java)
{
    struct bytes packed;

    codec_case_zeros(COMPRESSION_SNAPPY, 1024 * 1024, &packed);
    size_t wanted_size;
    uint8_t *wanted = test_unhex(HEADER, &wanted_size);
    assert_memory_equal(packed.data, wanted, wanted_size);
    size_t position = wanted_size;
    int blocks = 0;
    while (position < packed.size) {
        /* Each block opens with its plain size, 32768. */
        assert_memory_equal(packed.data + position + 4, "\x80\x80\x02", 3);
        position += 4 + load_u32(packed.data + position);
        blocks++;
    }
    assert_int_equal(position, packed.size);
    assert_int_equal(blocks, 32);
    free(wanted);
    bytes_finish(&packed);
}
