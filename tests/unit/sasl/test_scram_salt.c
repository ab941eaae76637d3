/* tests: salted passwords, against RFC 7677's example (and its SHA-512 sibling). */
#include "sasl/scram_salt.h"
#include "support/test.h"

#include <stdlib.h>

static const uint8_t salt[] = { 0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e,
                                0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81 };

static void check(bool is_sha512, const char *hex)
{
    uint8_t salted[SCRAM_SALT_PASSWORD_MAX];
    size_t wanted_size = 0;
    uint8_t *wanted = test_unhex(hex, &wanted_size);
    assert_int_equal(scram_salt_password(is_sha512, slice_text("pencil"),
                                         slice_of(salt, sizeof(salt)), 4096, salted),
                     wanted_size);
    assert_memory_equal(salted, wanted, wanted_size);
    free(wanted);
}

TEST(scram_salt_is_that_of_the_rfc)
{
    check(false, "c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d");
    check(true, "f16efe1be67f1d09502ebd5ed9262fddffba5a377ab4f0b687e5ed5ba0f50686"
                "b8a4ae166476da8ab3b951d2fa9238b63998f45461bc33a464814949cec9631d");
}
