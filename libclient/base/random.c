/* base: xoshiro256** seeded by splitmix64, and the kernel's entropy. */
#include "base/random.h"

#include "base/attr.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

void random_init(struct random *random, uint64_t seed)
{
    for (size_t i = 0; i < ARRAY_COUNT(random->state); i++) {
        random->state[i] = splitmix(&seed);
    }
}

static uint64_t rotate(uint64_t value, int count)
{
    return value << count | value >> (64 - count);
}

uint64_t random_next(struct random *random)
{
    uint64_t *state = random->state;
    uint64_t result = rotate(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;

    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    if (bound == 0) {
        return 0;
    }
    /* Drawing again below 2^64 mod bound leaves a whole number of equal shares. */
    uint64_t uneven = (0 - bound) % bound;
    uint64_t drawn;
    do {
        drawn = random_next(random);
    } while (drawn < uneven);
    return drawn % bound;
}

int64_t random_jitter(struct random *random, int64_t value, int percent)
{
    if (value <= 0 || percent <= 0) {
        return value;
    }
    percent = MIN_OF(percent, 100);
    int64_t range = value / 100 * percent + value % 100 * percent / 100;
    uint64_t drawn = random_below(random, (uint64_t)range * 2 + 1);
    uint64_t changed = (uint64_t)value - (uint64_t)range + drawn;
    return (int64_t)MIN_OF(changed, (uint64_t)INT64_MAX);
}

void random_fill(struct random *random, void *data, size_t size)
{
    uint8_t *out = data;

    while (size > 0) {
        uint64_t word = random_next(random);
        /* Byte by byte, so that every machine fills the same. */
        for (size_t i = 0; i < sizeof(word) && size > 0; i++, size--) {
            *out++ = (uint8_t)(word >> (8 * i));
        }
    }
}

void random_secret(void *data, size_t size)
{
    ssize_t got;

    do {
        got = getrandom(data, size, 0);
    } while (got < 0 && errno == EINTR);
    /* The kernel never gives less than asked for up to 256 bytes. */
    assert(got == (ssize_t)size);
}

uint64_t random_seed(void)
{
    uint64_t seed = 0;

    random_secret(&seed, sizeof(seed));
    return seed;
}
