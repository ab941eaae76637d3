/* base: the few compiler attributes and one-line helpers that every room may use. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#include <stddef.h>

#if defined(__GNUC__)
#define BASE_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define BASE_NODISCARD __attribute__((warn_unused_result))
#define BASE_LIKELY(x) __builtin_expect(!!(x), 1)
#define BASE_UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define BASE_PRINTF(text, first)
#define BASE_NODISCARD
#define BASE_LIKELY(x) (x)
#define BASE_UNLIKELY(x) (x)
#endif

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

#endif
