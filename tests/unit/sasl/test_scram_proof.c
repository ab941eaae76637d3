/* tests: SCRAM's proofs by themselves: a wrong byte anywhere is another signature. */
#include "sasl/scram_proof.h"
#include "sasl/scram_salt.h"
#include "support/test.h"

TEST(a_signature_is_taken_whole_or_not_at_all)
{
    for (int is_sha512 = 0; is_sha512 < 2; is_sha512++) {
        uint8_t salted[SCRAM_SALT_PASSWORD_MAX];
        struct scram_proof proof = { 0 };
        size_t size =
            scram_salt_password(is_sha512, slice_text("pencil"), slice_text("salt"), 4096, salted);
        assert_int_equal(size, is_sha512 ? 64 : 32);
        assert_true(scram_proof_make(is_sha512, salted, slice_text("words"), &proof));
        assert_int_equal(proof.size, size);
        uint8_t signature[SCRAM_PROOF_SIZE_MAX];
        memcpy(signature, proof.signature, size);
        assert_true(scram_proof_is(&proof, slice_of(signature, size)));
        assert_false(scram_proof_is(&proof, slice_of(signature, size - 1)));
        assert_false(scram_proof_is(&proof, SLICE_EMPTY));
        for (size_t i = 0; i < size; i++) {
            signature[i] ^= 1;
            assert_false(scram_proof_is(&proof, slice_of(signature, size)));
            signature[i] ^= 1;
        }
        struct scram_proof other = { 0 };
        assert_true(scram_proof_make(is_sha512, salted, slice_text("word"), &other));
        assert_memory_not_equal(other.client, proof.client, size);
    }
}
