/* producer: one Produce request and its answer: bundles of different partitions, at most one of
 * each. Produce versions 3 to 13; 13 names topics by id (KIP-516). Loop thread. */
#ifndef PRODUCER_EXCHANGE_H
#define PRODUCER_EXCHANGE_H

#include "base/arena.h"
#include "producer/producer.h"

struct sink;

struct exchange_item {
    struct bundle *bundle;
    struct buffer *buffer;
    bool is_concluded; /* its answer is here: the bundle may be on its way again, or gone if the
                          exchange is released */
};

struct exchange {
    struct list link; /* in the sink's exchanges or the producer's spares */
    struct producer *producer;
    struct sink *sink;
    struct arena arena; /* lists of the request, then of the answer */
    struct produce_request request;
    int16_t
        version_min; /* 12 when a transaction counts on the broker to add partitions (KIP-890) */
    int16_t version_max; /* 12 when a topic's id is unknown; 11 when it was told of partitions */
    size_t size;         /* about what it takes on the wire */
    struct exchange_item *items;
    size_t count;
    size_t capacity;
    bool is_answered;
    bool is_released;
};

enum { EXCHANGE_OVERHEAD = 128, EXCHANGE_BUNDLE_OVERHEAD = 32 };

/* An empty one for the sink; NULL when memory is out. */
struct exchange *exchange_take(struct producer *producer, struct sink *sink);

/* Adds a packed bundle. False when memory is out. */
bool exchange_add(struct exchange *exchange, struct bundle *bundle);

/* Fills request from the bundles. False when memory is out. */
bool exchange_build(struct exchange *exchange);

/* Gives one that was not sent (or is answered and released) back. */
void exchange_give(struct exchange *exchange);

void exchange_free_spares(struct producer *producer);

/* Sent (1): the bundles' bytes are lent to the connection; or not after all (-1). */
void exchange_lend(struct exchange *exchange, int count);

/* The port's: the answer (NULL with acks=0, or when err tells why there is none). */
void exchange_answer(struct exchange *exchange, enum kc_err err, const char *text, int16_t version,
                     const struct produce_response *response);
/* The port's: the connection uses the bytes no more. */
void exchange_release(struct exchange *exchange);

#endif
