/* sasl: credentials are one block, so that one call wipes all of it. */
#include "sasl/credential.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static size_t size_of(size_t username_size, size_t password_size)
{
    return sizeof(struct credential) + username_size + password_size + 2;
}

struct credential *credential_create(const struct mechanism *mechanism, struct slice username,
                                     struct slice password, bool is_token)
{
    struct credential *credential = calloc(1, size_of(username.size, password.size));
    if (!credential) {
        return NULL;
    }
    uint8_t *texts = (uint8_t *)(credential + 1);
    credential->mechanism = mechanism;
    credential->username = slice_of(texts, username.size);
    credential->password = slice_of(texts + username.size + 1, password.size);
    credential->is_token = is_token;
    if (username.size > 0) {
        memcpy(texts, username.data, username.size);
    }
    if (password.size > 0) {
        memcpy(texts + username.size + 1, password.data, password.size);
    }
    return credential;
}

void credential_destroy(struct credential *credential)
{
    if (credential) {
        OPENSSL_cleanse(credential, size_of(credential->username.size, credential->password.size));
        free(credential);
    }
}
