/* producer-perf-test: counts in two places meet in one number: below zero while the sender still
 * counts for itself, zero exactly once, when all that was sent is delivered. */
#include "producer-perf-test/tick.h"

#include "common/memory.h"

#include <stdlib.h>

struct tick *tick_create(void *owner, int64_t start_ms, size_t bytes, bool steady)
{
    struct tick *tick = memory_alloc(sizeof *tick);
    tick->owner = owner;
    tick->start_ms = start_ms;
    tick->bytes = bytes;
    tick->steady = steady;
    return tick;
}

void tick_retire(struct tick *tick)
{
    if (tick && atomic_fetch_add(&tick->balance, tick->sent) + tick->sent == 0) {
        free(tick);
    }
}

void tick_deliver(struct tick *tick)
{
    if (atomic_fetch_sub(&tick->balance, 1) == 1) {
        free(tick);
    }
}
