/* tests: varints, against what Java writes and reads. */
#include "base/varint.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

/* NULL: the value is outside the type. */
struct varint_row {
    int64_t value;
    const char *varint;
    const char *uvarint;
    const char *varlong;
};

static const struct varint_row rows[] = {
    { INT64_MIN, NULL, NULL, "ffffffffffffffffff01" },
    { INT64_C(-2305843009213693952), NULL, NULL, "ffffffffffffffff3f" },
    { INT64_C(-1152921504606846976), NULL, NULL, "ffffffffffffffff1f" },
    { INT64_C(-288230376151711744), NULL, NULL, "ffffffffffffffff07" },
    { INT64_C(-72057594037927936), NULL, NULL, "ffffffffffffffff01" },
    { INT64_C(-40290531642556934), NULL, NULL, "8b88eea5cd81928f01" },
    { INT64_C(-18014398509481984), NULL, NULL, "ffffffffffffff3f" },
    { INT64_C(-9007199254740992), NULL, NULL, "ffffffffffffff1f" },
    { INT64_C(-4503599627370496), NULL, NULL, "ffffffffffffff0f" },
    { INT64_C(-2251799813685248), NULL, NULL, "ffffffffffffff07" },
    { INT64_C(-562949953421312), NULL, NULL, "ffffffffffffff01" },
    { INT64_C(-140737488355328), NULL, NULL, "ffffffffffff3f" },
    { INT64_C(-70368744177664), NULL, NULL, "ffffffffffff1f" },
    { INT64_C(-17592186044416), NULL, NULL, "ffffffffffff07" },
    { INT64_C(-7907283486933), NULL, NULL, "a9a396eda1cc03" },
    { INT64_C(-2199023255552), NULL, NULL, "ffffffffff7f" },
    { INT64_C(-1050967154724), NULL, NULL, "c780b1a8963d" },
    { INT64_C(-337137421642), NULL, NULL, "93b5a6efcf13" },
    { INT64_C(-137438953472), NULL, NULL, "ffffffffff07" },
    { INT64_C(-34359738368), NULL, NULL, "ffffffffff01" },
    { INT64_C(-8589934592), NULL, NULL, "ffffffff3f" },
    { INT64_C(-2147483648), "ffffffff0f", "8080808008", "ffffffff0f" },
    { INT64_C(-326501219), "c58db0b702", "9df9a7e40e", "c58db0b702" },
    { INT64_C(-112172976), "dffefc6a", "d0c0c1ca0f", "dffefc6a" },
    { INT64_C(-33554432), "ffffff1f", "808080f00f", "ffffff1f" },
    { INT64_C(-7607637), "a9d5a007", "abd5affc0f", "a9d5a007" },
    { INT64_C(-1048576), "ffff7f", "8080c0ff0f", "ffff7f" },
    { INT64_C(-262144), "ffff1f", "8080f0ff0f", "ffff1f" },
    { INT64_C(-65536), "ffff07", "8080fcff0f", "ffff07" },
    { INT64_C(-9615), "9d9601", "f1b4ffff0f", "9d9601" },
    { INT64_C(-7006), "bb6d", "a2c9ffff0f", "bb6d" },
    { INT64_C(-1746), "a31b", "aef2ffff0f", "a31b" },
    { INT64_C(-512), "ff07", "80fcffff0f", "ff07" },
    { INT64_C(-128), "ff01", "80ffffff0f", "ff01" },
    { INT64_C(-64), "7f", "c0ffffff0f", "7f" },
    { INT64_C(-32), "3f", "e0ffffff0f", "3f" },
    { INT64_C(-4), "07", "fcffffff0f", "07" },
    { INT64_C(0), "00", "00", "00" },
    { INT64_C(3), "06", "03", "06" },
    { INT64_C(8), "10", "08", "10" },
    { INT64_C(31), "3e", "1f", "3e" },
    { INT64_C(64), "8001", "40", "8001" },
    { INT64_C(255), "fe03", "ff01", "fe03" },
    { INT64_C(512), "8008", "8004", "8008" },
    { INT64_C(2047), "fe1f", "ff0f", "fe1f" },
    { INT64_C(4096), "8040", "8020", "8040" },
    { INT64_C(11435), "d6b201", "ab59", "d6b201" },
    { INT64_C(16384), "808002", "808001", "808002" },
    { INT64_C(32768), "808004", "808002", "808004" },
    { INT64_C(131071), "feff0f", "ffff07", "feff0f" },
    { INT64_C(262143), "feff1f", "ffff0f", "feff1f" },
    { INT64_C(524288), "808040", "808020", "808040" },
    { INT64_C(2097151), "feffff01", "ffff7f", "feffff01" },
    { INT64_C(4082348), "d8aaf203", "ac95f901", "d8aaf203" },
    { INT64_C(8388607), "feffff07", "ffffff03", "feffff07" },
    { INT64_C(16777216), "80808010", "80808008", "80808010" },
    { INT64_C(67108863), "feffff3f", "ffffff1f", "feffff3f" },
    { INT64_C(134217728), "8080808001", "80808040", "8080808001" },
    { INT64_C(268435456), "8080808002", "8080808001", "8080808002" },
    { INT64_C(1073741823), "feffffff07", "ffffffff03", "feffffff07" },
    { INT64_C(2147483647), "feffffff0f", "ffffffff07", "feffffff0f" },
    { INT64_C(2147483647), "feffffff0f", "ffffffff07", "feffffff0f" },
    { INT64_C(2147483648), NULL, NULL, "8080808010" },
    { INT64_C(4294967295), NULL, NULL, "feffffff1f" },
    { INT64_C(7820980256), NULL, NULL, "c0c0d5a23a" },
    { INT64_C(8589934592), NULL, NULL, "8080808040" },
    { INT64_C(17179869184), NULL, NULL, "808080808001" },
    { INT64_C(34359738368), NULL, NULL, "808080808002" },
    { INT64_C(68719476736), NULL, NULL, "808080808004" },
    { INT64_C(137438953471), NULL, NULL, "feffffffff07" },
    { INT64_C(274877906943), NULL, NULL, "feffffffff0f" },
    { INT64_C(277148077940), NULL, NULL, "e8bd80f59010" },
    { INT64_C(549755813887), NULL, NULL, "feffffffff1f" },
    { INT64_C(792939143979), NULL, NULL, "d68cd9ed932e" },
    { INT64_C(1099511627776), NULL, NULL, "808080808040" },
    { INT64_C(2199023255551), NULL, NULL, "feffffffff7f" },
    { INT64_C(4398046511103), NULL, NULL, "feffffffffff01" },
    { INT64_C(5994587134824), NULL, NULL, "d0ede493f7dc02" },
    { INT64_C(8796093022207), NULL, NULL, "feffffffffff03" },
    { INT64_C(10619125192436), NULL, NULL, "e8dbfad28eea04" },
    { INT64_C(17592186044416), NULL, NULL, "80808080808008" },
    { INT64_C(35184372088831), NULL, NULL, "feffffffffff0f" },
    { INT64_C(70368744177663), NULL, NULL, "feffffffffff1f" },
    { INT64_C(140737488355327), NULL, NULL, "feffffffffff3f" },
    { INT64_C(281474976710655), NULL, NULL, "feffffffffff7f" },
    { INT64_C(562949953421311), NULL, NULL, "feffffffffffff01" },
    { INT64_C(879192066484407), NULL, NULL, "eea2ffacdbe78f03" },
    { INT64_C(1125899906842624), NULL, NULL, "8080808080808004" },
    { INT64_C(2251799813685247), NULL, NULL, "feffffffffffff07" },
    { INT64_C(4503599627370495), NULL, NULL, "feffffffffffff0f" },
    { INT64_C(7183703840122058), NULL, NULL, "9493ffb8cce2c219" },
    { INT64_C(9007199254740992), NULL, NULL, "8080808080808020" },
    { INT64_C(18014398509481984), NULL, NULL, "8080808080808040" },
    { INT64_C(36028797018963967), NULL, NULL, "feffffffffffff7f" },
    { INT64_C(72057594037927935), NULL, NULL, "feffffffffffffff01" },
    { INT64_C(144115188075855871), NULL, NULL, "feffffffffffffff03" },
    { INT64_C(288230376151711743), NULL, NULL, "feffffffffffffff07" },
    { INT64_C(576460752303423487), NULL, NULL, "feffffffffffffff0f" },
    { INT64_C(1152921504606846975), NULL, NULL, "feffffffffffffff1f" },
    { INT64_C(1460720211923366561), NULL, NULL, "c2cae7bee4d2c2c528" },
    { INT64_C(2305843009213693952), NULL, NULL, "808080808080808040" },
    { INT64_C(4611686018427387904), NULL, NULL, "80808080808080808001" },
    { INT64_C(9223372036854775807), NULL, NULL, "feffffffffffffffff01" },
};

