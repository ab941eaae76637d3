/* tests: requests about one thing. */
#include "order.h"

#include "wire/codec.h"

void order_produce(struct order_produce *order, int32_t partition, struct slice batch, int16_t acks)
{
    message_defaults(&produce_request_type, &order->request);
    message_defaults(&produce_request_topic_produce_data_type, &order->topic);
    message_defaults(&produce_request_partition_produce_data_type, &order->data);
    order->data.index = partition;
    order->data.records = batch;
    order->topic.name = slice_text("t");
    order->topic.partition_data.items = &order->data;
    order->topic.partition_data.count = 1;
    order->request.acks = acks;
    order->request.timeout_ms = 30000;
    order->request.topic_data.items = &order->topic;
    order->request.topic_data.count = 1;
}

void order_fetch(struct order_fetch *order, int64_t offset)
{
    message_defaults(&fetch_request_type, &order->request);
    message_defaults(&fetch_request_fetch_topic_type, &order->topic);
    message_defaults(&fetch_request_fetch_partition_type, &order->partition);
    order->partition.fetch_offset = offset;
    order->partition.partition_max_bytes = 1 << 20;
    order->topic.topic = slice_text("t");
    order->topic.partitions.items = &order->partition;
    order->topic.partitions.count = 1;
    order->request.max_bytes = 1 << 20;
    order->request.topics.items = &order->topic;
    order->request.topics.count = 1;
}

void order_alter(struct order_alter *order, int8_t type, const char *resource, int8_t operation,
                 const char *name, const char *value)
{
    message_defaults(&incremental_alter_configs_request_type, &order->request);
    order->config =
        (struct incremental_alter_configs_request_alterable_config){ slice_text(name), operation,
                                                                     slice_text(value) };
    order->resource = (struct incremental_alter_configs_request_alter_configs_resource){
        type, slice_text(resource), { &order->config, 1 }
    };
    order->request.resources.items = &order->resource;
    order->request.resources.count = 1;
}
