/* tools: numbers as Java reads them. */
#ifndef COMMON_NUMBER_H
#define COMMON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* A whole decimal number, sign allowed, nothing before or after it; false leaves the result. */
bool number_parse(const char *text, int64_t min, int64_t max, int64_t *ret_value);

#endif
