/* wire: name, text and kind of error codes, from the generated table. */
#include "wire/error.h"

#include <stdint.h>

static const struct error_row unknown = { "UNKNOWN",
                                          "An error code that this library does not know", false,
                                          false };

static const struct error_row *find(enum kc_err code)
{
    int64_t place = (int64_t)code - error_table_first;
    if (place >= 0 && place < (int64_t)error_table_count) {
        return &error_table[place];
    }
    place = (int64_t)KC_ERR_INVALID - code;
    if (place >= 0 && place < (int64_t)error_table_own_count) {
        return &error_table[error_table_count + (size_t)place];
    }
    return &unknown;
}

const char *kc_err_name(enum kc_err code)
{
    return find(code)->name;
}

const char *kc_err_text(enum kc_err code)
{
    return find(code)->text;
}

bool kc_err_is_retriable(enum kc_err code)
{
    return find(code)->retriable;
}

bool error_wants_metadata(enum kc_err code)
{
    return find(code)->refresh_metadata;
}

bool error_is_login(enum kc_err code)
{
    return code == KC_ERR_SASL_AUTHENTICATION_FAILED || code == KC_ERR_UNSUPPORTED_SASL_MECHANISM ||
           code == KC_ERR_ILLEGAL_SASL_STATE || code == KC_ERR_SSL;
}
