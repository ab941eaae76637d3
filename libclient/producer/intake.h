/* producer: the senders' side: topic, partition, bundle, record. Any thread. */
#ifndef PRODUCER_INTAKE_H
#define PRODUCER_INTAKE_H

#include "producer/producer.h"

/* Takes a record into the open batch of its partition. Waits for metadata and for memory until
 * deadline_us of the producer's clock (0: not at all). As kc_producer_send; KC_ERR_WOULD_BLOCK
 * instead of waiting for metadata. */
enum kc_err intake_send(struct producer *producer, const struct kc_record *record,
                        kc_delivery_callback *callback, void *context, int64_t deadline_us);

/* Waits until the topic's partitions are known (more than `partition` of them). KC_ERR_TIMED_OUT,
 * KC_ERR_WOULD_BLOCK (deadline 0), KC_ERR_CLOSED, KC_ERR_NO_MEMORY, KC_ERR_INVALID_TOPIC_EXCEPTION,
 * KC_ERR_TOPIC_AUTHORIZATION_FAILED, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION (there is no such
 * partition). */
enum kc_err intake_await_topic(struct producer *producer, const char *name, int32_t partition,
                               int64_t deadline_us, struct producer_topic **ret_topic);

#endif