struct damaged_row {
    const char *bytes;
    size_t varint_size; /* 0: an error */
    int32_t varint;
    int32_t uvarint;
    size_t varlong_size;
    int64_t varlong;
};

static const struct damaged_row damaged_rows[] = {
    { "", 0, 0, 0, 0, INT64_C(0) },
    { "80", 0, 0, 0, 0, INT64_C(0) },
    { "8080", 0, 0, 0, 0, INT64_C(0) },
    { "ffffffffff", 0, 0, 0, 0, INT64_C(0) },
    { "8080808010", 5, 0, 0, 5, INT64_C(2147483648) },
    { "ffffffff0f", 5, INT32_MIN, -1, 5, INT64_C(-2147483648) },
    { "ffffffff10", 5, -134217728, 268435455, 5, INT64_C(-2281701376) },
    { "ffffffff1f", 5, INT32_MIN, -1, 5, INT64_C(-4294967296) },
    { "ffffffff7f", 5, INT32_MIN, -1, 5, INT64_C(-17179869184) },
    { "8000", 2, 0, 0, 2, INT64_C(0) },
    { "808080808000", 0, 0, 0, 6, INT64_C(0) },
    { "80808080808080808080", 0, 0, 0, 0, INT64_C(0) },
    { "ffffffffffffffffff01", 0, 0, 0, 10, INT64_MIN },
    { "ffffffffffffffffff02", 0, 0, 0, 10, INT64_C(-4611686018427387904) },
    { "ffffffffffffffffff7f", 0, 0, 0, 10, INT64_MIN },
    { "8080808080808080808001", 0, 0, 0, 0, INT64_C(0) },
};

