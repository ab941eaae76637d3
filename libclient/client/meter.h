/* client: counts what passes between a handle and its brokers, a few additions a request, and tells
 * the application's hooks of it. I/O thread. */
#ifndef CLIENT_METER_H
#define CLIENT_METER_H

#include "base/histogram.h"
#include "base/list.h"
#include "client/plug.h"
#include "cluster/observer.h"
#include "net/address.h"

enum { METER_API_KEYS = 96 };

/* Distributions of one window: from one statistics callback to the next. */
struct meter_window {
    struct histogram round_trip_us; /* request written to answer read */
    struct histogram outbuf_us;     /* request queued to written */
    struct histogram internal_us;   /* batch opened to batch sent, first tries */
    struct histogram throttle_ms;
};

struct meter_broker {
    struct list link;
    int32_t id; /* below 0: an address of bootstrap.servers */
    char host[ADDRESS_HOST_MAX + 1];
    int32_t port;
    int connection_count; /* that are ready */
    int64_t changed_us;   /* when it went from 0 or to 0 */
    int64_t written_us;   /* of the last request; 0: none */
    int64_t read_us;      /* of the last answer; 0: none */
    int64_t requests;
    int64_t request_bytes;
    int64_t answers;
    int64_t answer_bytes;
    int64_t failures;       /* no answer came */
    int64_t retries;        /* requests, and batches of a producer, sent again */
    int64_t timeouts;       /* because time ran out: part of failures */
    int64_t in_flight;      /* written and not over */
    int64_t late;           /* answers to requests that were given up */
    int64_t garbled;        /* connections that ended with something that is no answer */
    int64_t outbox_records; /* a producer's, in requests: not written, as of the last gauge */
    int64_t flight_records; /* likewise, written and not answered */
    int64_t connects;       /* tries */
    int64_t disconnects;
    int64_t by_key[METER_API_KEYS];
    struct meter_window window;
};

struct meter {
    struct list brokers;
    const struct plug *plug; /* borrowed: hooks */
    struct observer observer;
    struct meter_window past; /* windows that ended, of all brokers */
    int64_t created_us;
    int64_t lost; /* events without memory to count them */
};

/* NULL when memory is out. plug is borrowed. */
struct meter *meter_create(const struct plug *plug, int64_t now_us);
void meter_destroy(struct meter *meter);

/* The broker of this id, if anything passed between it and this handle; NULL. */
struct meter_broker *meter_find(struct meter *meter, int32_t broker_id);

/* Ends the window of all brokers: the next begins empty. */
void meter_turn(struct meter *meter);

/* The ended windows and the present ones together. */
void meter_sum(const struct meter *meter, struct meter_window *ret_window);

#endif
