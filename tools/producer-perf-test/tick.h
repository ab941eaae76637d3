/* producer-perf-test: what a delivery needs to know of its record: when it was sent and how large
 * it is. Records of one millisecond and one size share a tick, so that none costs an allocation of
 * its own. */
#ifndef PRODUCER_PERF_TEST_TICK_H
#define PRODUCER_PERF_TEST_TICK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tick {
    void *owner;
    int64_t start_ms;
    size_t bytes;
    bool steady;
    int64_t sent;            /* the sending thread's */
    _Atomic int64_t balance; /* sent, once the sender is done with it, less what was delivered */
};

/* A new one; the sender must retire it. */
struct tick *tick_create(void *owner, int64_t start_ms, size_t bytes, bool steady);

/* The sender sends no more with it. NULL is fine. The last of retire and deliveries frees it. */
void tick_retire(struct tick *tick);

/* One record sent with it was reported: the tick must not be used after. */
void tick_deliver(struct tick *tick);

#endif
