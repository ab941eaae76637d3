/* base: checksums, by ISA-L. */
#include "base/crc32c.h"

#include "base/attr.h"

#include <isa-l/crc.h>

/* ISA-L counts in int. */
enum { CRC_STEP_MAX = 1 << 30 };

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *position = data;

    /* ISA-L leaves the inversion before and after to its caller, and only lacks the const. */
    crc = ~crc;
    while (size > 0) {
        size_t step = MIN_OF(size, (size_t)CRC_STEP_MAX);
        crc = crc32_iscsi((unsigned char *)(uintptr_t)position, (int)step, crc);
        position += step;
        size -= step;
    }
    return ~crc;
}

uint32_t crc32_zlib(uint32_t crc, const void *data, size_t size)
{
    return crc32_gzip_refl(crc, data, size);
}
