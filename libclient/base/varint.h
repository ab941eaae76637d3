/* base: variable-length integers of the protocol: unsigned LEB128 and zigzag. The short
 * forms are inline: they are most of what record batches hold. */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

enum { VARINT_SIZE_MAX = 5, VARLONG_SIZE_MAX = 10 };

/* The general forms behind the functions below; as those, without a short way. */
size_t varint_put_long(uint8_t *out, uint64_t value);
size_t varint_get_long(const uint8_t *data, const uint8_t *end, size_t size_max,
                       uint64_t *ret_value);

static inline uint32_t varint_zigzag(int32_t value)
{
    return (uint32_t)value << 1 ^ (value < 0 ? UINT32_MAX : 0);
}

static inline uint64_t varlong_zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

/* Bytes written into out, which has VARINT_SIZE_MAX / VARLONG_SIZE_MAX bytes of room. */
static inline size_t varlong_put_unsigned(uint8_t *out, uint64_t value)
{
    if (BASE_LIKELY(value < 0x80)) {
        out[0] = (uint8_t)value;
        return 1;
    }
    if (BASE_LIKELY(value < 0x4000)) {
        out[0] = (uint8_t)(value | 0x80);
        out[1] = (uint8_t)(value >> 7);
        return 2;
    }
    if (BASE_LIKELY(value < 0x200000)) {
        out[0] = (uint8_t)(value | 0x80);
        out[1] = (uint8_t)(value >> 7 | 0x80);
        out[2] = (uint8_t)(value >> 14);
        return 3;
    }
    return varint_put_long(out, value);
}

static inline size_t varint_put_unsigned(uint8_t *out, uint32_t value)
{
    return varlong_put_unsigned(out, value);
}

static inline size_t varint_put(uint8_t *out, int32_t value)
{
    return varlong_put_unsigned(out, varint_zigzag(value));
}

static inline size_t varlong_put(uint8_t *out, int64_t value)
{
    return varlong_put_unsigned(out, varlong_zigzag(value));
}

/* Bytes read from [data, end); 0 when cut short or longer than the type's maximum. As in Java,
 * needless bytes are no error, nor are bits of the last byte that the type has no room for: they
 * are dropped. */
static inline size_t varint_get_unsigned(const uint8_t *data, const uint8_t *end,
                                         uint32_t *ret_value)
{
    uint64_t value;

    if (BASE_LIKELY(data < end && data[0] < 0x80)) {
        *ret_value = data[0];
        return 1;
    }
    if (BASE_LIKELY(end - data >= 2 && data[1] < 0x80)) {
        *ret_value = (uint32_t)data[1] << 7 | (data[0] & 0x7f);
        return 2;
    }
    if (BASE_LIKELY(end - data >= 3 && data[2] < 0x80)) {
        *ret_value = (uint32_t)data[2] << 14 | (uint32_t)(data[1] & 0x7f) << 7 | (data[0] & 0x7f);
        return 3;
    }
    size_t size = varint_get_long(data, end, VARINT_SIZE_MAX, &value);
    if (size > 0) {
        *ret_value = (uint32_t)value;
    }
    return size;
}

static inline size_t varint_get(const uint8_t *data, const uint8_t *end, int32_t *ret_value)
{
    uint32_t value;

    size_t size = varint_get_unsigned(data, end, &value);
    if (BASE_LIKELY(size > 0)) {
        *ret_value = (int32_t)(value >> 1 ^ (0 - (value & 1)));
    }
    return size;
}

static inline size_t varlong_get_unsigned(const uint8_t *data, const uint8_t *end,
                                          uint64_t *ret_value)
{
    if (BASE_LIKELY(data < end && data[0] < 0x80)) {
        *ret_value = data[0];
        return 1;
    }
    if (BASE_LIKELY(end - data >= 2 && data[1] < 0x80)) {
        *ret_value = (uint64_t)data[1] << 7 | (data[0] & 0x7f);
        return 2;
    }
    if (BASE_LIKELY(end - data >= 3 && data[2] < 0x80)) {
        *ret_value = (uint64_t)data[2] << 14 | (uint64_t)(data[1] & 0x7f) << 7 | (data[0] & 0x7f);
        return 3;
    }
    return varint_get_long(data, end, VARLONG_SIZE_MAX, ret_value);
}

static inline size_t varlong_get(const uint8_t *data, const uint8_t *end, int64_t *ret_value)
{
    uint64_t value;

    size_t size = varlong_get_unsigned(data, end, &value);
    if (BASE_LIKELY(size > 0)) {
        *ret_value = (int64_t)(value >> 1 ^ (0 - (value & 1)));
    }
    return size;
}

/* Bytes that put would write. */
static inline size_t varlong_size_unsigned(uint64_t value)
{
    return (BASE_BIT_WIDTH(value | 1) + 6) / 7;
}

static inline size_t varint_size_unsigned(uint32_t value)
{
    return varlong_size_unsigned(value);
}

static inline size_t varint_size(int32_t value)
{
    return varlong_size_unsigned(varint_zigzag(value));
}

static inline size_t varlong_size(int64_t value)
{
    return varlong_size_unsigned(varlong_zigzag(value));
}

#endif
