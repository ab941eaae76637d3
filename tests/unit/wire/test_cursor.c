/* tests: wire/cursor: the sticky reader and writer. */
#include "support/test.h"
#include "wire/cursor.h"

static struct reader reader_of(const void *data, size_t size)
{
    struct reader reader;
    reader_init(&reader, slice_of(data, size));
    return reader;
}

TEST(numbers_go_and_come_back)
{
    struct bytes out;
    struct writer writer;
    struct uuid uuid = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };

    bytes_init(&out, 4096);
    writer_init(&writer, &out);
    write_i8(&writer, INT8_MIN);
    write_i16(&writer, INT16_MIN);
    write_u16(&writer, UINT16_MAX);
    write_i32(&writer, INT32_MIN);
    write_u32(&writer, UINT32_MAX);
    write_i64(&writer, INT64_MIN);
    write_f64(&writer, -1.5);
    write_bool(&writer, true);
    write_uuid(&writer, &uuid);
    write_varint(&writer, INT32_MIN);
    write_varlong(&writer, INT64_MIN);
    write_uvarint(&writer, UINT32_MAX);
    assert_int_equal(writer.err, KC_ERR_NONE);
    assert_int_equal(writer_position(&writer), out.size);
    assert_int_equal(out.size, 1 + 2 + 2 + 4 + 4 + 8 + 8 + 1 + 16 + 5 + 10 + 5);

    struct reader reader = reader_of(out.data, out.size);
    assert_int_equal(read_i8(&reader), INT8_MIN);
    assert_int_equal(read_i16(&reader), INT16_MIN);
    assert_int_equal(read_u16(&reader), UINT16_MAX);
    assert_int_equal(read_i32(&reader), INT32_MIN);
    assert_int_equal(read_u32(&reader), UINT32_MAX);
    assert_true(read_i64(&reader) == INT64_MIN);
    assert_true(read_f64(&reader) == -1.5);
    assert_true(read_bool(&reader));
    struct uuid again = read_uuid(&reader);
    assert_true(uuid_equal(&again, &uuid));
    assert_int_equal(read_varint(&reader), INT32_MIN);
    assert_true(read_varlong(&reader) == INT64_MIN);
    assert_int_equal(read_uvarint(&reader), UINT32_MAX);
    assert_int_equal(reader.err, KC_ERR_NONE);
    assert_int_equal(reader_left(&reader), 0);
    bytes_finish(&out);
}

TEST(big_endian)
{
    static const uint8_t data[] = { 0x01, 0x02, 0x03, 0x04 };
    struct reader reader = reader_of(data, sizeof(data));
    assert_int_equal(read_i32(&reader), 0x01020304);
}

TEST(reader_stays_failed_and_gives_zeros)
{
    static const uint8_t data[] = { 9, 9, 9 };
    struct reader reader = reader_of(data, sizeof(data));

    assert_int_equal(read_i16(&reader), 0x0909);
    assert_int_equal(read_i32(&reader), 0);
    assert_int_equal(reader.err, KC_ERR_MALFORMED);
    assert_int_equal(reader_left(&reader), 0);
    assert_int_equal(read_i8(&reader), 0);
    assert_int_equal(read_uvarint(&reader), 0);
    assert_true(read_varlong(&reader) == 0);
    assert_false(read_bool(&reader));
    struct uuid uuid = read_uuid(&reader);
    assert_true(uuid_is_zero(&uuid));
    assert_true(slice_is_null(read_raw(&reader, 1)));
    assert_true(slice_is_null(read_string(&reader, true)));
    assert_true(slice_is_null(read_bytes(&reader, false)));
    assert_int_equal(read_count(&reader, true, 1), -1);
    reader_fail(&reader, KC_ERR_NO_MEMORY);
    assert_int_equal(reader.err, KC_ERR_MALFORMED);
}

TEST(reader_of_the_null_slice_is_empty)
{
    struct reader reader;
    reader_init(&reader, SLICE_NULL);
    assert_int_equal(reader_left(&reader), 0);
    assert_int_equal(read_i8(&reader), 0);
    assert_int_equal(reader.err, KC_ERR_MALFORMED);
}

TEST(varints_like_java)
{
    static const uint8_t spare[] = { 0xff, 0xff, 0xff, 0xff, 0x7f };
    struct reader reader = reader_of(spare, sizeof(spare));
    assert_int_equal(read_uvarint(&reader), UINT32_MAX);

    static const uint8_t six[] = { 0x80, 0x80, 0x80, 0x80, 0x80, 0x00 };
    reader = reader_of(six, sizeof(six));
    assert_int_equal(read_uvarint(&reader), 0);
    assert_int_equal(reader.err, KC_ERR_MALFORMED);
}

TEST(strings_and_nulls)
{
    static const uint8_t plain[] = { 0, 2, 'a', 'b', 0xff, 0xff, 0x80, 0x00, 0, 0 };
    struct reader reader = reader_of(plain, sizeof(plain));
    assert_true(slice_is(read_string(&reader, false), "ab"));
    assert_true(slice_is_null(read_string(&reader, false)));
    assert_true(slice_is_null(read_string(&reader, false)));
    struct slice empty = read_string(&reader, false);
    assert_non_null(empty.data);
    assert_int_equal(empty.size, 0);
    assert_int_equal(reader.err, KC_ERR_NONE);

    static const uint8_t compact[] = { 3, 'a', 'b', 0, 1 };
    reader = reader_of(compact, sizeof(compact));
    assert_true(slice_is(read_string(&reader, true), "ab"));
    assert_true(slice_is_null(read_string(&reader, true)));
    assert_non_null(read_string(&reader, true).data);
    assert_int_equal(reader.err, KC_ERR_NONE);
}

