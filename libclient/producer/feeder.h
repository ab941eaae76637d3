/* producer: a sender at work: feeds records into the open bundles of their partitions. The lock of
 * the last buffer is kept from one record to the next, so that a run of records for one partition
 * takes it once. */
#ifndef PRODUCER_FEEDER_H
#define PRODUCER_FEEDER_H

#include "producer/producer.h"

/* Values from this size on are copied outside the lock: whoever comes meanwhile (the loop, another
 * sender) would go to sleep for it. */
enum { FEEDER_APART_MIN = 4000 };

struct feeder {
    struct producer *producer;
    int64_t wait_us;     /* how long to wait for memory and metadata, for all records together */
    int64_t deadline_us; /* made of it when first needed; -1: not yet */
    bool was_slow;       /* something took its time: the clock should be read again */
    struct producer_topic *topic;

    int64_t timestamp_ms; /* the record's; -1: now */
    struct slice key;
    struct slice value;
    const struct record_header *headers;
    int32_t header_count;
    kc_delivery_callback *callback;
    void *context;

    uint8_t *place;         /* of a value that is not copied yet; NULL: none */
    struct bundle *filling; /* that has it */

    struct buffer *held;  /* its lock is held; NULL: none */
    struct bundle *fresh; /* taken and not used yet */
};

/* Puts the record into the partition of feeder->topic; -1: the sticky choice. KC_ERR_TOO_LARGE,
 * KC_ERR_QUEUE_FULL, KC_ERR_CLOSED, KC_ERR_NO_MEMORY. */
enum kc_err feeder_put(struct feeder *feeder, int32_t partition);

/* A feeder's whole work for one record without headers and timestamp, its value below
 * FEEDER_APART_MIN, that goes into an open bundle which has room: most single sends. The partition
 * is one of the topic's, -1: the sticky choice. False: nothing was done, it takes a feeder. */
bool feeder_express(const struct producer_topic *topic, int32_t partition,
                    const struct kc_record *record, kc_delivery_callback *callback, void *context);

/* Leaves the lock; before anything that waits or is not ours. */
void feeder_leave(struct feeder *feeder);

/* At the end. */
void feeder_finish(struct feeder *feeder);

/* The monotonic time until when this sender may wait; 0: not at all. */
int64_t feeder_deadline_us(struct feeder *feeder);

/* The topic's partitions as partitioners see them; the context must live as long as the view. */
struct feeder_load {
    const struct producer_topic *topic;
    int64_t now_us;
    int64_t slow_us; /* partitioner.availability.timeout.ms; 0: off */
};
struct partitioner_view feeder_view(const struct producer_topic *topic, struct feeder_load *load);

#endif
