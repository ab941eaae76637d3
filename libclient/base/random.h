/* base: chance as a value one can fake: a small seeded generator (xoshiro-like), and bytes from the
 * kernel for seeds and uuids. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
};

/* The same seed gives the same sequence on every machine. */
void random_init(struct random *random, uint64_t seed);

uint64_t random_next(struct random *random);

/* Uniform in [0, bound); bound 0 gives 0. */
uint64_t random_below(struct random *random, uint64_t bound);

/* value changed by up to +-percent; for backoff jitter. */
int64_t random_jitter(struct random *random, int64_t value, int percent);

void random_fill(struct random *random, void *data, size_t size);

/* Bytes from the kernel's entropy, at most 256, which nobody can guess: nonces and seeds. */
void random_secret(void *data, size_t size);

/* A seed from the kernel's entropy. */
uint64_t random_seed(void);

#endif
