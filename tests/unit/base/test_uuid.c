/* tests: uuid, against Java's text form. */
#include "base/attr.h"
#include "base/uuid.h"
#include "support/test.h"

#include <stdlib.h>

struct uuid_row {
    const char *bytes;
    const char *text;
};

static const struct uuid_row rows[] = {
    { "00000000000000000000000000000000", "AAAAAAAAAAAAAAAAAAAAAA" },
    { "00000000000000000000000000000001", "AAAAAAAAAAAAAAAAAAAAAQ" },
    { "ffffffffffffffffffffffffffffffff", "_____________________w" },
    { "80000000000000007fffffffffffffff", "gAAAAAAAAAB__________w" },
    { "0123456789abcdeffedcba9876543210", "ASNFZ4mrze_-3LqYdlQyEA" },
    { "895a32e712fa89d7b16d9d5de314b2e4", "iVoy5xL6idexbZ1d4xSy5A" },
    { "83748e2d970f6e4097bf6ba760f34f42", "g3SOLZcPbkCXv2unYPNPQg" },
    { "40e9846e69348562471e314d49c13ebe", "QOmEbmk0hWJHHjFNScE-vg" },
    { "f53208e50ebd00497249b5ae6325ad8f", "9TII5Q69AElySbWuYyWtjw" },
    { "50d006244e8d9042e5104826e2cfcfef", "UNAGJE6NkELlEEgm4s_P7w" },
    { "be033bbe033e847d2ea6b6ec611d726a", "vgM7vgM-hH0uprbsYR1yag" },
    { "4e01c33c0c8f9ded8e885f1c2d63ca58", "TgHDPAyPne2OiF8cLWPKWA" },
    { "b8ff7052baeabd73e4bfaa0f1ed64aa8", "uP9wUrrqvXPkv6oPHtZKqA" },
    { "d04e80581be0d03a23a88bf1ca7f80de", "0E6AWBvg0DojqIvxyn-A3g" },
    { "47974cf2875e9e649843d7964b7c3e5e", "R5dM8odenmSYQ9eWS3w-Xg" },
    { "1fcbf613590d5fe5984b7b8436e991ea", "H8v2E1kNX-WYS3uENumR6g" },
    { "cf583720aa2d3baf5fa4fc545cfa5568", "z1g3IKotO69fpPxUXPpVaA" },
    { "7e5cdb775476150f52d0c03e14b153e8", "flzbd1R2FQ9S0MA-FLFT6A" },
    { "06c98613586d4b567ec9fff0bc094be6", "BsmGE1htS1Z-yf_wvAlL5g" },
    { "861ec086a7654fbb21b470a3132451cb", "hh7AhqdlT7shtHCjEyRRyw" },
    { "0ccd853425463580b7f1fb692ab056b9", "DM2FNCVGNYC38ftpKrBWuQ" },
    { "a4c8b8b6b68ca052780c15c7cc46d788", "pMi4traMoFJ4DBXHzEbXiA" },
    { "893046a23ddeb4f52a818f8adb69f80a", "iTBGoj3etPUqgY-K22n4Cg" },
    { "f344d56e506cf020ca42e9d5ff218e96", "80TVblBs8CDKQunV_yGOlg" },
};

TEST(shows_and_parses_as_java)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t size;
        uint8_t *bytes = test_unhex(rows[i].bytes, &size);
        struct uuid uuid;
        struct uuid parsed;
        char text[UUID_TEXT_SIZE];
        assert_int_equal(size, sizeof(uuid.bytes));
        memcpy(uuid.bytes, bytes, size);
        uuid_show(&uuid, text);
        assert_string_equal(text, rows[i].text);
        assert_true(uuid_parse(slice_text(text), &parsed));
        assert_true(uuid_equal(&uuid, &parsed));
        free(bytes);
    }
}

TEST(refuses_what_java_refuses)
{
    static const char *const texts[] = {
        "",
        "AAAA",
        "AAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAA",
        "not base64 at all!!!!!",
        "AAAAAAAAAAAAAAAAAAAAA+",
        "AAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAA=A",
    };
    struct uuid uuid = { { 7 } };

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_false(uuid_parse(slice_text(texts[i]), &uuid));
    }
    assert_false(uuid_parse(SLICE_NULL, &uuid));
    assert_false(uuid_parse(slice_of("AAAAAAAAAAAAAAAAAAAAA\0", 22), &uuid));
    assert_int_equal(uuid.bytes[0], 7);
    assert_true(uuid_parse(slice_text("AAAAAAAAAAAAAAAAAAAAAA=="), &uuid));
    assert_true(uuid_is_zero(&uuid));
    /* Java drops the surplus bits of the last character. */
    assert_true(uuid_parse(slice_text("AAAAAAAAAAAAAAAAAAAAAP"), &uuid));
    assert_true(uuid_is_zero(&uuid));
}

TEST(random_ones_are_version_4_without_leading_dash)
{
    struct random random;
    struct uuid last = { { 0 } };

    random_init(&random, 5);
    for (int i = 0; i < 2000; i++) {
        struct uuid uuid;
        char text[UUID_TEXT_SIZE];
        uuid_random(&random, &uuid);
        assert_int_equal(uuid.bytes[6] >> 4, 4);
        assert_int_equal(uuid.bytes[8] >> 6, 2);
        assert_false(uuid_equal(&uuid, &last));
        uuid_show(&uuid, text);
        assert_true(text[0] != '-');
        last = uuid;
    }
}
