/* cluster: who hears of what passes on the connections: connecting, requests out, answers in. For
 * statistics and tracing; it changes nothing. Loop thread. */
#ifndef CLUSTER_OBSERVER_H
#define CLUSTER_OBSERVER_H

#include "net/conn.h"

struct observer_place {
    int32_t broker_id; /* below 0: a bootstrap address */
    const char *host;
    int32_t port;
    void **memo; /* the observer's own, one a connection place; NULL at first */
};

/* All functions are set. Times are in microseconds. */
struct observer {
    void *context;
    /* A connection is ready (err 0) or could not be made. */
    void (*on_connect)(void *context, const struct observer_place *place, enum kc_err err,
                       int64_t took_us);
    /* One that was ready is gone; err 0: closed from here or idle. */
    void (*on_disconnect)(void *context, const struct observer_place *place, enum kc_err err,
                          const char *text);
    void (*on_traffic)(void *context, const struct observer_place *place,
                       const struct conn_traffic *traffic);
    /* A request is on its way again. */
    void (*on_retry)(void *context, const struct observer_place *place);
    void (*on_throttle)(void *context, const struct observer_place *place, int32_t throttle_ms);
};

#endif
