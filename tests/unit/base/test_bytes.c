/* tests: bytes, and the big-endian loads and stores. */
#include "base/bytes.h"
#include "support/test.h"

TEST(grows_and_keeps_contents)
{
    struct bytes bytes;

    bytes_init(&bytes, SIZE_MAX);
    for (int i = 0; i < 1000; i++) {
        uint8_t chunk[3] = { (uint8_t)i, (uint8_t)(i >> 8), 7 };
        assert_true(bytes_append(&bytes, chunk, sizeof(chunk)));
    }
    assert_int_equal(bytes.size, 3000);
    assert_int_equal(bytes.data[999 * 3], 999 & 0xff);
    assert_int_equal(bytes.data[999 * 3 + 1], 999 >> 8);
    bytes_finish(&bytes);
    assert_null(bytes.data);
    bytes_finish(&bytes);
    bytes_finish(NULL);
}

TEST(stops_at_its_maximum)
{
    struct bytes bytes;

    bytes_init(&bytes, 100);
    assert_true(bytes_append(&bytes, "0123456789", 10));
    assert_false(bytes_reserve(&bytes, 91));
    assert_false(bytes_reserve(&bytes, SIZE_MAX));
    assert_true(bytes_reserve(&bytes, 90));
    assert_int_equal(bytes.size, 10);
    assert_true(bytes.capacity <= 100);
    assert_memory_equal(bytes.data, "0123456789", 10);
    /* A maximum lowered later counts too, though the room is there. */
    bytes.size_max = 50;
    assert_false(bytes_reserve(&bytes, 41));
    assert_true(bytes_reserve(&bytes, 40));
    bytes.size_max = 5;
    assert_false(bytes_reserve(&bytes, 0));
    bytes_finish(&bytes);
}

TEST(empty_buffer_is_an_empty_slice)
{
    struct bytes bytes;

    bytes_init(&bytes, 10);
    assert_true(bytes_append(&bytes, NULL, 0));
    assert_false(slice_is_null(bytes_slice(&bytes)));
    assert_int_equal(bytes_slice(&bytes).size, 0);
    bytes_finish(&bytes);
}

TEST(loads_what_it_stores)
{
    uint8_t data[8];

    store_u64(data, UINT64_C(0x0102030405060708));
    assert_memory_equal(data, "\1\2\3\4\5\6\7\10", 8);
    assert_true(load_u64(data) == UINT64_C(0x0102030405060708));
    assert_int_equal(load_u32(data), 0x01020304);
    assert_int_equal(load_u16(data), 0x0102);
    store_u32(data, UINT32_C(0xfffefdfc));
    assert_true(load_u32(data) == UINT32_C(0xfffefdfc));
    store_u16(data, 0xabcd);
    assert_int_equal(load_u16(data), 0xabcd);
}
