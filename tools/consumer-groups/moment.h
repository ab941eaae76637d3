/* consumer-groups: times and durations as --to-datetime and --by-duration write them. */
#ifndef CONSUMER_GROUPS_MOMENT_H
#define CONSUMER_GROUPS_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "YYYY-MM-DDThh:mm:ss.sss", UTC, or followed by Z, +hh, +hhmm or +hh:mm. Milliseconds since 1970.
 * False with Kafka's message. */
bool moment_parse(const char *text, int64_t *ret_ms, char *ret_error, size_t error_size);

/* ISO 8601 as Java's Duration: "PT1H", "P2DT3H4M5.6S", signs allowed. False when malformed. */
bool moment_parse_duration(const char *text, int64_t *ret_ms);

#endif
