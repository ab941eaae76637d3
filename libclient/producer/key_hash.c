/* producer: hashes of keys, as other clients compute them. */
#include "producer/key_hash.h"

static uint32_t load_little(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int32_t key_hash_murmur2(struct slice bytes)
{
    const uint32_t multiplier = 0x5bd1e995;
    const uint8_t *data = bytes.data;
    size_t left = bytes.size;
    uint32_t hash = 0x9747b28c ^ (uint32_t)bytes.size;
    for (; left >= 4; left -= 4, data += 4) {
        uint32_t word = load_little(data) * multiplier;
        word = (word ^ word >> 24) * multiplier;
        hash = hash * multiplier ^ word;
    }
    if (left > 0) {
        for (size_t i = 0; i < left; i++) {
            hash ^= (uint32_t)data[i] << (8 * i);
        }
        hash *= multiplier;
    }
    hash = (hash ^ hash >> 13) * multiplier;
    return (int32_t)(hash ^ hash >> 15);
}

uint32_t key_hash_fnv1a(struct slice bytes)
{
    uint32_t hash = 0x811c9dc5;
    for (size_t i = 0; i < bytes.size; i++) {
        hash = (hash ^ bytes.data[i]) * 0x01000193;
    }
    /* The absolute value of the signed one; the least number stays as it is. */
    return hash >> 31 ? 0 - hash : hash;
}