static void assert_bytes(const uint8_t *data, size_t size, const char *hex)
{
    size_t wanted_size;
    uint8_t *wanted = test_unhex(hex, &wanted_size);

    assert_int_equal(size, wanted_size);
    assert_memory_equal(data, wanted, size);
    free(wanted);
}

static void check_varint(int32_t value, const char *signed_hex, const char *unsigned_hex)
{
    uint8_t data[VARINT_SIZE_MAX];
    int32_t read = 0;
    uint32_t read_unsigned = 0;

    size_t size = varint_put(data, value);
    assert_bytes(data, size, signed_hex);
    assert_int_equal(varint_size(value), size);
    assert_int_equal(varint_get(data, data + size, &read), size);
    assert_int_equal(read, value);
    assert_int_equal(varint_get(data, data + size - 1, &read), 0);
    size = varint_put_unsigned(data, (uint32_t)value);
    assert_bytes(data, size, unsigned_hex);
    assert_int_equal(varint_size_unsigned((uint32_t)value), size);
    assert_int_equal(varint_get_unsigned(data, data + size, &read_unsigned), size);
    assert_int_equal(read_unsigned, (uint32_t)value);
    assert_int_equal(varint_get_unsigned(data, data + size - 1, &read_unsigned), 0);
}

TEST(writes_and_reads_as_java)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t data[VARLONG_SIZE_MAX];
        int64_t read = 0;
        size_t size = varlong_put(data, rows[i].value);
        assert_bytes(data, size, rows[i].varlong);
        assert_int_equal(varlong_size(rows[i].value), size);
        assert_int_equal(varlong_get(data, data + size, &read), size);
        assert_true(read == rows[i].value);
        assert_int_equal(varlong_get(data, data + size - 1, &read), 0);
        if (rows[i].varint) {
            check_varint((int32_t)rows[i].value, rows[i].varint, rows[i].uvarint);
        }
    }
}

TEST(reads_damage_as_java)
{
    for (size_t i = 0; i < ARRAY_COUNT(damaged_rows); i++) {
        const struct damaged_row *row = &damaged_rows[i];
        size_t size;
        uint8_t *data = test_unhex(row->bytes, &size);
        int32_t varint = 0;
        uint32_t uvarint = 0;
        int64_t varlong = 0;
        assert_int_equal(varint_get(data, data + size, &varint), row->varint_size);
        assert_int_equal(varint, row->varint);
        assert_int_equal(varint_get_unsigned(data, data + size, &uvarint), row->varint_size);
        assert_int_equal((int32_t)uvarint, row->uvarint);
        assert_int_equal(varlong_get(data, data + size, &varlong), row->varlong_size);
        assert_true(varlong == row->varlong);
        free(data);
    }
}
