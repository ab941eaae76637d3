/* base: variable-length integers of the protocol: unsigned LEB128 and zigzag. */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include <stddef.h>
#include <stdint.h>

enum { VARINT_SIZE_MAX = 5, VARLONG_SIZE_MAX = 10 };

/* Bytes written into out, which has VARINT_SIZE_MAX / VARLONG_SIZE_MAX bytes of room. */
size_t varint_put_unsigned(uint8_t *out, uint32_t value);
size_t varint_put(uint8_t *out, int32_t value);
size_t varlong_put(uint8_t *out, int64_t value);

/* Bytes read from [data, end); 0 when cut short, longer than allowed or out of the type's range. */
size_t varint_get_unsigned(const uint8_t *data, const uint8_t *end, uint32_t *ret_value);
size_t varint_get(const uint8_t *data, const uint8_t *end, int32_t *ret_value);
size_t varlong_get(const uint8_t *data, const uint8_t *end, int64_t *ret_value);

/* Bytes that put would write. */
size_t varint_size_unsigned(uint32_t value);
size_t varint_size(int32_t value);
size_t varlong_size(int64_t value);

#endif
