/* producer: the senders' side: topic, partition, bundle, record. Any thread. */
#ifndef PRODUCER_INTAKE_H
#define PRODUCER_INTAKE_H

#include "producer/producer.h"

/* What senders hand over in one call. */
struct intake_load {
    const struct kc_record *records;
    size_t count;
    kc_delivery_callback *callback;
    void *context;
    void *const *contexts; /* one for each record; NULL: context for all */
};

/* Takes records into the open batches of their partitions, in order, until one cannot be taken;
 * *ret_taken (in any case) says how many were. Waits for metadata and for memory for wait_us in all
 * (0: not at all). As kc_producer_send; KC_ERR_WOULD_BLOCK instead of waiting for metadata. */
enum kc_err intake_send_many(struct producer *producer, const struct intake_load *load,
                             int64_t wait_us, size_t *ret_taken);

/* One record. */
enum kc_err intake_send(struct producer *producer, const struct kc_record *record,
                        kc_delivery_callback *callback, void *context, int64_t wait_us);

/* Waits until the topic's partitions are known (more than `partition` of them), until deadline_us
 * of the producer's clock (0: not at all). KC_ERR_TIMED_OUT, KC_ERR_WOULD_BLOCK (deadline 0),
 * KC_ERR_CLOSED, KC_ERR_NO_MEMORY, KC_ERR_INVALID_TOPIC_EXCEPTION,
 * KC_ERR_TOPIC_AUTHORIZATION_FAILED, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION (there is no such
 * partition). */
enum kc_err intake_await_topic(struct producer *producer, const char *name, int32_t partition,
                               int64_t deadline_us, struct producer_topic **ret_topic);

#endif
