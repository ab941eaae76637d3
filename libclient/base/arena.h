/* base: per-message memory. Everything allocated from an arena is freed by one call; a byte limit
 * bounds it. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    uint8_t *cursor;            /* free bytes of the newest block: [cursor, end) */
    uint8_t *end;
    size_t used;      /* bytes handed out since init or reset */
    size_t bytes_max; /* 0: no limit; an allocation that would pass it fails */
};

/* Prepares storage that the caller owns; allocates nothing yet. */
void arena_init(struct arena *arena, size_t bytes_max);

/* Frees all memory; accepts a zeroed arena. The arena may be used again after arena_init. */
void arena_finish(struct arena *arena);

/* Frees all but one block, so that a loop that decodes message after message settles without
 * malloc. */
void arena_reset(struct arena *arena);

/* Zeroed, 16-byte aligned memory; NULL when out of memory or past the limit. size 0 gives a valid
 * pointer. */
void *arena_alloc(struct arena *arena, size_t size);

/* Room for count items of size bytes each, zeroed; NULL also on overflow of count * size. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);

/* A copy of the bytes plus a terminating zero that the size does not count. Null slice on failure
 * or for null. */
struct slice arena_copy(struct arena *arena, struct slice bytes);

/* A zero-terminated string from printf arguments; NULL when out of memory. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
