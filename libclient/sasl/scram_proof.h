/* sasl: the arithmetic of SCRAM (RFC 5802, section 3): from a salted password and the words that
 * were exchanged to the proofs of both sides. */
#ifndef SASL_SCRAM_PROOF_H
#define SASL_SCRAM_PROOF_H

#include "base/slice.h"

enum { SCRAM_PROOF_SIZE_MAX = 64 };

struct scram_proof {
    size_t size;                             /* of each: 32 or 64 */
    uint8_t client[SCRAM_PROOF_SIZE_MAX];    /* ClientProof */
    uint8_t signature[SCRAM_PROOF_SIZE_MAX]; /* ServerSignature: what the server has to say */
};

/* By SHA-512 or SHA-256; salted has as many bytes as the digest. False when OpenSSL has no memory.
 */
bool scram_proof_make(bool is_sha512, const uint8_t *salted, struct slice auth_message,
                      struct scram_proof *ret_proof);

/* Compares in constant time. */
bool scram_proof_is(const struct scram_proof *proof, struct slice signature);

#endif
