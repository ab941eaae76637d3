/* producer-perf-test: sends what is wanted, at the wanted rate, and counts what becomes of it. */
#ifndef PRODUCER_PERF_TEST_SENDING_H
#define PRODUCER_PERF_TEST_SENDING_H

#include "producer-perf-test/payload.h"
#include "producer-perf-test/send_options.h"
#include "producer-perf-test/stats.h"
#include "producer-perf-test/tick.h"

#include <libclient/producer.h>

enum { SENDING_SHOWN_MAX = 20 };

struct sending {
    const struct send_wish *wish;
    struct kc_producer *producer;
    struct payload *payload;
    struct stats stats;  /* these two: the thread of deliveries, until all is delivered */
    struct stats steady; /* after the warmup; zeroed without one */
    struct text text;
    struct tick *tick;
    atomic_bool warm;
    _Atomic uint64_t failed_count;
};

/* Sends all (or until a signal asks to stop, or the producer takes no more) and waits for the last
 * answer. The caller zeroes the struct and sets its first three members. */
void sending_run(struct sending *sending);
void sending_finish(struct sending *sending);

#endif
