/* producer: what a custom partitioner sees of a topic. */
#ifndef PRODUCER_TOPIC_VIEW_H
#define PRODUCER_TOPIC_VIEW_H

#include "producer/producer_topic.h"

#include <libclient/partitioner.h>

struct kc_partitions {
    struct producer_topic *topic;
    int32_t count;
};

#endif
