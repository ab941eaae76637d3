/* client: fills struct kc_error, which may be NULL everywhere. */
#ifndef CLIENT_REASON_H
#define CLIENT_REASON_H

#include "base/attr.h"

#include <libclient/error.h>

/* Sets code, text (cut at the size of the field) and kind (retriable or plain, as the code is) and
 * returns the code, so that one can write `return reason_set(error, KC_ERR_INVALID, "...")`. */
enum kc_err reason_set(struct kc_error *error, enum kc_err code, const char *format, ...)
    BASE_PRINTF(3, 4);

/* The code with its own sentence, kc_err_text. */
enum kc_err reason_plain(struct kc_error *error, enum kc_err code);

/* KC_ERR_NONE and an empty text. Returns KC_ERR_NONE. */
static inline enum kc_err reason_clear(struct kc_error *error)
{
    if (error) {
        error->code = KC_ERR_NONE;
        error->kind = KC_KIND_PLAIN;
        error->text[0] = 0;
    }
    return KC_ERR_NONE;
}

#endif
