/* sasl: salts passwords with OpenSSL's PBKDF2. */
#include "sasl/scram_salt.h"

#include <openssl/evp.h>

size_t scram_salt_password(bool is_sha512, struct slice password, struct slice salt,
                           int32_t iterations, uint8_t ret_salted[SCRAM_SALT_PASSWORD_MAX])
{
    const EVP_MD *digest = is_sha512 ? EVP_sha512() : EVP_sha256();
    int size = EVP_MD_get_size(digest);
    bool fits = PKCS5_PBKDF2_HMAC((const char *)password.data, (int)password.size, salt.data,
                                  (int)salt.size, iterations, digest, size, ret_salted) == 1;
    return fits ? (size_t)size : 0;
}
