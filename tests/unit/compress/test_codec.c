/* tests: what all codecs share, and that each reads what it writes. */
#include "unit/compress/codec_case.h"

#include "base/attr.h"
#include "base/random.h"

static const size_t sizes[] = { 0, 1, 100, 32767, 32768, 32769, 65536, 100000, 1000000 };

/* Text-like: half random letters, half repeats. */
static uint8_t *make_text(size_t size)
{
    struct random random;
    uint8_t *text = malloc(size + 1);

    assert_non_null(text);
    random_init(&random, size);
    for (size_t i = 0; i < size; i++) {
        bool is_repeat = i >= 64 && i / 32 % 2 == 0;
        text[i] = is_repeat ? text[i - 64] : (uint8_t)('a' + random_below(&random, 26));
    }
    return text;
}

static void round_trip(enum compression codec, int level, const struct slice *parts,
                       size_t part_count, struct slice whole)
{
    struct compressor *compressor = compressor_create(codec, level);
    struct bytes packed;
    struct bytes out;

    assert_non_null(compressor);
    bytes_init(&packed, SIZE_MAX);
    /* Twice: the state must be as new for the second run. */
    for (int i = 0; i < 2; i++) {
        packed.size = 0;
        assert_true(bytes_append(&packed, "before", 6));
        assert_int_equal(compressor_run(compressor, parts, part_count, &packed), 0);
        assert_memory_equal(packed.data, "before", 6);
        struct slice input = slice_of(packed.data + 6, packed.size - 6);
        size_t cap = whole.size;
        assert_int_equal(codec_case_unpack(codec, input, cap, false, &out), 0);
        assert_int_equal(out.size, whole.size);
        if (whole.size > 0) {
            assert_memory_equal(out.data, whole.data, whole.size);
        }
        bytes_finish(&out);
        if (whole.size > 0) {
            assert_int_equal(codec_case_unpack(codec, input, cap - 1, false, &out),
                             KC_ERR_TOO_LARGE);
            bytes_finish(&out);
        }
    }
    bytes_finish(&packed);
    compressor_destroy(compressor);
}

static void round_trips(enum compression codec)
{
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        uint8_t *text = make_text(sizes[i]);
        struct slice whole = slice_of(text, sizes[i]);
        size_t third = sizes[i] / 3;
        struct slice parts[] = { slice_of(text, third), SLICE_EMPTY, slice_of(text + third, third),
                                 slice_of(text + 2 * third, sizes[i] - 2 * third) };
        round_trip(codec, COMPRESSION_LEVEL_DEFAULT, &whole, 1, whole);
        round_trip(codec, COMPRESSION_LEVEL_DEFAULT, parts, ARRAY_COUNT(parts), whole);
        free(text);
    }
    round_trip(codec, COMPRESSION_LEVEL_DEFAULT, NULL, 0, SLICE_EMPTY);
}

TEST(gzip_reads_what_it_writes)
{
    round_trips(COMPRESSION_GZIP);
}

TEST(snappy_reads_what_it_writes)
{
    round_trips(COMPRESSION_SNAPPY);
}

TEST(lz4_reads_what_it_writes)
{
    round_trips(COMPRESSION_LZ4);
}

TEST(zstd_reads_what_it_writes)
{
    round_trips(COMPRESSION_ZSTD);
}

TEST(every_level_works)
{
    uint8_t *text = make_text(5000);
    struct slice whole = slice_of(text, 5000);

    for (int i = COMPRESSION_GZIP; i < COMPRESSION_COUNT; i++) {
        int min;
        int max;
        int usual;
        compression_levels((enum compression)i, &min, &max, &usual);
        min = MAX_OF(min, -7);
        for (int level = min - 1; level <= max + 1; level++) {
            round_trip((enum compression)i, level, &whole, 1, whole);
        }
        round_trip((enum compression)i, usual, &whole, 1, whole);
    }
    free(text);
}

TEST(levels_are_kafkas)
{
    static const int wanted[][3] = {
        { 0, 0, 0 }, { 1, 9, -1 }, { 0, 0, 0 }, { 1, 17, 9 }, { -131072, 22, 3 }
    };

    for (int i = 0; i < COMPRESSION_COUNT; i++) {
        int min = 7;
        int max = 7;
        int usual = 7;
        compression_levels((enum compression)i, &min, &max, &usual);
        assert_int_equal(min, wanted[i][0]);
        assert_int_equal(max, wanted[i][1]);
        assert_int_equal(usual, wanted[i][2]);
    }
}

