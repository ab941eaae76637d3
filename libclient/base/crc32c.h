/* base: checksums. CRC-32C (Castagnoli) by ISA-L with hardware support; CRC-32 (gzip polynomial) by
 * zlib for formats 0 and 1. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues from crc (0 at the start). */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

/* The old one (ISA-L has taken the name crc32_ieee for another polynomial order). */
uint32_t crc32_zlib(uint32_t crc, const void *data, size_t size);

#endif
