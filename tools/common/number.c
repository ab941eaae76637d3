/* tools: the strict reading of a number that every option shares. */
#include "common/number.h"

#include <errno.h>
#include <stdlib.h>

bool number_parse(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    const char *digits = text + (*text == '-' || *text == '+');
    if (*digits < '0' || *digits > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < min || value > max) {
        return false;
    }
    *ret_value = value;
    return true;
}
