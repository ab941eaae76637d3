/* base: bytes with a size, borrowed. A slice never owns; `data == NULL` is Kafka's null, which
 * differs from empty. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *data;
    size_t size;
};

/* The null slice, and the empty one (its data is never NULL). */
#define SLICE_NULL ((struct slice){ NULL, 0 })
#define SLICE_EMPTY ((struct slice){ (const uint8_t *)"", 0 })

/* A slice over a C string; NULL gives the null slice. */
static inline struct slice slice_text(const char *text)
{
    return text ? (struct slice){ (const uint8_t *)text, strlen(text) } : SLICE_NULL;
}

static inline struct slice slice_of(const void *data, size_t size)
{
    return (struct slice){ (const uint8_t *)data, size };
}

static inline bool slice_is_null(struct slice slice)
{
    return slice.data == NULL;
}

/* Equal bytes and equal nullness. */
static inline bool slice_equal(struct slice a, struct slice b)
{
    return (a.data == NULL) == (b.data == NULL) && a.size == b.size &&
           (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool slice_is(struct slice slice, const char *text)
{
    return slice_equal(slice, slice_text(text));
}

/* Byte order, a shorter prefix first; null before everything. For sorting. */
int slice_compare(struct slice a, struct slice b);

/* A 64-bit hash with good low bits (not for hostile input without map's seed). */
uint64_t slice_hash(struct slice slice, uint64_t seed);

/* A zero-terminated copy on the heap; NULL when memory is out or the slice is null. The caller
 * frees it. */
char *slice_dup_text(struct slice slice);

/* For printf("%.*s", SLICE_ARGS(s)). */
#define SLICE_ARGS(s) (int)(s).size, (const char *)((s).data ? (s).data : (const uint8_t *)"")

#endif
