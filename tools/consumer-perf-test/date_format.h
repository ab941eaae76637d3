/* consumer-perf-test: times as java.text.SimpleDateFormat prints them. */
#ifndef CONSUMER_PERF_TEST_DATE_FORMAT_H
#define CONSUMER_PERF_TEST_DATE_FORMAT_H

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Appends a time (ms since 1970) in the local zone. Letters: y M d D E a H h k K m s S z Z X; text
 * in quotes, '' is a quote. False with the reason in ret_error for any other letter, or a quote
 * that does not end; what was appended so far is then without use. */
bool date_format_write(const char *pattern, int64_t time_ms, struct text *text, char *ret_error,
                       size_t error_size);

#endif
