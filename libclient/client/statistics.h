/* client: numbers of a handle for the application: structs, JSON, and the callback at an interval.
 * I/O thread. */
#ifndef CLIENT_STATISTICS_H
#define CLIENT_STATISTICS_H

#include "client/handle.h"
#include "consumer/consumer.h"

#include <libclient/statistics.h>

/* What only the owner of the handle knows. */
struct statistics_gauges {
    const char *type; /* "producer" "consumer" */
    int64_t records_waiting;
    int64_t bytes_waiting;
    int64_t bytes_max;
    bool is_member; /* a consumer with a group */
    struct consumer_membership membership;
    int64_t loop_us; /* now, on the clock of membership */
};

struct kc_distribution statistics_distribution(const struct histogram *histogram);

void statistics_traffic(const struct meter *meter, struct kc_traffic *ret_traffic);

/* Zero-terminated, the caller's to free; NULL when memory is out. */
char *statistics_json(const struct handle *handle, const struct statistics_gauges *gauges);

/* Calls the config's callback every statistics.interval.ms, when both are there; `gauge` tells what
 * the owner knows. Stopped before the owner's state goes; harmless when not started. */
void statistics_start(struct handle *handle,
                      void (*gauge)(struct handle *handle, struct statistics_gauges *ret_gauges));
void statistics_stop(struct handle *handle);

#endif
