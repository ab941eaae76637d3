/* libclient: what a producer or consumer has done, as numbers on demand and as JSON at an interval,
 * with librdkafka's field names where they mean the same. Counting costs a few additions a batch
 * and a request, on the I/O thread; records cost nothing. */
#ifndef LIBCLIENT_STATISTICS_H
#define LIBCLIENT_STATISTICS_H

#include <libclient/consumer.h>
#include <libclient/producer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* count, sum, min, max and average are exact; a quantile is off by at most 1/64 of its value. */
struct kc_distribution {
    int64_t count;
    int64_t sum;
    int64_t min;
    int64_t max;
    int64_t average;
    int64_t p50;
    int64_t p75;
    int64_t p90;
    int64_t p95;
    int64_t p99;
    int64_t p99_99;
};

/* Requests to all brokers since the handle was made; sizes in bytes, with the 4 of the length. The
 * handshake of a connection is left out. */
struct kc_traffic {
    int64_t requests;
    int64_t request_bytes;
    int64_t responses;
    int64_t response_bytes;
    int64_t in_flight; /* written, not answered */
    int64_t failures;  /* requests that got no answer */
    int64_t timeouts;  /* of these, because time ran out */
    int64_t retries;   /* requests, and batches of a producer, sent again */
    int64_t connects;  /* tries */
    int64_t disconnects;
    struct kc_distribution round_trip_us; /* from written to answered */
    struct kc_distribution queue_us;      /* from queued to written */
    struct kc_distribution throttle_ms;   /* waits that brokers asked for */
};

struct kc_producer_statistics {
    struct kc_traffic traffic;
    int64_t records_waiting; /* taken, and their fate is open */
    int64_t bytes_waiting;   /* of buffer.memory that is in use */
    int64_t bytes_max;       /* buffer.memory */
    int64_t records_sent;    /* in requests; those sent again count again */
    int64_t bytes_sent;      /* of their batches, compressed */
    int64_t batches_sent;
    int64_t records_written;              /* reported as KC_WRITTEN */
    int64_t records_failed;               /* reported as anything else */
    struct kc_distribution batch_wait_us; /* from the batch's opening to its first request */
    struct kc_distribution batch_bytes;
    struct kc_distribution batch_records;
};

struct kc_consumer_statistics {
    struct kc_traffic traffic;
    int64_t records_fetched; /* records of aborted transactions and control records included */
    int64_t bytes_fetched;   /* of their batches, compressed */
    int64_t bytes_waiting;   /* fetched, and not yet taken by a poll */
};

/* Any thread; waits for the I/O thread's turn. KC_ERR_INVALID without handle or result. */
enum kc_err kc_producer_statistics(struct kc_producer *producer,
                                   struct kc_producer_statistics *ret_statistics,
                                   struct kc_error *error);
enum kc_err kc_consumer_statistics(struct kc_consumer *consumer,
                                   struct kc_consumer_statistics *ret_statistics,
                                   struct kc_error *error);

/* The same as one JSON object, zero-terminated, with brokers, topics and partitions. Of
 * librdkafka's fields these are not there: replyq, msg_max, simple_cnt; a broker's rxpartial,
 * zbuf_grow, buf_grow and wakeups; a topic's batchsize and batchcnt (here of the handle); a
 * partition's rx_ver_drops, next_err_seq and acked_msgid; idemp_stateage and txn_stateage.
 * Distributions are of the time since the statistics callback ran last, else since the handle was
 * made. NULL when memory is out. Freed with kc_statistics_destroy. */
char *kc_producer_statistics_json(struct kc_producer *producer);
char *kc_consumer_statistics_json(struct kc_consumer *consumer);
void kc_statistics_destroy(char *json);

/* Runs every statistics.interval.ms on the I/O thread: be quick, never wait. The text is valid
 * during the call. */
typedef void kc_statistics_callback(void *context, const char *json, size_t size);

/* Handles made of this config call it; NULL: none. */
void kc_config_set_statistics(struct kc_config *config, kc_statistics_callback *callback,
                              void *context);

#ifdef __cplusplus
}
#endif

#endif
