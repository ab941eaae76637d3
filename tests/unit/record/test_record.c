/* tests: the headers of one record. */
#include "record/record.h"
#include "record/record_layout.h"
#include "support/test.h"

TEST(walks_headers)
{
    static const uint8_t bytes[] = { 2, 'a', 4, '1', '2', 0, 1, 2, 'b', 0 };
    struct slice rest = slice_of(bytes, sizeof(bytes));
    struct record_header header;

    assert_true(record_next_header(&rest, &header));
    assert_true(slice_is(header.key, "a") && slice_is(header.value, "12"));
    assert_true(record_next_header(&rest, &header));
    assert_true(slice_is(header.key, "") && slice_is_null(header.value));
    assert_true(record_next_header(&rest, &header));
    assert_true(slice_is(header.key, "b") && slice_is(header.value, ""));
    assert_false(record_next_header(&rest, &header));
    assert_true(slice_is(header.key, "b"));
    rest = SLICE_NULL;
    assert_false(record_next_header(&rest, &header));
}

TEST(refuses_damaged_headers)
{
    static const uint8_t null_key[] = { 1, 0 };
    static const uint8_t long_key[] = { 6, 'a', 0 };
    static const uint8_t no_value[] = { 2, 'a' };
    static const uint8_t sound[] = { 2, 'a', 0, 2, 'b', 0 };

    assert_false(record_layout_has_headers(null_key, null_key + sizeof(null_key), 1));
    assert_false(record_layout_has_headers(long_key, long_key + sizeof(long_key), 1));
    assert_false(record_layout_has_headers(no_value, no_value + sizeof(no_value), 1));
    assert_false(record_layout_has_headers(sound, sound + sizeof(sound), 1));
    assert_true(record_layout_has_headers(sound, sound + sizeof(sound), 2));
    assert_false(record_layout_has_headers(sound, sound + sizeof(sound), 3));
    assert_false(record_layout_has_headers(sound, sound + sizeof(sound), INT32_MAX));
}

TEST(layout_reads_one_record)
{
    /* 9 bytes: attributes, timestamp delta -1, offset delta 64, key null, value "xy", 0 headers. */
    static const uint8_t bytes[] = { 18, 0, 1, 0x80, 1, 1, 4, 'x', 'y', 0, 99 };
    struct record_layout layout;

    assert_ptr_equal(record_layout_read(bytes, bytes + sizeof(bytes), &layout), bytes + 10);
    assert_int_equal(layout.timestamp_delta, -1);
    assert_int_equal(layout.offset_delta, 64);
    assert_true(slice_is_null(layout.key));
    assert_true(slice_is(layout.value, "xy"));
    assert_int_equal(layout.header_count, 0);
    for (size_t i = 0; i < 10; i++) {
        assert_null(record_layout_read(bytes, bytes + i, &layout));
    }
}
