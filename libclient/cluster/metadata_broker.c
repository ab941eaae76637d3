/* cluster: the brokers in the cache of metadata. */
#include "cluster/metadata.h"

#include <stdlib.h>

static void broker_free(struct metadata_broker *broker)
{
    if (broker) {
        free(broker->host);
        free(broker->rack);
        free(broker);
    }
}

void metadata_drop_broker(struct metadata *metadata, struct metadata_broker *broker)
{
    (void)map_remove(&metadata->brokers, map_key_of(&broker->id));
    broker_free(broker);
    metadata->change_count++;
}

static bool text_equals(const char *text, struct slice bytes)
{
    return slice_equal(slice_text(text), bytes);
}

enum kc_err metadata_hint_broker(struct metadata *metadata, int32_t id, struct slice host,
                                 int32_t port, struct slice rack)
{
    struct metadata_broker *known = metadata_broker(metadata, id);
    if (id < 0) {
        return KC_ERR_MALFORMED;
    }
    if (known && text_equals(known->host, host) && known->port == port &&
        text_equals(known->rack, rack)) {
        return KC_ERR_NONE;
    }
    struct metadata_broker *broker = calloc(1, sizeof(*broker));
    if (!broker) {
        return KC_ERR_NO_MEMORY;
    }
    broker->id = id;
    broker->port = port;
    broker->host = slice_dup_text(host);
    broker->rack = slice_dup_text(rack);
    void *old = NULL;
    if (!broker->host || (!broker->rack && rack.data) ||
        !map_put(&metadata->brokers, map_key_of(&broker->id), broker, &old)) {
        broker_free(broker);
        return KC_ERR_NO_MEMORY;
    }
    broker_free(old);
    metadata->change_count++;
    return KC_ERR_NONE;
}

enum kc_err metadata_update_brokers(struct metadata *metadata,
                                    const struct metadata_response *response)
{
    for (int32_t i = 0; i < response->brokers.count; i++) {
        const struct metadata_response_metadata_response_broker *item = &response->brokers.items[i];
        enum kc_err err =
            metadata_hint_broker(metadata, item->node_id, item->host, item->port, item->rack);
        if (err != KC_ERR_NONE) {
            return err;
        }
    }
    for (int32_t i = 0; i < response->brokers.count; i++) {
        metadata_broker(metadata, response->brokers.items[i].node_id)->is_listed = true;
    }
    size_t position = 0;
    struct metadata_broker *broker;
    while ((broker = map_next(&metadata->brokers, &position))) {
        if (!broker->is_listed) {
            metadata_drop_broker(metadata, broker);
            position--;
        }
    }
    for (int32_t i = 0; i < response->brokers.count; i++) {
        metadata_broker(metadata, response->brokers.items[i].node_id)->is_listed = false;
    }
    return KC_ERR_NONE;
}

struct metadata_broker *metadata_broker(const struct metadata *metadata, int32_t id)
{
    int64_t key = id;
    return map_get(&metadata->brokers, map_key_of(&key));
}
