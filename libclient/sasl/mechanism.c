/* sasl: the mechanisms there are. */
#include "sasl/mechanism.h"

#include "sasl/plain.h"
#include "sasl/scram_client.h"

#include <stdarg.h>
#include <stdio.h>

static const struct mechanism *const mechanisms[] = {
    &plain_mechanism,
    &scram_client_sha256,
    &scram_client_sha512,
};

const struct mechanism *mechanism_find(struct slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(mechanisms); i++) {
        if (slice_is(name, mechanisms[i]->name)) {
            return mechanisms[i];
        }
    }
    return NULL;
}

const struct mechanism *mechanism_at(size_t index)
{
    return index < ARRAY_COUNT(mechanisms) ? mechanisms[index] : NULL;
}

enum kc_err mechanism_fail(struct kc_error *error, enum kc_err err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    *error = (struct kc_error){ .code = err };
    (void)vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return err;
}
