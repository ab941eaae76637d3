/* net: how long a loop's rounds take, without the time that it waits: the longest is how late a
 * timer or a request can be. Costs some 0.1 microseconds a round, and nothing where it is not made.
 * Loop thread only. */
#ifndef NET_LOOP_LOAD_H
#define NET_LOOP_LOAD_H

#include "base/histogram.h"
#include "net/loop.h"

struct loop_load;

/* Watches the loop from now on; before it runs for the first time. NULL when memory is out or the
 * loop cannot be watched. */
struct loop_load *loop_load_create(struct loop *loop);

/* Before loop_destroy. NULL is fine. */
void loop_load_destroy(struct loop_load *load);

/* Microseconds of each round so far. */
const struct histogram *loop_load_rounds(const struct loop_load *load);

#endif
