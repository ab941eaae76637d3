/* client: numbers of a handle for the application: structs, JSON, and the callback at an interval.
 * I/O thread. */
#ifndef CLIENT_STATISTICS_H
#define CLIENT_STATISTICS_H

#include "client/handle.h"
#include "consumer/consumer.h"

#include <libclient/statistics.h>

enum { STATISTICS_NO_OFFSET = -1001 /* where librdkafka asks for no logical offset */ };

/* A producer's identity, in librdkafka's words. */
struct statistics_identity {
    const char *state;
    const char *transaction_state;
    bool may_send;
    int64_t id; /* -1: none */
    int16_t epoch;
    int64_t count; /* identities that it was given */
};

/* What only the owner of the handle knows. */
struct statistics_gauges {
    const char *type; /* "producer" "consumer" */
    int64_t records_waiting;
    int64_t bytes_waiting;
    int64_t bytes_max;
    bool is_idempotent; /* a producer with an identity: */
    struct statistics_identity identity;
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
