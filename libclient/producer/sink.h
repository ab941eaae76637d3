/* producer: the outbox of one broker: takes ready bundles, fairly between partitions, and judges
 * the answers. Loop thread. */
#ifndef PRODUCER_SINK_H
#define PRODUCER_SINK_H

#include "producer/exchange.h"

struct sink {
    struct list link; /* in producer->sinks */
    struct producer *producer;
    int32_t broker_id;
    struct list ready;     /* buffers whose first bundle may go out now, in turn */
    struct list exchanges; /* sent and not answered, oldest first */
    size_t exchange_count;
    atomic_llong stuck_us; /* since when it takes nothing though bundles are ready; 0: it does */
};

/* The sink of a broker, made when there is none; NULL when memory is out. */
struct sink *sink_of(struct producer *producer, int32_t broker_id);
void sink_destroy(struct sink *sink);

/* Sends as much as the broker takes. */
void sink_run(struct sink *sink, int64_t now_us);

/* What the broker said of one bundle. */
struct sink_outcome {
    enum kc_err err;
    bool is_transport; /* err is the connection's: the request may have arrived */
    int64_t base_offset;
    int64_t append_time_ms;
    int64_t log_start_offset; /* -1: not told */
    bool has_new_leader;      /* the answer told who leads: no need to wait before the next try */
    /* The answer itself, where the broker says more of an error (KIP-467); NULL: there is none. */
    const struct produce_response_partition_produce_response *answer;
};

/* Ends or requeues a bundle that was in flight. */
void sink_conclude(struct producer *producer, struct bundle *bundle,
                   const struct sink_outcome *outcome, int64_t now_us);

#endif
