/* base: the few compiler attributes and one-line helpers that every room may use. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#include <stddef.h>

#if defined(__GNUC__)
#define BASE_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define BASE_NODISCARD __attribute__((warn_unused_result))
/* For the few functions of the hot path that are worth a copy in each caller. */
#define BASE_INLINE static inline __attribute__((always_inline))
/* The cache line of the address is about to be written. */
#define BASE_PREFETCH_WRITE(address) __builtin_prefetch(address, 1)
#define BASE_LIKELY(x) __builtin_expect(!!(x), 1)
#define BASE_UNLIKELY(x) __builtin_expect(!!(x), 0)
/* Bits from the highest set one down; x is uint64_t and not 0. */
#define BASE_BIT_WIDTH(x) ((size_t)(64 - __builtin_clzll(x)))
#else
#define BASE_PRINTF(text, first)
#define BASE_NODISCARD
#define BASE_INLINE static inline
#define BASE_PREFETCH_WRITE(address) (void)(address)
#define BASE_LIKELY(x) (x)
#define BASE_UNLIKELY(x) (x)
static inline size_t base_bit_width(unsigned long long x)
{
    size_t width = 0;
    for (; x != 0; x >>= 1) {
        width++;
    }
    return width;
}
#define BASE_BIT_WIDTH(x) base_bit_width(x)
#endif

/* The processor's own counter of ticks, some billions a second, for telling whether much time has
 * passed; 0 where there is none that is quick to read. */
#if defined(__GNUC__) && defined(__x86_64__)
#define BASE_HAS_TICKS 1
#define BASE_TICKS() ((unsigned long long)__builtin_ia32_rdtsc())
#else
#define BASE_HAS_TICKS 0
#define BASE_TICKS() 0ULL
#endif

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

#endif
