/* sasl: OpenSSL's base64 behind checks: it takes blanks, and padding anywhere. */
#include "sasl/base64.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>

void base64_show(struct slice bytes, char *ret_text)
{
    assert(bytes.size < INT_MAX / 2);
    (void)EVP_EncodeBlock((unsigned char *)ret_text, bytes.data, (int)bytes.size);
}

static bool is_digit(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

bool base64_parse(struct slice text, size_t size_max, uint8_t *ret_bytes, size_t *ret_size)
{
    size_t digits = text.size;
    while (digits > 0 && text.size - digits < 2 && text.data[digits - 1] == '=') {
        digits--;
    }
    size_t size = text.size / 4 * 3 - (text.size - digits);
    if (digits == 0 || text.size % 4 != 0 || size > size_max) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        if (!is_digit(text.data[i])) {
            return false;
        }
    }
    /* Group by group: OpenSSL writes whole groups, and the last one may not fit. */
    for (size_t i = 0; i < text.size; i += 4) {
        uint8_t group[3];
        size_t done = i / 4 * 3;
        size_t left = size - done < 3 ? size - done : 3;
        if (EVP_DecodeBlock(group, text.data + i, 4) < 0) {
            return false;
        }
        memcpy(ret_bytes + done, group, left);
    }
    *ret_size = size;
    return true;
}
