/* server: registering with the metadata log. */
#include "server/registration.h"

#include "controller/feature.h"
#include "wire/messages.h"

enum { RESOURCE_BROKER = 4, REGISTER_VERSION = 3, SECURITY_PLAINTEXT = 0 };

/* Kafka 4.3 begins with a cluster-wide min.insync.replicas (KIP-966), so that it shows among a
 * topic's settings. */
static void add_first_records(struct metadata_batch *batch)
{
    struct config_record record;
    for (int i = 0; i < IMAGE_FEATURE_COUNT; i++) {
        feature_add_record(batch, slice_text(feature_table[i].name), feature_table[i].first);
    }
    message_defaults(&config_record_type, &record);
    record.resource_type = RESOURCE_BROKER;
    record.resource_name = SLICE_EMPTY;
    record.name = slice_text("min.insync.replicas");
    record.value = slice_text("1");
    metadata_batch_add(batch, &config_record_type, 0, &record);
}

void registration_plan(const struct image *image, const struct registration *registration,
                       int64_t epoch, struct metadata_batch *batch)
{
    struct register_broker_record record;
    struct register_broker_record_broker_endpoint endpoint;
    if (image->brokers.count == 0) {
        add_first_records(batch);
    }
    message_defaults(&register_broker_record_type, &record);
    message_defaults(&register_broker_record_broker_endpoint_type, &endpoint);
    endpoint.name = slice_text(registration->listener_name);
    endpoint.host = slice_text(registration->host);
    endpoint.port = (uint16_t)registration->port;
    endpoint.security_protocol = SECURITY_PLAINTEXT;
    record.broker_id = registration->node_id;
    record.incarnation_id = registration->incarnation;
    record.broker_epoch = epoch;
    record.end_points.items = &endpoint;
    record.end_points.count = 1;
    record.rack = slice_text(registration->rack);
    record.fenced = false;
    /* Only read: the record is encoded at once. */
    record.log_dirs.items = (struct uuid *)(uintptr_t)registration->directory_ids;
    record.log_dirs.count = registration->directory_count;
    metadata_batch_add(batch, &register_broker_record_type, REGISTER_VERSION, &record);
}
