/* tests: checksums, against what Java computes. */
#include "base/attr.h"
#include "base/crc32c.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

struct checksum_row {
    const char *data;
    uint32_t crc32c;
    uint32_t crc32;
};

static const struct checksum_row rows[] = {
    { "", 0u, 0u },
    { "313233343536373839", 3808858755u, 3421780262u },
    { "0000000000000000000000000000000000000000000000000000000000000000", 2324772522u, 420107693u },
    { "61", 3251651376u, 3904355907u },
    { "54686520717569636b2062726f776e20666f78206a756d7073206f76657220746865206c617a7920646f67",
      576848900u, 1095738169u },
    { "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 1655221059u,
      4285311755u },
    { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1188919630u,
      2435219082u },
    { "f8", 734684395u, 1633981859u },
    { "d93e", 3629979639u, 3494015234u },
    { "d2654f", 3510077010u, 2410019759u },
    { "97beb608", 1092178823u, 1918325783u },
    { "35ae0f415e", 3814833830u, 1824189271u },
    { "34eb3550b751", 577202127u, 1837919720u },
    { "96a6ebf4074171", 1068788440u, 1126052062u },
    { "3d2001bf2af279c7", 1081307932u, 1873711473u },
    { "a8c7256c169ec8ca07", 3134620459u, 2841066052u },
    { "d46899f374c47f9f5a2e", 3747695965u, 3794083261u },
    { "51ae489205eec92ce0b568", 3344017663u, 1852258231u },
    { "c4b9b87383fdd24433697c41", 623171014u, 1441737546u },
    { "54f293a93a3ec715ef408815ea", 453603460u, 2741783543u },
    { "9f3b33ceab51356d598b48900070", 740310093u, 535435836u },
    { "1c670b1f6311e561b959e26d0cd1d5", 2469700667u, 2837405865u },
    { "10e4680c9f32e4e23e9a1d2717d9f648", 3234684239u, 2411856558u },
    { "56c46b846408bf88969fc1e094300bd93d", 442784181u, 2531777876u },
    { "8c929db86c84f0b88de110cab1461a1120ea", 4218244805u, 3996214443u },
    { "2562c1eef4d2407287c14954eacf1f2c20262b4e6a60", 2836039059u, 1158951455u },
    { "2409844da94ca9f057a5f1fde7ff6234b4b0200946a0a7831a9b", 1899927997u, 2435650122u },
    { "e67cc5056da701b5f02dc7d04630aafaca7d10db983d94378af873219d48", 1157614684u, 4085552441u },
    { "43ab5d0668585e1f4af7b7ec5d49345b0046c42fcac31e4fc769a40c7fad1eda633c", 1450422698u,
      4110700725u },
    { "6fc5c8585840abceb438092461e73cc2b4c2d97248561155239e930190e16536abe160ac4590", 3869345169u,
      212986330u },
};

TEST(agrees_with_java)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t size;
        uint8_t *data = test_unhex(rows[i].data, &size);
        assert_true(crc32c(0, data, size) == rows[i].crc32c);
        assert_true(crc32_zlib(0, data, size) == rows[i].crc32);
        free(data);
    }
}

TEST(continues_over_pieces)
{
    uint8_t data[300];

    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 7);
    }
    for (size_t i = 0; i <= sizeof(data); i++) {
        uint32_t crc = crc32c(crc32c(0, data, i), data + i, sizeof(data) - i);
        assert_true(crc == crc32c(0, data, sizeof(data)));
        crc = crc32_zlib(crc32_zlib(0, data, i), data + i, sizeof(data) - i);
        assert_true(crc == crc32_zlib(0, data, sizeof(data)));
    }
}
