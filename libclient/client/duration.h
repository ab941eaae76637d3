/* client: durations as ISO 8601 writes them (P3D, PT1H30M, PT0.5S), with Java's limits: days and
 * smaller, each unit once and in order. Pure. */
#ifndef CLIENT_DURATION_H
#define CLIENT_DURATION_H

#include "base/slice.h"

/* False when the text is not a duration of 0 or more, or too long for milliseconds in 64 bits. */
bool duration_parse(struct slice text, int64_t *ret_ms);

#endif
