/* base: comparing, hashing and copying borrowed bytes. */
#include "base/slice.h"

#include "base/attr.h"

#include <stdlib.h>

int slice_compare(struct slice a, struct slice b)
{
    if (!a.data || !b.data) {
        return (a.data != NULL) - (b.data != NULL);
    }
    size_t shared = MIN_OF(a.size, b.size);
    int order = shared > 0 ? memcmp(a.data, b.data, shared) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static uint64_t rotate(uint64_t value, int count)
{
    return value << count | value >> (64 - count);
}

static uint64_t load_little(const uint8_t *data, size_t size)
{
    uint64_t word = 0;

    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)data[i] << (8 * i);
    }
    return word;
}

static void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3: topic and group names come from peers, who must not be able to make them collide. */
uint64_t slice_hash(struct slice slice, uint64_t seed)
{
    uint64_t key[2] = { seed, rotate(seed, 32) ^ UINT64_C(0x9e3779b97f4a7c15) };
    uint64_t v[4] = { key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                      key[0] ^ UINT64_C(0x6c7967656e657261),
                      key[1] ^ UINT64_C(0x7465646279746573) };
    const uint8_t *data = slice.data;
    size_t left = slice.size;

    for (; left >= 8; data += 8, left -= 8) {
        uint64_t word = load_little(data, 8);
        v[3] ^= word;
        mix(v);
        v[0] ^= word;
    }
    uint64_t tail = load_little(data, left) | (uint64_t)(slice.size & 0xff) << 56;
    v[3] ^= tail;
    mix(v);
    v[0] ^= tail;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) {
        mix(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

char *slice_dup_text(struct slice slice)
{
    if (slice_is_null(slice) || slice.size == SIZE_MAX) {
        return NULL;
    }
    char *text = malloc(slice.size + 1);
    if (!text) {
        return NULL;
    }
    if (slice.size > 0) {
        memcpy(text, slice.data, slice.size);
    }
    text[slice.size] = 0;
    return text;
}
