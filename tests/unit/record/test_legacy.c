/* tests: message formats 0 and 1. */
#include "unit/record/java_messages.h"

#include "base/attr.h"
#include "base/crc32c.h"

TEST(sees_what_java_sees)
{
    batch_dump_check(java_messages, ARRAY_COUNT(java_messages));
}

TEST(waits_for_the_rest)
{
    for (size_t row = 0; row < 3; row++) {
        size_t size;
        uint8_t *data = test_unhex(java_messages[row].hex, &size);
        size_t first_size = BATCH_OVERHEAD + load_u32(data + 8);
        for (size_t i = 0; i < first_size; i++) {
            struct batch batch;
            assert_int_equal(batch_read(slice_of(data, i), &batch), KC_ERR_WOULD_BLOCK);
        }
        free(data);
    }
}

/* A message of format 1; returns its size. */
static size_t put_message(uint8_t *out, int64_t offset, uint8_t attributes, struct slice value)
{
    size_t size = 22 + value.size;

    store_u64(out, (uint64_t)offset);
    store_u32(out + 8, (uint32_t)size);
    out[16] = 1;
    out[17] = attributes;
    store_u64(out + 18, 1000);
    store_u32(out + 26, UINT32_MAX);
    store_u32(out + 30, slice_is_null(value) ? UINT32_MAX : (uint32_t)value.size);
    if (value.size > 0) {
        memcpy(out + 34, value.data, value.size);
    }
    store_u32(out + 12, crc32_zlib(0, out + 16, size - 4));
    return size + BATCH_OVERHEAD;
}

/* Reads a wrapper with this offset around raw snappy of two messages with these offsets; gives the
 * two offsets seen, or the error. */
static enum kc_err read_wrapper(int64_t offset, const int64_t inner[2], uint8_t inner_attributes,
                                size_t cut, int64_t ret_seen[2])
{
    uint8_t content[256];
    uint8_t wrapper[512];
    struct compressor *compressor =
        compressor_create(COMPRESSION_SNAPPY, COMPRESSION_LEVEL_DEFAULT);
    struct decompressor *decompressor = decompressor_create();
    struct bytes packed;
    struct bytes buffer;
    struct batch batch;
    struct batch_reader reader;
    struct record record;

    bytes_init(&packed, 400);
    bytes_init(&buffer, 1000);
    size_t size = put_message(content, inner[0], inner_attributes, slice_text("one"));
    size += put_message(content + size, inner[1], inner_attributes, slice_text("two"));
    struct slice part = slice_of(content, size - cut);
    assert_int_equal(compressor_run(compressor, &part, 1, &packed), 0);
    size = put_message(wrapper, offset, COMPRESSION_SNAPPY, bytes_slice(&packed));
    assert_int_equal(batch_read(slice_of(wrapper, size), &batch), 0);
    assert_int_equal(batch_check_crc(&batch), 0);
    assert_int_equal(batch.record_count, -1);
    enum kc_err err = batch_reader_init(&reader, &batch, decompressor, &buffer);
    for (int i = 0; !err && i < 2; i++) {
        err = batch_reader_next(&reader, &record);
        if (!err) {
            ret_seen[i] = record.offset;
        }
    }
    bytes_finish(&buffer);
    bytes_finish(&packed);
    decompressor_destroy(decompressor);
    compressor_destroy(compressor);
    return err;
}

TEST(inner_offsets_count_from_the_wrappers)
{
    static const int64_t relative[2] = { 0, 1 };
    static const int64_t gaps[2] = { 0, 7 };
    int64_t seen[2];

    assert_int_equal(read_wrapper(101, relative, 0, 0, seen), 0);
    assert_true(seen[0] == 100 && seen[1] == 101);
    assert_int_equal(read_wrapper(107, gaps, 0, 0, seen), 0);
    assert_true(seen[0] == 100 && seen[1] == 107);
    /* Some clients left the wrapper at 0. */
    assert_int_equal(read_wrapper(0, relative, 0, 0, seen), 0);
    assert_true(seen[0] == 0 && seen[1] == 1);
    assert_int_equal(read_wrapper(3, gaps, 0, 0, seen), KC_ERR_CORRUPT_MESSAGE);
}

TEST(a_cut_inner_message_is_left_alone)
{
    static const int64_t relative[2] = { 0, 1 };
    int64_t seen[2] = { -1, -1 };

    assert_int_equal(read_wrapper(100, relative, 0, 1, seen), KC_ERR_WOULD_BLOCK);
    assert_true(seen[0] == 100 && seen[1] == -1);
}

TEST(wrappers_do_not_nest)
{
    static const int64_t relative[2] = { 0, 1 };
    int64_t seen[2];

    assert_int_equal(read_wrapper(101, relative, COMPRESSION_SNAPPY, 0, seen),
                     KC_ERR_INVALID_RECORD);
}

static enum kc_err open_message(uint8_t attributes, struct slice value)
{
    uint8_t message[256];
    struct decompressor *decompressor = decompressor_create();
    struct bytes buffer;
    struct batch batch;
    struct batch_reader reader;

    bytes_init(&buffer, 1000);
    size_t size = put_message(message, 5, attributes, value);
    assert_int_equal(batch_read(slice_of(message, size), &batch), 0);
    enum kc_err err = batch_reader_init(&reader, &batch, decompressor, &buffer);
    bytes_finish(&buffer);
    decompressor_destroy(decompressor);
    return err;
}

TEST(refuses_senseless_wrappers)
{
    assert_int_equal(open_message(COMPRESSION_NONE, SLICE_NULL), 0);
    assert_int_equal(open_message(COMPRESSION_SNAPPY, SLICE_NULL), KC_ERR_CORRUPT_MESSAGE);
    /* Nothing inside. */
    assert_int_equal(open_message(COMPRESSION_SNAPPY, slice_of("\0", 1)), KC_ERR_CORRUPT_MESSAGE);
    /* zstd is younger than these formats; 5 is nothing. */
    assert_int_equal(open_message(COMPRESSION_ZSTD, slice_text("x")), KC_ERR_CORRUPT_MESSAGE);
    assert_int_equal(open_message(5, slice_text("x")), KC_ERR_CORRUPT_MESSAGE);
}

TEST(key_and_value_stay_inside)
{
    uint8_t message[64];
    struct batch batch;
    struct batch_reader reader;
    struct record record;
    size_t size = put_message(message, 5, 0, slice_text("value"));

    store_u32(message + 30, 6);
    assert_int_equal(batch_read(slice_of(message, size), &batch), 0);
    assert_int_equal(batch_check_crc(&batch), KC_ERR_CORRUPT_MESSAGE);
    assert_int_equal(batch_reader_init(&reader, &batch, NULL, NULL), 0);
    assert_int_equal(batch_reader_next(&reader, &record), KC_ERR_INVALID_RECORD);
    store_u32(message + 26, 0x7fffffff);
    assert_int_equal(batch_reader_init(&reader, &batch, NULL, NULL), 0);
    assert_int_equal(batch_reader_next(&reader, &record), KC_ERR_INVALID_RECORD);
}
