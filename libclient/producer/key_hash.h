/* producer: hashes of keys, as other clients compute them. Pure. */
#ifndef PRODUCER_KEY_HASH_H
#define PRODUCER_KEY_HASH_H

#include "base/slice.h"

/* Kafka's 32-bit murmur2 (org.apache.kafka.common.utils.Utils.murmur2). */
int32_t key_hash_murmur2(struct slice bytes);

/* FNV-1a of 32 bits without its sign, as Sarama and librdkafka use it. */
uint32_t key_hash_fnv1a(struct slice bytes);

#endif