TEST(names_are_kafkas)
{
    static const char *const names[] = { "none", "gzip", "snappy", "lz4", "zstd" };

    for (int i = 0; i < COMPRESSION_COUNT; i++) {
        enum compression codec = COMPRESSION_NONE;
        assert_string_equal(compression_name((enum compression)i), names[i]);
        assert_true(compression_parse(slice_text(names[i]), &codec));
        assert_int_equal(codec, i);
    }
    enum compression codec = COMPRESSION_LZ4;
    assert_false(compression_parse(slice_text("GZIP"), &codec));
    assert_false(compression_parse(SLICE_NULL, &codec));
    assert_int_equal(codec, COMPRESSION_LZ4);
    assert_null(compression_name((enum compression)5));
}

TEST(result_beyond_the_maximum_is_taken_back)
{
    uint8_t *text = make_text(50000);
    struct slice whole = slice_of(text, 50000);

    for (int i = COMPRESSION_GZIP; i < COMPRESSION_COUNT; i++) {
        struct compressor *compressor =
            compressor_create((enum compression)i, COMPRESSION_LEVEL_DEFAULT);
        struct bytes out;
        bytes_init(&out, 1000);
        assert_true(bytes_append(&out, "before", 6));
        assert_int_equal(compressor_run(compressor, &whole, 1, &out), KC_ERR_TOO_LARGE);
        assert_int_equal(out.size, 6);
        assert_int_equal(out.size_max, 1000);
        /* And exactly at the maximum it is not. */
        out.size = 0;
        out.size_max = SIZE_MAX;
        assert_int_equal(compressor_run(compressor, &whole, 1, &out), 0);
        size_t size = out.size;
        bytes_finish(&out);
        bytes_init(&out, size);
        assert_int_equal(compressor_run(compressor, &whole, 1, &out), 0);
        out.size = 0;
        out.size_max = size - 1;
        assert_int_equal(compressor_run(compressor, &whole, 1, &out), KC_ERR_TOO_LARGE);
        bytes_finish(&out);
        compressor_destroy(compressor);
    }
    free(text);
}

TEST(none_copies)
{
    struct bytes out;

    assert_int_equal(codec_case_unpack(COMPRESSION_NONE, slice_text("abc"), 3, false, &out), 0);
    assert_memory_equal(out.data, "abc", 3);
    bytes_finish(&out);
    assert_int_equal(codec_case_unpack(COMPRESSION_NONE, slice_text("abc"), 2, false, &out),
                     KC_ERR_TOO_LARGE);
    bytes_finish(&out);
}

TEST(unknown_codec_is_damage)
{
    struct bytes out;

    assert_int_equal(codec_case_unpack((enum compression)5, slice_text("abc"), 9, false, &out),
                     KC_ERR_CORRUPT_MESSAGE);
    bytes_finish(&out);
}

/* Damage must end in an error or other bytes, never in a crash; and the state must recover. */
TEST(survives_flipped_bits)
{
    struct random random;
    struct decompressor *decompressor = decompressor_create();
    uint8_t *text = make_text(3000);
    struct slice whole = slice_of(text, 3000);
    struct bytes packed;
    struct bytes out;

    random_init(&random, 11);
    bytes_init(&packed, SIZE_MAX);
    bytes_init(&out, 10000);
    for (int i = COMPRESSION_GZIP; i < COMPRESSION_COUNT; i++) {
        enum compression codec = (enum compression)i;
        struct compressor *compressor = compressor_create(codec, COMPRESSION_LEVEL_DEFAULT);
        packed.size = 0;
        assert_int_equal(compressor_run(compressor, &whole, 1, &packed), 0);
        for (int round = 0; round < 3000; round++) {
            size_t position = random_below(&random, packed.size);
            uint8_t bit = (uint8_t)(1 << random_below(&random, 8));
            packed.data[position] ^= bit;
            out.size = 0;
            (void)decompressor_run(decompressor, codec, bytes_slice(&packed), false, &out);
            packed.data[position] ^= bit;
        }
        out.size = 0;
        assert_int_equal(decompressor_run(decompressor, codec, bytes_slice(&packed), false, &out),
                         0);
        assert_int_equal(out.size, 3000);
        compressor_destroy(compressor);
    }
    bytes_finish(&out);
    bytes_finish(&packed);
    free(text);
    decompressor_destroy(decompressor);
    decompressor_destroy(NULL);
    compressor_destroy(NULL);
}