TEST(string_longer_than_java_allows)
{
    size_t size = WRITER_STRING_MAX + 1;
    struct bytes out;
    struct writer writer;
    static const char text[WRITER_STRING_MAX + 1];

    bytes_init(&out, 1 << 20);
    writer_init(&writer, &out);
    write_uvarint(&writer, (uint32_t)size + 1);
    write_raw(&writer, slice_of(text, size));
    struct reader reader = reader_of(out.data, out.size);
    assert_true(slice_is_null(read_string(&reader, true)));
    assert_int_equal(reader.err, KC_ERR_MALFORMED);

    write_string(&writer, slice_of(text, size), true);
    assert_int_equal(writer.err, KC_ERR_TOO_LARGE);
    bytes_finish(&out);
}

TEST(length_past_the_end)
{
    static const uint8_t data[] = { 0x7f, 0xff, 0xff, 0xff, 1, 2, 3 };
    struct reader reader = reader_of(data, sizeof(data));
    assert_true(slice_is_null(read_bytes(&reader, false)));
    assert_int_equal(reader.err, KC_ERR_MALFORMED);
}

TEST(counts_are_bounded_by_what_is_left)
{
    static const uint8_t data[] = { 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0 };
    struct reader reader = reader_of(data, sizeof(data));
    assert_int_equal(read_count(&reader, false, 3), -1);
    assert_int_equal(reader.err, KC_ERR_MALFORMED);

    reader = reader_of(data, sizeof(data));
    assert_int_equal(read_count(&reader, false, 2), 3);
    assert_int_equal(reader.err, KC_ERR_NONE);

    /* Elements without bytes count as one byte. */
    static const uint8_t many[] = { 0x7f, 0xff, 0xff, 0xff, 0 };
    reader = reader_of(many, sizeof(many));
    assert_int_equal(read_count(&reader, false, 0), -1);
    assert_int_equal(reader.err, KC_ERR_MALFORMED);

    static const uint8_t null[] = { 0xff, 0xff, 0xff, 0xff, 0 };
    reader = reader_of(null, sizeof(null));
    assert_int_equal(read_count(&reader, false, 1), -1);
    assert_int_equal(read_count(&reader, true, 1), -1);
    assert_int_equal(reader.err, KC_ERR_NONE);
}

TEST(tags_are_skipped_in_order)
{
    static const uint8_t good[] = { 2, 1, 2, 'a', 'b', 5, 0, 7 };
    struct reader reader = reader_of(good, sizeof(good));
    read_tags(&reader);
    assert_int_equal(read_i8(&reader), 7);
    assert_int_equal(reader.err, KC_ERR_NONE);

    static const uint8_t twice[] = { 2, 1, 0, 1, 0 };
    reader = reader_of(twice, sizeof(twice));
    read_tags(&reader);
    assert_int_equal(reader.err, KC_ERR_MALFORMED);

    static const uint8_t endless[] = { 0xff, 0xff, 0xff, 0xff, 0x0f, 0 };
    reader = reader_of(endless, sizeof(endless));
    read_tags(&reader);
    assert_int_equal(reader.err, KC_ERR_MALFORMED);
}

TEST(writer_stops_at_the_limit)
{
    struct bytes out;
    struct writer writer;

    bytes_init(&out, 6);
    writer_init(&writer, &out);
    write_i32(&writer, 1);
    write_i32(&writer, 2);
    assert_int_equal(writer.err, KC_ERR_TOO_LARGE);
    assert_int_equal(out.size, 4);
    write_i8(&writer, 3);
    assert_int_equal(out.size, 4);
    writer_fail(&writer, KC_ERR_INVALID);
    assert_int_equal(writer.err, KC_ERR_TOO_LARGE);
    bytes_finish(&out);
}

TEST(writer_without_out_counts)
{
    struct writer writer;

    writer_init(&writer, NULL);
    write_i32(&writer, 1);
    write_string(&writer, slice_text("abc"), true);
    write_bytes(&writer, SLICE_NULL, false);
    write_uvarint(&writer, 300);
    assert_int_equal(writer.err, KC_ERR_NONE);
    assert_int_equal(writer_position(&writer), 4 + 4 + 4 + 2);
}

TEST(large_values_become_splices)
{
    static const uint8_t large[64] = { 7 };
    struct splice splices[1];
    struct bytes out;
    struct writer writer;

    bytes_init(&out, 4096);
    writer_init(&writer, &out);
    writer_allow_splices(&writer, splices, 1, 32);
    write_i8(&writer, 1);
    write_bytes(&writer, slice_of(large, 31), false);
    assert_int_equal(writer.splice_count, 0);
    write_bytes(&writer, slice_of(large, 64), false);
    assert_int_equal(writer.splice_count, 1);
    assert_int_equal(splices[0].position, 1 + 4 + 31 + 4);
    assert_ptr_equal(splices[0].bytes.data, large);
    assert_int_equal(writer.spliced_size, 64);
    assert_int_equal(out.size, splices[0].position);

    /* The array is full: copied. */
    write_bytes(&writer, slice_of(large, 64), false);
    assert_int_equal(writer.splice_count, 1);
    assert_int_equal(out.size, splices[0].position + 4 + 64);
    assert_int_equal(writer_position(&writer), out.size + 64);
    bytes_finish(&out);
}
