/* sasl: what a broker stores instead of a password (RFC 5802): SaltedPassword, by PBKDF2. */
#ifndef SASL_SCRAM_SALT_H
#define SASL_SCRAM_SALT_H

#include "base/slice.h"

enum { SCRAM_SALT_PASSWORD_MAX = 64, SCRAM_SALT_ITERATIONS = 4096 };

/* Hi(password, salt, iterations) by SHA-512 or SHA-256; how many bytes it wrote (64 or 32), 0 when
 * memory is out. The password's bytes are taken as they are. */
size_t scram_salt_password(bool is_sha512, struct slice password, struct slice salt,
                           int32_t iterations, uint8_t ret_salted[SCRAM_SALT_PASSWORD_MAX]);

#endif
