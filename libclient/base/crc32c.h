/* base: checksums, both by ISA-L with hardware support: CRC-32C (Castagnoli), and for message
 * formats 0 and 1 the CRC-32 that zlib and gzip use. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues from crc (0 at the start). */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

/* The old one. (crc32_ieee would be ISA-L's name for another.) */
uint32_t crc32_zlib(uint32_t crc, const void *data, size_t size);

#endif
