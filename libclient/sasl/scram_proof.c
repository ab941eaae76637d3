/* sasl: SCRAM's proofs, by OpenSSL's HMAC and digests. */
#include "sasl/scram_proof.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static bool sign(const EVP_MD *digest, const uint8_t *key, struct slice message, uint8_t *ret_code)
{
    return HMAC(digest, key, EVP_MD_get_size(digest), message.data, message.size, ret_code, NULL) !=
           NULL;
}

bool scram_proof_make(bool is_sha512, const uint8_t *salted, struct slice auth_message,
                      struct scram_proof *ret_proof)
{
    const EVP_MD *digest = is_sha512 ? EVP_sha512() : EVP_sha256();
    size_t size = (size_t)EVP_MD_get_size(digest);
    struct scram_proof proof = { .size = size };
    uint8_t client_key[SCRAM_PROOF_SIZE_MAX];
    uint8_t stored_key[SCRAM_PROOF_SIZE_MAX];
    uint8_t server_key[SCRAM_PROOF_SIZE_MAX];
    bool fits = sign(digest, salted, slice_text("Client Key"), client_key) &&
                EVP_Digest(client_key, size, stored_key, NULL, digest, NULL) == 1 &&
                sign(digest, stored_key, auth_message, proof.client) &&
                sign(digest, salted, slice_text("Server Key"), server_key) &&
                sign(digest, server_key, auth_message, proof.signature);
    for (size_t i = 0; fits && i < size; i++) {
        proof.client[i] ^= client_key[i];
    }
    if (fits) {
        *ret_proof = proof;
    }
    OPENSSL_cleanse(&proof, sizeof(proof));
    OPENSSL_cleanse(client_key, sizeof(client_key));
    OPENSSL_cleanse(stored_key, sizeof(stored_key));
    OPENSSL_cleanse(server_key, sizeof(server_key));
    return fits;
}

bool scram_proof_is(const struct scram_proof *proof, struct slice signature)
{
    return signature.size == proof->size &&
           CRYPTO_memcmp(signature.data, proof->signature, proof->size) == 0;
}
