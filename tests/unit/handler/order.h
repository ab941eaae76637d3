/* tests: requests about one thing, with their parts in one place: a batch for a partition of topic
 * "t", a fetch of it, a setting of one resource. They borrow what they are given and, inside, from
 * themselves: not to be copied. */
#ifndef HANDLER_ORDER_H
#define HANDLER_ORDER_H

#include "wire/messages.h"

struct order_produce {
    struct produce_request request; /* Produce 9 */
    struct produce_request_topic_produce_data topic;
    struct produce_request_partition_produce_data data;
};
void order_produce(struct order_produce *order, int32_t partition, struct slice batch,
                   int16_t acks);

/* Of partition 0; a megabyte at most, at once. */
struct order_fetch {
    struct fetch_request request; /* Fetch 11 */
    struct fetch_request_fetch_topic topic;
    struct fetch_request_fetch_partition partition;
};
void order_fetch(struct order_fetch *order, int64_t offset);

struct order_alter {
    struct incremental_alter_configs_request request; /* IncrementalAlterConfigs 1 */
    struct incremental_alter_configs_request_alter_configs_resource resource;
    struct incremental_alter_configs_request_alterable_config config;
};
enum { ORDER_SET = 0, ORDER_DELETE = 1 };
void order_alter(struct order_alter *order, int8_t type, const char *resource, int8_t operation,
                 const char *name, const char *value);

#endif
