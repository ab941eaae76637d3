/* base: the loops behind the variable-length integers. */
#include "base/varint.h"

size_t varint_put_long(uint8_t *out, uint64_t value)
{
    size_t size = 0;

    while (value >= 0x80) {
        out[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[size++] = (uint8_t)value;
    return size;
}

size_t varint_get_long(const uint8_t *data, const uint8_t *end, size_t size_max,
                       uint64_t *ret_value)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size_max && data + i < end; i++) {
        value |= (uint64_t)(data[i] & 0x7f) << (7 * i);
        if (data[i] < 0x80) {
            *ret_value = value;
            return i + 1;
        }
    }
    return 0;
}
