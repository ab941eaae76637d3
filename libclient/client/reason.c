/* client: fills struct kc_error. */
#include "client/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum kc_err reason_set(struct kc_error *error, enum kc_err code, const char *format, ...)
{
    if (error) {
        /* The arguments may point into error->text itself (a cause that is wrapped). */
        char text[sizeof(error->text)];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        memcpy(error->text, text, sizeof(text));
        error->code = code;
        error->kind = kc_err_is_retriable(code) ? KC_KIND_RETRIABLE : KC_KIND_PLAIN;
    }
    return code;
}

enum kc_err reason_plain(struct kc_error *error, enum kc_err code)
{
    return reason_set(error, code, "%s", kc_err_text(code));
}
