/* tests: hashes of keys are those of Java and Sarama. */
#include "producer/key_hash.h"
#include "support/test.h"

TEST(murmur2_as_java)
{
    assert_int_equal(key_hash_murmur2(slice_text("")), 275646681);
    assert_int_equal(key_hash_murmur2(slice_text("a")), -1563381124);
    assert_int_equal(key_hash_murmur2(slice_text("foobar")), -790332482);
    assert_int_equal(key_hash_murmur2(slice_text("a-little-bit-long-string")), -985981536);
}

/* The published test vectors of FNV-1a, their absolute value as a signed number. */
TEST(fnv1a_without_sign)
{
    assert_int_equal(key_hash_fnv1a(slice_text("")), 0u - 0x811c9dc5u);
    assert_int_equal(key_hash_fnv1a(slice_text("a")), 0u - 0xe40c292cu);
    assert_int_equal(key_hash_fnv1a(slice_text("foobar")), 0u - 0xbf9cf968u);
    assert_int_equal(key_hash_fnv1a(slice_text("foob")), 0x3f5076ef);
}
