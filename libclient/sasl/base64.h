/* sasl: base64 (RFC 4648, section 4), strictly: nothing but whole groups, padded, no blanks. */
#ifndef SASL_BASE64_H
#define SASL_BASE64_H

#include "base/slice.h"

/* The characters of so many bytes, and the zero behind them. */
#define BASE64_TEXT_SIZE(size) (((size) + 2) / 3 * 4 + 1)

/* Writes BASE64_TEXT_SIZE(bytes.size) characters. */
void base64_show(struct slice bytes, char *ret_text);

/* Decodes at most size_max bytes; false when the text is no base64, is empty or has more. The place
 * may be written on failure. */
bool base64_parse(struct slice text, size_t size_max, uint8_t *ret_bytes, size_t *ret_size);

#endif
