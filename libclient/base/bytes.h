/* base: a growable byte buffer with a stated maximum, and big-endian loads and stores. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/slice.h"

struct bytes {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t size_max; /* growing past it fails */
};

void bytes_init(struct bytes *bytes, size_t size_max);
void bytes_finish(struct bytes *bytes);

/* Makes room for `more` bytes beyond size; false when out of memory or past the maximum (contents
 * unchanged). */
bool bytes_reserve(struct bytes *bytes, size_t more);

bool bytes_append(struct bytes *bytes, const void *data, size_t size);

/* Overwrites and empties it, for what held a secret; the memory stays. What it was moved from when
 * it grew is out of reach: reserve before. */
void bytes_wipe(struct bytes *bytes);

static inline struct slice bytes_slice(const struct bytes *bytes)
{
    return (struct slice){ bytes->data ? bytes->data : (const uint8_t *)"", bytes->size };
}

static inline uint16_t load_u16(const uint8_t *p)
{
    return (uint16_t)((uint16_t)p[0] << 8 | p[1]);
}

static inline uint32_t load_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t load_u64(const uint8_t *p)
{
    return (uint64_t)load_u32(p) << 32 | load_u32(p + 4);
}

static inline void store_u16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void store_u32(uint8_t *p, uint32_t value)
{
    store_u16(p, (uint16_t)(value >> 16));
    store_u16(p + 2, (uint16_t)value);
}

static inline void store_u64(uint8_t *p, uint64_t value)
{
    store_u32(p, (uint32_t)(value >> 32));
    store_u32(p + 4, (uint32_t)value);
}

#endif
