/* e2e-latency: one record after the other, there and back. */
#ifndef E2E_LATENCY_TRIP_H
#define E2E_LATENCY_TRIP_H

#include "e2e-latency/latency_options.h"

#include <libclient/client.h>

struct trip {
    const struct options *options;
    const struct latency_wish *wish;
    struct kc_producer *producer;
    struct kc_consumer *consumer;
    int64_t *latencies_ns; /* of the records that came back */
    int count;
};

/* Makes the topic when it is not there; reads it from its end on. Ends the tool when that cannot
 * be. */
void trip_prepare(struct trip *trip, const struct kc_config *config);

/* Sends, waits for the acknowledgement, then for the record itself, `count` times or until a signal
 * asks to stop. Ends the tool when a record does not come back as it was. */
void trip_run(struct trip *trip);

/* The average and the percentiles, on stdout; frees what the trip has. */
void trip_finish(struct trip *trip);

#endif
